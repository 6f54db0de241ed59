//! Values files. Refuses what is no table, and text behind a line that parts documents.

use serde_json::Value;
use sluice_yaml::{JsonError, in_go_words, parse_first};

use super::Values;
use super::print::go_type;

/// Why a values file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A line that starts with `---` says something else behind it.
    #[error("error reading yaml document: invalid Yaml document separator: {0}")]
    Separator(String),
    /// It is not YAML.
    #[error("cannot unmarshal yaml document: error converting YAML to JSON: {0}")]
    Syntax(String),
    /// A document is no table.
    #[error(
        "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {0} into Go value of type map[string]interface {{}}"
    )]
    NoTable(&'static str),
}

/// Reads a values file; of several documents the later ones are laid over those before.
///
/// # Errors
/// When it is not YAML, or a document is no table.
pub fn read_values(bytes: &[u8]) -> Result<Values, ReadError> {
    let mut values = Values::new();
    for chunk in documents(bytes)? {
        overlay(&mut values, read_table(&chunk)?);
    }
    Ok(values)
}

/// Lays one table over another: tables are merged, everything else of `above` replaces what was there.
pub fn overlay(values: &mut Values, above: Values) {
    for (key, value) in above {
        match (values.get_mut(&key), value) {
            (Some(Value::Object(below)), Value::Object(table)) => overlay(below, table),
            (_, value) => {
                values.insert(key, value);
            }
        }
    }
}

fn read_table(chunk: &[u8]) -> Result<Values, ReadError> {
    let syntax = |message: String| ReadError::Syntax(message);
    let Some(document) = parse_first(chunk).map_err(|error| syntax(in_go_words(&error, chunk)))? else {
        return Ok(Values::new());
    };
    let no_json = |error: JsonError| syntax(error.message);
    match document.to_values().map_err(no_json)? {
        Value::Object(table) => Ok(table),
        Value::Null => Ok(Values::new()),
        other => Err(ReadError::NoTable(json_kind(&other))),
    }
}

/// What Go's JSON reader calls a value.
pub(crate) fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Null => go_type(value),
    }
}

/// Parts a file at the lines that start with `---`; documents without any text are left out.
fn documents(bytes: &[u8]) -> Result<Vec<Vec<u8>>, ReadError> {
    let mut documents = vec![Vec::new()];
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(behind) = line.strip_prefix(b"---") {
            let behind = String::from_utf8_lossy(behind);
            let behind = behind.trim();
            if !behind.is_empty() && !behind.starts_with('#') {
                return Err(ReadError::Separator(behind.to_owned()));
            }
            if documents.last().is_some_and(|last| !last.is_empty()) {
                documents.push(Vec::new());
                continue;
            }
        }
        if let Some(last) = documents.last_mut() {
            last.extend_from_slice(line);
            last.push(b'\n');
        }
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = match read_values(text.as_bytes()) {
            Ok(values) => Value::Object(values).to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn files() {
        check("", "{}");
        check("a: 1\nb: {c: yes}\n", r#"{"a":1.0,"b":{"c":true}}"#);
        check("a: {b: 1}\n---\na: {c: 2}\n--- # more\nb: x\n", r#"{"a":{"b":1.0,"c":2.0},"b":"x"}"#);
        check("---\r\na: 1\r\n", r#"{"a":1.0}"#);
        check("a: 1\n--- b: 2\n", "error reading yaml document: invalid Yaml document separator: b: 2");
        check(
            "- a\n",
            "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}",
        );
    }
}
