//! Nodes to and from JSON values. Refuses what JSON lacks: keys that are no text, NaN and infinities.

use base64::decode as decode_base64;
use serde_json::{Map, Number, Value as Json};

use crate::emit::style_of;
use crate::folded;
use crate::go_words::sharp;
use crate::node::{Mapping, Mark, Node, Scalar, Style, Tag, Value};
use crate::number::{format_float, format_float_32};
use crate::resolve::{Resolved, resolve_1_1, resolve_1_2};

/// Why a node has no JSON form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct JsonError {
    /// Line, from one; zero for a node that was not read from text.
    pub line: u32,
    /// Column, from one.
    pub column: u32,
    /// What is wrong there.
    pub message: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Dialect {
    Old,
    /// As `Old`, but a key that comes again replaces the one before.
    Lenient,
    /// As `Lenient`, and every number is a 64-bit fraction.
    Values,
    Modern,
}

impl Dialect {
    fn is_lenient(self) -> bool {
        matches!(self, Self::Lenient | Self::Values)
    }
}

impl Node {
    /// Converts to JSON as resources are read: types as tagged, dates as RFC 3339.
    ///
    /// # Errors
    /// A key that is no text, a duplicate key, or a number that JSON does not have.
    pub fn to_json(&self) -> Result<Json, JsonError> {
        convert(self, Dialect::Modern, 0)
    }
}

pub(crate) fn to_json_1_1(node: &Node) -> Result<Json, JsonError> {
    convert(node, Dialect::Old, 0)
}

pub(crate) fn to_json_lenient(node: &Node) -> Result<Json, JsonError> {
    convert(node, Dialect::Lenient, 0)
}

pub(crate) fn to_values(node: &Node) -> Result<Json, JsonError> {
    convert(node, Dialect::Values, 0)
}

/// Makes a node of a JSON value as a JSON patch leaves it: numbers went through 64-bit fractions, texts are written
/// without quotes where they can be.
pub fn from_json_numbers_as_floats(json: &Json) -> Node {
    match json {
        Json::Number(number) => Node::plain(number.as_f64().map_or_else(|| number.to_string(), format_float)),
        Json::String(text) => {
            let style = style_of(text);
            Value::Scalar(Scalar { text: text.clone(), tag: Tag::Str, style }).into()
        }
        Json::Array(items) => Value::Sequence(items.iter().map(from_json_numbers_as_floats).collect()).into(),
        Json::Object(map) => {
            let entry = |(key, value): (&String, &Json)| {
                (Node::string(key.as_str()), from_json_numbers_as_floats(value))
            };
            Value::Mapping(map.iter().map(entry).collect()).into()
        }
        _ => from_json(json),
    }
}

/// Makes a node of a JSON value; mappings in the order of the value.
pub fn from_json(json: &Json) -> Node {
    match json {
        Json::Null => Node::null(),
        Json::Bool(value) => typed(Tag::Bool, value.to_string()),
        Json::Number(number) => from_number(number),
        Json::String(text) => Node::string(text.as_str()),
        Json::Array(items) => Value::Sequence(items.iter().map(from_json).collect()).into(),
        Json::Object(map) => {
            let entries = map.iter().map(|(key, value)| (Node::string(key.as_str()), from_json(value)));
            Value::Mapping(entries.collect()).into()
        }
    }
}

fn from_number(number: &Number) -> Node {
    match number.as_f64() {
        Some(value) if number.is_f64() => typed(Tag::Float, format_float(value)),
        _ => typed(Tag::Int, number.to_string()),
    }
}

fn typed(tag: Tag, text: String) -> Node {
    Value::Scalar(Scalar { text, tag, style: Style::Plain }).into()
}

fn fail<T>(mark: Mark, message: String) -> Result<T, JsonError> {
    Err(JsonError { line: mark.line, column: mark.column, message })
}

fn convert(node: &Node, dialect: Dialect, depth: usize) -> Result<Json, JsonError> {
    match &node.value {
        Value::Scalar(scalar) => match convert_scalar(scalar, node.mark, dialect)? {
            Json::Number(number) if dialect == Dialect::Values => {
                Ok(number.as_f64().map_or(Json::Null, whole))
            }
            json => Ok(json),
        },
        Value::Sequence(items) => items.iter().map(|item| convert(item, dialect, depth + 1)).collect(),
        Value::Mapping(mapping) => convert_mapping(mapping, dialect, depth),
    }
}

