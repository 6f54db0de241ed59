//! Reads times by Go's layouts, in local time where the text names no zone.
//!
//! Refused: what Go refuses, in its words.

use super::calendar::{MONTHS, WEEKDAYS, days_in, is_leap, seconds_of};
use super::duration::leading_integer;
use super::layout::{Element, next_element, quoted};
use super::time::Time;
use super::zone::Zone;

/// Why a text is not a time in a layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("parsing time {value}{problem}")]
pub struct TimeError {
    value: String,
    problem: String,
}

/// What can be wrong with one element.
enum Bad {
    /// It has another form.
    Form,
    /// It names a number outside of its range.
    Range(&'static str),
}

/// What has been read so far.
#[derive(Default)]
struct Parts {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: i64,
    afternoon: Option<bool>,
    utc: bool,
    offset: Option<i64>,
    abbreviation: Option<String>,
}

/// Reads `value` by `layout`; `local` is the zone of a text that names none.
pub fn parse_time(layout: &[u8], value: &[u8], local: &Zone) -> Result<Time, TimeError> {
    let fail = |problem: String| TimeError { value: quoted(value), problem };
    let mismatch = |rest: &[u8], element: &[u8]| {
        fail(format!(" as {}: cannot parse {} as {}", quoted(layout), quoted(rest), quoted(element)))
    };
    let (mut parts, mut pattern, mut rest) = (Parts::default(), layout, value);
    loop {
        let (before, found, after) = next_element(pattern);
        rest = skip(rest, before).map_err(|stuck| mismatch(stuck, before))?;
        let Some((element, text)) = found else { break };
        let held = rest;
        match parts.read(element, rest, after) {
            Ok(next) => rest = next,
            Err(Bad::Form) => return Err(mismatch(held, text)),
            Err(Bad::Range(what)) => return Err(fail(format!(": {what} out of range"))),
        }
        pattern = after;
    }
    if !rest.is_empty() {
        return Err(fail(format!(": extra text: {}", quoted(rest))));
    }
    parts.finish(local).map_err(|problem| fail(format!(": {problem}")))
}

/// Skips literal text; runs of spaces match each other.
fn skip<'a>(mut value: &'a [u8], mut prefix: &[u8]) -> Result<&'a [u8], &'a [u8]> {
    while let Some(&first) = prefix.first() {
        if first == b' ' {
            if value.first().is_some_and(|byte| *byte != b' ') {
                return Err(value);
            }
            prefix = without_spaces(prefix);
            value = without_spaces(value);
            continue;
        }
        if value.first() != Some(&first) {
            return Err(value);
        }
        (prefix, value) = (&prefix[1..], &value[1..]);
    }
    Ok(value)
}

fn without_spaces(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|byte| **byte == b' ').count()..]
}

/// One or two digits, or exactly two.
fn number(value: &[u8], fixed: bool) -> Result<(i64, &[u8]), Bad> {
    digits(value, if fixed { 2 } else { 1 }, 2)
}

fn digits(value: &[u8], least: usize, most: usize) -> Result<(i64, &[u8]), Bad> {
    let length = value.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if length < least {
        return Err(Bad::Form);
    }
    let number = value[..length].iter().fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0'));
    Ok((number, &value[length..]))
}

/// The index of the name that `value` starts with, without regard to case.
fn name<'a>(value: &'a [u8], names: &[&str], length: Option<usize>) -> Result<(i64, &'a [u8]), Bad> {
    for (index, name) in names.iter().enumerate() {
        let name = &name[..length.unwrap_or(name.len())];
        if value.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes())) {
            return Ok((index as i64, &value[name.len()..]));
        }
    }
    Err(Bad::Form)
}

/// Splits off a text of a given length.
fn take(value: &[u8], length: usize) -> Result<(&[u8], &[u8]), Bad> {
    value.split_at_checked(length).ok_or(Bad::Form)
}

/// A signed number that takes the whole text.
fn signed(text: &[u8]) -> Result<i64, Bad> {
    let (negative, unsigned) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    match leading_integer(unsigned) {
        Some((value, [])) => Ok(if negative { -(value as i64) } else { value as i64 }),
        _ => Err(Bad::Form),
    }
}

