//! Text into nodes. Aliases are replaced by copies of what they name and merge keys folded, both within limits:
//! nesting deeper than [`MAX_DEPTH`], more than [`MAX_NODES`] nodes in one document and more than 64 MiB of copies are
//! refused.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle, Tag as ParsedTag};

use crate::json::{self, JsonError};
use crate::merge_keys;
use crate::node::{Mapping, Mark, Node, Scalar, Style, Tag, Value};
use crate::resolve::resolve_1_2;

/// The deepest nesting, aliases replaced.
pub const MAX_DEPTH: usize = 256;
/// The most nodes of one document, aliases replaced.
pub const MAX_NODES: usize = 4_000_000;

/// About the most bytes that anchors and aliases may copy in one text.
const MAX_COPIED: usize = 64 << 20;

/// Why text is not YAML that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Error {
    /// Line, from one.
    pub line: u32,
    /// Column, from one.
    pub column: u32,
    /// What is wrong there.
    pub message: String,
}

/// One document of a stream.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its root.
    pub node: Node,
}

impl Document {
    /// Converts to JSON as configuration is read: YAML 1.1 truth values, keys as text.
    ///
    /// # Errors
    /// A key that is a list or a mapping, a duplicate key, or a number that JSON does not have.
    pub fn to_json(&self) -> Result<serde_json::Value, JsonError> {
        json::to_json_1_1(&self.node)
    }

    /// As [`Self::to_json`], but a key that comes again replaces the one before.
    ///
    /// # Errors
    /// A key that is a list, a mapping or null, or a number that JSON does not have.
    pub fn to_json_lenient(&self) -> Result<serde_json::Value, JsonError> {
        json::to_json_lenient(&self.node)
    }

    /// Converts to JSON as the values of charts are read: as [`Self::to_json`], but a key that comes again replaces the
    /// one before, and every number becomes a 64-bit fraction.
    ///
    /// # Errors
    /// A key that is a list, a mapping or null, or a number that JSON does not have.
    pub fn to_values(&self) -> Result<serde_json::Value, JsonError> {
        json::to_values(&self.node)
    }
}

/// Reads every document of a stream; documents without content are left out.
///
/// # Errors
/// The first place where the text is not YAML, or goes beyond a limit.
pub fn parse_documents(bytes: &[u8]) -> Result<Vec<Document>, Error> {
    let text = decode(bytes)?;
    read(&text, 0, usize::MAX)
}

/// Reads the first document of a stream as values and configuration of charts are read: a key that comes again replaces
/// the one before, also when a merge key brings it. Nothing when the stream holds none or that document is null.
///
/// # Errors
/// The first place where the text is not YAML, or goes beyond a limit; what follows the document is not looked at.
pub fn parse_first(bytes: &[u8]) -> Result<Option<Document>, Error> {
    let text = decode(bytes)?;
    if let Some(at) = text.find(is_control) {
        let before = &text[..at];
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        return Err(error_at(before.matches('\n').count() + 1, column, "control characters are not allowed"));
    }
    let mut builder = Builder { later_keys_win: true, ..Builder::new(0) };
    let mut found = None;
    parse_into(&mut builder, &text, |document| {
        found = document;
        false
    })?;
    Ok(found)
}

/// Reads one value as [`parse_first`] and [`Document::to_values`] do; `null` where nothing stands.
///
/// # Errors
/// As those two.
pub fn read_value(bytes: &[u8]) -> Result<serde_json::Value, Error> {
    let Some(document) = parse_first(bytes)? else { return Ok(serde_json::Value::Null) };
    let refused = |JsonError { line, column, message }| Error { line, column, message };
    document.to_values().map_err(refused)
}

/// Characters that YAML refuses unescaped.
fn is_control(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => false,
    }
}

/// Reads a file of resources: lines that begin with `---` part it first, then each part gives at most one
/// document, as kustomize reads it.
///
/// # Errors
/// As [`parse_documents`], and text behind `---` that is no comment.
pub fn parse_chunks(bytes: &[u8]) -> Result<Vec<Document>, Error> {
    let text = decode(bytes)?.replace("\r\n", "\n");
    let mut documents = Vec::new();
    for (line, chunk) in chunks(&text)? {
        documents.extend(read(&chunk, line, 1)?);
    }
    Ok(documents)
}

fn decode(bytes: &[u8]) -> Result<String, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.trim_start_matches('\u{feff}').to_owned()),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = before.iter().filter(|b| **b == b'\n').count() + 1;
            let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
            Err(error_at(line, column, "the text is not UTF-8"))
        }
    }
}