fn convert_mapping(mapping: &Mapping, dialect: Dialect, depth: usize) -> Result<Json, JsonError> {
    let mut map = Map::new();
    for (key, value) in mapping.iter() {
        let name = key_text(key, value, dialect, depth)?;
        // Go's writer takes a merge key in quotes for one that is none, and loses it with its value.
        if name == "<<" && dialect == Dialect::Modern {
            continue;
        }
        let value = convert(value, dialect, depth + 1)?;
        if !dialect.is_lenient() && map.contains_key(&name) {
            return fail(key.mark, format!("mapping key {name:?} already defined"));
        }
        map.insert(name, value);
    }
    Ok(Json::Object(map))
}

fn key_text(key: &Node, value: &Node, dialect: Dialect, depth: usize) -> Result<String, JsonError> {
    let Some(scalar) = key.as_scalar() else {
        if dialect.is_lenient() {
            return fail(key.mark, format!("yaml: invalid map key: {}", sharp(key)));
        }
        return fail(key.mark, format!("a {} can not be a key", key.kind_name()));
    };
    if dialect == Dialect::Modern {
        // The root takes any plain key for text, and all below refuse what is none.
        let is_text =
            scalar.tag == Tag::Str || scalar.style.is_quoted() || depth == 0 || scalar.text.is_empty();
        let message = || format!("the key {} is not text; it needs quotes", scalar.text);
        return if is_text { readable(scalar.text.clone(), key.mark) } else { fail(key.mark, message()) };
    }
    match convert_scalar(scalar, key.mark, dialect)? {
        Json::String(text) => Ok(text),
        Json::Null if dialect.is_lenient() => {
            let value = sharp(value);
            let message = format!("unsupported map key of type: %!s(<nil>), key: <nil>, value: {value}");
            fail(key.mark, message)
        }
        Json::Null => fail(key.mark, "null can not be a key".to_owned()),
        Json::Bool(value) => Ok(value.to_string()),
        Json::Number(number) => match number.as_f64() {
            Some(_) if dialect.is_lenient() => Ok(values_key(&scalar.text)),
            Some(value) if number.is_f64() => Ok(format_float(value)),
            _ => Ok(number.to_string()),
        },
        _ => Ok(scalar.text.clone()),
    }
}

/// A number as a key: whole ones in full, fractions with the digits that 32 bits need.
fn values_key(text: &str) -> String {
    match resolve_1_1(text) {
        Resolved::Int(value) => value.to_string(),
        Resolved::UInt(value) => value.to_string(),
        Resolved::Float(value) => format_float_32(value as f32),
        _ => text.to_owned(),
    }
}

