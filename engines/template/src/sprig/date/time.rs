//! A moment with a zone, as Go's `time.Time` without the monotonic clock.

use super::calendar::{self, Civil};
use super::zone::Zone;

/// Seconds from 0001-01-01, Go's zero time, to 1970.
const ZERO: i64 = -62_135_596_800;
/// Nanoseconds of a second.
pub const SECOND: i64 = 1_000_000_000;

/// A moment with a zone.
#[derive(Clone, Debug)]
pub struct Time {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds of the second.
    pub nanoseconds: u32,
    /// Where it is shown.
    pub zone: Zone,
}

impl Time {
    /// Go's zero time.
    pub fn zero() -> Self {
        Self { seconds: ZERO, nanoseconds: 0, zone: Zone::Utc }
    }

    /// A moment in UTC of seconds since 1970.
    pub fn unix(seconds: i64) -> Self {
        Self { seconds, nanoseconds: 0, zone: Zone::Utc }
    }

    /// Whether it is the zero time.
    pub fn is_zero(&self) -> bool {
        self.seconds == ZERO && self.nanoseconds == 0
    }

    /// The same moment shown elsewhere.
    pub fn within(&self, zone: Zone) -> Self {
        Self { zone, ..self.clone() }
    }

    /// The zone's abbreviation and offset in seconds.
    pub fn offset(&self) -> (String, i64) {
        self.zone.at(self.seconds)
    }

    /// The date and time of day in its zone.
    pub fn civil(&self) -> Civil {
        calendar::civil(self.seconds.wrapping_add(self.offset().1))
    }

    /// The moment `nanoseconds` later.
    pub fn plus(&self, nanoseconds: i64) -> Self {
        let sum = i64::from(self.nanoseconds) + nanoseconds % SECOND;
        let carry = nanoseconds / SECOND + sum.div_euclid(SECOND);
        Self {
            seconds: self.seconds.wrapping_add(carry),
            nanoseconds: sum.rem_euclid(SECOND) as u32,
            zone: self.zone.clone(),
        }
    }

    /// Nanoseconds from `other` to this, as much as 64 bits hold.
    pub fn since(&self, other: &Self) -> i64 {
        let seconds = i128::from(self.seconds) - i128::from(other.seconds);
        let exact =
            seconds * i128::from(SECOND) + i128::from(self.nanoseconds) - i128::from(other.nanoseconds);
        exact.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }

    /// Nanoseconds since 1970; wraps around outside of the years 1678 to 2262.
    pub fn unix_nanoseconds(&self) -> i64 {
        self.seconds.wrapping_mul(SECOND).wrapping_add(i64::from(self.nanoseconds))
    }

    /// The moment with years, months and days added to its date, which is then normalized.
    pub fn plus_date(&self, years: i64, months: i64, days: i64) -> Self {
        let civil = self.civil();
        let second = civil.hour * 3600 + civil.minute * 60 + civil.second;
        let local = calendar::seconds_of(
            civil.year.wrapping_add(years),
            civil.month.wrapping_add(months),
            civil.day.wrapping_add(days),
            second,
        );
        Self::from_local(local, self.nanoseconds, self.zone.clone())
    }

    /// The moment at which a clock in `zone` shows `local`, given as seconds; Go's choice where there is none or two.
    pub fn from_local(local: i64, nanoseconds: u32, zone: Zone) -> Self {
        let guess = zone.at(local).1;
        let offset = if guess == 0 { 0 } else { zone.at(local.wrapping_sub(guess)).1 };
        Self { seconds: local.wrapping_sub(offset), nanoseconds, zone }
    }
}