/// Parts a file at its `---` lines, each part with the number of lines before it.
fn chunks(text: &str) -> Result<Vec<(usize, String)>, Error> {
    let mut parts = vec![(0, String::new())];
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    // A separator takes the line break before it, so two of them in a row are not both separators.
    let mut after_separator = true;
    for (index, line) in lines.iter().enumerate() {
        let separator = !after_separator && line.starts_with("---") && line.ends_with('\n');
        after_separator = separator;
        if !separator {
            if let Some((_, part)) = parts.last_mut() {
                part.push_str(line);
            }
            continue;
        }
        let behind = line[3..].trim();
        if !behind.is_empty() && !behind.starts_with('#') {
            return Err(error_at(index + 1, 4, &format!("invalid document separator: {}", line.trim())));
        }
        parts.push((index + 1, String::new()));
    }
    Ok(parts)
}

pub(crate) fn error_at(line: usize, column: usize, message: &str) -> Error {
    let narrow = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Error { line: narrow(line), column: narrow(column), message: message.to_owned() }
}

fn read(text: &str, skipped_lines: usize, limit: usize) -> Result<Vec<Document>, Error> {
    let mut documents = Vec::new();
    parse_into(&mut Builder::new(skipped_lines), text, |document| {
        documents.extend(document);
        documents.len() < limit
    })?;
    Ok(documents)
}

pub(crate) fn options(comments: bool) -> granit_parser::Options {
    granit_parser::options! {
        emit_comments: comments,
        block_scalar_eof_without_line_feed: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    }
}

/// Hands every document to `take`, until that says to stop.
fn parse_into(
    builder: &mut Builder,
    text: &str,
    mut take: impl FnMut(Option<Document>) -> bool,
) -> Result<(), Error> {
    for next in Parser::new_from_str_with_options(text, options(false)) {
        let (event, span) = next.map_err(|error| {
            let marker = error.marker();
            error_at(marker.line() + builder.skipped_lines, marker.col() + 1, &error.info())
        })?;
        let ends = matches!(event, Event::DocumentEnd);
        builder.take(event, &span)?;
        if ends && !take(builder.finish().map(|node| Document { node })) {
            break;
        }
    }
    Ok(())
}

// === building ===

/// A collection that is still open.
enum Open {
    Sequence { items: Vec<Node>, mark: Mark, anchor: usize, height: usize },
    Mapping { entries: Mapping, key: Option<Node>, mark: Mark, anchor: usize, height: usize },
}

pub(crate) struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    /// What each anchor names, its height and its number of nodes.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    /// About the bytes that were copied for anchors and aliases, in all documents.
    copied: usize,
    skipped_lines: usize,
    /// How many collections are open inside of brackets or braces, the outermost of these included.
    flow: usize,
    /// Whether keys are kept as they come, those of merge keys among them, for the last to win.
    later_keys_win: bool,
}

impl Builder {
    pub(crate) fn new(skipped_lines: usize) -> Self {
        Self {
            open: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            nodes: 0,
            copied: 0,
            skipped_lines,
            flow: 0,
            later_keys_win: false,
        }
    }

    /// The document that just ended; one without content, or null, is none.
    pub(crate) fn finish(&mut self) -> Option<Node> {
        self.anchors.clear();
        self.nodes = 0;
        self.root.take().filter(|node| !node.is_null())
    }

    /// Says whether nothing in brackets or braces is open.
    pub(crate) fn is_in_block(&self) -> bool {
        self.flow == 0
    }

    pub(crate) fn mark(&self, span: &Span) -> Mark {
        let at = error_at(span.start.line() + self.skipped_lines, span.start.col() + 1, "");
        Mark { line: at.line, column: at.column }
    }

