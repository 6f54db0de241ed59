//! What an unquoted scalar means: YAML 1.2 with Go's old octals for resources, YAML 1.1 booleans for the rest.

use crate::node::Tag;
use crate::timestamp;

/// An unquoted scalar, read.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number that fits 64 bits with sign.
    Int(i64),
    /// A whole number beyond that.
    UInt(u64),
    /// A fraction, or a whole number beyond 64 bits.
    Float(f64),
    /// A date or a time, written as RFC 3339.
    Timestamp(String),
    /// The merge key.
    Merge,
    /// Text.
    Str,
}

/// Reads an unquoted scalar as resources are read: `yes` and `on` are text.
pub fn resolve_1_2(text: &str) -> Resolved {
    match text {
        "true" | "True" | "TRUE" => Resolved::Bool(true),
        "false" | "False" | "FALSE" => Resolved::Bool(false),
        _ => resolve_rest(text, true),
    }
}

/// Reads an unquoted scalar as configuration is read: `yes`, `on` and `y` are truth values.
pub fn resolve_1_1(text: &str) -> Resolved {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        _ => resolve_rest(text, false),
    }
}

/// Says whether YAML 1.1 reads the text, unquoted, as something other than text.
pub fn reads_as_other_than_string(text: &str) -> bool {
    !matches!(resolve_1_1(text), Resolved::Str | Resolved::Merge) || is_base_60(text)
}

impl Resolved {
    /// The tag that goes with it.
    pub fn tag(&self) -> Tag {
        match self {
            Self::Null => Tag::Null,
            Self::Bool(_) => Tag::Bool,
            Self::Int(_) | Self::UInt(_) => Tag::Int,
            Self::Float(_) => Tag::Float,
            Self::Timestamp(_) => Tag::Timestamp,
            Self::Merge => Tag::Merge,
            Self::Str => Tag::Str,
        }
    }
}

fn resolve_rest(text: &str, modern_octal: bool) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        ".nan" | ".NaN" | ".NAN" => return Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::Float(f64::NEG_INFINITY),
        "<<" => return Resolved::Merge,
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' if is_float(text) => parse_float(text),
        b'0'..=b'9' | b'+' | b'-' => resolve_number(text, modern_octal),
        _ => Resolved::Str,
    }
}

fn resolve_number(text: &str, modern_octal: bool) -> Resolved {
    if let Some(time) = timestamp::parse(text) {
        return Resolved::Timestamp(time);
    }
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    let (negative, digits) = match plain.as_bytes().first() {
        Some(b'-') => (true, &plain[1..]),
        Some(b'+') => (false, &plain[1..]),
        _ => (false, plain.as_str()),
    };
    let signed = plain.len() != digits.len();
    if let Some(found) = whole_number(digits, negative, signed, modern_octal) {
        return found;
    }
    if is_float(&plain) { parse_float(&plain) } else { Resolved::Str }
}

/// Whole numbers in base 10, `0x`, `0b`, `0o` and the old octals `0777`.
fn whole_number(digits: &str, negative: bool, signed: bool, modern_octal: bool) -> Option<Resolved> {
    let _ = modern_octal; // Go's base detection reads `0o17` in either dialect.
    let lower = digits.get(..2).map(str::to_ascii_lowercase);
    let (base, rest) = match lower.as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some(_) if digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if rest.is_empty() || !rest.bytes().all(|b| char::from(b).is_digit(base)) {
        return None;
    }
    let magnitude = u64::from_str_radix(rest, base).ok()?;
    match (negative, i64::try_from(magnitude)) {
        (false, Ok(value)) => Some(Resolved::Int(value)),
        (false, Err(_)) if !signed => Some(Resolved::UInt(magnitude)),
        (true, Ok(value)) => Some(Resolved::Int(-value)),
        (true, Err(_)) if magnitude == 1 << 63 => Some(Resolved::Int(i64::MIN)),
        _ => None,
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(at);
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if whole == 0 && fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    } else if whole == 0 {
        return false;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = if at <= bytes.len() { digits(at) } else { 0 };
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == bytes.len()
}

/// A float out of range is text, as the parser of Go reports it as an error.
fn parse_float(text: &str) -> Resolved {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Resolved::Float(value),
        _ => Resolved::Str,
    }
}

/// Base 60 numbers are text, but YAML 1.1 readers see numbers, so they are written in quotes.
fn is_base_60(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = rest.split(':');
    let Some(first) = parts.next() else { return false };
    let digit_or_gap = |b: u8| b.is_ascii_digit() || b == b'_';
    if !first.starts_with(|c: char| c.is_ascii_digit()) || !first.bytes().all(digit_or_gap) {
        return false;
    }
    let tail: Vec<&str> = parts.collect();
    let Some((last, middle)) = tail.split_last() else { return false };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    middle.iter().chain([&last]).all(|part| is_sixtieth(part)) && fraction.bytes().all(digit_or_gap)
}

fn is_sixtieth(part: &str) -> bool {
    match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_go_reads() {
        for (text, modern, old) in [
            ("yes", Resolved::Str, Resolved::Bool(true)),
            ("true", Resolved::Bool(true), Resolved::Bool(true)),
            ("0777", Resolved::Int(511), Resolved::Int(511)),
            ("0o17", Resolved::Int(15), Resolved::Int(15)),
            ("0x1F", Resolved::Int(31), Resolved::Int(31)),
            ("0b11", Resolved::Int(3), Resolved::Int(3)),
            ("0888", Resolved::Float(888.0), Resolved::Float(888.0)),
            ("1_000", Resolved::Int(1000), Resolved::Int(1000)),
            ("18446744073709551615", Resolved::UInt(u64::MAX), Resolved::UInt(u64::MAX)),
            ("-9223372036854775808", Resolved::Int(i64::MIN), Resolved::Int(i64::MIN)),
            ("1.", Resolved::Float(1.0), Resolved::Float(1.0)),
            (".5", Resolved::Float(0.5), Resolved::Float(0.5)),
            (".", Resolved::Str, Resolved::Str),
            ("1e", Resolved::Str, Resolved::Str),
            ("1e3", Resolved::Float(1000.0), Resolved::Float(1000.0)),
            ("1:30", Resolved::Str, Resolved::Str),
            ("-", Resolved::Str, Resolved::Str),
            ("~", Resolved::Null, Resolved::Null),
            ("<<", Resolved::Merge, Resolved::Merge),
        ] {
            assert_eq!(resolve_1_2(text), modern, "{text}");
            assert_eq!(resolve_1_1(text), old, "{text}");
        }
    }

    #[test]
    fn base_60_is_quoted() {
        for (text, quoted) in [("1:30", true), ("1:30:59.5", true), ("1:60", false), ("a:30", false)] {
            assert_eq!(reads_as_other_than_string(text), quoted, "{text}");
        }
    }
}
