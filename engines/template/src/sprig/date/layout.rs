//! Go's layouts: a date written in the reference time `Mon Jan 2 15:04:05 MST 2006` says how to write others.

use super::calendar::{Civil, MONTHS, WEEKDAYS};
use super::time::Time;

/// A piece of a layout that stands for a part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// `January`
    LongMonth,
    /// `Jan`
    Month,
    /// `1`
    NumberMonth,
    /// `01`
    ZeroMonth,
    /// `Monday`
    LongWeekday,
    /// `Mon`
    Weekday,
    /// `2`
    Day,
    /// `_2`
    SpaceDay,
    /// `02`
    ZeroDay,
    /// `__2`
    SpaceYearDay,
    /// `002`
    ZeroYearDay,
    /// `15`
    Hour,
    /// `3`
    Hour12,
    /// `03`
    ZeroHour12,
    /// `4`
    Minute,
    /// `04`
    ZeroMinute,
    /// `5`
    Second,
    /// `05`
    ZeroSecond,
    /// `2006`
    LongYear,
    /// `06`
    Year,
    /// `PM`
    Upper12,
    /// `pm`
    Lower12,
    /// `MST`
    Abbreviation,
    /// `-0700` and its like, or with `Z` for UTC
    Offset {
        /// Whether UTC is written `Z`.
        z: bool,
        /// Whether minutes are written.
        minutes: bool,
        /// Whether seconds are written.
        seconds: bool,
        /// Whether colons stand between.
        colon: bool,
    },
    /// `.000` or `.999`
    Fraction {
        /// How many digits.
        digits: usize,
        /// `.` or `,`
        separator: u8,
        /// Whether trailing zeros are left out.
        trimmed: bool,
    },
}

/// The elements that are fixed words, longer ones before those that start them.
const WORDS: &[(&str, Element)] = &[
    ("January", Element::LongMonth),
    ("Jan", Element::Month),
    ("Monday", Element::LongWeekday),
    ("Mon", Element::Weekday),
    ("MST", Element::Abbreviation),
    ("01", Element::ZeroMonth),
    ("02", Element::ZeroDay),
    ("03", Element::ZeroHour12),
    ("04", Element::ZeroMinute),
    ("05", Element::ZeroSecond),
    ("06", Element::Year),
    ("002", Element::ZeroYearDay),
    ("15", Element::Hour),
    ("1", Element::NumberMonth),
    ("2006", Element::LongYear),
    ("2", Element::Day),
    ("_2", Element::SpaceDay),
    ("__2", Element::SpaceYearDay),
    ("3", Element::Hour12),
    ("4", Element::Minute),
    ("5", Element::Second),
    ("PM", Element::Upper12),
    ("pm", Element::Lower12),
    ("070000", offset(true, true, false)),
    ("07:00:00", offset(true, true, true)),
    ("0700", offset(true, false, false)),
    ("07:00", offset(true, false, true)),
    ("07", offset(false, false, false)),
];

const fn offset(minutes: bool, seconds: bool, colon: bool) -> Element {
    Element::Offset { z: false, minutes, seconds, colon }
}

/// A layout split at its first element: what is before, the element with its text, what is after.
type Split<'l> = (&'l [u8], Option<(Element, &'l [u8])>, &'l [u8]);

/// Splits a layout at its first element.
pub fn next_element(layout: &[u8]) -> Split<'_> {
    for at in 0..layout.len() {
        if let Some((element, length)) = element_at(&layout[at..]) {
            let text = &layout[at..at + length];
            return (&layout[..at], Some((element, text)), &layout[at + length..]);
        }
    }
    (layout, None, &[])
}

fn element_at(layout: &[u8]) -> Option<(Element, usize)> {
    match layout[0] {
        b'J' | b'M' | b'0' | b'1' | b'2' | b'3' | b'4' | b'5' | b'P' | b'p' => word(layout),
        // `_2006` is an underscore before a year.
        b'_' if layout.starts_with(b"_2006") => None,
        b'_' => word(layout),
        b'-' => zone_offset(&layout[1..], false),
        b'Z' => zone_offset(&layout[1..], true),
        b'.' | b',' => fraction(layout),
        _ => None,
    }
}

fn word(layout: &[u8]) -> Option<(Element, usize)> {
    let (text, element) = WORDS.iter().find(|(text, element)| match element {
        Element::Offset { .. } => false,
        Element::Month | Element::Weekday => {
            layout.starts_with(text.as_bytes()) && !layout.get(text.len()).is_some_and(u8::is_ascii_lowercase)
        }
        _ => layout.starts_with(text.as_bytes()),
    })?;
    Some((*element, text.len()))
}

fn zone_offset(rest: &[u8], with_z: bool) -> Option<(Element, usize)> {
    let offsets = WORDS.iter().filter(|(_, element)| matches!(element, Element::Offset { .. }));
    let (text, element) = offsets.into_iter().find(|(text, _)| rest.starts_with(text.as_bytes()))?;
    let Element::Offset { minutes, seconds, colon, .. } = *element else { return None };
    Some((Element::Offset { z: with_z, minutes, seconds, colon }, text.len() + 1))
}

