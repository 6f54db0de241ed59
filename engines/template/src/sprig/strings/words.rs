//! Texts taken apart into words: wrapped lines, `camelcase`, `snakecase`, `kebabcase`.

use super::cut::{find, first_char};
use crate::sprig::argument::{integer, text};
use crate::sprig::character::{is_letter, is_number, is_punctuation, is_upper, to_lower, to_upper};
use crate::{Call, Error, Value};

type Outcome = Result<Value, Error>;

pub fn wrap(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    wrapped(call, &text(arguments, 1), integer(arguments, 0), b"\n", false)
}

pub fn wrap_with(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let separator = text(arguments, 1);
    let separator = if separator.is_empty() { b"\n" } else { separator.as_bytes() };
    wrapped(call, &text(arguments, 2), integer(arguments, 0), separator, true)
}

/// Breaks lines after at most `width` bytes at spaces; words that are longer are broken or stand out.
fn wrapped(
    call: &Call<'_>,
    whole: &crate::Text,
    width: i64,
    separator: &[u8],
    breaks_words: bool,
) -> Outcome {
    let bytes = whole.as_bytes();
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let (mut out, mut rest) = (Vec::new(), bytes);
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let (end, next) = match rest[..=width].iter().rposition(|byte| *byte == b' ') {
            Some(space) => (space, space + 1),
            None if breaks_words => (width, width),
            None => match find(&rest[width..], b" ") {
                Some(space) => (width + space, width + space + 1),
                None => break,
            },
        };
        call.budget().produce(end + separator.len())?;
        out.extend_from_slice(&rest[..end]);
        out.extend_from_slice(separator);
        rest = &rest[next..];
    }
    out.extend_from_slice(rest);
    Ok(Value::text(out))
}

fn is_connector(char: char) -> bool {
    matches!(char, '-' | '_') || char.is_whitespace()
}

/// `some_words` to `SomeWords`; connectors at the ends and doubled ones stay.
pub fn pascal(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let whole = text(arguments, 0);
    call.budget().produce(whole.len() * 2)?;
    let chars: Vec<char> = whole.to_str().chars().collect();
    let start = chars.iter().take_while(|char| is_connector(**char)).count();
    let mut out: String = chars[..start].iter().collect();
    let Some(&first) = chars.get(start) else {
        // Where there is nothing but connectors, the last one is written twice.
        out.extend(chars.last());
        return Ok(out.into());
    };
    if start + 1 == chars.len() {
        out.push(to_upper(first));
        return Ok(out.into());
    }
    let mut in_upper_run = is_upper(first);
    let mut held = to_upper(first);
    for &char in &chars[start + 1..] {
        let mut next = char;
        if is_connector(char) && is_connector(held) {
            out.push(held);
        } else if is_connector(held) {
            in_upper_run = is_upper(char);
            next = to_upper(char);
        } else {
            if in_upper_run && is_upper(char) {
                next = to_lower(char);
            } else {
                in_upper_run = false;
            }
            out.push(held);
        }
        held = next;
    }
    out.push(held);
    Ok(out.into())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The end, or nothing but bytes that are no characters.
    Invalid,
    Number,
    Upper,
    Alphabet,
    Connector,
    Punctuation,
    Other,
}

pub fn snake(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    connected(call, arguments, b'_')
}

pub fn kebab(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    connected(call, arguments, b'-')
}

fn connected(call: &Call<'_>, arguments: &[Value], connector: u8) -> Outcome {
    let whole = text(arguments, 0);
    call.budget().produce(whole.len() * 2)?;
    Ok(Value::text(joined(whole.as_bytes(), connector)))
}

struct Words<'t> {
    rest: &'t [u8],
    kind: Kind,
    word: &'t [u8],
    connector: u8,
    out: Vec<u8>,
}

impl Words<'_> {
    fn advance(&mut self) {
        (self.kind, self.word, self.rest) = next_word(self.rest);
    }

    /// Writes the current word as one of a kind.
    fn write(&mut self, kind: Kind) {
        write_lower(&mut self.out, kind, self.word, self.connector);
    }

    fn connect(&mut self) {
        self.out.push(self.connector);
    }

    /// Writes the letters and numbers that follow each other, and a connector if another word comes.
    fn write_run(&mut self) {
        while matches!(self.kind, Kind::Alphabet | Kind::Number) {
            self.write(self.kind);
            self.advance();
        }
        if !matches!(self.kind, Kind::Invalid | Kind::Punctuation | Kind::Connector) {
            self.connect();
        }
    }

    /// After a word of letters.
    fn follow_letters(&mut self) {
        if self.kind != Kind::Number {
            if !matches!(self.kind, Kind::Connector | Kind::Punctuation) {
                self.connect();
            }
            return;
        }
        if self.rest.is_empty() {
            return;
        }
        let number = self.word;
        self.advance();
        if self.kind == Kind::Alphabet {
            self.connect();
            write_lower(&mut self.out, Kind::Number, number, self.connector);
            self.write_run();
        } else {
            // The number belongs to the word before.
            write_lower(&mut self.out, Kind::Number, number, self.connector);
            if !matches!(self.kind, Kind::Connector | Kind::Punctuation) {
                self.connect();
            }
        }
    }
}

