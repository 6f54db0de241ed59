//! Characters as Go's unicode package sees them: categories, and changes of case from one character to one.

use super::regex::unicode_class;
use regex_syntax::hir::ClassUnicode;
use std::sync::OnceLock;

/// A set of characters that is read from the tables at its first use.
struct Set(&'static str, OnceLock<Option<ClassUnicode>>);

impl Set {
    const fn new(name: &'static str) -> Self {
        Self(name, OnceLock::new())
    }

    fn has(&self, char: char) -> bool {
        let Some(class) = self.1.get_or_init(|| unicode_class(self.0)) else { return false };
        let ranges = class.ranges();
        let after = ranges.partition_point(|range| range.start() <= char);
        after > 0 && char <= ranges[after - 1].end()
    }
}

static UPPER: Set = Set::new("Lu");
static LOWER: Set = Set::new("Ll");
static TITLE: Set = Set::new("Lt");
static PUNCTUATION: Set = Set::new("P");
static NUMBER: Set = Set::new("N");
static DIGIT: Set = Set::new("Nd");
static LETTER: Set = Set::new("L");

/// Go's `unicode.IsUpper`.
pub fn is_upper(char: char) -> bool {
    if char.is_ascii() { char.is_ascii_uppercase() } else { UPPER.has(char) }
}

/// Go's `unicode.IsLower`.
pub fn is_lower(char: char) -> bool {
    if char.is_ascii() { char.is_ascii_lowercase() } else { LOWER.has(char) }
}

/// Go's `unicode.IsTitle`.
pub fn is_title(char: char) -> bool {
    !char.is_ascii() && TITLE.has(char)
}

/// Go's `unicode.IsPunct`.
pub fn is_punctuation(char: char) -> bool {
    PUNCTUATION.has(char)
}

/// Go's `unicode.IsNumber`.
pub fn is_number(char: char) -> bool {
    if char.is_ascii() { char.is_ascii_digit() } else { NUMBER.has(char) }
}

/// Go's `unicode.IsDigit`.
pub fn is_digit(char: char) -> bool {
    if char.is_ascii() { char.is_ascii_digit() } else { DIGIT.has(char) }
}

/// Go's `unicode.IsLetter`.
pub fn is_letter(char: char) -> bool {
    if char.is_ascii() { char.is_ascii_alphabetic() } else { LETTER.has(char) }
}

/// Go's `unicode.ToUpper`.
pub fn to_upper(char: char) -> char {
    let mut upper = char.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(only), None) => only,
        _ => iota_title(char).unwrap_or(char),
    }
}

/// Go's `unicode.ToLower`.
pub fn to_lower(char: char) -> char {
    // The only character whose lower case is several; the others follow.
    char.to_lowercase().next().unwrap_or(char)
}

/// Go's `unicode.ToTitle`.
pub fn to_title(char: char) -> char {
    match char {
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        '\u{10D0}'..='\u{10FA}' | '\u{10FD}'..='\u{10FF}' => char,
        _ => to_upper(char),
    }
}

/// Greek letters with an iota below have a title case of one character and an upper case of two.
fn iota_title(char: char) -> Option<char> {
    let code = u32::from(char);
    let title = match code {
        0x1F80..=0x1FAF if code & 8 == 0 => code + 8,
        0x1FB3 | 0x1FC3 | 0x1FF3 => code + 9,
        _ => return None,
    };
    char::from_u32(title)
}
