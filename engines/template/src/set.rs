//! Parsed templates that know each other by name.
//!
//! A set is made once and shared between threads; rendering does not change it. Refuses: what does not parse.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::Error;
use crate::execute::execute;
use crate::function::Functions;
use crate::limits::{Environment, Limits};
use crate::parse;
use crate::tree::{Block, Source};
use crate::value::Value;

/// What a field of a map gives that has no such key (`Option("missingkey=…")`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// `default`, `invalid`: no value, which prints as `<no value>`.
    #[default]
    Invalid,
    /// `zero`: the zero value of the map's element type. Helm's choice.
    Zero,
    /// `error`: ends the execution. Helm's choice when strict.
    Error,
}

/// Templates by name, with the functions they may call.
pub struct Set {
    parent: Option<Arc<Set>>,
    functions: Arc<Functions>,
    missing_key: MissingKey,
    limits: Limits,
    delimiters: (String, String),
    templates: HashMap<String, Arc<Template>>,
}

/// A parsed template.
pub struct Template {
    name: String,
    root: Block,
    source: Arc<Source>,
}

impl Set {
    /// Makes an empty set.
    pub fn new(functions: Arc<Functions>) -> Self {
        Self {
            parent: None,
            functions,
            missing_key: MissingKey::default(),
            limits: Limits::default(),
            delimiters: ("{{".to_owned(), "}}".to_owned()),
            templates: HashMap::new(),
        }
    }

    /// Makes a set on top of another, as `Clone` and `New` do in `tpl`: it sees the other's templates, and what it
    /// defines hides them without changing the other.
    pub fn child(parent: &Arc<Self>) -> Self {
        Self {
            parent: Some(Arc::clone(parent)),
            functions: Arc::clone(&parent.functions),
            missing_key: parent.missing_key,
            limits: parent.limits.clone(),
            delimiters: parent.delimiters.clone(),
            templates: HashMap::new(),
        }
    }

    /// Chooses what missing keys give.
    pub fn set_missing_key(&mut self, missing_key: MissingKey) {
        self.missing_key = missing_key;
    }

    /// Chooses the limits of later parses.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Chooses the delimiters of later parses; an empty one stands for the default.
    pub fn set_delimiters(&mut self, left: &str, right: &str) {
        let or = |text: &str, default: &str| (if text.is_empty() { default } else { text }).to_owned();
        self.delimiters = (or(left, "{{"), or(right, "}}"));
    }

    /// Parses a text as the template of a name, with all that it defines. As in Go, a text of only white space and
    /// definitions does not replace a template of that name.
    pub fn parse(&mut self, name: &str, text: &[u8]) -> Result<(), Error> {
        self.parse_over(name, text, false)
    }

    fn parse_over(&mut self, name: &str, text: &[u8], anew: bool) -> Result<(), Error> {
        if u32::try_from(text.len()).is_err() {
            return Err(Error::limit(format!("template {} is too long", crate::format::quote(name))));
        }
        let source = Arc::new(Source { name: name.to_owned(), text: text.to_vec() });
        let options = parse::Options {
            functions: &self.functions,
            left: &self.delimiters.0,
            right: &self.delimiters.1,
            depth: self.limits.parse_depth,
        };
        for definition in parse::parse(&source, &options)? {
            let own = anew && definition.name == *name && !self.templates.contains_key(name);
            let name = definition.name.to_str().into_owned();
            if definition.empty && !own && self.get(&name).is_some() {
                continue;
            }
            let template =
                Template { name: name.clone(), root: definition.root, source: Arc::clone(&source) };
            self.templates.insert(name, Arc::new(template));
        }
        Ok(())
    }

    /// As [`Set::parse`], but the text becomes the template of that name whatever it holds, as with a `New` template.
    pub fn parse_anew(&mut self, name: &str, text: &[u8]) -> Result<(), Error> {
        self.parse_over(name, text, true)
    }

    /// Returns the template of a name, from this set or from those below.
    pub fn get(&self, name: &str) -> Option<&Template> {
        self.templates.get(name).map(|template| &**template).or_else(|| self.parent.as_ref()?.get(name))
    }

    /// Renders the template of a name.
    pub fn render(&self, name: &str, data: &Value, environment: &Environment<'_>) -> Result<Vec<u8>, Error> {
        match self.get(name) {
            Some(template) => execute(self, template, data, environment),
            None => Err(Error::message(format!(
                "template: no template {} associated with this set",
                crate::format::quote(name)
            ))),
        }
    }

    pub(crate) fn missing_key(&self) -> MissingKey {
        self.missing_key
    }
}

impl Template {
    /// Returns the template's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name of the text in which the template was defined: the chart's file.
    pub fn file(&self) -> &str {
        &self.source.name
    }

    pub(crate) fn root(&self) -> &Block {
        &self.root
    }

    pub(crate) fn source(&self) -> &Arc<Source> {
        &self.source
    }
}