/// Writes words in small letters with connectors between them.
fn joined(whole: &[u8], connector: u8) -> Vec<u8> {
    if whole.is_empty() {
        return Vec::new();
    }
    let mut words = Words { rest: whole, kind: Kind::Invalid, word: b"", connector, out: Vec::new() };
    words.advance();
    while !words.rest.is_empty() {
        let (kind, word) = (words.kind, words.word);
        if kind != Kind::Connector {
            words.write(kind);
        }
        words.advance();
        match kind {
            Kind::Number => words.write_run(),
            Kind::Connector => write_lower(&mut words.out, kind, word, connector),
            Kind::Punctuation => {}
            _ => words.follow_letters(),
        }
    }
    words.write(words.kind);
    words.out
}

fn write_lower(out: &mut Vec<u8>, kind: Kind, word: &[u8], connector: u8) {
    if !matches!(kind, Kind::Upper | Kind::Connector) {
        out.extend_from_slice(word);
        return;
    }
    let mut rest = word;
    while let Some((char, width)) = first_char(rest) {
        rest = &rest[width..];
        if is_connector(char) {
            out.push(connector);
        } else {
            let char = if is_upper(char) { to_lower(char) } else { char };
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

fn is_alphabet(char: char) -> bool {
    is_letter(char)
        && !matches!(char,
            '\u{3400}'..='\u{4D85}' | '\u{4E00}'..='\u{9FCC}' | '\u{20000}'..='\u{2B81D}')
}

/// The next character that is one, after bytes that are none; `previous` when there is none left.
fn next_valid(bytes: &[u8], previous: char) -> (char, usize) {
    let mut size = 0;
    while let Some((char, width)) = first_char(&bytes[size..]) {
        size += width;
        if char != char::REPLACEMENT_CHARACTER {
            return (char, size);
        }
    }
    (previous, size)
}

/// The length of `word` with the characters after it for which `holds`.
fn extend(bytes: &[u8], mut length: usize, mut char: char, holds: impl Fn(char) -> bool) -> usize {
    while length < bytes.len() {
        let (next, size) = next_valid(&bytes[length..], char);
        if !holds(next) {
            break;
        }
        char = next;
        length += size;
    }
    length
}

fn next_word(bytes: &[u8]) -> (Kind, &[u8], &[u8]) {
    if bytes.is_empty() {
        return (Kind::Invalid, b"", b"");
    }
    let (char, size) = next_valid(bytes, char::REPLACEMENT_CHARACTER);
    let (kind, length) = match char {
        char::REPLACEMENT_CHARACTER => (Kind::Invalid, size),
        char if is_connector(char) => (Kind::Connector, extend(bytes, size, char, is_connector)),
        char if is_punctuation(char) => (Kind::Punctuation, extend(bytes, size, char, is_punctuation)),
        char if is_upper(char) => (Kind::Upper, upper_word(bytes, size, char)),
        char if is_alphabet(char) => (Kind::Alphabet, extend(bytes, size, char, is_small)),
        char if is_number(char) => (Kind::Number, extend(bytes, size, char, is_number)),
        char => (Kind::Other, extend(bytes, size, char, is_other)),
    };
    let (word, rest) = bytes.split_at(length);
    (kind, word, rest)
}

fn is_small(char: char) -> bool {
    is_alphabet(char) && !is_upper(char)
}

fn is_other(char: char) -> bool {
    !(is_connector(char) || is_alphabet(char) || is_number(char) || is_punctuation(char))
}

/// A word that starts large: `Status`, or `HTTP` without the first letter of what follows.
fn upper_word(bytes: &[u8], first_size: usize, first: char) -> usize {
    if first_size == bytes.len() {
        return first_size;
    }
    let (second, second_size) = next_valid(&bytes[first_size..], first);
    if !is_upper(second) {
        let is_word = is_alphabet(second);
        let length = first_size + second_size;
        return if is_word { extend(bytes, length, second, is_small) } else { first_size };
    }
    let (mut length, mut last_size, mut char) = (first_size + second_size, second_size, second);
    while length < bytes.len() {
        let (next, size) = next_valid(&bytes[length..], char);
        if !is_upper(next) {
            return if is_alphabet(next) { length - last_size } else { length };
        }
        (length, last_size, char) = (length + size, size, next);
    }
    length
}
