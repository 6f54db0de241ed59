//! Errors in the words of Go's YAML reader, with its ways of counting lines. What it has no words for keeps ours.

use crate::node::{Node, Scalar, Value};
use crate::parse::Error;
use crate::resolve::{Resolved, resolve_1_1};

/// How the original counts the line of an error; the first line is never told.
#[derive(Clone, Copy)]
enum Count {
    /// As people do.
    Line,
    /// The line before.
    LineBefore,
    /// As people do, at the end of the text.
    End,
    /// The line before, at the end of the text.
    BeforeEnd,
    Nothing,
}

/// The error of a text as Go's `yaml.v2` words it, such as `yaml: line 2: mapping values are not allowed in this context`.
pub fn in_go_words(error: &Error, text: &[u8]) -> String {
    let (problem, count) = problem(error, text);
    let lines = text.iter().filter(|byte| **byte == b'\n').count();
    let from_zero = (error.line as usize).saturating_sub(1);
    let line = match count {
        Count::Line if from_zero > 0 => from_zero + 1,
        Count::LineBefore => from_zero,
        Count::End if lines > 0 => lines + 1,
        Count::BeforeEnd => lines,
        _ => 0,
    };
    if line == 0 { format!("yaml: {problem}") } else { format!("yaml: line {line}: {problem}") }
}

fn problem(error: &Error, text: &[u8]) -> (String, Count) {
    let message = error.message.as_str();
    let own = |words: &str, count| (words.to_owned(), count);
    if message.ends_with("found unknown anchor") {
        return (format!("unknown anchor '{}' referenced", name_at(error, text)), Count::Nothing);
    }
    if message.starts_with("unexpected character") || message.starts_with("tab") {
        return own("found character that cannot start any token", Count::Line);
    }
    if message.starts_with("simple key") {
        return own("could not find expected ':'", Count::Line);
    }
    match message {
        "unclosed quote" => own("found unexpected end of stream", Count::End),
        "unclosed bracket '{'" => own("did not find expected ',' or '}'", Count::BeforeEnd),
        "unclosed bracket '['" => own("did not find expected ',' or ']'", Count::BeforeEnd),
        "while parsing a flow sequence, expected ',' or ']'" => {
            own("did not find expected ',' or ']'", Count::LineBefore)
        }
        "a block scalar content cannot start with a tab" => {
            own("found a tab character where an indentation space is expected", Count::Line)
        }
        "control characters are not allowed" => own(message, Count::Nothing),
        "the text is not UTF-8" => own(octet(text), Count::Nothing),
        "did not find expected <document start>" => own(message, Count::LineBefore),
        _ => match message.strip_prefix("while ").and_then(|rest| rest.split_once(", ")) {
            Some((place, words)) if is_of_parser(place) => own(words, Count::LineBefore),
            Some((_, words)) => own(words, Count::Line),
            None => own(message, Count::Line),
        },
    }
}

fn is_of_parser(place: &str) -> bool {
    matches!(
        place,
        "parsing a block mapping"
            | "parsing a block collection"
            | "parsing a flow mapping"
            | "parsing a flow sequence"
            | "parsing a node"
    )
}

/// The name of the alias at the place of an error.
fn name_at(error: &Error, text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let line = text.lines().nth((error.line as usize).saturating_sub(1)).unwrap_or_default();
    let rest = line.chars().skip((error.column as usize).saturating_sub(1));
    rest.skip_while(|c| *c == '*').take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-')).collect()
}

/// What is wrong with the first character that is none.
fn octet(text: &[u8]) -> &'static str {
    let Err(error) = std::str::from_utf8(text) else { return "invalid UTF-8" };
    let rest = &text[error.valid_up_to()..];
    let width = match rest.first().copied().unwrap_or_default() {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => return "invalid leading UTF-8 octet",
    };
    if rest.len() < width {
        return "incomplete UTF-8 octet sequence";
    }
    let is_trailing = |byte: &u8| byte & 0xc0 == 0x80;
    if rest[1..width].iter().all(is_trailing) {
        "invalid length of a UTF-8 sequence"
    } else {
        "invalid trailing UTF-8 octet"
    }
}

/// A node as `%#v` prints what Go makes of it.
pub(crate) fn sharp(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) => sharp_scalar(scalar),
        Value::Sequence(items) => {
            let items: Vec<_> = items.iter().map(sharp).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Mapping(mapping) => {
            let entry = |(key, value): (&Node, &Node)| format!("{}:{}", sharp(key), sharp(value));
            let entries: Vec<_> = mapping.iter().map(entry).collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", entries.join(", "))
        }
    }
}

fn sharp_scalar(scalar: &Scalar) -> String {
    let quoted = || format!("{:?}", scalar.text);
    if !scalar.style.is_plain() {
        return quoted();
    }
    match resolve_1_1(&scalar.text) {
        Resolved::Null => "interface {}(nil)".to_owned(),
        Resolved::Bool(value) => value.to_string(),
        Resolved::Int(value) => value.to_string(),
        Resolved::UInt(value) => format!("{value:#x}"),
        Resolved::Float(value) => crate::format_float(value),
        Resolved::Timestamp(_) | Resolved::Merge | Resolved::Str => quoted(),
    }
}
