//! Dates and times that an unquoted scalar may hold. Refuses everything but the four layouts Go's reader knows.

/// Reads a date or time and writes it as RFC 3339, or says that it is none.
pub(crate) fn parse(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[4] != b'-' || !bytes[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let year: u32 = text[..4].parse().ok()?;
    let (month, rest) = short_number(text.get(5..)?)?;
    let (day, rest) = short_number(rest.strip_prefix('-')?)?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    match rest.chars().next() {
        None => Some(format!("{date}T00:00:00Z")),
        Some('T' | 't') => {
            let (time, rest) = clock(&rest[1..])?;
            Some(format!("{date}T{time}{}", zone(rest)?))
        }
        Some(' ') => {
            let (time, rest) = clock(&rest[1..])?;
            rest.is_empty().then(|| format!("{date}T{time}Z"))
        }
        Some(_) => None,
    }
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

/// One or two digits.
fn short_number(text: &str) -> Option<(u32, &str)> {
    let length = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    Some((text.get(..length)?.parse().ok()?, &text[length..]))
}

/// Hours, minutes and seconds; a fraction of up to nine digits loses its trailing zeros.
fn clock(text: &str) -> Option<(String, &str)> {
    let (hour, rest) = short_number(text)?;
    let (minute, rest) = short_number(rest.strip_prefix(':')?)?;
    let (second, mut rest) = short_number(rest.strip_prefix(':')?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut fraction = "";
    if let Some(tail) = rest.strip_prefix(['.', ',']) {
        let length = tail.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 || length > 9 {
            return None;
        }
        fraction = tail[..length].trim_end_matches('0');
        rest = &tail[length..];
    }
    let dot = if fraction.is_empty() { "" } else { "." };
    Some((format!("{hour:02}:{minute:02}:{second:02}{dot}{fraction}"), rest))
}

fn zone(text: &str) -> Option<String> {
    if text == "Z" {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let shape = bytes.len() == 6 && matches!(bytes[0], b'+' | b'-') && bytes[3] == b':';
    if !shape || !text.is_ascii() {
        return None;
    }
    let (hours, minutes): (u32, u32) = (text[1..3].parse().ok()?, text[4..].parse().ok()?);
    if hours > 24 || minutes >= 60 {
        return None;
    }
    Some(if hours == 0 && minutes == 0 { "Z".to_owned() } else { text.to_owned() })
}

#[cfg(test)]
mod tests {
    #[test]
    fn layouts() {
        for (text, expected) in [
            ("2001-1-2", Some("2001-01-02T00:00:00Z")),
            ("2001-12-14t21:59:43.10-05:00", Some("2001-12-14T21:59:43.1-05:00")),
            ("2001-12-15 2:59:43", Some("2001-12-15T02:59:43Z")),
            ("2001-02-29", None),
            ("2001-12-15 2:59:43 +1", None),
            ("20011-1-1", None),
        ] {
            assert_eq!(super::parse(text).as_deref(), expected, "{text}");
        }
    }
}