fn within(value: i64, range: std::ops::Range<i64>, what: &'static str) -> Result<i64, Bad> {
    if range.contains(&value) { Ok(value) } else { Err(Bad::Range(what)) }
}

impl Parts {
    /// Reads one element and says what is left; `next` is the layout after it.
    fn read<'a>(&mut self, element: Element, value: &'a [u8], next: &[u8]) -> Result<&'a [u8], Bad> {
        let rest;
        match element {
            Element::Year | Element::LongYear => return self.read_year(element, value),
            Element::Month => (self.month, rest) = some(name(value, &MONTHS, Some(3))?, 1),
            Element::LongMonth => (self.month, rest) = some(name(value, &MONTHS, None)?, 1),
            Element::NumberMonth | Element::ZeroMonth => {
                let (month, after) = number(value, element == Element::ZeroMonth)?;
                self.month = Some(within(month, 1..13, "month")?);
                rest = after;
            }
            Element::Weekday => rest = name(value, &WEEKDAYS, Some(3))?.1,
            Element::LongWeekday => rest = name(value, &WEEKDAYS, None)?.1,
            Element::Day | Element::SpaceDay | Element::ZeroDay => {
                let value = if element == Element::SpaceDay { after_spaces(value, 1) } else { value };
                (self.day, rest) = some(number(value, element == Element::ZeroDay)?, 0);
            }
            Element::SpaceYearDay | Element::ZeroYearDay => {
                let is_fixed = element == Element::ZeroYearDay;
                let value = if is_fixed { value } else { after_spaces(value, 2) };
                (self.day_of_year, rest) = some(digits(value, if is_fixed { 3 } else { 1 }, 3)?, 0);
            }
            Element::Abbreviation => return self.read_abbreviation(value),
            Element::Offset { z: true, .. } if value.first() == Some(&b'Z') => {
                self.utc = true;
                rest = &value[1..];
            }
            Element::Offset { minutes, seconds, colon, .. } => {
                return self.read_offset(value, minutes, seconds, colon);
            }
            Element::Fraction { .. } => return self.read_fraction(element, value),
            element => return self.read_clock(element, value, next),
        }
        Ok(rest)
    }

    fn read_year<'a>(&mut self, element: Element, value: &'a [u8]) -> Result<&'a [u8], Bad> {
        if element == Element::Year {
            let (text, rest) = take(value, 2)?;
            let year = signed(text)?;
            self.year = year + if year >= 69 { 1900 } else { 2000 };
            return Ok(rest);
        }
        let (text, rest) = take(value, 4)?;
        if !text[0].is_ascii_digit() {
            return Err(Bad::Form);
        }
        self.year = signed(text)?;
        Ok(rest)
    }

    fn read_clock<'a>(&mut self, element: Element, value: &'a [u8], next: &[u8]) -> Result<&'a [u8], Bad> {
        let fixed = matches!(element, Element::ZeroHour12 | Element::ZeroMinute | Element::ZeroSecond);
        match element {
            Element::Upper12 | Element::Lower12 => {
                let (text, rest) = take(value, 2)?;
                let names: [&[u8]; 2] =
                    if element == Element::Upper12 { [b"AM", b"PM"] } else { [b"am", b"pm"] };
                let which = names.iter().position(|name| *name == text).ok_or(Bad::Form)?;
                // The afternoon wins when both are given.
                self.afternoon = Some(which == 1 || self.afternoon == Some(true));
                Ok(rest)
            }
            Element::Hour | Element::Hour12 | Element::ZeroHour12 => {
                let (hour, rest) = number(value, fixed)?;
                let limit = if element == Element::Hour { 24 } else { 13 };
                self.hour = within(hour, 0..limit, "hour")?;
                Ok(rest)
            }
            Element::Minute | Element::ZeroMinute => {
                let (minute, rest) = number(value, fixed)?;
                self.minute = within(minute, 0..60, "minute")?;
                Ok(rest)
            }
            _ => {
                let (second, rest) = number(value, fixed)?;
                self.second = within(second, 0..60, "second")?;
                self.read_unannounced_fraction(rest, next)
            }
        }
    }

    /// Seconds may carry a fraction that the layout does not show.
    fn read_unannounced_fraction<'a>(&mut self, value: &'a [u8], next: &[u8]) -> Result<&'a [u8], Bad> {
        let has_fraction = matches!(value, [b'.' | b',', digit, ..] if digit.is_ascii_digit());
        let is_announced = matches!(next_element(next).1, Some((Element::Fraction { .. }, _)));
        if !has_fraction || is_announced {
            return Ok(value);
        }
        let length = 1 + value[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.nanoseconds = nanoseconds(&value[..length])?;
        Ok(&value[length..])
    }

    fn read_fraction<'a>(&mut self, element: Element, value: &'a [u8]) -> Result<&'a [u8], Bad> {
        let Element::Fraction { digits, trimmed, .. } = element else { return Err(Bad::Form) };
        if !trimmed {
            let (text, rest) = take(value, digits + 1)?;
            self.nanoseconds = nanoseconds(text)?;
            return Ok(rest);
        }
        if !matches!(value, [b'.' | b',', digit, ..] if digit.is_ascii_digit()) {
            return Ok(value);
        }
        let length = 1 + value[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.nanoseconds = nanoseconds(&value[..length])?;
        Ok(&value[length..])
    }

    fn read_offset<'a>(
        &mut self,
        value: &'a [u8],
        minutes: bool,
        seconds: bool,
        colon: bool,
    ) -> Result<&'a [u8], Bad> {
        let count = 1 + usize::from(minutes) + usize::from(seconds);
        let step = if colon { 3 } else { 2 };
        let length = 3 + (count - 1) * step;
        let (text, rest) = take(value, length)?;
        if colon && (1..count).any(|index| text[index * step] != b':') {
            return Err(Bad::Form);
        }
        self.offset = Some(signed_offset(text, count, step)?);
        Ok(rest)
    }

    fn read_abbreviation<'a>(&mut self, value: &'a [u8]) -> Result<&'a [u8], Bad> {
        if let Some(rest) = value.strip_prefix(b"UTC") {
            self.utc = true;
            return Ok(rest);
        }
        let length = abbreviation_length(value).ok_or(Bad::Form)?;
        self.abbreviation = Some(String::from_utf8_lossy(&value[..length]).into_owned());
        Ok(&value[length..])
    }

    fn finish(self, local: &Zone) -> Result<Time, String> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let (month, day) = self.date()?;
        if day < 1 || day > days_in(month, self.year) {
            return Err("day out of range".to_owned());
        }
        let seconds = seconds_of(self.year, month, day, hour * 3600 + self.minute * 60 + self.second);
        Ok(self.within_zone(seconds, local))
    }

    /// The moment at which a clock of the zone that was named shows `clock`.
    fn within_zone(&self, clock: i64, local: &Zone) -> Time {
        let nanoseconds = self.nanoseconds as u32;
        let fixed = |seconds, zone| Time { seconds, nanoseconds, zone };
        if self.utc {
            return fixed(clock, Zone::Utc);
        }
        let name = self.abbreviation.as_deref().unwrap_or_default();
        // An offset of one second before UTC is Go's mark for none.
        if let Some(offset) = self.offset.filter(|offset| *offset != -1) {
            let seconds = clock - offset;
            let (local_name, local_offset) = local.at(seconds);
            let is_local = local_offset == offset && (name.is_empty() || name == local_name);
            return fixed(seconds, if is_local { local.clone() } else { Zone::Fixed(name.into(), offset) });
        }
        if name.is_empty() {
            return Time::from_local(clock, nanoseconds, local.clone());
        }
        let guess = Time::from_local(clock, nanoseconds, local.clone());
        if guess.offset().0 == name {
            return guess;
        }
        let offset = hours_after_gmt(name) * 3600;
        fixed(clock, Zone::Fixed(name.into(), offset))
    }

    fn date(&self) -> Result<(i64, i64), String> {
        let Some(day_of_year) = self.day_of_year else {
            return Ok((self.month.unwrap_or(1), self.day.unwrap_or(1)));
        };
        let (month, day) = by_day_of_year(self.year, day_of_year).ok_or("day-of-year out of range")?;
        if self.month.is_some_and(|given| given != month) {
            return Err("day-of-year does not match month".to_owned());
        }
        if self.day.is_some_and(|given| given != day) {
            return Err("day-of-year does not match day".to_owned());
        }
        Ok((month, day))
    }
}

