//! Conversions between kinds as spf13/cast makes them: what cannot be converted is 0.

use crate::number::{parse_float, parse_int};
use crate::{Text, Value};

/// An integer from any value: texts in Go's notation (`0x1f`, `1_000`, `3.00`), floats cut off, booleans.
pub fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(_, number) => *number,
        Value::Uint(_, number) => *number as i64,
        Value::Float(_, number) => cut_off(*number),
        Value::Bool(flag) => i64::from(*flag),
        Value::Text(text) => text_to_int64(text),
        Value::Object(object) => object.underlying().map_or(0, |value| match value {
            Value::Int(_, number) if is_calendar_name(object.type_of()) => number,
            _ => 0,
        }),
        _ => 0,
    }
}

/// Months and weekdays are the only named numbers that are converted.
fn is_calendar_name(type_of: crate::Type) -> bool {
    matches!(type_of, crate::Type::Named(named) if matches!(named.name, "time.Month" | "time.Weekday"))
}

fn text_to_int64(text: &Text) -> i64 {
    text.as_str().and_then(|text| parse_int(without_zero_decimals(text), 0).ok()).unwrap_or(0)
}

/// Cuts `.0…` off.
fn without_zero_decimals(text: &str) -> &str {
    let digits = text.trim_end_matches('0');
    if digits.len() < text.len() { digits.strip_suffix('.').unwrap_or(text) } else { text }
}

/// What the processor makes of a float that 64 bits do not hold: the least integer.
pub fn cut_off(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) { number as i64 } else { i64::MIN }
}

/// A float from any value.
pub fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Int(_, number) => *number as f64,
        Value::Uint(_, number) => *number as f64,
        Value::Float(_, number) => *number,
        Value::Bool(flag) => f64::from(u8::from(*flag)),
        Value::Text(text) => text.as_str().and_then(|text| parse_float(text).ok()).unwrap_or(0.0),
        Value::Object(_) => to_int64(value) as f64,
        _ => 0.0,
    }
}
