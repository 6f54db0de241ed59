//! Literals: quoted strings, characters, numbers with everything Go allows in them.

use super::Parser;
use super::token::{Token, TokenKind};
use crate::characters::decode;
use crate::error::Error;
use crate::format::quote_bytes;
use crate::number::{parse_float, parse_int, parse_uint};
use crate::tree::Number;
use crate::value::Text;

/// A character of a literal: code points are encoded, `\x` and octal escapes are single bytes.
enum Escaped {
    Code(char),
    Byte(u8),
}

impl Parser<'_> {
    /// Returns what a quoted or raw string stands for.
    pub(super) fn unquote(&self, token: &Token<'_>) -> Result<Text, Error> {
        let source = token.source();
        let inner = &source[1..source.len() - 1];
        if token.kind == TokenKind::RawText {
            let bytes: Vec<u8> = inner.iter().copied().filter(|byte| *byte != b'\r').collect();
            return Ok(Text::from(bytes));
        }
        if !inner.contains(&b'\\') && std::str::from_utf8(inner).is_ok() {
            return Ok(Text::from(inner));
        }
        unescape(inner).map(Text::from).ok_or_else(|| self.fail("invalid syntax"))
    }

    pub(super) fn number(&self, token: &Token<'_>) -> Result<Number, Error> {
        let text = token.source();
        let number = match token.kind {
            TokenKind::Character => character(text),
            TokenKind::Complex => complex(text),
            _ => plain(text),
        };
        let mut number = number.map_err(|message| self.fail(message))?;
        number.text = Text::from(text);
        Ok(number)
    }
}

fn unescape(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let (escaped, width) = unescape_one(rest, b'"')?;
        match escaped {
            Escaped::Byte(byte) => out.push(byte),
            Escaped::Code(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = &rest[width..];
    }
    Some(out)
}

/// Reads one character or escape; `None` if it is none.
fn unescape_one(text: &[u8], delimiter: u8) -> Option<(Escaped, usize)> {
    let (c, width) = decode(text)?;
    if c != Some('\\') {
        let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
        return (text[0] != delimiter).then_some((Escaped::Code(c), width));
    }
    let kind = *text.get(1)?;
    let byte = match kind {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b'\'' | b'"' if kind == delimiter => kind,
        b'x' => return Some((Escaped::Byte(digits(text, 2, 2, 16)? as u8), 4)),
        b'u' => return Some((Escaped::Code(char::from_u32(digits(text, 2, 4, 16)?)?), 6)),
        b'U' => return Some((Escaped::Code(char::from_u32(digits(text, 2, 8, 16)?)?), 10)),
        b'0'..=b'7' => return Some((Escaped::Byte(u8::try_from(digits(text, 1, 3, 8)?).ok()?), 4)),
        _ => return None,
    };
    Some((Escaped::Byte(byte), 2))
}

/// Reads exactly `count` digits.
fn digits(text: &[u8], start: usize, count: usize, radix: u32) -> Option<u32> {
    let digits = text.get(start..start + count)?;
    digits.iter().try_fold(0u32, |value, byte| {
        let digit = char::from(*byte).to_digit(radix)?;
        value.checked_mul(radix)?.checked_add(digit)
    })
}

fn character(text: &[u8]) -> Result<Number, String> {
    let (escaped, width) = unescape_one(&text[1..], b'\'').ok_or("invalid syntax")?;
    if &text[1 + width..] != b"'" {
        return Err(format!("malformed character constant: {}", String::from_utf8_lossy(text)));
    }
    let code = match escaped {
        Escaped::Byte(byte) => u32::from(byte),
        Escaped::Code(c) => u32::from(c),
    };
    Ok(integral(i64::from(code)))
}

fn integral(value: i64) -> Number {
    Number {
        int: Some(value),
        uint: u64::try_from(value).ok(),
        float: Some(value as f64),
        ..Number::default()
    }
}

fn complex(text: &[u8]) -> Result<Number, String> {
    const MESSAGE: &str = "syntax error scanning complex number";
    let text = std::str::from_utf8(text).map_err(|_| MESSAGE)?;
    let split = text.bytes().enumerate().skip(1).find(|(index, byte)| {
        matches!(byte, b'+' | b'-') && !matches!(text.as_bytes()[index - 1], b'e' | b'E' | b'p' | b'P')
    });
    let (index, _) = split.ok_or(MESSAGE)?;
    let imaginary = text[index..].strip_suffix('i').ok_or(MESSAGE)?;
    let real = &text[..index];
    if [real, imaginary].into_iter().any(has_base) || imaginary.len() == 1 {
        return Err(MESSAGE.to_owned());
    }
    Ok(simplified((part(real)?, part(imaginary)?)))
}

/// Whether a part is written in a base that Go's scanner of complex numbers does not know.
fn has_base(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']).as_bytes();
    matches!(digits, [b'0', b'b' | b'B' | b'o' | b'O', ..])
}

/// Reads one part of a complex number.
fn part(text: &str) -> Result<f64, String> {
    let refused = |error| format!("strconv.ParseFloat: parsing {}: {error}", quote_bytes(text.as_bytes()));
    parse_float(text).map_err(refused)
}

/// A complex number without an imaginary part is also what its real part is.
fn simplified(value: (f64, f64)) -> Number {
    let mut number = Number { complex: Some(value), ..Number::default() };
    if value.1 == 0.0 {
        number.float = Some(value.0);
        number.int = exact_int(value.0);
        number.uint = exact_uint(value.0);
    }
    number
}

fn exact_int(value: f64) -> Option<i64> {
    let fits = value.trunc() == value
        && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value);
    fits.then_some(value as i64)
}

fn exact_uint(value: f64) -> Option<u64> {
    let fits = value.trunc() == value && (0.0..18_446_744_073_709_551_616.0).contains(&value);
    fits.then_some(value as u64)
}

fn plain(text: &[u8]) -> Result<Number, String> {
    let illegal = || format!("illegal number syntax: {}", quote_bytes(text));
    let text = std::str::from_utf8(text).map_err(|_| illegal())?;
    if let Some(value) = text.strip_suffix('i').and_then(|part| parse_float(part).ok()) {
        return Ok(simplified((0.0, value)));
    }
    let mut number =
        Number { int: parse_int(text, 0).ok(), uint: parse_uint(text, 0).ok(), ..Number::default() };
    if number.int == Some(0) {
        number.uint = Some(0);
    }
    number.float = number.int.map(|value| value as f64).or(number.uint.map(|value| value as f64));
    if number.float.is_none() {
        let value = parse_float(text).map_err(|_| illegal())?;
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {}", quote_bytes(text.as_bytes())));
        }
        number = Number {
            float: Some(value),
            int: exact_int(value),
            uint: exact_uint(value),
            ..Number::default()
        };
    }
    Ok(number)
}
