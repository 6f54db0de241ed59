//! Values, names and numbers as the messages write them: English numbers, texts in single quotes.

use serde_json::{Number, Value};

use crate::values::go_quote;

/// A text in single quotes.
pub(super) fn quoted(text: &str) -> String {
    let double = go_quote(text);
    let inner = double.get(1..double.len() - 1).unwrap_or_default();
    format!("'{}'", inner.replace("\\\"", "\"").replace('\'', "\\'"))
}

pub(super) fn all_quoted(texts: &[&str]) -> String {
    texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")
}

/// A path as a JSON pointer.
pub(super) fn pointer(path: &[String]) -> String {
    path.iter().map(|part| format!("/{}", escaped(part))).collect()
}

/// A part of a JSON pointer.
pub(super) fn escaped(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

/// A value of a schema, for `enum` and `const`.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

/// A whole number with commas.
pub(super) fn whole(number: usize) -> String {
    grouped(&number.to_string())
}

/// A number as English text: commas, and powers of ten for what is large or small.
pub(super) fn number(number: &Number) -> String {
    let text = sluice_yaml::format_float(number.as_f64().unwrap_or_default());
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, ""));
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
    let (integer, fraction) = digits.find('.').map_or((digits, ""), |dot| digits.split_at(dot));
    let shown = format!("{sign}{}{fraction}", grouped(integer));
    if power.is_empty() { shown } else { format!("{shown}×10{}", raised(power)) }
}

fn grouped(digits: &str) -> String {
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

fn raised(power: &str) -> String {
    let raise = |c: char| match c {
        '-' => Some('⁻'),
        '1' => Some('¹'),
        '2' => Some('²'),
        '3' => Some('³'),
        '0' | '4'..='9' => char::from_u32('⁰' as u32 + (c as u32 - '0' as u32)),
        _ => None,
    };
    power.chars().filter_map(raise).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts() {
        for (value, expected) in [
            (12345.678901, "12,345.678901"),
            (1e21, "1×10²¹"),
            (0.00001234, "1.234×10⁻⁰⁵"),
            (-1234567.5, "-1.2345675×10⁰⁶"),
            (1000.0, "1,000"),
            (0.1, "0.1"),
        ] {
            assert_eq!(number(&Number::from_f64(value).expect("finite")), expected);
        }
        assert_eq!(whole(1234567), "1,234,567");
        assert_eq!(quoted("x'y\"z\n"), r#"'x\'y"z\n'"#);
        assert_eq!(pointer(&["a/b".to_owned(), "~".to_owned()]), "/a~1b/~0");
    }
}