    pub(crate) fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), Error> {
        let mark = self.mark(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                // The parser writes a value that is not there as `~`.
                let is_missing = style == ScalarStyle::Plain && span.start.index() == span.end.index();
                let text = if is_missing { String::new() } else { text.into_owned() };
                let mut scalar = scalar(text, style, tag.as_deref());
                if self.flow > 0 && scalar.style == Style::Plain {
                    scalar.style = Style::PlainInFlow;
                }
                let node = Node { value: Value::Scalar(scalar), mark, shared: 0 };
                self.complete(node, anchor, 1)
            }
            Event::SequenceStart(style, anchor, _) => {
                self.flow += usize::from(self.flow > 0 || style == StructureStyle::Flow);
                self.open.push(Open::Sequence { items: Vec::new(), mark, anchor, height: 1 });
                Ok(())
            }
            Event::MappingStart(style, anchor, _) => {
                self.flow += usize::from(self.flow > 0 || style == StructureStyle::Flow);
                let entries = Mapping::default();
                self.open.push(Open::Mapping { entries, key: None, mark, anchor, height: 1 });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.flow = self.flow.saturating_sub(1);
                self.close()
            }
            Event::Alias(anchor) => self.alias(anchor, mark),
            _ => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        match self.open.pop() {
            Some(Open::Sequence { items, mark, anchor, height }) => {
                self.complete(Node { value: Value::Sequence(items), mark, shared: 0 }, anchor, height)
            }
            Some(Open::Mapping { entries, mark, anchor, height, .. }) => {
                let entries = if merge_keys::has_merge(&entries) {
                    let fold = if self.later_keys_win { merge_keys::splice } else { merge_keys::fold };
                    fold(entries).map_err(|(mark, message)| {
                        error_at(mark.line as usize, mark.column as usize, message)
                    })?
                } else {
                    entries
                };
                self.complete(Node { value: Value::Mapping(entries), mark, shared: 0 }, anchor, height)
            }
            None => Ok(()),
        }
    }

    fn alias(&mut self, anchor: usize, mark: Mark) -> Result<(), Error> {
        let fail = |message| Err(error_at(mark.line as usize, mark.column as usize, message));
        let Some((node, height)) = self.anchors.get(&anchor) else {
            return fail("an alias must not stand inside the value that it names");
        };
        let (size, height) = (node.count(), *height);
        self.copied += weight(node);
        if self.nodes.saturating_add(size) > MAX_NODES || self.copied > MAX_COPIED {
            return fail("aliases expand to too many values");
        }
        if self.open.len() + height > MAX_DEPTH {
            return fail("values are nested too deeply");
        }
        let node = node.clone();
        self.nodes += size;
        self.complete(node, 0, height)
    }

    /// Puts a finished node where it belongs.
    fn complete(&mut self, node: Node, anchor: usize, height: usize) -> Result<(), Error> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let mark = node.mark;
            return Err(error_at(mark.line as usize, mark.column as usize, "the document is too large"));
        }
        if anchor != 0 {
            self.copied += weight(&node);
            if self.copied > MAX_COPIED {
                let mark = node.mark;
                return Err(error_at(
                    mark.line as usize,
                    mark.column as usize,
                    "anchors hold too many values",
                ));
            }
            self.anchors.insert(anchor, (node.clone(), height));
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::Sequence { items, height: above, .. }) => {
                items.push(node);
                *above = (*above).max(height + 1);
            }
            Some(Open::Mapping { entries, key, height: above, .. }) => {
                *above = (*above).max(height + 1);
                match key.take() {
                    None => *key = Some(node),
                    Some(name) => entries.push(name, node),
                }
            }
        }
        Ok(())
    }
}

/// About the bytes that a copy takes.
fn weight(node: &Node) -> usize {
    const NODE: usize = 64;
    NODE + match &node.value {
        Value::Scalar(scalar) => scalar.text.len(),
        Value::Sequence(items) => items.iter().map(weight).sum(),
        Value::Mapping(mapping) => mapping.iter().map(|(key, value)| weight(key) + weight(value)).sum(),
    }
}

fn scalar(text: String, style: ScalarStyle, tag: Option<&ParsedTag>) -> Scalar {
    let style = match style {
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
        _ => Style::Plain,
    };
    match tag {
        // A lone `!` says nothing.
        Some(tag) if tag.original() != "!" => {
            let tag = explicit(tag, &text);
            // A tag that says otherwise outweighs the quotes.
            let tagged = style == Style::Plain || tag != Tag::Str;
            Scalar { tag, text, style: if tagged { Style::Tagged } else { style } }
        }
        _ if style == Style::Plain => Scalar { tag: resolve_1_2(&text).tag(), text, style },
        _ => Scalar { tag: Tag::Str, text, style },
    }
}

