//! A document read with the way it was written (flow style, comments) and written that way again after edits, as Go's
//! yaml.v3 does with nodes. Refuses what it would not write back as that does: anchors, merge keys, comments that stand
//! neither right above an entry nor behind a plain value.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, Placement, StructureStyle};

use crate::emit;
use crate::node::{Mark, Node, Style, Value};
use crate::parse::{Builder, options};

/// Why a text can not be edited in its own style.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StyledError {
    /// It is not YAML.
    #[error(transparent)]
    Parse(#[from] crate::Error),
    /// It holds something that is not kept.
    #[error("line {line}: {what} can not be kept")]
    Lost {
        /// Line, from one.
        line: u32,
        /// What is not kept.
        what: &'static str,
    },
}

/// One document and the way it was written.
#[derive(Clone, Debug)]
pub struct Styled {
    /// Its root, open to edits; a node without a position is written in block style.
    pub node: Node,
    pub(crate) style: Written,
}

/// What stands at the positions of nodes besides themselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    flows: HashSet<(u32, u32)>,
    heads: HashMap<(u32, u32), Vec<String>>,
    lines: HashMap<(u32, u32), String>,
}

/// Of a node from elsewhere only its plain values tell that it stood in brackets.
fn came_from_flow(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(scalar) => scalar.style == Style::PlainInFlow,
        Value::Sequence(items) => items.iter().any(came_from_flow),
        Value::Mapping(mapping) => {
            mapping.iter().any(|(key, value)| came_from_flow(key) || came_from_flow(value))
        }
    }
}

fn place(mark: Mark) -> (u32, u32) {
    (mark.line, mark.column)
}

// === impl Styled ===

impl Styled {
    /// Reads the first document of a text; nothing when there is none.
    ///
    /// # Errors
    /// When the text is not YAML, or holds what is not kept.
    pub fn parse(text: &str) -> Result<Option<Self>, StyledError> {
        let mut reader =
            Reader { builder: Builder::new(0), style: Written::default(), waiting: Vec::new(), last: None };
        for next in Parser::new_from_str_with_options(text, options(true)) {
            let (event, span) = next.map_err(|error| {
                let marker = error.marker();
                crate::parse::error_at(marker.line(), marker.col() + 1, &error.info())
            })?;
            let ends = matches!(event, Event::DocumentEnd);
            reader.take(event, &span)?;
            if ends {
                break;
            }
        }
        if let Some((mark, _)) = reader.waiting.first() {
            return Err(lost(*mark, "a comment at the end"));
        }
        let style = reader.style;
        Ok(reader.builder.finish().map(|node| Self { node, style }))
    }

    /// Writes it, ended by a line break.
    pub fn to_text(&self) -> String {
        emit::styled::write(&self.node, &self.style)
    }
}

// === impl Written ===

impl Written {
    pub(crate) fn is_flow(&self, node: &Node) -> bool {
        if node.mark.line > 0 { self.flows.contains(&place(node.mark)) } else { came_from_flow(node) }
    }

    pub(crate) fn head(&self, node: &Node) -> &[String] {
        self.heads.get(&place(node.mark)).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn line(&self, node: &Node) -> Option<&str> {
        self.lines.get(&place(node.mark)).map(String::as_str)
    }
}

fn lost(mark: Mark, what: &'static str) -> StyledError {
    StyledError::Lost { line: mark.line, what }
}

struct Reader {
    builder: Builder,
    style: Written,
    /// Comments above what comes next.
    waiting: Vec<(Mark, String)>,
    /// The plain value that ended last, and its last line.
    last: Option<(Mark, u32)>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, span: &granit_parser::Span) -> Result<(), StyledError> {
        let mark = self.builder.mark(span);
        match &event {
            Event::Comment(text, placement) => return self.comment(mark, format!("#{text}"), *placement),
            Event::Alias(_) => return Err(lost(mark, "an alias")),
            Event::Scalar(text, _, anchor, _) => {
                self.node(mark, *anchor)?;
                if text.as_ref() == "<<" {
                    return Err(lost(mark, "a merge key"));
                }
                let last = u32::try_from(span.end.line()).unwrap_or(u32::MAX);
                self.last = Some((mark, last));
            }
            Event::SequenceStart(style, anchor, _) | Event::MappingStart(style, anchor, _) => {
                if *anchor != 0 {
                    return Err(lost(mark, "an anchor"));
                }
                if *style == StructureStyle::Flow {
                    self.node(mark, 0)?;
                    self.style.flows.insert(place(mark));
                }
                self.last = None;
            }
            Event::SequenceEnd | Event::MappingEnd => self.last = None,
            _ => {}
        }
        Ok(self.builder.take(event, span)?)
    }

    fn node(&mut self, mark: Mark, anchor: usize) -> Result<(), StyledError> {
        if anchor != 0 {
            return Err(lost(mark, "an anchor"));
        }
        let Some((first, _)) = self.waiting.first() else { return Ok(()) };
        // An entry of a list begins at its dash, two columns before.
        if first.column != mark.column && first.column + 2 != mark.column {
            return Err(lost(*first, "a comment that is not level with what follows"));
        }
        let lines = self.waiting.drain(..).map(|(_, text)| text).collect();
        self.style.heads.insert(place(mark), lines);
        Ok(())
    }

    fn comment(&mut self, mark: Mark, text: String, placement: Placement) -> Result<(), StyledError> {
        match (placement, self.last) {
            (Placement::Above, _) if self.builder.is_in_block() => {
                self.waiting.push((mark, text));
                Ok(())
            }
            (Placement::Right, Some((value, line))) if line == mark.line && self.builder.is_in_block() => {
                self.style.lines.insert(place(value), text);
                Ok(())
            }
            _ => Err(lost(mark, "a comment that stands alone")),
        }
    }
}

impl Node {
    /// The same without positions, as it stands in a document that it was not read from.
    #[must_use]
    pub fn without_marks(&self) -> Self {
        let value = match &self.value {
            Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
            Value::Sequence(items) => Value::Sequence(items.iter().map(Self::without_marks).collect()),
            Value::Mapping(mapping) => Value::Mapping(
                mapping.iter().map(|(key, value)| (key.without_marks(), value.without_marks())).collect(),
            ),
        };
        value.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let found = match Styled::parse(text) {
            Ok(Some(styled)) => styled.to_text(),
            Ok(None) => "nothing".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn styles_are_kept() {
        for (text, expected) in [
            ("b: 1\na: [x, 'y', {k: v}]\n", "b: 1\na: [x, 'y', {k: v}]\n"),
            ("list:\n  - a: 1\n    b: 2\n  - - x\n", "list:\n- a: 1\n  b: 2\n- - x\n"),
            ("t: |\n    one\n    two\nf: >-\n  a\n  b\n", "t: |\n  one\n  two\nf: >-\n  a b\n"),
            ("a: \"q\"\n'b': 'q'\nc:\nd: ~\n", "a: \"q\"\n'b': 'q'\nc:\nd: ~\n"),
            (
                "# top\na: 1 # one\n# next\nb:\n  # in\n  c: 2\n",
                "# top\na: 1 # one\n# next\nb:\n  # in\n  c: 2\n",
            ),
            ("a:\n# item\n- x # n\n", "a:\n# item\n- x # n\n"),
            ("a: &x 1\n", "line 1: an anchor can not be kept"),
            ("a: 1\n\n# alone\n\nb: 2\n", "line 3: a comment that stands alone can not be kept"),
        ] {
            check(text, expected);
        }
    }
}
