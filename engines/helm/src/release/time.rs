//! Moments as Go writes them in JSON: RFC 3339 with the zone's offset and up to nine digits of a second.
//! Refuses what is no such text.

use std::fmt;
use std::str::FromStr;

use jiff::{Timestamp, tz::Offset};

/// A moment with the offset it was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    at: Timestamp,
    offset: Offset,
}

impl Time {
    /// The moment.
    pub fn timestamp(self) -> Timestamp {
        self.at
    }

    /// Whether it is what Go takes for no time at all: the beginning of the year one.
    pub(crate) fn is_zero(self) -> bool {
        const YEAR_ONE: i64 = -62_135_596_800;
        self.at.as_second() == YEAR_ONE && self.at.subsec_nanosecond() == 0
    }
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self { at, offset: Offset::UTC }
    }
}

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || format!("`{text}` is no time");
        let at: Timestamp = text.parse().map_err(|_| invalid())?;
        if text.ends_with(['Z', 'z']) {
            return Ok(at.into());
        }
        let zone = text.len().checked_sub(6).and_then(|from| text.get(from..)).ok_or_else(invalid)?;
        let (sign, digits) = zone.split_at_checked(1).ok_or_else(invalid)?;
        let (hours, minutes) = digits.split_once(':').ok_or_else(invalid)?;
        let seconds = |text: &str, unit: i32| text.parse::<i32>().map(|number| number * unit);
        let (Ok(hours), Ok(minutes)) = (seconds(hours, 3600), seconds(minutes, 60)) else {
            return Err(invalid());
        };
        let east = if sign == "-" { -(hours + minutes) } else { hours + minutes };
        let offset = Offset::from_seconds(east).map_err(|_| invalid())?;
        Ok(Self { at, offset })
    }
}

impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.offset.to_datetime(self.at);
        let (date, time) = (local.date(), local.time());
        write!(out, "{:04}-{:02}-{:02}T", date.year(), date.month(), date.day())?;
        write!(out, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        if time.subsec_nanosecond() != 0 {
            let digits = format!("{:09}", time.subsec_nanosecond());
            write!(out, ".{}", digits.trim_end_matches('0'))?;
        }
        let minutes = self.offset.seconds() / 60;
        if minutes == 0 {
            return out.write_str("Z");
        }
        let sign = if minutes < 0 { '-' } else { '+' };
        write!(out, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn times() {
        for (text, expected) in [
            ("2024-05-01T10:20:30Z", Some("2024-05-01T10:20:30Z")),
            ("2024-05-01T10:20:30.120000Z", Some("2024-05-01T10:20:30.12Z")),
            ("2024-05-01T10:20:30.123456789+02:00", Some("2024-05-01T10:20:30.123456789+02:00")),
            ("2024-05-01T10:20:30-03:30", Some("2024-05-01T10:20:30-03:30")),
            ("2024-05-01T10:20:30+00:00", Some("2024-05-01T10:20:30Z")),
            ("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00Z")),
            ("yesterday", None),
        ] {
            let found = text.parse::<Time>().ok().map(|time| time.to_string());
            assert_eq!(found.as_deref(), expected);
        }
    }
}
