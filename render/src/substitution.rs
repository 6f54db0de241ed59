//! Post-build substitution of variables in manifests, `${NAME}` and the functions of a shell (reference 04.5).
//!
//! An object is written as YAML, every `${…}` in that text is replaced, and the text is read again: a value that
//! stands alone may so become a number or a boolean. Pure; where variables come from is the caller's question.
//! Refuses names that no shell knows, references that cannot be read, and, in strict mode, variables that are not set:
//! all of them at once, with object, field and line.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};
use sluice_crds::kustomize::{PostBuild, SubstituteStrategy};
use thiserror::Error;

mod evaluate;
mod functions;
mod glob;
mod place;
mod template;

use evaluate::Evaluation;
use place::Places;
use template::Template;

/// The label or annotation that keeps an object as it is.
const SWITCH: &str = "kustomize.toolkit.fluxcd.io/substitute";
/// The most bytes one object may grow to; the API server takes no object that comes near.
const MAX_BYTES: usize = 8 << 20;

/// The variables of a Kustomization and how they are used.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables {
    values: BTreeMap<String, String>,
    mode: Mode,
}

/// How variables are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Whether a variable that is not set and has no default is a mistake, not empty.
    pub strict: bool,
    /// Whether to substitute where there are no variables, for the sake of defaults.
    pub always: bool,
}

/// A name that is none.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("variable name {0:?} is invalid: it must be letters, digits and `_`, and not begin with a digit")]
pub struct InvalidName(pub String);

/// What stands in the way of substitution in one object; never says what a variable holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The field, as in `spec.template.spec.containers[0].image`; empty where it is the whole object.
    pub field: String,
    /// The variable; empty where it is not about one.
    pub variable: String,
    /// What is wrong.
    pub message: String,
}

impl Default for Mode {
    fn default() -> Self {
        Self { strict: true, always: false }
    }
}

/// Values stay out of logs.
impl fmt::Debug for Variables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.values.keys()).finish()
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(formatter, "{}: ", self.field)?;
        }
        write!(formatter, "{}", self.message)
    }
}

impl Variables {
    /// No variables yet.
    pub fn new(mode: Mode) -> Self {
        Self { values: BTreeMap::new(), mode }
    }

    /// The variables of `post_build`: those that the objects it refers to hold, in order, and then its own.
    ///
    /// # Errors
    /// Refuses a name that no shell knows.
    pub fn compose<'h>(
        post_build: &'h PostBuild,
        held: impl IntoIterator<Item = &'h BTreeMap<String, String>>,
        strict: bool,
    ) -> Result<Self, InvalidName> {
        let always = post_build.substitute_strategy == Some(SubstituteStrategy::Always);
        let mut variables = Self::new(Mode { strict, always });
        for (name, value) in held.into_iter().chain([&post_build.substitute]).flatten() {
            variables.set(name, value)?;
        }
        Ok(variables)
    }

    /// Sets a variable, over an earlier value; line breaks in the value are dropped.
    ///
    /// # Errors
    /// Refuses a name that no shell knows.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidName> {
        let mut letters = name.chars();
        let begins = letters.next().is_some_and(|first| first == '_' || first.is_ascii_alphabetic());
        if !begins || !letters.all(|next| next == '_' || next.is_ascii_alphanumeric()) {
            return Err(InvalidName(name.to_owned()));
        }
        self.values.insert(name.to_owned(), value.replace('\n', ""));
        Ok(())
    }

    /// A digest of names, values and mode: equal digests substitute to equal objects.
    pub fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update([u8::from(self.mode.strict), u8::from(self.mode.always)]);
        for text in self.values.iter().flat_map(|(name, value)| [name, value]) {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        }
        digest.finalize().into()
    }

    /// Substitutes in `object`, unless a label or annotation of it says otherwise.
    ///
    /// # Errors
    /// Every mistake in the object; it is left as it was.
    pub fn substitute(&self, object: &mut Value) -> Result<(), Vec<Mistake>> {
        if (self.values.is_empty() && !self.mode.always) || is_switched_off(object) {
            return Ok(());
        }
        let text = sluice_yaml::to_yaml(object);
        if !text.contains('$') {
            return Ok(());
        }
        let substituted = self.expand(&text)?;
        let read = read(&text, &substituted)?;
        let turned = turned(object, &read);
        if turned.is_empty() {
            *object = read;
            return Ok(());
        }
        Err(turned)
    }

    fn expand(&self, text: &str) -> Result<String, Vec<Mistake>> {
        let places = || Places::of(text);
        let template = Template::parse(text).map_err(|error| {
            let field = places().field_at(error.at);
            let subject =
                if error.variable.is_empty() { String::new() } else { format!("${{{}…: ", error.variable) };
            let message = format!("{subject}{}; write `$${{` where no variable is meant", error.problem);
            vec![Mistake { field, variable: error.variable, message }]
        })?;
        let lookup = |name: &str| self.values.get(name).map(String::as_str);
        let evaluation = Evaluation::new(lookup, self.mode.strict, MAX_BYTES);
        evaluation.run(&template).map_err(|problems| {
            let places = places();
            let mistake = |(at, variable, message)| Mistake { field: places.field_at(at), variable, message };
            problems.into_iter().map(mistake).collect()
        })
    }
}

fn is_switched_off(object: &Value) -> bool {
    ["/metadata/labels", "/metadata/annotations"]
        .iter()
        .any(|at| object.pointer(at).and_then(|all| all.get(SWITCH)).is_some_and(|value| value == "disabled"))
}

/// Reads what came of `text`; the reader's own words might quote a value, so only its place is told.
fn read(text: &str, substituted: &str) -> Result<Value, Vec<Mistake>> {
    let spoilt = |line: u32| {
        let field = Places::of(text).field_on(line);
        let message =
            "is no longer readable as YAML with its variables replaced: put the value in quotes".to_owned();
        vec![Mistake { field, variable: String::new(), message }]
    };
    let documents =
        sluice_yaml::parse_documents(substituted.as_bytes()).map_err(|error| spoilt(error.line))?;
    let Some(document) = documents.into_iter().next() else { return Err(spoilt(1)) };
    let read = document.to_json().map_err(|error| spoilt(error.line))?;
    if read.is_object() { Ok(read) } else { Err(spoilt(1)) }
}

/// The fields that must hold text and no longer do: unquoted, a value such as `1` or `on` is read as what it looks like.
fn turned(before: &Value, after: &Value) -> Vec<Mistake> {
    let kind = before["kind"].as_str().unwrap_or_default();
    let mut texts = vec!["/metadata/labels", "/metadata/annotations"];
    match kind {
        "ConfigMap" => texts.extend(["/data", "/binaryData"]),
        "Secret" => texts.extend(["/data", "/stringData"]),
        _ => {}
    }
    let mut mistakes = Vec::new();
    for at in texts {
        let Some(entries) = after.pointer(at).and_then(Value::as_object) else { continue };
        for (key, value) in entries {
            let was = before.pointer(at).and_then(|all| all.get(key)).and_then(Value::as_str);
            let Some(was) = was.filter(|was| was.contains("${") && !value.is_string() && !value.is_null())
            else {
                continue;
            };
            let kind = if value.is_boolean() {
                "a boolean"
            } else if value.is_number() {
                "a number"
            } else {
                "no text"
            };
            let field = format!("{}.{key}", at[1..].replace('/', "."));
            let message = format!(
                "`{was}` is read as {kind} with its variables replaced: give the variable a value in quotes"
            );
            mistakes.push(Mistake { field, variable: String::new(), message });
        }
    }
    mistakes
}

#[cfg(test)]
mod tests;
