//! The calendar under Go's `time.Time`: seconds since 1970 to a proleptic Gregorian date and back, for every 64-bit second.

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// Years of 400 between Go's absolute zero year (-292277022399) and year 1.
const CYCLES_BEFORE_YEAR_ONE: i64 = 730_692_556;
/// Days of a Gregorian cycle of 400 years.
const CYCLE: i64 = 146_097;
/// Days from 0001-01-01 to 1970-01-01.
const UNIX_EPOCH: i64 = 719_162;

/// The names of the months.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The names of the days, from Sunday.
pub const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A date and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year; 0 is 1 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// 1 to 366.
    pub day_of_year: i64,
    /// 0 (Sunday) to 6.
    pub weekday: i64,
    /// The hour.
    pub hour: i64,
    /// The minute.
    pub minute: i64,
    /// The second.
    pub second: i64,
}

/// Days from 0001-01-01 and the second of the day; seconds wrap around as Go's unsigned ones do.
fn split(seconds: i64) -> (i64, i64) {
    let shift = (CYCLES_BEFORE_YEAR_ONE as i128 * CYCLE as i128 + UNIX_EPOCH as i128) * DAY as i128;
    let absolute = (i128::from(seconds) + shift).rem_euclid(1 << 64) as u64;
    let days = (absolute / DAY as u64) as i64 - CYCLES_BEFORE_YEAR_ONE * CYCLE;
    (days, (absolute % DAY as u64) as i64)
}

/// Whether a year has a 29th of February.
pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The days of a month, 1 to 12.
pub fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 0001-01-01 to the first of January of `year`.
fn days_before_year(year: i64) -> i64 {
    let past = year - 1;
    past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400)
}

/// The date of `seconds` since 1970 (a local clock's seconds, zone already added).
pub fn civil(seconds: i64) -> Civil {
    let (days, rest) = split(seconds);
    let cycles = days.div_euclid(CYCLE);
    let mut year = cycles * 400 + days.rem_euclid(CYCLE) / 366 + 1;
    while days_before_year(year + 1) <= days {
        year += 1;
    }
    let day_of_year = days - days_before_year(year) + 1;
    let (mut month, mut day) = (1, day_of_year);
    while day > days_in(month, year) {
        day -= days_in(month, year);
        month += 1;
    }
    Civil {
        year,
        month,
        day,
        day_of_year,
        weekday: (days + 1).rem_euclid(7),
        hour: rest / 3600,
        minute: rest / 60 % 60,
        second: rest % 60,
    }
}

/// Seconds since 1970 of a date whose month and day may lie outside of their ranges; wraps around when it must.
pub fn seconds_of(year: i64, month: i64, day: i64, second_of_day: i64) -> i64 {
    let months = year as i128 * 12 + month as i128 - 1;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) as i64 + 1);
    let cycles = (year - 1).div_euclid(400);
    let year_in_cycle = (year - 1).rem_euclid(400) as i64 + 1;
    let mut days = cycles * CYCLE as i128 + days_before_year(year_in_cycle) as i128;
    days += (1..month).map(|month| days_in(month, year_in_cycle) as i128).sum::<i128>();
    days += day as i128 - 1 - UNIX_EPOCH as i128;
    (days * DAY as i128 + second_of_day as i128) as i64
}
