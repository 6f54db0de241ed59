//! Configuration read from YAML into types: every mistake is written down with its field and place, and reading goes
//! on. Values are read with YAML 1.1 rules, those of plugin configuration as resources are; field names may differ in
//! case. Refuses fields nobody knows, unless lenient.

use std::cell::RefCell;
use std::collections::BTreeMap;

use sluice_yaml::{Mapping, Node, Resolved, Tag, Value, format_float, resolve_1_1, resolve_1_2};

use crate::error::{BuildError, invalid};

/// What all readers of one file share.
#[derive(Debug, Default)]
pub(crate) struct Context {
    errors: RefCell<Vec<BuildError>>,
    reading: Reading,
}

/// How strictly, and by which rules, values are read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Reading {
    /// A kustomization file.
    #[default]
    Strict,
    /// Unknown fields are skipped, numbers and truth values are taken for text.
    Lenient,
    /// The same, of an object that was read as resources are.
    Object,
    /// The same, where only text is taken for text.
    Generator,
}

/// A type that can be read from a node.
pub(crate) trait Record: Default {
    /// Reads it; mistakes go to the context. Null never gets here.
    fn read(node: &Node, path: &str, context: &Context) -> Self;
}

/// Declares types with the names of their fields in YAML, and how to read them.
macro_rules! record {
    ($($(#[$doc:meta])* struct $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty = $key:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(crate) struct $name { $($(#[$field_doc])* pub(crate) $field: $kind,)* }

        impl $crate::record::Record for $name {
            fn read(node: &sluice_yaml::Node, path: &str, context: &$crate::record::Context) -> Self {
                let Some(fields) = $crate::record::Fields::new(node, path, context, &[$($key),*]) else {
                    return Self::default();
                };
                Self { $($field: fields.get($key),)* }
            }
        }
    )*};
}
pub(crate) use record;

/// The fields of one mapping.
pub(crate) struct Fields<'a> {
    mapping: &'a Mapping,
    path: &'a str,
    context: &'a Context,
}

// === impl Context ===

impl Context {
    /// For files that a kustomization names, such as replacements.
    pub(crate) fn lenient() -> Self {
        Self { reading: Reading::Lenient, ..Self::default() }
    }

    /// For configuration of built-in plugins.
    pub(crate) fn object() -> Self {
        Self { reading: Reading::Object, ..Self::default() }
    }

    /// For configuration of built-in generators.
    pub(crate) fn generator() -> Self {
        Self { reading: Reading::Generator, ..Self::default() }
    }

    fn takes_texts(&self) -> bool {
        matches!(self.reading, Reading::Lenient | Reading::Object)
    }

    /// Whether values are read as those of resources.
    fn is_object(&self) -> bool {
        matches!(self.reading, Reading::Object | Reading::Generator)
    }

    fn is_lenient(&self) -> bool {
        self.reading != Reading::Strict
    }

    pub(crate) fn fail(&self, node: &Node, path: &str, message: impl Into<String>) {
        let error = invalid(message).field(path).at(node.mark.line, node.mark.column);
        self.errors.borrow_mut().push(error);
    }

    pub(crate) fn into_errors(self) -> Vec<BuildError> {
        self.errors.into_inner()
    }
}

// === impl Fields ===

impl<'a> Fields<'a> {
    pub(crate) fn new(node: &'a Node, path: &'a str, context: &'a Context, known: &[&str]) -> Option<Self> {
        let Some(mapping) = node.as_mapping() else {
            context.fail(node, path, format!("expected a mapping, found a {}", node.kind_name()));
            return None;
        };
        if !context.is_lenient() {
            for (key, _) in mapping.iter() {
                let name = key.text().unwrap_or_default();
                if !known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                    context.fail(key, &below(path, name), "unknown field");
                }
            }
        }
        Some(Self { mapping, path, context })
    }

    /// Reads one field; missing and null give the default. The last of several spellings wins.
    pub(crate) fn get<T: Record>(&self, name: &str) -> T {
        let spelled = |key: &Node| key.text().is_some_and(|text| text.eq_ignore_ascii_case(name));
        let found = self.mapping.iter().filter(|(key, _)| spelled(key)).last();
        match found {
            Some((_, value)) if !value.is_null() => T::read(value, &below(self.path, name), self.context),
            _ => T::default(),
        }
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

// === impl Record ===

fn resolved<'n>(node: &'n Node, context: &Context) -> Option<(Resolved, &'n str)> {
    let scalar = node.as_scalar()?;
    let resolved = match context.is_object() {
        true if scalar.tag == Tag::Str => Resolved::Str,
        _ if !scalar.style.is_plain() => Resolved::Str,
        true => resolve_1_2(&scalar.text),
        false => resolve_1_1(&scalar.text),
    };
    Some((resolved, &scalar.text))
}