fn fraction(layout: &[u8]) -> Option<(Element, usize)> {
    let digit = *layout.get(1).filter(|digit| matches!(digit, b'0' | b'9'))?;
    let digits = layout[1..].iter().take_while(|byte| **byte == digit).count();
    if layout.get(1 + digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let element = Element::Fraction { digits: digits & 0xfff, separator: layout[0], trimmed: digit == b'9' };
    Some((element, digits + 1))
}

/// Writes a time by a layout.
pub fn format_time(time: &Time, layout: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(layout.len() + 10);
    let zone = time.offset();
    let civil = super::calendar::civil(time.seconds.wrapping_add(zone.1));
    let mut rest = layout;
    loop {
        let (before, found, after) = next_element(rest);
        out.extend_from_slice(before);
        let Some((element, _)) = found else { return out };
        let text = match element {
            Element::Abbreviation if !zone.0.is_empty() => zone.0.clone(),
            Element::Abbreviation => write_offset(zone.1, true, false, false),
            Element::Offset { z: true, .. } if zone.1 == 0 => "Z".to_owned(),
            Element::Offset { minutes, seconds, colon, .. } => write_offset(zone.1, minutes, seconds, colon),
            Element::Fraction { digits, separator, trimmed } => {
                write_fraction(time.nanoseconds, digits, separator, trimmed)
            }
            element => write_element(element, &civil),
        };
        out.extend_from_slice(text.as_bytes());
        rest = after;
    }
}

fn write_element(element: Element, civil: &Civil) -> String {
    let month = MONTHS[civil.month as usize - 1];
    let weekday = WEEKDAYS[civil.weekday as usize];
    let hour12 = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
    match element {
        Element::LongMonth => month.to_owned(),
        Element::Month => month[..3].to_owned(),
        Element::NumberMonth => civil.month.to_string(),
        Element::ZeroMonth => format!("{:02}", civil.month),
        Element::LongWeekday => weekday.to_owned(),
        Element::Weekday => weekday[..3].to_owned(),
        Element::Day => civil.day.to_string(),
        Element::SpaceDay => format!("{:2}", civil.day),
        Element::ZeroDay => format!("{:02}", civil.day),
        Element::SpaceYearDay => format!("{:3}", civil.day_of_year),
        Element::ZeroYearDay => format!("{:03}", civil.day_of_year),
        Element::Hour => format!("{:02}", civil.hour),
        Element::Hour12 => hour12.to_string(),
        Element::ZeroHour12 => format!("{hour12:02}"),
        Element::Minute => civil.minute.to_string(),
        Element::ZeroMinute => format!("{:02}", civil.minute),
        Element::Second => civil.second.to_string(),
        Element::ZeroSecond => format!("{:02}", civil.second),
        Element::LongYear if civil.year < 0 => format!("-{:04}", -civil.year),
        Element::LongYear => format!("{:04}", civil.year),
        Element::Year => format!("{:02}", civil.year.abs() % 100),
        Element::Upper12 => (if civil.hour >= 12 { "PM" } else { "AM" }).to_owned(),
        Element::Lower12 => (if civil.hour >= 12 { "pm" } else { "am" }).to_owned(),
        Element::Abbreviation | Element::Offset { .. } | Element::Fraction { .. } => String::new(),
    }
}

fn write_offset(offset: i64, minutes: bool, seconds: bool, colon: bool) -> String {
    let whole = offset / 60;
    let sign = if whole < 0 { '-' } else { '+' };
    let between = if colon { ":" } else { "" };
    let mut text = format!("{sign}{:02}", whole.abs() / 60);
    if minutes {
        text += &format!("{between}{:02}", whole.abs() % 60);
    }
    if seconds {
        // The sign of an offset under a minute is lost, and its seconds then keep it.
        let rest = if whole < 0 { -offset } else { offset } % 60;
        let rest = if rest < 0 { format!("-{:02}", -rest) } else { format!("{rest:02}") };
        text += &format!("{between}{rest}");
    }
    text
}

fn write_fraction(nanoseconds: u32, digits: usize, separator: u8, trimmed: bool) -> String {
    if trimmed && (digits == 0 || nanoseconds == 0) {
        return String::new();
    }
    let all = format!("{nanoseconds:09}");
    let kept = &all[..digits.min(9)];
    let kept = if trimmed { kept.trim_end_matches('0') } else { kept };
    if trimmed && kept.is_empty() { String::new() } else { format!("{}{kept}", char::from(separator)) }
}

/// Quotes a text as Go's time package does in its errors: bytes outside of printable ASCII as `\x`.
pub fn quoted(text: &[u8]) -> String {
    let mut out = String::from('"');
    for &byte in text {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=b'\x7f' => out.push(char::from(byte)),
            _ => out += &format!("\\x{byte:02x}"),
        }
    }
    out.push('"');
    out
}
