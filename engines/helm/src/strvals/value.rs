//! Texts as values.

use serde_json::{Number, Value};

/// A text as the type it looks like: truth value, null, whole number, or text.
pub(super) fn typed(text: &str) -> Value {
    if equals(text, "true") {
        return Value::Bool(true);
    }
    if equals(text, "false") {
        return Value::Bool(false);
    }
    if equals(text, "null") {
        return Value::Null;
    }
    if text == "0" {
        return Value::from(0_i64);
    }
    let whole = (!text.starts_with('0')).then(|| text.parse::<i64>().ok()).flatten();
    whole.map_or_else(|| Value::from(text), Value::from)
}

/// Whether a text is a word, whatever its case; Go also takes the long s for an s.
fn equals(text: &str, word: &str) -> bool {
    text.chars().map(|c| if c == 'ſ' { 's' } else { c.to_ascii_lowercase() }).eq(word.chars())
}

/// Makes every number a 64-bit fraction, as Go reads JSON.
pub(super) fn to_fractions(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(fraction) = number.as_f64().and_then(Number::from_f64) {
                *number = fraction;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(to_fractions),
        Value::Object(map) => map.values_mut().for_each(to_fractions),
        _ => {}
    }
}