fn convert_scalar(scalar: &Scalar, mark: Mark, dialect: Dialect) -> Result<Json, JsonError> {
    let text = || match (dialect, scalar.style) {
        (Dialect::Modern, Style::Folded) => readable(folded::written_and_read(&scalar.text), mark),
        (Dialect::Modern, _) => readable(scalar.text.clone(), mark),
        _ => Ok(scalar.text.clone()),
    };
    let text = || text().map(Json::String);
    if dialect != Dialect::Modern && scalar.style.is_plain() {
        return match resolve_1_1(&scalar.text) {
            Resolved::Timestamp(_) | Resolved::Merge => text(),
            Resolved::Float(value) if dialect.is_lenient() && !value.is_finite() => {
                fail(mark, format!("json: unsupported value: {}", not_finite(value)))
            }
            resolved => from_resolved(resolved, scalar, mark),
        };
    }
    let resolved = resolve_1_2(&scalar.text);
    // What is quoted is text, also when an edit left the type of something else, as long as the two agree.
    let agrees = scalar.tag == Tag::Unset || scalar.tag == resolved.tag();
    if scalar.style.is_quoted() && agrees {
        return text();
    }
    // Inside of brackets the writer puts quotes around nothing, and around what holds a colon.
    let quoted_in_flow = scalar.text.is_empty() || scalar.text.contains(':');
    if scalar.style == Style::PlainInFlow && agrees && quoted_in_flow {
        return text();
    }
    match &scalar.tag {
        Tag::Unset => from_resolved(resolved, scalar, mark),
        Tag::Str | Tag::Other(_) | Tag::Merge => text(),
        Tag::Null if resolved != Resolved::Null => {
            fail(mark, format!("cannot decode `{}` as a !!null", scalar.text))
        }
        Tag::Timestamp if !matches!(resolved, Resolved::Timestamp(_)) => {
            fail(mark, format!("cannot decode `{}` as a !!timestamp", scalar.text))
        }
        Tag::Null => Ok(Json::Null),
        Tag::Binary => match decode_base64(&scalar.text) {
            Some(bytes) => Ok(Json::String(String::from_utf8_lossy(&bytes).into_owned())),
            None => fail(mark, "!!binary value contains invalid base64 data".to_owned()),
        },
        Tag::Float => match resolved {
            Resolved::Int(value) => Ok(whole(value as f64)),
            Resolved::Float(_) => from_resolved(resolved, scalar, mark),
            _ => fail(mark, format!("cannot decode `{}` as a !!float", scalar.text)),
        },
        Tag::Bool => match resolved {
            Resolved::Bool(value) => Ok(Json::Bool(value)),
            _ => fail(mark, format!("cannot decode `{}` as a !!bool", scalar.text)),
        },
        Tag::Int if !matches!(resolved, Resolved::Int(_) | Resolved::UInt(_)) => {
            fail(mark, format!("cannot decode `{}` as a !!int", scalar.text))
        }
        Tag::Int | Tag::Timestamp => from_resolved(resolved, scalar, mark),
    }
}

/// Refuses characters that no YAML may hold, also when they were written as escapes.
fn readable(text: String, mark: Mark) -> Result<String, JsonError> {
    let is_control =
        |c: char| matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    match text.chars().find(|c| is_control(*c)) {
        Some(c) => fail(mark, format!("the character U+{:04X} is not allowed", u32::from(c))),
        None => Ok(text),
    }
}

fn not_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "+Inf"
    } else {
        "-Inf"
    }
}

fn whole(value: f64) -> Json {
    Number::from_f64(value).map_or(Json::Null, Json::Number)
}

fn from_resolved(resolved: Resolved, scalar: &Scalar, mark: Mark) -> Result<Json, JsonError> {
    match resolved {
        Resolved::Null => Ok(Json::Null),
        Resolved::Bool(value) => Ok(Json::Bool(value)),
        Resolved::Int(value) => Ok(value.into()),
        Resolved::UInt(value) => Ok(value.into()),
        Resolved::Timestamp(value) => Ok(Json::String(value)),
        Resolved::Merge | Resolved::Str => Ok(Json::String(scalar.text.clone())),
        Resolved::Float(value) => match Number::from_f64(value) {
            Some(number) => Ok(Json::Number(number)),
            None => fail(mark, format!("{} is not a number that JSON has", scalar.text)),
        },
    }
}

/// Base64 without another dependency: the alphabet of RFC 4648 with padding, line breaks ignored.
mod base64 {
    pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
        let symbols: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
        if !symbols.len().is_multiple_of(4) {
            return None;
        }
        let padding = symbols.iter().rev().take_while(|b| **b == b'=').count();
        if padding > 2 {
            return None;
        }
        let mut bytes = Vec::with_capacity(symbols.len() / 4 * 3);
        let (mut bits, mut count) = (0u32, 0);
        for symbol in &symbols[..symbols.len() - padding] {
            bits = bits << 6 | u32::from(value(*symbol)?);
            count += 6;
            if count >= 8 {
                count -= 8;
                bytes.push((bits >> count & 0xff) as u8);
            }
        }
        Some(bytes)
    }

    fn value(symbol: u8) -> Option<u8> {
        match symbol {
            b'A'..=b'Z' => Some(symbol - b'A'),
            b'a'..=b'z' => Some(symbol - b'a' + 26),
            b'0'..=b'9' => Some(symbol - b'0' + 52),
            b'+' => Some(62),
            b'/' => Some(63),
            _ => None,
        }
    }
}
