//! Numbers from text, as Go's `strconv.ParseInt`, `ParseUint` and `ParseFloat` read them.

use std::fmt;

/// Why a text is no number; prints as Go's reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// Not a number at all.
    Syntax,
    /// A number that does not fit; the nearest one that does is what Go returns beside the error.
    Range,
}

impl fmt::Display for NumberError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Syntax => "invalid syntax",
            Self::Range => "value out of range",
        })
    }
}

impl std::error::Error for NumberError {}

/// Reads an `int64`; base 0 takes the base from the prefix (`0x`, `0o`, `0b`, `0`) and allows underscores.
pub fn parse_int(text: &str, base: u32) -> Result<i64, NumberError> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = parse_uint(digits, base)?;
    match negative {
        false => i64::try_from(magnitude).map_err(|_| NumberError::Range),
        true => 0i64.checked_sub_unsigned(magnitude).ok_or(NumberError::Range),
    }
}

/// Reads a `uint64`, without a sign; base as for [`parse_int`].
pub fn parse_uint(text: &str, base: u32) -> Result<u64, NumberError> {
    let (digits, radix) = if base == 0 { strip_base(text) } else { (text, base) };
    if digits.is_empty() {
        return Err(NumberError::Syntax);
    }
    let mut value = 0u64;
    for byte in digits.bytes() {
        if byte == b'_' && base == 0 {
            continue;
        }
        let digit = char::from(byte).to_digit(radix).ok_or(NumberError::Syntax)?;
        // What follows the digit that is one too many is not looked at.
        let next = value.checked_mul(u64::from(radix)).and_then(|value| value.checked_add(u64::from(digit)));
        value = next.ok_or(NumberError::Range)?;
    }
    if base == 0 && text.contains('_') && !underscores_separate(text) {
        return Err(NumberError::Syntax);
    }
    Ok(value)
}

fn strip_base(text: &str) -> (&str, u32) {
    let prefixed = |prefix: [&str; 2]| {
        let rest = text.strip_prefix(prefix[0]).or_else(|| text.strip_prefix(prefix[1]));
        rest.filter(|rest| !rest.is_empty())
    };
    if let Some(rest) = prefixed(["0x", "0X"]) {
        (rest, 16)
    } else if let Some(rest) = prefixed(["0b", "0B"]) {
        (rest, 2)
    } else if let Some(rest) = prefixed(["0o", "0O"]) {
        (rest, 8)
    } else if text.len() > 1 && text.starts_with('0') {
        (&text[1..], 8)
    } else {
        (text, 10)
    }
}

/// Underscores may stand between digits, and between a base prefix and a digit; nowhere else.
fn underscores_separate(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = text.to_ascii_lowercase();
    let hexadecimal = lower.starts_with("0x");
    let prefixed = hexadecimal || lower.starts_with("0b") || lower.starts_with("0o");
    let body = if prefixed { &lower[2..] } else { &lower };
    let mut before_is_digit = prefixed;
    let mut before_is_underscore = false;
    for byte in body.bytes() {
        let digit = byte.is_ascii_digit() || (hexadecimal && byte.is_ascii_hexdigit());
        let underscore = byte == b'_';
        if (underscore && !before_is_digit) || (before_is_underscore && !digit) {
            return false;
        }
        before_is_digit = digit;
        before_is_underscore = underscore;
    }
    !before_is_underscore
}

/// Reads a `float64`: decimal or hexadecimal, with underscores as separators, infinities and NaN.
pub fn parse_float(text: &str) -> Result<f64, NumberError> {
    if let Some(special) = special_float(text) {
        return Ok(special);
    }
    if text.contains('_') && !underscores_separate(text) {
        return Err(NumberError::Syntax);
    }
    let plain = text.replace('_', "");
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let value = match unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        Some(hexadecimal) => parse_hexadecimal(hexadecimal)?,
        None => parse_decimal(unsigned)?,
    };
    if value.is_infinite() {
        return Err(NumberError::Range);
    }
    Ok(if plain.starts_with('-') { -value } else { value })
}

fn special_float(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    match unsigned {
        "inf" | "infinity" if lower.starts_with('-') => Some(f64::NEG_INFINITY),
        "inf" | "infinity" => Some(f64::INFINITY),
        "nan" if unsigned.len() == lower.len() => Some(f64::NAN),
        _ => None,
    }
}

fn parse_decimal(text: &str) -> Result<f64, NumberError> {
    let plain =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    let starts = text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !plain || !starts {
        return Err(NumberError::Syntax);
    }
    text.parse().map_err(|_| NumberError::Syntax)
}

/// Reads what follows `0x`: digits with a point, and a mandatory power of two.
fn parse_hexadecimal(text: &str) -> Result<f64, NumberError> {
    let (mantissa, power) = text.split_once(['p', 'P']).ok_or(NumberError::Syntax)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(NumberError::Syntax);
    }
    let digits = whole.bytes().chain(fraction.bytes());
    let (bits, extra) = gather(digits)?;
    let power = parse_power(power)? + i64::try_from(extra).unwrap_or(i64::MAX / 8) * 4
        - i64::try_from(fraction.len()).unwrap_or(i64::MAX / 8) * 4;
    Ok(scale(bits, power))
}

/// Gathers hexadecimal digits into 64 bits (the lowest one sticky) and counts the digits beyond.
fn gather(digits: impl Iterator<Item = u8>) -> Result<(u64, usize), NumberError> {
    let mut bits = 0u64;
    let mut extra = 0;
    for byte in digits {
        let digit = char::from(byte).to_digit(16).ok_or(NumberError::Syntax)?;
        if bits >> 60 == 0 {
            bits = bits << 4 | u64::from(digit);
        } else {
            extra += 1;
            bits |= u64::from(digit != 0);
        }
    }
    Ok((bits, extra))
}

fn parse_power(text: &str) -> Result<i64, NumberError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::Syntax);
    }
    let magnitude: i64 = digits.parse().unwrap_or(1 << 40).min(1 << 40);
    Ok(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// The double nearest to `bits` times two to the `power`; halves to even.
fn scale(bits: u64, power: i64) -> f64 {
    if bits == 0 {
        return 0.0;
    }
    let top = 63 - i64::from(bits.leading_zeros());
    let exponent = top + power;
    if exponent > 1023 {
        return f64::INFINITY;
    }
    // The power of the last bit that a double of this size can hold.
    let last = (exponent - 52).max(-1074);
    let dropped = last - power;
    let mantissa = match u32::try_from(dropped) {
        Err(_) | Ok(0) => return exact(bits as f64, power),
        Ok(dropped) if dropped >= 65 => 0,
        Ok(dropped) => round_bits(u128::from(bits), dropped),
    };
    exact(mantissa as f64, last)
}

fn round_bits(bits: u128, dropped: u32) -> u64 {
    let unit = 1u128 << dropped;
    let rest = bits & (unit - 1);
    let kept = bits >> dropped;
    let up = rest > unit / 2 || (rest == unit / 2 && kept & 1 == 1);
    (kept + u128::from(up)) as u64
}

/// Multiplies by a power of two in two steps, so that neither over- nor underflows early.
fn exact(value: f64, power: i64) -> f64 {
    let half = (power / 2) as i32;
    value * 2f64.powi(half) * 2f64.powi(power as i32 - half)
}
