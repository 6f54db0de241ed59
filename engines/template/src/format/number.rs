//! Booleans, integers, floats and complex numbers under every verb.

use super::Printer;
use super::quote::quote_char;
use crate::characters::is_printable;
use crate::error::Error;
use crate::number::{FloatStyle, format_float};
use crate::value::{FloatKind, Value};

/// An integer of either sign.
#[derive(Clone, Copy)]
pub(super) struct Integer {
    pub(super) magnitude: u64,
    pub(super) negative: bool,
    pub(super) signed: bool,
}

impl Integer {
    pub(super) fn signed(value: i64) -> Self {
        Self { magnitude: value.unsigned_abs(), negative: value < 0, signed: true }
    }

    pub(super) fn unsigned(value: u64) -> Self {
        Self { magnitude: value, negative: false, signed: false }
    }

    /// The bits as Go's conversion to `uint64` gives them.
    fn bits(self) -> u64 {
        if self.negative { self.magnitude.wrapping_neg() } else { self.magnitude }
    }

    /// The character of this code, or U+FFFD.
    fn character(self) -> char {
        u32::try_from(self.bits()).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

/// Writes decimal digits, without any flags.
pub(super) fn append_int(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

impl Printer {
    pub(super) fn boolean(&mut self, value: bool, verb: char, whole: &Value) -> Result<(), Error> {
        match verb {
            't' | 'v' => {
                self.pad(if value { b"true" } else { b"false" });
                Ok(())
            }
            _ => self.complain(whole, verb),
        }
    }

    pub(super) fn integer(&mut self, value: Integer, verb: char, whole: &Value) -> Result<(), Error> {
        match verb {
            'v' if self.spec.syntax && !value.signed => self.digits(value, 'x', true),
            'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' => self.digits(value, verb, self.spec.sharp),
            'c' => self.pad(value.character().encode_utf8(&mut [0; 4]).as_bytes()),
            'q' => self.pad(quote_char(value.character(), self.spec.plus).as_bytes()),
            'U' => self.code_point(value),
            _ => return self.complain(whole, verb),
        }
        Ok(())
    }

    /// Writes digits in the base of a verb, with sign, prefix, precision and padding.
    pub(super) fn digits(&mut self, value: Integer, verb: char, prefixed: bool) {
        let spec = self.spec;
        if spec.precision == Some(0) && value.magnitude == 0 {
            spec.without_zero().fill(&mut self.out, spec.width.unwrap_or(0));
            return;
        }
        let mut digits = in_base(value.magnitude, verb);
        let sign = sign_of(value.negative, spec.plus, spec.space);
        let zeros = match (spec.precision, spec.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if spec.zero && !spec.minus => width - usize::from(sign.is_some()).min(width),
            _ => 0,
        };
        if digits.len() < zeros {
            digits.insert_str(0, &"0".repeat(zeros - digits.len()));
        }
        let mut text = String::from_iter(sign);
        text.push_str(prefix_of(verb, prefixed, &digits));
        text.push_str(&digits);
        spec.without_zero().pad(&mut self.out, text.as_bytes());
    }

    fn code_point(&mut self, value: Integer) {
        let digits = format!("{:04X}", value.bits());
        let zeros = self.spec.precision.unwrap_or(0).saturating_sub(digits.len());
        let mut text = format!("U+{}{digits}", "0".repeat(zeros));
        if self.spec.sharp
            && let Some(c) =
                u32::try_from(value.bits()).ok().and_then(char::from_u32).filter(|c| is_printable(*c))
        {
            text.push_str(&format!(" '{c}'"));
        }
        self.spec.without_zero().pad(&mut self.out, text.as_bytes());
    }

    pub(super) fn float(
        &mut self,
        value: f64,
        kind: FloatKind,
        verb: char,
        whole: &Value,
    ) -> Result<(), Error> {
        if !is_float_verb(verb) {
            return self.complain(whole, verb);
        }
        self.plain_float(value, kind, verb);
        Ok(())
    }

    pub(super) fn complex(&mut self, value: (f64, f64), verb: char, whole: &Value) -> Result<(), Error> {
        if !is_float_verb(verb) {
            return self.complain(whole, verb);
        }
        let plus = self.spec.plus;
        self.out.push(b'(');
        self.plain_float(value.0, FloatKind::Float64, verb);
        self.spec.plus = true;
        self.plain_float(value.1, FloatKind::Float64, verb);
        self.spec.plus = plus;
        self.push("i)");
        Ok(())
    }

    fn plain_float(&mut self, value: f64, kind: FloatKind, verb: char) {
        let spec = self.spec;
        let precision = spec.precision.or(matches!(verb, 'e' | 'E' | 'f' | 'F').then_some(6));
        let style = float_style(verb);
        let mut text = format_float(value, style, precision, kind);
        if verb.is_ascii_uppercase() && verb != 'F' && value.is_finite() {
            text.make_ascii_uppercase();
        }
        let negative = text.starts_with('-');
        let unsigned = text.trim_start_matches(['+', '-']);
        if !value.is_finite() {
            return self.special_float(value, unsigned, negative);
        }
        let sharpened =
            if spec.sharp && verb != 'b' { sharpen(unsigned, verb, precision) } else { unsigned.to_owned() };
        self.signed_number(sign_of(negative, spec.plus, spec.space), &sharpened);
    }

    /// Infinities have their sign always, NaN only on demand; neither is padded with zeros.
    fn special_float(&mut self, value: f64, name: &str, negative: bool) {
        let spec = self.spec;
        let sign = match sign_of(negative, spec.plus, spec.space) {
            None if value.is_infinite() => Some('+'),
            sign => sign,
        };
        let text = String::from_iter(sign) + name;
        spec.without_zero().pad(&mut self.out, text.as_bytes());
    }

    /// Zeros for padding stand between the sign and the digits.
    fn signed_number(&mut self, sign: Option<char>, digits: &str) {
        let spec = self.spec;
        let text = String::from_iter(sign) + digits;
        let width = spec.width.unwrap_or(0);
        if sign.is_some() && spec.zero && !spec.minus && width > text.len() {
            self.push(&String::from_iter(sign));
            spec.fill(&mut self.out, width - text.len());
            self.push(digits);
        } else {
            spec.pad(&mut self.out, text.as_bytes());
        }
    }
}

fn sign_of(negative: bool, plus: bool, space: bool) -> Option<char> {
    match (negative, plus, space) {
        (true, _, _) => Some('-'),
        (false, true, _) => Some('+'),
        (false, false, true) => Some(' '),
        (false, false, false) => None,
    }
}

fn in_base(value: u64, verb: char) -> String {
    match verb {
        'b' => format!("{value:b}"),
        'o' | 'O' => format!("{value:o}"),
        'x' => format!("{value:x}"),
        'X' => format!("{value:X}"),
        _ => value.to_string(),
    }
}

fn prefix_of(verb: char, prefixed: bool, digits: &str) -> &'static str {
    match verb {
        // The flag adds its leading zero before the verb's own prefix.
        'O' if prefixed && !digits.starts_with('0') => "0o0",
        'O' => "0o",
        'b' if prefixed => "0b",
        'o' if prefixed && !digits.starts_with('0') => "0",
        'x' if prefixed => "0x",
        'X' if prefixed => "0X",
        _ => "",
    }
}

fn is_float_verb(verb: char) -> bool {
    matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E')
}

fn float_style(verb: char) -> FloatStyle {
    match verb {
        'f' | 'F' => FloatStyle::Fixed,
        'e' | 'E' => FloatStyle::Exponent,
        'b' => FloatStyle::Binary,
        'x' | 'X' => FloatStyle::Hexadecimal,
        _ => FloatStyle::General,
    }
}

/// The `#` flag: always a decimal point, and `g` keeps its trailing zeros.
fn sharpen(number: &str, verb: char, precision: Option<usize>) -> String {
    let hexadecimal = matches!(verb, 'x' | 'X');
    let tail_start = number.find(|c| matches!(c, 'p' | 'P') || (!hexadecimal && matches!(c, 'e' | 'E')));
    let (digits, tail) = number.split_at(tail_start.unwrap_or(number.len()));
    let wanted = match verb {
        'v' | 'g' | 'G' | 'x' => precision.unwrap_or(6),
        _ => 0,
    };
    let point = if digits.contains('.') { "" } else { "." };
    let zeros = wanted.saturating_sub(significant(digits, point.is_empty()));
    format!("{digits}{point}{}{tail}", "0".repeat(zeros))
}

/// Counts the digits from the first that is not zero; a lone zero counts once.
fn significant(digits: &str, has_point: bool) -> usize {
    let counted = digits.chars().filter(|c| *c != '.').skip_while(|c| *c == '0').count();
    if !has_point && digits == "0" { counted + 1 } else { counted }
}
