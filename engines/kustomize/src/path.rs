//! Paths with dots, as replacements and variables write them: fields, `[field=value]`, indices, `*`, `-`. Reading
//! finds one place, setting all that match; what is missing can be made. Refuses paths through plain values.

use sluice_yaml::{Node, Style, Tag, Value};

use crate::error::{BuildError, Result, invalid};
use crate::field_spec::split_path;
use crate::pattern;

/// Splits a path at its dots; brackets and backslashes keep theirs.
pub(crate) fn split(path: &str) -> Vec<String> {
    let parts = split_path(path, '.');
    let mut whole = Vec::new();
    let mut rest = parts.into_iter();
    while let Some(part) = rest.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            whole.push(part);
            continue;
        }
        let mut bracketed = part;
        for more in rest.by_ref() {
            bracketed.push('.');
            bracketed.push_str(&more);
            if more.ends_with(']') {
                break;
            }
        }
        if bracketed.contains('=') {
            whole.push(bracketed);
        } else {
            whole.push(bracketed.trim_matches(['[', ']']).to_owned());
        }
    }
    whole
}

/// What one part of a path means.
enum Part<'p> {
    Index(usize),
    Last,
    Every,
    Element { field: &'p str, value: &'p str },
    Field(&'p str),
}

fn parse(part: &str) -> Result<Part<'_>> {
    let inside = part.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match (part, part.parse::<i64>(), inside) {
        (_, Ok(index), _) => match usize::try_from(index) {
            Ok(index) => Ok(Part::Index(index)),
            Err(_) => Err(invalid(format!("array index {index} cannot be negative"))),
        },
        ("-", ..) => Ok(Part::Last),
        ("*", ..) => Ok(Part::Every),
        (_, _, Some(inside)) => match inside.split_once('=') {
            Some((field, value)) => Ok(Part::Element { field, value }),
            None => Err(invalid(format!("list path element {part} must contain fieldName=fieldValue"))),
        },
        _ => Ok(Part::Field(part)),
    }
}

/// Finds the one place a path names.
pub(crate) fn lookup<'n>(node: &'n Node, path: &[String]) -> Result<Option<&'n Node>> {
    Ok(locate(node, path)?.map(|(found, _)| found))
}

/// Finds the one place a path names, with the numbers of the entries on the way.
pub(crate) fn locate<'n>(node: &'n Node, path: &[String]) -> Result<Option<(&'n Node, Vec<usize>)>> {
    let mut current = node;
    let mut places = Vec::new();
    for part in path.iter().map(|part| part.trim()).filter(|part| !part.is_empty()) {
        if current.is_null() {
            return Ok(None);
        }
        let next = match parse(part)? {
            Part::Every => return Err(invalid("a wildcard can not be used here")),
            Part::Index(index) => sequence(current, part)?.get(index).map(|item| (index, item)),
            Part::Last => sequence(current, part)?.iter().enumerate().next_back(),
            Part::Element { field, value } => {
                let items = sequence(current, part)?.iter().enumerate();
                items.into_iter().find(|(_, item)| is_element(item, field, value))
            }
            Part::Field(name) => match current.as_mapping() {
                Some(mapping) => mapping
                    .iter()
                    .enumerate()
                    .find(|(_, (key, _))| key.text() == Some(name))
                    .map(|(index, (_, value))| (index, value)),
                None => return Err(wrong_kind(current, "mapping", part)),
            },
        };
        let Some((place, next)) = next else { return Ok(None) };
        places.push(place);
        current = next;
    }
    Ok(Some((current, places)))
}

/// What stands at a place that was located before.
pub(crate) fn at<'n>(node: &'n Node, places: &[usize]) -> Option<&'n Node> {
    places.iter().try_fold(node, |node, place| match &node.value {
        Value::Sequence(items) => items.get(*place),
        Value::Mapping(mapping) => mapping.iter().nth(*place).map(|(_, value)| value),
        Value::Scalar(_) => None,
    })
}

fn is_element(item: &Node, field: &str, value: &str) -> bool {
    if field.is_empty() {
        return item.text() == Some(value);
    }
    item.get(field).is_some_and(|found| found.text().unwrap_or_default() == value)
}

fn sequence<'n>(node: &'n Node, part: &str) -> Result<&'n Vec<Node>> {
    node.as_sequence().ok_or_else(|| wrong_kind(node, "list", part))
}

fn wrong_kind(node: &Node, expected: &str, part: &str) -> BuildError {
    let message = format!("expected a {expected} at {part:?}, found a {}", node.kind_name());
    invalid(message).at(node.mark.line, node.mark.column)
}

/// The sort of value that is made at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar,
    Sequence,
    Mapping,
}

impl Kind {
    pub(crate) fn of(node: &Node) -> Self {
        match node.value {
            Value::Scalar(_) => Self::Scalar,
            Value::Sequence(_) => Self::Sequence,
            Value::Mapping(_) => Self::Mapping,
        }
    }

    fn empty(self) -> Node {
        match self {
            Self::Scalar => Node::bare(""),
            Self::Sequence => Node::sequence(),
            Self::Mapping => Node::mapping(),
        }
    }
}

/// Visits every place that a path matches.
pub(crate) struct Visit<'a> {
    /// The sort of value that missing places become, when they are made.
    pub(crate) create: Option<Kind>,
    pub(crate) set: &'a mut dyn FnMut(&mut Node) -> Result<()>,
}

