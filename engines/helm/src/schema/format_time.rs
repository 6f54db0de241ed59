//! Formats of dates, times and durations.

use super::format::{quoted, refuse};

const DATE_LAYOUT: &str = "2006-01-02";

pub(super) fn date(text: &str) -> Result<(), String> {
    let failed = |rest: &str, part: &str| {
        Err(format!("parsing time {text:?} as {DATE_LAYOUT:?}: cannot parse {rest:?} as {part:?}"))
    };
    let out_of_range = |what: &str| Err(format!("parsing time {text:?}: {what} out of range"));
    let digits = |from: usize, to: usize| {
        let part = text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
        part.parse::<u32>().ok()
    };
    let rest = |from: usize| text.get(from..).unwrap_or_default();
    let Some(year) = digits(0, 4) else { return failed(text, "2006") };
    if !rest(4).starts_with('-') {
        return failed(rest(4), "-");
    }
    let Some(month) = digits(5, 7) else { return failed(rest(5), "01") };
    if !(1..=12).contains(&month) {
        return out_of_range("month");
    }
    if !rest(7).starts_with('-') {
        return failed(rest(7), "-");
    }
    let Some(day) = digits(8, 10) else { return failed(rest(8), "02") };
    if text.len() > 10 {
        return Err(format!("parsing time {text:?}: extra text: {:?}", rest(10)));
    }
    if day < 1 || day > days(year, month) { out_of_range("day") } else { Ok(()) }
}

fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

pub(super) fn time(text: &str) -> Result<(), String> {
    if text.len() < 9 {
        return refuse("less than 9 characters long");
    }
    let bytes = text.as_bytes();
    if bytes[2] != b':' || bytes[5] != b':' {
        return refuse("missing colon in correct place");
    }
    let part = |from: usize| {
        let digits = text.get(from..from + 2).unwrap_or_default();
        digits.parse::<i32>().map_err(|_| "invalid hour/min/sec".to_owned())
    };
    let (hour, minute, second) = (part(0)?, part(3)?, part(6)?);
    if hour > 23 || minute > 59 || second > 60 {
        return refuse("hour/min/sec out of range");
    }
    let zone = without_fraction(text.get(8..).unwrap_or_default())?;
    let shift = if matches!(zone, "z" | "Z") { 0 } else { offset(zone)? };
    let at = (hour * 60 + minute + shift).rem_euclid(24 * 60);
    if second >= 60 && at != 24 * 60 - 1 { refuse("invalid leap second") } else { Ok(()) }
}

fn without_fraction(text: &str) -> Result<&str, String> {
    let Some(fraction) = text.strip_prefix('.') else { return Ok(text) };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 { Err("no digits in second fraction".to_owned()) } else { Ok(&fraction[digits..]) }
}

/// The minutes that lead from a zone's time to the common one.
fn offset(zone: &str) -> Result<i32, String> {
    let failed = |message: &str| Err(message.to_owned());
    if zone.len() != 6 {
        return failed("offset must be 6 characters long");
    }
    let sign = match zone.as_bytes()[0] {
        b'+' => -1,
        b'-' => 1,
        _ => return failed("offset must begin with plus/minus"),
    };
    if zone.as_bytes()[3] != b':' {
        return failed("missing colon in offset in correct place");
    }
    let part = |from: usize| zone.get(from..from + 2).and_then(|digits| digits.parse::<i32>().ok());
    let (Some(hour), Some(minute)) = (part(1), part(4)) else { return failed("invalid hour/min in offset") };
    if hour < 0 || minute < 0 {
        return failed("non-positive hour/min in offset");
    }
    if hour > 23 || minute > 59 {
        return failed("hour/min in offset out of range");
    }
    Ok(sign * (hour * 60 + minute))
}

pub(super) fn date_time(text: &str) -> Result<(), String> {
    if text.len() < 20 {
        return refuse("less than 20 characters long");
    }
    if !matches!(text.as_bytes()[10], b't' | b'T') {
        return refuse("11th character must be t or T");
    }
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    date(part(0..10)).map_err(|error| format!("invalid date element: {error}"))?;
    time(part(11..text.len())).map_err(|error| format!("invalid time element: {error}"))
}

pub(super) fn duration(text: &str) -> Result<(), String> {
    let Some(text) = text.strip_prefix('P') else { return refuse("must start with P") };
    if text.is_empty() {
        return refuse("nothing after P");
    }
    if let Some(weeks) = text.strip_suffix('W') {
        if weeks.is_empty() {
            return refuse("no number in week");
        }
        let is_number = weeks.bytes().all(|byte| byte.is_ascii_digit());
        return if is_number { Ok(()) } else { refuse("invalid week") };
    }
    for (index, part) in text.split('T').enumerate() {
        if index > 0 && part.is_empty() {
            return refuse("no time elements");
        }
        let Some(units) = ["YMD", "HMS"].get(index) else { return refuse("more than one T") };
        amounts(part, units)?;
    }
    Ok(())
}

/// Numbers, each with one of the units, in their order.
fn amounts(part: &str, all: &str) -> Result<(), String> {
    let mut units = all;
    let mut rest = part;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return refuse("missing number");
        }
        let Some(unit) = rest[digits..].chars().next() else { return refuse("missing unit") };
        match units.find(unit) {
            Some(place) => units = &units[place + 1..],
            None if all.contains(unit) => return refuse(format!("unit {} out of order", quoted(unit))),
            None => return refuse(format!("invalid unit {}", quoted(unit))),
        }
        rest = &rest[digits + unit.len_utf8()..];
    }
    Ok(())
}

pub(super) fn period(text: &str) -> Result<(), String> {
    let Some((start, end)) = text.split_once('/') else { return refuse("missing slash") };
    let named = |name: &'static str| move |error: String| format!("invalid {name}: {error}");
    if start.starts_with('P') {
        duration(start).map_err(named("start duration"))?;
        return date_time(end).map_err(named("end date-time"));
    }
    date_time(start).map_err(named("start date-time"))?;
    if end.starts_with('P') {
        duration(end).map_err(named("end duration"))
    } else {
        date_time(end).map_err(named("end date-time"))
    }
}
