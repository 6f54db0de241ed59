//! Values as texts, as sprig's functions see them.

pub use crate::format::quote_bytes as quoted;

use crate::{Call, Error, Text, Value};

/// The text of a value as `fmt.Sprint` gives it.
pub fn printed(call: &Call<'_>, value: &Value) -> Result<Text, Error> {
    let text = crate::format::display(value)?;
    call.budget().produce(text.len())?;
    Ok(text)
}

/// The text that sprig takes a value for: as printed, but bytes are a text.
pub fn displayed(call: &Call<'_>, value: &Value) -> Result<Text, Error> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Bytes(bytes) => Ok(Text::from_bytes(bytes)),
        value => printed(call, value),
    }
}

/// A text as Go code would hold it: between backquotes where it can stand there.
pub fn as_literal(bytes: &[u8]) -> String {
    let stands = |char: char| char == '\t' || (char >= ' ' && !matches!(char, '\u{feff}' | '`' | '\u{7f}'));
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().all(stands) => format!("`{text}`"),
        _ => quoted(bytes),
    }
}