fn explicit(tag: &ParsedTag, text: &str) -> Tag {
    match tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() {
        Some("null") => Tag::Null,
        Some("bool") => Tag::Bool,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("str") => Tag::Str,
        Some("timestamp") => Tag::Timestamp,
        Some("binary") => Tag::Binary,
        Some("merge") => Tag::Merge,
        _ if text.is_empty() && tag.original().is_empty() => Tag::Null,
        _ => Tag::Other(tag.original()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let documents = parse_chunks(text.as_bytes());
        let shown = documents.map(|documents| {
            let values: Vec<_> = documents
                .iter()
                .map(|d| d.node.to_json().map_or_else(|e| e.to_string(), |v| v.to_string()))
                .collect();
            values.join(" | ")
        });
        assert_eq!(shown.unwrap_or_else(|error| error.to_string()), expected, "{text}");
    }

    #[test]
    fn streams() {
        check("a: 1\n---\nb: yes\n---\n", r#"{"a":1} | {"b":"yes"}"#);
        check("---\na: 1\n--- # note\nb: 2\n", r#"{"a":1} | {"b":2}"#);
        check(
            "a: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  d: 2\n",
            r#"{"a":{"k":1},"b":{"k":1},"c":{"d":2,"k":1}}"#,
        );
        check("a: |\n  text", r#"{"a":"text"}"#);
        check("a: 1\n--- b\n", "line 2, column 4: invalid document separator: --- b");
        check("a: *x\n", "line 1, column 4: while parsing node, found unknown anchor");
        check("a: 2020-01-01\nb: 0777\nc: 1e3\n", r#"{"a":"2020-01-01T00:00:00Z","b":511,"c":1000.0}"#);
    }

    #[test]
    fn values() {
        for (text, expected) in [
            ("a: 1\na: 2\n", r#"{"a":2.0}"#),
            (
                "b: &b {x: 1, z: 2}\nc:\n  x: 3\n  <<: *b\n  z: 4\n",
                r#"{"b":{"x":1.0,"z":2.0},"c":{"x":1.0,"z":4.0}}"#,
            ),
            ("1: a\n1.5: b\nyes: c\n1000000.5: d\n", r#"{"1":"a","1.0000005e+06":"d","1.5":"b","true":"c"}"#),
            ("---\n---\na: 1\n", "nothing"),
            ("a: 9007199254740993\n--- {", r#"{"a":9007199254740992.0}"#),
            (
                "d: 2020-01-01\ne: 0777\nf: off\ng: !!int 7\n",
                r#"{"d":"2020-01-01","e":511.0,"f":false,"g":7.0}"#,
            ),
            ("~: x\n", "line 1, column 1: unsupported map key of type: %!s(<nil>), key: <nil>, value: \"x\""),
        ] {
            let document = parse_first(text.as_bytes()).expect("YAML");
            let shown = document.map_or_else(
                || "nothing".to_owned(),
                |document| {
                    document.to_values().map_or_else(|error| error.to_string(), |json| json.to_string())
                },
            );
            assert_eq!(shown, expected, "{text}");
        }
    }

    #[test]
    fn one_value() {
        for (text, expected) in [
            ("a: 1\na: 2\n", r#"{"a":2.0}"#),
            ("a: 1\n---\nb: [", r#"{"a":1.0}"#),
            ("a: 1\n...\nb: [", r#"{"a":1.0}"#),
            ("a: 1\n<<: {b: 2}\nb: yes", r#"{"a":1.0,"b":true}"#),
            ("1: a\n1.5: b\non: c\n", r#"{"1":"a","1.5":"b","true":"c"}"#),
            ("- 2001-01-01\n- 0x10\n- 99999999999999999999\n- \"1\"", r#"["2001-01-01",16.0,1e+20,"1"]"#),
            ("# nothing", "null"),
            ("--- null\n--- 1", "null"),
            ("", "null"),
            ("a: \u{1}", "line 1, column 4: control characters are not allowed"),
            ("a: .inf", "line 1, column 4: json: unsupported value: +Inf"),
            ("~: a", "line 1, column 1: unsupported map key of type: %!s(<nil>), key: <nil>, value: \"a\""),
        ] {
            let found =
                read_value(text.as_bytes()).map_or_else(|error| error.to_string(), |value| value.to_string());
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn hostile_input_ends_in_an_error() {
        let deep = "[".repeat(5000);
        assert!(parse_documents(deep.as_bytes()).is_err());
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..12 {
            let below = level - 1;
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{below}"); 10].join(",")));
        }
        let error = parse_documents(bomb.as_bytes()).expect_err("a bomb");
        assert_eq!(error.message, "aliases expand to too many values");
        let mut chain = "a0: &a0 [x]\n".to_owned();
        for level in 1..400 {
            chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
        }
        assert_eq!(
            parse_documents(chain.as_bytes()).expect_err("a chain").message,
            "values are nested too deeply"
        );
    }
}
