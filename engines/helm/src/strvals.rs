//! Values set one by one: `a.b[0].c=1,d={x,y}` as `--set` and its kin read it, in place over values that are there.
//!
//! Refuses an index beyond 65536, more than 30 dotted names, and, unlike Helm, lists in lists without end and long lists
//! without number. After an error the values are partly changed.

mod keys;
mod scanner;
mod value;

use serde_json::Value;

use crate::values::{Values, overlay};

use keys::{Keys, Style};

/// The largest index of a list.
pub const MAX_INDEX: usize = 65_536;

/// The most names joined by dots.
pub const MAX_NAMES: usize = 30;

/// How deep names and indices may go together.
pub const MAX_DEPTH: usize = 128;

/// How many items of lists one text may add.
pub const MAX_ITEMS: usize = 1 << 18;

/// Why a text sets nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SetError(pub(crate) String);

/// Sets values as `--set` does: truth values, null and whole numbers have their types.
///
/// # Errors
/// The first part of the text that cannot be read or does not fit the values.
pub fn set(values: &mut Values, text: &str) -> Result<(), SetError> {
    Keys::new(text, Style::Typed).parse(values)
}

/// Sets values as `--set-string` does: all are text.
///
/// # Errors
/// As [`set`].
pub fn set_string(values: &mut Values, text: &str) -> Result<(), SetError> {
    Keys::new(text, Style::Text).parse(values)
}

/// Sets values as `--set-file` does: each is what `read` gives for the path that is written.
///
/// # Errors
/// As [`set`], and what `read` says.
pub fn set_file(
    values: &mut Values,
    text: &str,
    read: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<(), SetError> {
    Keys::new(text, Style::File(read)).parse(values)
}

/// Sets values as `--set-json` does: `a={"b": 1},c=[2]`, or a whole table `{"a": 1}` laid over what is there.
///
/// # Errors
/// A sentence with the text, as Helm gives no cause.
pub fn set_json(values: &mut Values, text: &str) -> Result<(), SetError> {
    let trimmed = text.trim();
    if !trimmed.starts_with('{') {
        return Keys::new(text, Style::Json).parse(values).map_err(|_| SetError(format!("data {text}")));
    }
    let failed = |_| SetError(format!("data JSON: {text}"));
    let above: Values = serde_json::from_str(trimmed).map_err(failed)?;
    let mut above = Value::Object(above);
    value::to_fractions(&mut above);
    if let Value::Object(above) = above {
        overlay(values, above);
    }
    Ok(())
}

/// Sets one value as `--set-literal` does: all behind the first `=` is text as it stands.
///
/// # Errors
/// As [`set`].
pub fn set_literal(values: &mut Values, text: &str) -> Result<(), SetError> {
    Keys::new(text, Style::Literal).parse(values)
}

/// Sets one value at the target path of a reference to values: as [`set`], as text when it stands in quotes or when it is
/// to be taken literally.
///
/// # Errors
/// As [`set`].
pub fn set_at(values: &mut Values, path: &str, value: &str, is_literal: bool) -> Result<(), SetError> {
    if is_literal {
        let special = |c| matches!(c, '\\' | ',' | '{' | '}' | '[' | ']' | '=' | '.');
        let escaped: String =
            value.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect();
        return set_string(values, &format!("{path}={escaped}"));
    }
    let quoted = |quote: char| value.starts_with(quote) && value.ends_with(quote);
    if quoted('\'') || quoted('"') {
        let inner = value.trim_matches(['\'', '"']);
        return set_string(values, &format!("{path}={inner}"));
    }
    set(values, &format!("{path}={value}"))
}

#[cfg(test)]
mod tests;