/// A number as it is written after it was read.
fn number(resolved: &Resolved) -> Option<String> {
    match resolved {
        Resolved::Int(value) => Some(value.to_string()),
        Resolved::UInt(value) => Some(value.to_string()),
        Resolved::Float(value) => Some(format_float(*value)),
        _ => None,
    }
}

fn found(node: &Node, context: &Context) -> &'static str {
    match resolved(node, context) {
        Some((Resolved::Bool(_), _)) => "a truth value",
        Some((Resolved::Int(_) | Resolved::UInt(_) | Resolved::Float(_), _)) => "a number",
        Some(_) => "text",
        None => node.kind_name(),
    }
}

impl Record for String {
    fn read(node: &Node, path: &str, context: &Context) -> Self {
        match resolved(node, context) {
            Some((Resolved::Timestamp(time), _)) if context.is_object() => time,
            Some((Resolved::Str | Resolved::Timestamp(_) | Resolved::Merge, text)) => text.to_owned(),
            Some((Resolved::Bool(value), _)) if context.takes_texts() => value.to_string(),
            Some((other, text)) if context.takes_texts() => number(&other).unwrap_or_else(|| text.to_owned()),
            _ => {
                context.fail(node, path, format!("expected text, found {}", found(node, context)));
                Self::new()
            }
        }
    }
}

impl Record for bool {
    fn read(node: &Node, path: &str, context: &Context) -> Self {
        match resolved(node, context) {
            Some((Resolved::Bool(value), _)) => value,
            _ => {
                context.fail(node, path, format!("expected true or false, found {}", found(node, context)));
                false
            }
        }
    }
}

impl Record for i64 {
    fn read(node: &Node, path: &str, context: &Context) -> Self {
        match resolved(node, context) {
            Some((Resolved::Int(value), _)) => value,
            // A fraction that is whole was written as a whole number on the way.
            Some((Resolved::Float(value), _)) if value.fract() == 0.0 && value.abs() < 1e18 => value as i64,
            _ => {
                context.fail(node, path, format!("expected a whole number, found {}", found(node, context)));
                0
            }
        }
    }
}

impl<T: Record> Record for Option<T> {
    fn read(node: &Node, path: &str, context: &Context) -> Self {
        Some(T::read(node, path, context))
    }
}

impl<T: Record> Record for Vec<T> {
    fn read(node: &Node, path: &str, context: &Context) -> Self {
        let Value::Sequence(items) = &node.value else {
            context.fail(node, path, format!("expected a list, found {}", found(node, context)));
            return Self::new();
        };
        let one = |(index, item): (usize, &Node)| {
            if item.is_null() { T::default() } else { T::read(item, &format!("{path}[{index}]"), context) }
        };
        items.iter().enumerate().map(one).collect()
    }
}

/// A key as text; one that is a truth value or a number is written out.
fn key_name(key: &Node, path: &str, context: &Context) -> String {
    let text = key.text().unwrap_or_default();
    match resolved(key, context) {
        _ if context.is_object() => text.to_owned(),
        Some((Resolved::Bool(value), _)) => value.to_string(),
        Some((other @ (Resolved::Int(_) | Resolved::UInt(_) | Resolved::Float(_)), _)) => {
            number(&other).unwrap_or_default()
        }
        Some((Resolved::Null, _)) | None => {
            context.fail(key, path, "expected text for a key");
            String::new()
        }
        Some(_) => text.to_owned(),
    }
}

impl<T: Record> Record for BTreeMap<String, T> {
    fn read(node: &Node, path: &str, context: &Context) -> Self {
        let Value::Mapping(mapping) = &node.value else {
            context.fail(node, path, format!("expected a mapping, found {}", found(node, context)));
            return Self::new();
        };
        let one = |(key, value): (&Node, &Node)| {
            let name = key_name(key, path, context);
            let value =
                if value.is_null() { T::default() } else { T::read(value, &below(path, &name), context) };
            (name, value)
        };
        mapping.iter().map(one).collect()
    }
}
