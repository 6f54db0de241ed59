//! Durations as Go writes and reads them: `1h2m3.5s`, nanoseconds in 64 bits.

use super::layout::quoted;

const NANOSECOND_UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The largest magnitude that the sign may still turn into 64 bits.
const LIMIT: u64 = 1 << 63;

/// Why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("time: {problem} {text}")]
pub struct DurationError {
    problem: String,
    text: String,
}

/// Writes nanoseconds as Go's `Duration.String`.
pub fn format_duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let magnitude = nanoseconds.unsigned_abs();
    let text = match magnitude {
        0 => "0s".to_owned(),
        1..1_000 => format!("{magnitude}ns"),
        1_000..1_000_000 => format!("{}µs", with_fraction(magnitude, 3)),
        1_000_000..1_000_000_000 => format!("{}ms", with_fraction(magnitude, 6)),
        _ => clock(magnitude),
    };
    format!("{sign}{text}")
}

fn clock(magnitude: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    let seconds = magnitude / SECOND;
    let rest = format!("{}s", with_fraction(magnitude % (60 * SECOND), 9));
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => rest,
        (0, minutes) => format!("{minutes}m{rest}"),
        (hours, minutes) => format!("{hours}h{minutes}m{rest}"),
    }
}

/// `value` divided by ten to the `digits`, without trailing zeros.
fn with_fraction(value: u64, digits: usize) -> String {
    let unit = 10_u64.pow(digits as u32);
    let fraction = format!("{:0digits$}", value % unit);
    let fraction = fraction.trim_end_matches('0');
    let whole = value / unit;
    if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") }
}

/// Rounds to a multiple of `unit`, halves away from zero, as Go's `Duration.Round`.
pub fn round_duration(nanoseconds: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return nanoseconds;
    }
    let rest = (nanoseconds % unit).unsigned_abs();
    let down = nanoseconds - nanoseconds % unit;
    if rest + rest < unit as u64 {
        return down;
    }
    if nanoseconds < 0 { down.saturating_sub(unit) } else { down.saturating_add(unit) }
}

/// Reads a duration as Go's `time.ParseDuration`.
pub fn parse_duration(text: &[u8]) -> Result<i64, DurationError> {
    let fail = |problem: String| DurationError { problem, text: quoted(text) };
    let invalid = || fail("invalid duration".to_owned());
    let (negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut sum = 0_u64;
    while !rest.is_empty() {
        let (part, after) = parse_part(rest).map_err(|problem| problem.map_or_else(invalid, &fail))?;
        sum = sum.checked_add(part).filter(|sum| *sum <= LIMIT).ok_or_else(invalid)?;
        rest = after;
    }
    match (negative, sum) {
        (true, sum) => Ok((sum as i64).wrapping_neg()),
        (false, LIMIT) => Err(invalid()),
        (false, sum) => Ok(sum as i64),
    }
}

/// Reads one number with its unit; an error of `None` is the general one.
fn parse_part(text: &[u8]) -> Result<(u64, &[u8]), Option<String>> {
    if !matches!(text[0], b'.' | b'0'..=b'9') {
        return Err(None);
    }
    let (whole, after) = leading_integer(text).ok_or(None)?;
    let mut any = after.len() != text.len();
    let (mut fraction, mut scale, mut rest) = (0, 1.0, after);
    if let [b'.', digits @ ..] = after {
        (fraction, scale, rest) = leading_fraction(digits);
        any |= rest.len() != digits.len();
    }
    if !any {
        return Err(None);
    }
    let length = rest.iter().take_while(|byte| !matches!(byte, b'.' | b'0'..=b'9')).count();
    if length == 0 {
        return Err(Some("missing unit in duration".to_owned()));
    }
    let (name, rest) = rest.split_at(length);
    let unit = NANOSECOND_UNITS.iter().find(|(unit, _)| unit.as_bytes() == name);
    let unit = unit.ok_or_else(|| Some(format!("unknown unit {} in duration", quoted(name))))?.1;
    if whole > LIMIT / unit {
        return Err(None);
    }
    let value = whole * unit + (fraction as f64 * (unit as f64 / scale)) as u64;
    if value > LIMIT { Err(None) } else { Ok((value, rest)) }
}

/// The digits at the start as a number of at most 2^63; `None` when it is larger.
pub(super) fn leading_integer(text: &[u8]) -> Option<(u64, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut value = 0_u64;
    for byte in &text[..length] {
        if value > LIMIT / 10 {
            return None;
        }
        value = value * 10 + u64::from(byte - b'0');
        if value > LIMIT {
            return None;
        }
    }
    Some((value, &text[length..]))
}

/// The digits at the start as a fraction; those that 64 bits do not hold are dropped.
fn leading_fraction(text: &[u8]) -> (u64, f64, &[u8]) {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (mut value, mut scale) = (0_u64, 1.0);
    for byte in &text[..length] {
        let next = value.checked_mul(10).and_then(|value| value.checked_add(u64::from(byte - b'0')));
        match next {
            Some(next) if value <= (LIMIT - 1) / 10 && next <= LIMIT => value = next,
            _ => break,
        }
        scale *= 10.0;
    }
    (value, scale, &text[length..])
}
