//! Nodes as text in the style in which they were read, as Go's yaml.v3 writes them: block or flow, quotes, comments;
//! lines are never folded.

use super::scalar::{Place, Writer};
use crate::node::{Mapping, Node, Scalar, Style, Tag, Value};
use crate::styled::Written;
use crate::{Resolved, resolve_1_2};

/// Writes one document, ended by a line break.
pub(crate) fn write(node: &Node, style: &Written) -> String {
    let mut writer = Writer::unfolded();
    Emit { writer: &mut writer, style }.value(node, Indent::root());
    writer.finish()
}

/// Where the lines of a nested collection begin.
#[derive(Clone, Copy)]
struct Indent {
    /// Columns of the enclosing collection; none at the root.
    column: Option<usize>,
    /// Whether the value follows a key: its list then stands level with the key.
    behind_key: bool,
}

impl Indent {
    fn root() -> Self {
        Self { column: None, behind_key: false }
    }

    fn inside(column: usize, behind_key: bool) -> Self {
        Self { column: Some(column), behind_key }
    }

    fn deeper(self) -> usize {
        self.column.map_or(0, |column| column + 2)
    }
}

struct Emit<'a> {
    writer: &'a mut Writer,
    style: &'a Written,
}

impl Emit<'_> {
    fn value(&mut self, node: &Node, indent: Indent) {
        match &node.value {
            Value::Scalar(scalar) => {
                self.scalar(scalar, Place::Value { indent: indent.deeper() }, false);
                self.line_comment(node);
            }
            Value::Sequence(items) if items.is_empty() => self.writer.plain("[]"),
            Value::Mapping(mapping) if mapping.is_empty() => self.writer.plain("{}"),
            _ if self.style.is_flow(node) => self.flow(node),
            Value::Sequence(items) => self.list(items, indent),
            Value::Mapping(mapping) => self.mapping(mapping, indent),
        }
    }

    fn line_comment(&mut self, node: &Node) {
        if let Some(text) = self.style.line(node) {
            self.writer.plain(text);
        }
    }

    fn head(&mut self, node: &Node, column: usize) {
        for text in self.style.head(node) {
            self.writer.line(column);
            self.writer.plain(text);
        }
    }

    fn list(&mut self, items: &[Node], indent: Indent) {
        let column = if indent.behind_key { indent.column.unwrap_or(0) } else { indent.deeper() };
        for item in items {
            let first = first_of(item);
            self.head(first, column);
            self.writer.line(column);
            self.writer.indicator("-");
            self.value(item, Indent::inside(column, false));
        }
    }

    fn mapping(&mut self, mapping: &Mapping, indent: Indent) {
        let column = indent.deeper();
        for (index, (key, value)) in mapping.iter().enumerate() {
            // What stands above the first key of an entry of a list was written above its dash.
            if index > 0 || indent.behind_key || indent.column.is_none() {
                self.head(key, column);
            }
            self.writer.line(column);
            self.key(key, column);
            self.value(value, Indent::inside(column, true));
        }
    }

    fn key(&mut self, key: &Node, column: usize) {
        match key.as_scalar() {
            Some(scalar) if Writer::fits_simple_key(&scalar.text) => {
                self.scalar(scalar, Place::Key, false);
                self.writer.colon();
            }
            Some(scalar) => {
                self.writer.indicator("?");
                self.scalar(scalar, Place::Value { indent: column + 2 }, false);
                self.writer.line(column);
                self.writer.indicator(":");
            }
            None => {
                self.writer.indicator("?");
                self.flow(key);
                self.writer.line(column);
                self.writer.indicator(":");
            }
        }
    }

    fn flow(&mut self, node: &Node) {
        match &node.value {
            Value::Scalar(scalar) => self.scalar(scalar, Place::Key, true),
            Value::Sequence(items) => {
                self.writer.open("[");
                for (index, item) in items.iter().enumerate() {
                    self.separate(index);
                    self.flow(item);
                }
                self.writer.close("]");
            }
            Value::Mapping(mapping) => {
                self.writer.open("{");
                for (index, (key, value)) in mapping.iter().enumerate() {
                    self.separate(index);
                    self.flow(key);
                    self.writer.colon();
                    self.flow(value);
                }
                self.writer.close("}");
            }
        }
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.writer.comma();
        }
    }

    fn scalar(&mut self, scalar: &Scalar, place: Place, in_flow: bool) {
        let resolved = resolve_1_2(&scalar.text);
        let (tag, style) = match &scalar.tag {
            Tag::Str if scalar.style.is_quoted() => (None, scalar.style),
            Tag::Str if resolved != Resolved::Str => (None, Style::Double),
            tag if scalar.style == Style::Tagged => (Some(tag.name()), Style::Plain),
            Tag::Unset | Tag::Str => (None, scalar.style),
            tag if *tag == resolved.tag() => (None, scalar.style),
            tag => (Some(tag.name()), scalar.style),
        };
        if let Some(tag) = tag {
            self.writer.plain(tag);
        }
        self.writer.styled(&scalar.text, style, place, in_flow);
    }
}

/// The node whose position tells where an entry of a list begins.
fn first_of(item: &Node) -> &Node {
    match &item.value {
        Value::Mapping(mapping) => mapping.iter().next().map_or(item, |(key, _)| key),
        _ => item,
    }
}
