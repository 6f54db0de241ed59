//! Characters and UTF-8 as Go classifies and decodes them.
//!
//! Refuses nothing: a byte that is part of no character decodes as one U+FFFD of width 1.

mod ranges;

/// Returns whether Go's `unicode.IsLetter` holds.
pub fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { within(&ranges::LETTERS, c) }
}

/// Returns whether Go's `unicode.IsDigit` holds.
pub fn is_digit(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { within(&ranges::DIGITS, c) }
}

/// Returns whether Go's `strconv.IsPrint` holds: visible, or the ASCII space.
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() { (' '..='~').contains(&c) } else { within(&ranges::PRINTABLE, c) }
}

/// Decodes the first character: the character and its width in bytes. A broken byte gives `(None, 1)`, the end `None`.
pub fn decode(bytes: &[u8]) -> Option<(Option<char>, usize)> {
    let first = *bytes.first()?;
    if first.is_ascii() {
        return Some((Some(char::from(first)), 1));
    }
    let window = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(window) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&window[..error.valid_up_to()]).unwrap_or_default(),
    };
    Some(valid.chars().next().map_or((None, 1), |c| (Some(c), c.len_utf8())))
}

/// Walks the characters: offset, character (`None` for a broken byte), width.
pub fn walk(bytes: &[u8]) -> impl Iterator<Item = (usize, Option<char>, usize)> + '_ {
    let mut offset = 0;
    std::iter::from_fn(move || {
        let (c, width) = decode(&bytes[offset..])?;
        let start = offset;
        offset += width;
        Some((start, c, width))
    })
}

/// Counts the characters as Go's `utf8.RuneCount` does.
pub fn count(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().count(),
        Err(_) => walk(bytes).count(),
    }
}

fn within(ranges: &[(u32, u32)], c: char) -> bool {
    let code = u32::from(c);
    let after = ranges.partition_point(|(start, _)| *start <= code);
    after > 0 && code <= ranges[after - 1].1
}
