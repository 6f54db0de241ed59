//! Durations in the notation of Go (`1h2m3.5s`), which every Flux field of time uses.
//!
//! Reading accepts what Go's `time.ParseDuration` accepts and writing prints what its `String` prints, so that a value
//! written by either side looks the same. Months, days and bare numbers other than `0` are refused.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A signed span of time with nanosecond resolution, at most about 292 years long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    nanoseconds: i64,
}

/// Why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseDurationError {
    /// The text is empty, or not numbers each followed by a unit.
    #[error("invalid duration {0:?}")]
    Invalid(String),
    /// A number has no unit.
    #[error("missing unit in duration {0:?}")]
    MissingUnit(String),
    /// A unit is not one of ns, us, ms, s, m and h.
    #[error("unknown unit in duration {0:?}")]
    UnknownUnit(String),
    /// The span does not fit 64 bits of nanoseconds.
    #[error("duration {0:?} is too long")]
    TooLong(String),
}

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000 * MICROSECOND;
const SECOND: u64 = 1_000 * MILLISECOND;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

// === impl Duration ===

impl Duration {
    /// Makes a duration of whole seconds; a count that does not fit becomes the longest duration.
    pub const fn from_secs(seconds: u32) -> Self {
        Self { nanoseconds: seconds as i64 * SECOND as i64 }
    }

    /// Returns the span for use with the standard library; a negative span is zero.
    pub const fn std(self) -> std::time::Duration {
        if self.nanoseconds < 0 {
            return std::time::Duration::ZERO;
        }
        std::time::Duration::from_nanos(self.nanoseconds.unsigned_abs())
    }

    /// Tells whether the span is zero.
    pub const fn is_zero(self) -> bool {
        self.nanoseconds == 0
    }
}

impl From<std::time::Duration> for Duration {
    /// Converts a span; one of more than 292 years becomes the longest duration.
    fn from(span: std::time::Duration) -> Self {
        Self { nanoseconds: i64::try_from(span.as_nanos()).unwrap_or(i64::MAX) }
    }
}

impl From<Duration> for std::time::Duration {
    fn from(duration: Duration) -> Self {
        duration.std()
    }
}

impl FromStr for Duration {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if unsigned == "0" {
            return Ok(Self::default());
        }
        let magnitude = parse_terms(unsigned, text)?;
        let too_long = || ParseDurationError::TooLong(text.to_owned());
        let nanoseconds = if negative {
            0i64.checked_sub_unsigned(magnitude).ok_or_else(too_long)?
        } else {
            i64::try_from(magnitude).map_err(|_| too_long())?
        };
        Ok(Self { nanoseconds })
    }
}

fn parse_terms(mut rest: &str, whole: &str) -> Result<u64, ParseDurationError> {
    if rest.is_empty() {
        return Err(ParseDurationError::Invalid(whole.to_owned()));
    }
    let mut sum = 0u64;
    while !rest.is_empty() {
        let (term, after) = parse_term(rest, whole)?;
        sum = sum.checked_add(term).ok_or_else(|| ParseDurationError::TooLong(whole.to_owned()))?;
        rest = after;
    }
    Ok(sum)
}

/// Reads one number with its unit and returns it in nanoseconds, with the text that follows.
fn parse_term<'a>(text: &'a str, whole: &str) -> Result<(u64, &'a str), ParseDurationError> {
    let (integer, rest) = split_while(text, |c| c.is_ascii_digit());
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => split_while(rest, |c| c.is_ascii_digit()),
        None => ("", rest),
    };
    if integer.is_empty() && fraction.is_empty() {
        return Err(ParseDurationError::Invalid(whole.to_owned()));
    }
    let (unit, rest) = split_while(rest, |c| c != '.' && !c.is_ascii_digit());
    let unit = unit_nanoseconds(unit, whole)?;
    let too_long = || ParseDurationError::TooLong(whole.to_owned());
    let integer: u64 = if integer.is_empty() { 0 } else { integer.parse().map_err(|_| too_long())? };
    let nanoseconds = integer.checked_mul(unit).ok_or_else(too_long)?;
    let nanoseconds = nanoseconds.checked_add(fraction_nanoseconds(fraction, unit)).ok_or_else(too_long)?;
    Ok((nanoseconds, rest))
}

fn split_while(text: &str, accept: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !accept(c)).unwrap_or(text.len()))
}

fn unit_nanoseconds(unit: &str, whole: &str) -> Result<u64, ParseDurationError> {
    match unit {
        "ns" => Ok(1),
        // The micro sign and the Greek letter mu look alike, and Go takes both.
        "us" | "\u{b5}s" | "\u{3bc}s" => Ok(MICROSECOND),
        "ms" => Ok(MILLISECOND),
        "s" => Ok(SECOND),
        "m" => Ok(MINUTE),
        "h" => Ok(HOUR),
        "" => Err(ParseDurationError::MissingUnit(whole.to_owned())),
        _ => Err(ParseDurationError::UnknownUnit(whole.to_owned())),
    }
}

/// Returns the nanoseconds in a decimal fraction of a unit, rounded down; digits beyond the 18th cannot matter.
fn fraction_nanoseconds(digits: &str, unit: u64) -> u64 {
    let (mut value, mut scale) = (0u128, 1u128);
    for digit in digits.bytes().take(18) {
        value = value * 10 + u128::from(digit - b'0');
        scale *= 10;
    }
    // A fraction is below one, so the product over the scale is below the unit.
    u64::try_from(value * u128::from(unit) / scale).unwrap_or(u64::MAX)
}

impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanoseconds < 0 {
            formatter.write_str("-")?;
        }
        let magnitude = self.nanoseconds.unsigned_abs();
        match magnitude {
            0 => formatter.write_str("0s"),
            1..MICROSECOND => write!(formatter, "{magnitude}ns"),
            MICROSECOND..MILLISECOND => write_decimal(formatter, magnitude, MICROSECOND, "µs"),
            MILLISECOND..SECOND => write_decimal(formatter, magnitude, MILLISECOND, "ms"),
            _ => write_clock(formatter, magnitude),
        }
    }
}

fn write_clock(formatter: &mut fmt::Formatter<'_>, magnitude: u64) -> fmt::Result {
    let (hours, minutes) = (magnitude / HOUR, magnitude % HOUR / MINUTE);
    if hours > 0 {
        write!(formatter, "{hours}h")?;
    }
    if hours > 0 || minutes > 0 {
        write!(formatter, "{minutes}m")?;
    }
    write_decimal(formatter, magnitude % MINUTE, SECOND, "s")
}

fn write_decimal(formatter: &mut fmt::Formatter<'_>, value: u64, unit: u64, name: &str) -> fmt::Result {
    write!(formatter, "{}", value / unit)?;
    let digits = unit.ilog10() as usize;
    let fraction = format!("{:0digits$}", value % unit);
    let fraction = fraction.trim_end_matches('0');
    if !fraction.is_empty() {
        write!(formatter, ".{fraction}")?;
    }
    formatter.write_str(name)
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$" })
    }
}

/// Describes a time limit, which cannot be given in hours.
pub(crate) fn timeout_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m))+$" })
}

#[cfg(test)]
mod tests;