fn some((value, rest): (i64, &[u8]), plus: i64) -> (Option<i64>, &[u8]) {
    (Some(value + plus), rest)
}

fn after_spaces(value: &[u8], most: usize) -> &[u8] {
    &value[value.iter().take(most).take_while(|byte| **byte == b' ').count()..]
}

fn by_day_of_year(year: i64, day_of_year: i64) -> Option<(i64, i64)> {
    let length = if is_leap(year) { 366 } else { 365 };
    if !(1..=length).contains(&day_of_year) {
        return None;
    }
    let (mut month, mut day) = (1, day_of_year);
    while day > days_in(month, year) {
        day -= days_in(month, year);
        month += 1;
    }
    Some((month, day))
}

/// The seconds of `+hh`, `+hhmm`, `+hh:mm:ss` and so on.
fn signed_offset(text: &[u8], count: usize, step: usize) -> Result<i64, Bad> {
    let mut fields = [0; 3];
    let mut malformed = false;
    for (index, field) in fields.iter_mut().take(count).enumerate() {
        let at = 1 + index * step;
        match number(&text[at..at + 2], true) {
            Ok((value, _)) => *field = value,
            Err(_) => malformed = true,
        }
        if malformed {
            break;
        }
    }
    let [hours, minutes, seconds] = fields;
    // Of several numbers out of range, Go names the last.
    within(seconds, 0..61, "time zone offset second")?;
    within(minutes, 0..61, "time zone offset minute")?;
    within(hours, 0..25, "time zone offset hour")?;
    let magnitude = (hours * 60 + minutes) * 60 + seconds;
    match text[0] {
        _ if malformed => Err(Bad::Form),
        b'+' => Ok(magnitude),
        b'-' => Ok(-magnitude),
        _ => Err(Bad::Form),
    }
}