impl Visit<'_> {
    /// Gives the number of places.
    pub(crate) fn run(&mut self, node: &mut Node, path: &[String]) -> Result<usize> {
        let Some((part, rest)) = path.split_first() else {
            (self.set)(node)?;
            return Ok(1);
        };
        match parse_match(part)? {
            Part::Index(index) => self.index(node, index, part, rest),
            Part::Every => {
                let Some(items) = self.items(node, part)? else { return Ok(0) };
                items.iter_mut().map(|item| self.run(item, rest)).sum()
            }
            Part::Element { field, value } => self.element(node, field, value, part, rest),
            Part::Field(name) => self.field(node, name, rest),
            Part::Last => self.field(node, "-", rest),
        }
    }

    fn items<'n>(&self, node: &'n mut Node, part: &str) -> Result<Option<&'n mut Vec<Node>>> {
        if node.is_null() {
            return Ok(None);
        }
        let error = wrong_kind(node, "list", part);
        node.as_sequence_mut().map(Some).ok_or(error)
    }

    fn index(&mut self, node: &mut Node, index: usize, part: &str, rest: &[String]) -> Result<usize> {
        let create = self.create;
        let length = self.items(node, part)?.map_or(0, |items| items.len());
        if let (true, Some(kind), Some(items)) = (length == index, create, node.as_sequence_mut()) {
            items.push(kind_of_next(rest, kind).empty());
        }
        match node.as_sequence_mut().and_then(|items| items.get_mut(index)) {
            Some(item) => self.run(item, rest),
            None => Err(invalid(format!("index {index} specified but only {length} elements found"))),
        }
    }

    fn element(
        &mut self,
        node: &mut Node,
        field: &str,
        value: &str,
        part: &str,
        rest: &[String],
    ) -> Result<usize> {
        let pattern = pattern::compile(value)?;
        let Some(items) = self.items(node, part)? else { return Ok(0) };
        let mut found = 0;
        for item in items.iter_mut() {
            if field.is_empty() {
                if pattern.is_match(&written(item)) {
                    (self.set)(item)?;
                    found += 1;
                }
            } else if item.get(field).is_some_and(|value| pattern.is_match(&written(value))) {
                found += self.run(item, rest)?;
            }
        }
        if found > 0 || self.create.is_none() {
            return Ok(found);
        }
        let mut item = if field.is_empty() { Node::bare(value) } else { Node::mapping() };
        if let Some(mapping) = item.as_mapping_mut() {
            mapping.set(field, Node::bare(value));
        }
        // What was made for the value must match it, or it would be made for ever.
        if !pattern.is_match(&written(item.get(field).unwrap_or(&item))) {
            return Err(invalid(format!("no element matches {part}, and none can be made")));
        }
        let count = if field.is_empty() {
            (self.set)(&mut item)?;
            1
        } else {
            self.run(&mut item, rest)?
        };
        items.push(item);
        Ok(count)
    }

    fn field(&mut self, node: &mut Node, name: &str, rest: &[String]) -> Result<usize> {
        if node.is_null() {
            return Ok(0);
        }
        let error = wrong_kind(node, "mapping", name);
        let Some(mapping) = node.as_mapping_mut() else { return Err(error) };
        if !mapping.contains(name) {
            let Some(kind) = self.create else { return Ok(0) };
            mapping.set(name, kind_of_next(rest, kind).empty());
        }
        let Some(field) = mapping.get_mut(name) else { return Ok(0) };
        if let (Some(text), false) = (field.text(), rest.is_empty()) {
            return self.inside_text(text, rest);
        }
        self.run(field, rest)
    }

    /// A text that holds YAML counts as found, but is not changed this way.
    fn inside_text(&mut self, text: &str, rest: &[String]) -> Result<usize> {
        let documents = sluice_yaml::parse_documents(text.as_bytes())
            .map_err(|error| BuildError::from(error).nowhere())?;
        let Some(document) = documents.into_iter().next() else { return Ok(0) };
        let mut node = document.node;
        node.forget_marks();
        Visit { create: self.create, set: &mut |_| Ok(()) }.run(&mut node, rest)
    }
}

/// Says whether what the first part of a path names can be made where nothing is.
pub(crate) fn is_made_in_nothing(part: &str) -> bool {
    matches!(parse_match(part), Ok(Part::Field(_) | Part::Element { .. } | Part::Index(0)))
}

/// As [`parse`], but a negative number and `-` are names of fields.
fn parse_match(part: &str) -> Result<Part<'_>> {
    match parse(part) {
        Err(_) if part.starts_with('-') => Ok(Part::Field(part)),
        Ok(Part::Last) => Ok(Part::Field(part)),
        other => other,
    }
}

fn kind_of_next(rest: &[String], last: Kind) -> Kind {
    match rest.first().map(String::as_str) {
        None | Some("") => last,
        Some(next) if next.starts_with('[') && next.ends_with(']') => Kind::Sequence,
        Some(next) if next.parse::<usize>().is_ok() => Kind::Sequence,
        Some(_) => Kind::Mapping,
    }
}

/// A value as it is written, with its quotes.
fn written(node: &Node) -> String {
    match node.as_scalar() {
        Some(scalar) => match scalar.style {
            Style::Single => format!("'{}'", scalar.text),
            Style::Double if scalar.tag != Tag::Unset || !scalar.text.is_empty() => {
                format!("\"{}\"", scalar.text)
            }
            _ => scalar.text.clone(),
        },
        None => node.to_json().map(|json| sluice_yaml::to_yaml(&json).trim().to_owned()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting() {
        for (path, expected) in [
            ("a.b", &["a", "b"][..]),
            ("spec.containers.[name=x.y].image", &["spec", "containers", "[name=x.y]", "image"]),
            ("metadata.annotations.[a.b/c]", &["metadata", "annotations", "a.b/c"]),
            (r"metadata.annotations.a\.b", &["metadata", "annotations", "a.b"]),
        ] {
            assert_eq!(split(path), expected, "{path}");
        }
    }
}