/// Nanoseconds of a fraction with its separator; digits after the ninth are dropped.
fn nanoseconds(text: &[u8]) -> Result<i64, Bad> {
    if !matches!(text.first(), Some(b'.' | b',')) {
        return Err(Bad::Form);
    }
    let kept = &text[1..text.len().min(10)];
    let value = signed(kept)?;
    if value < 0 {
        return Err(Bad::Range("fractional second"));
    }
    Ok(value * 10_i64.pow(9 - kept.len() as u32))
}

/// How long the zone's name at the start is.
fn abbreviation_length(value: &[u8]) -> Option<usize> {
    if value.len() < 3 {
        return None;
    }
    if value.starts_with(b"ChST") || value.starts_with(b"MeST") {
        return Some(4);
    }
    if value.starts_with(b"GMT") {
        return Some(3 + signed_hours_length(&value[3..]));
    }
    if matches!(value[0], b'+' | b'-') {
        return Some(signed_hours_length(value)).filter(|length| *length > 0);
    }
    match value.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count() {
        5 if value[4] == b'T' => Some(5),
        4 if value[3] == b'T' || value.starts_with(b"WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

/// How long a sign with hours up to 23 is; 0 when there is none.
fn signed_hours_length(value: &[u8]) -> usize {
    let [b'+' | b'-', digits @ ..] = value else { return 0 };
    match leading_integer(digits) {
        Some((hours, rest)) if rest.len() != digits.len() && hours <= 23 => value.len() - rest.len(),
        _ => 0,
    }
}

/// The hours of a zone named like `GMT+3`.
fn hours_after_gmt(name: &str) -> i64 {
    name.strip_prefix("GMT").and_then(|hours| signed(hours.as_bytes()).ok()).unwrap_or(0)
}
