//! Reads Go's regular expressions (RE2 syntax with Perl's additions) into the form that the regex engine compiles.
//!
//! Refused: what Go refuses, in its words, and nesting deeper than [`MAX_DEPTH`].

use super::class;
use regex_syntax::hir::{Capture, Class, ClassUnicode, Hir, Look, Repetition};

/// The deepest nesting of groups; Go allows 1000 levels.
const MAX_DEPTH: usize = 250;
/// The largest count of a repetition, all levels multiplied; Go's number.
const MAX_REPEAT: u32 = 1000;

/// Why a text is not a regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub problem: &'static str,
    pub text: Vec<u8>,
}

/// A regular expression, with the names of its groups (the whole match is the first).
pub struct Parsed {
    pub hir: Hir,
    pub names: Vec<String>,
}

#[derive(Clone, Copy)]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_all: bool,
    swap_greed: bool,
}

/// An expression with the product of the counts of its nested repetitions.
struct Piece {
    hir: Hir,
    weight: u32,
}

/// What an open parenthesis waits for.
struct Group {
    flags: Flags,
    capture: Option<u32>,
    alternatives: Vec<Piece>,
    sequence: Vec<Piece>,
}

struct Parser<'a> {
    whole: &'a [u8],
    at: usize,
    flags: Flags,
    groups: Vec<Group>,
    alternatives: Vec<Piece>,
    sequence: Vec<Piece>,
    names: Vec<String>,
}

type Step<T> = Result<T, SyntaxError>;

fn fail<T>(problem: &'static str, text: &[u8]) -> Step<T> {
    Err(SyntaxError { problem, text: text.to_vec() })
}

/// Reads a regular expression.
pub fn parse(pattern: &[u8]) -> Step<Parsed> {
    let flags = Flags { fold: false, multi_line: false, dot_all: false, swap_greed: false };
    let mut parser = Parser {
        whole: pattern,
        at: 0,
        flags,
        groups: Vec::new(),
        alternatives: Vec::new(),
        sequence: Vec::new(),
        names: vec![String::new()],
    };
    parser.run()?;
    if !parser.groups.is_empty() {
        return fail("missing closing )", pattern);
    }
    Ok(Parsed { hir: parser.close_alternatives().hir, names: parser.names })
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.whole[self.at..]
    }

    fn run(&mut self) -> Step<()> {
        let mut last_repeat = None;
        while let Some(&byte) = self.rest().first() {
            let start = self.at;
            let is_repeat = match byte {
                b'*' | b'+' | b'?' => {
                    self.at += 1;
                    let (least, most) = [(0, None), (1, None), (0, Some(1))][match byte {
                        b'*' => 0,
                        b'+' => 1,
                        _ => 2,
                    }];
                    self.repeat(start, last_repeat, least, most, false)?;
                    true
                }
                b'{' => self.counted(start, last_repeat)?,
                _ => {
                    self.token(byte)?;
                    false
                }
            };
            last_repeat = is_repeat.then_some(start);
        }
        Ok(())
    }

    fn token(&mut self, byte: u8) -> Step<()> {
        match byte {
            b'(' if self.rest().get(1) == Some(&b'?') => return self.perl_group(),
            b'[' => return self.bracket(),
            b'\\' => return self.backslash(),
            _ => {}
        }
        if !matches!(byte, b'(' | b')' | b'|' | b'^' | b'$' | b'.') {
            let char = self.next_char()?;
            self.literal(char);
            return Ok(());
        }
        self.at += 1;
        match byte {
            b'(' => {
                self.names.push(String::new());
                return self.open(Some(self.names.len() as u32 - 1), self.flags);
            }
            b')' => return self.close(),
            b'|' => self.end_alternative(),
            b'^' => self.look(if self.flags.multi_line { Look::StartLF } else { Look::Start }),
            b'$' => self.look(if self.flags.multi_line { Look::EndLF } else { Look::End }),
            _ => self.dot(),
        }
        Ok(())
    }

    fn push(&mut self, hir: Hir) {
        self.sequence.push(Piece { hir, weight: 1 });
    }

    fn look(&mut self, look: Look) {
        self.push(Hir::look(look));
    }

    fn dot(&mut self) {
        let mut class = class::range(0, 0x10_FFFF);
        if !self.flags.dot_all {
            class.difference(&class::range(0x0A, 0x0A));
        }
        self.push(Hir::class(Class::Unicode(class)));
    }

    /// A character by its code point; a surrogate matches nothing.
    fn literal(&mut self, code: u32) {
        let mut class = match char::from_u32(code) {
            Some(_) => class::range(code, code),
            None => ClassUnicode::empty(),
        };
        if self.flags.fold {
            fold(&mut class);
        }
        self.push(Hir::class(Class::Unicode(class)));
    }

    fn open(&mut self, capture: Option<u32>, flags: Flags) -> Step<()> {
        if self.groups.len() >= MAX_DEPTH {
            return fail("expression nests too deeply", self.whole);
        }
        self.groups.push(Group {
            flags: self.flags,
            capture,
            alternatives: std::mem::take(&mut self.alternatives),
            sequence: std::mem::take(&mut self.sequence),
        });
        self.flags = flags;
        Ok(())
    }

    fn close(&mut self) -> Step<()> {
        let Some(group) = self.groups.pop() else {
            return fail("unexpected )", self.whole);
        };
        let mut inner = self.close_alternatives();
        self.flags = group.flags;
        self.alternatives = group.alternatives;
        self.sequence = group.sequence;
        if let Some(index) = group.capture {
            inner.hir = Hir::capture(Capture { index, name: None, sub: Box::new(inner.hir) });
        }
        self.sequence.push(inner);
        Ok(())
    }

    fn end_alternative(&mut self) {
        let pieces = std::mem::take(&mut self.sequence);
        let weight = heaviest(&pieces);
        let hir = Hir::concat(pieces.into_iter().map(|piece| piece.hir).collect());
        self.alternatives.push(Piece { hir, weight });
    }

    fn close_alternatives(&mut self) -> Piece {
        self.end_alternative();
        let pieces = std::mem::take(&mut self.alternatives);
        let weight = heaviest(&pieces);
        Piece { hir: Hir::alternation(pieces.into_iter().map(|piece| piece.hir).collect()), weight }
    }

    /// `{n}`, `{n,}`, `{n,m}`; anything else is a brace. Returns whether it was a repetition.
    fn counted(&mut self, start: usize, last_repeat: Option<usize>) -> Step<bool> {
        let Some((least, most, length)) = counts(self.rest()) else {
            self.at += 1;
            self.literal(u32::from('{'));
            return Ok(false);
        };
        self.at += length;
        let most_number = most.unwrap_or(least);
        if least > MAX_REPEAT || most_number > MAX_REPEAT || most.is_some_and(|most| least > most) {
            return fail("invalid repeat count", &self.whole[start..self.at]);
        }
        self.repeat(start, last_repeat, least, most, true)?;
        Ok(true)
    }

    fn repeat(
        &mut self,
        start: usize,
        last_repeat: Option<usize>,
        min: u32,
        max: Option<u32>,
        is_counted: bool,
    ) -> Step<()> {
        let is_lazy = self.rest().first() == Some(&b'?');
        self.at += usize::from(is_lazy);
        if let Some(last) = last_repeat {
            return fail("invalid nested repetition operator", &self.whole[last..self.at]);
        }
        let Some(piece) = self.sequence.pop() else {
            return fail("missing argument to repetition operator", &self.whole[start..self.at]);
        };
        let greedy = is_lazy == self.flags.swap_greed;
        let weight = match max.unwrap_or(min) {
            _ if !is_counted => piece.weight,
            0 if max == Some(0) => 1,
            count => count.max(1).saturating_mul(piece.weight),
        };
        if is_counted && (min >= 2 || max.is_some_and(|max| max >= 2)) && weight > MAX_REPEAT {
            return fail("invalid repeat count", &self.whole[start..self.at]);
        }
        let hir = Hir::repetition(Repetition { min, max, greedy, sub: Box::new(piece.hir) });
        self.sequence.push(Piece { hir, weight });
        Ok(())
    }

    /// `(?flags)`, `(?flags:`, `(?P<name>`, `(?<name>`.
    fn perl_group(&mut self) -> Step<()> {
        let rest = self.rest();
        let name_at = match rest {
            [_, _, b'P', b'<', _, ..] => Some(4),
            [_, _, b'<', _, ..] => Some(3),
            _ => None,
        };
        match name_at {
            Some(at) => self.named_group(at),
            None => self.flag_group(),
        }
    }

    fn named_group(&mut self, name_at: usize) -> Step<()> {
        let rest = self.rest();
        let Some(end) = rest.iter().position(|byte| *byte == b'>') else {
            check_utf8(rest)?;
            return fail("invalid named capture", rest);
        };
        let name = rest.get(name_at..end).unwrap_or_default();
        check_utf8(name)?;
        if name.is_empty() || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            return fail("invalid named capture", &rest[..=end]);
        }
        self.names.push(String::from_utf8_lossy(name).into_owned());
        self.at += end + 1;
        self.open(Some(self.names.len() as u32 - 1), self.flags)
    }

    fn flag_group(&mut self) -> Step<()> {
        let start = self.at;
        self.at += 2;
        let (mut flags, mut on, mut any) = (self.flags, true, false);
        while self.at < self.whole.len() {
            match char::from_u32(self.next_char()?) {
                Some('i') => (flags.fold, any) = (on, true),
                Some('m') => (flags.multi_line, any) = (on, true),
                Some('s') => (flags.dot_all, any) = (on, true),
                Some('U') => (flags.swap_greed, any) = (on, true),
                Some('-') if on => (on, any) = (false, false),
                Some(':') if on || any => return self.open(None, flags),
                Some(')') if on || any => {
                    self.flags = flags;
                    return Ok(());
                }
                _ => break,
            }
        }
        fail("invalid or unsupported Perl syntax", &self.whole[start..self.at])
    }

    fn backslash(&mut self) -> Step<()> {
        let look = match self.rest().get(1) {
            Some(b'A') => Some(Look::Start),
            Some(b'z') => Some(Look::End),
            Some(b'b') => Some(Look::WordAscii),
            Some(b'B') => Some(Look::WordAsciiNegate),
            Some(b'C') => return fail("invalid escape sequence", &self.rest()[..2]),
            Some(b'Q') => return self.literal_run(),
            _ => None,
        };
        if let Some(look) = look {
            self.at += 2;
            self.look(look);
            return Ok(());
        }
        if let Some(class) = self.class_escape()? {
            self.push(Hir::class(Class::Unicode(class)));
            return Ok(());
        }
        let code = self.escape()?;
        self.literal(code);
        Ok(())
    }

    /// `\Q…\E`
    fn literal_run(&mut self) -> Step<()> {
        self.at += 2;
        let rest = self.rest();
        let length = rest.windows(2).position(|pair| pair == b"\\E");
        let end = self.at + length.unwrap_or(rest.len());
        let whole = self.whole;
        self.whole = &whole[..end];
        while self.at < end {
            let code = self.next_char()?;
            self.literal(code);
        }
        self.whole = whole;
        self.at = if length.is_some() { end + 2 } else { end };
        Ok(())
    }

    /// `\d`, `\W`, `\pL`, `\P{Greek}` and so on; nothing consumed when it is none of them.
    fn class_escape(&mut self) -> Step<Option<ClassUnicode>> {
        let rest = self.rest();
        let [b'\\', letter, ..] = rest else { return Ok(None) };
        if matches!(letter, b'p' | b'P') {
            return self.unicode_escape(*letter == b'P').map(Some);
        }
        let Some(class) = class::perl(letter.to_ascii_lowercase()) else { return Ok(None) };
        self.at += 2;
        Ok(Some(self.folded(class, letter.is_ascii_uppercase())))
    }

    fn unicode_escape(&mut self, is_negated: bool) -> Step<ClassUnicode> {
        let start = self.at;
        self.at += 2;
        if self.at == self.whole.len() {
            self.at = start;
            return fail("invalid character class range", &self.whole[start..]);
        }
        let first = self.next_char()?;
        let text = &self.whole[start..];
        let (name, length) = if first == u32::from('{') {
            let Some(end) = text.iter().position(|byte| *byte == b'}') else {
                check_utf8(text)?;
                return fail("invalid character class range", text);
            };
            check_utf8(&text[3..end])?;
            (&text[3..end], end + 1)
        } else {
            (&text[2..self.at - start], self.at - start)
        };
        let (name, is_inverted) = name.strip_prefix(b"^").map_or((name, false), |name| (name, true));
        let Some(class) = class::unicode(&String::from_utf8_lossy(name)) else {
            return fail("invalid character class range", &text[..length]);
        };
        self.at = start + length;
        Ok(self.folded(class, is_negated != is_inverted))
    }

    fn folded(&self, mut class: ClassUnicode, is_negated: bool) -> ClassUnicode {
        if self.flags.fold {
            fold(&mut class);
        }
        if is_negated {
            class.negate();
        }
        class
    }

    fn bracket(&mut self) -> Step<()> {
        let whole = self.rest();
        self.at += 1;
        let is_negated = self.rest().first() == Some(&b'^');
        self.at += usize::from(is_negated);
        let mut class = ClassUnicode::empty();
        let mut is_first = true;
        while is_first || self.rest().first() != Some(&b']') {
            is_first = false;
            let part = self.bracket_part(whole)?;
            class.union(&part);
        }
        self.at += 1;
        if is_negated {
            class.negate();
        }
        self.push(Hir::class(Class::Unicode(class)));
        Ok(())
    }

    fn bracket_part(&mut self, whole: &[u8]) -> Step<ClassUnicode> {
        if let Some(class) = self.posix_name()? {
            return Ok(class);
        }
        if let Some(class) = self.class_escape()? {
            return Ok(class);
        }
        let start = self.at;
        let low = self.bracket_char(whole)?;
        let mut high = low;
        if matches!(self.rest(), [b'-', after, ..] if *after != b']') {
            self.at += 1;
            high = self.bracket_char(whole)?;
            if high < low {
                return fail("invalid character class range", &self.whole[start..self.at]);
            }
        }
        Ok(self.folded(class::range(low, high), false))
    }

    fn posix_name(&mut self) -> Step<Option<ClassUnicode>> {
        let rest = self.rest();
        if !rest.starts_with(b"[:") {
            return Ok(None);
        }
        let Some(length) = rest[2..].windows(2).position(|pair| pair == b":]") else { return Ok(None) };
        let name = &rest[2..2 + length];
        let (name, is_negated) = name.strip_prefix(b"^").map_or((name, false), |name| (name, true));
        let Some(class) = std::str::from_utf8(name).ok().and_then(class::posix) else {
            return fail("invalid character class range", &rest[..length + 4]);
        };
        self.at += length + 4;
        Ok(Some(self.folded(class, is_negated)))
    }

    fn bracket_char(&mut self, whole: &[u8]) -> Step<u32> {
        match self.rest().first() {
            None => fail("missing closing ]", whole),
            Some(b'\\') => self.escape(),
            Some(_) => self.next_char(),
        }
    }

    /// A single escaped character.
    fn escape(&mut self) -> Step<u32> {
        let start = self.at;
        self.at += 1;
        if self.rest().is_empty() {
            return fail("trailing backslash at end of expression", b"");
        }
        let code = self.next_char()?;
        let escaped = match u8::try_from(code).unwrap_or(0xFF) {
            byte @ b'1'..=b'7' if !matches!(self.rest().first(), Some(b'0'..=b'7')) => {
                let _ = byte;
                None
            }
            byte @ b'0'..=b'7' => Some(self.octal(byte)),
            b'x' => self.hexadecimal()?,
            b'a' => Some(0x07),
            b'f' => Some(0x0C),
            b'n' => Some(0x0A),
            b'r' => Some(0x0D),
            b't' => Some(0x09),
            b'v' => Some(0x0B),
            byte if byte.is_ascii() && !byte.is_ascii_alphanumeric() => Some(code),
            _ => None,
        };
        match escaped {
            Some(code) => Ok(code),
            None => fail("invalid escape sequence", &self.whole[start..self.at]),
        }
    }

    /// Up to three octal digits, the first of which is read already.
    fn octal(&mut self, first: u8) -> u32 {
        let mut code = u32::from(first - b'0');
        for _ in 1..3 {
            let Some(digit @ b'0'..=b'7') = self.rest().first() else { break };
            code = code * 8 + u32::from(digit - b'0');
            self.at += 1;
        }
        code
    }

    /// `FF` or `{10FFFF}`
    fn hexadecimal(&mut self) -> Step<Option<u32>> {
        if self.rest().is_empty() {
            return Ok(None);
        }
        let digit = |code: u32| char::from_u32(code).and_then(|char| char.to_digit(16));
        let first = self.next_char()?;
        if first != u32::from('{') {
            let second = self.next_char()?;
            return Ok(digit(first).zip(digit(second)).map(|(high, low)| high * 16 + low));
        }
        let (mut code, mut count) = (0, 0);
        while !self.rest().is_empty() {
            let next = self.next_char()?;
            if next == u32::from('}') {
                return Ok((count > 0).then_some(code));
            }
            let Some(digit) = digit(next) else { return Ok(None) };
            code = code * 16 + digit;
            if code > 0x10_FFFF {
                return Ok(None);
            }
            count += 1;
        }
        Ok(None)
    }

    /// The next character, which must be UTF-8.
    fn next_char(&mut self) -> Step<u32> {
        let rest = self.rest();
        let head = &rest[..rest.len().min(4)];
        let chunk = head.utf8_chunks().next();
        let Some(char) = chunk.and_then(|chunk| chunk.valid().chars().next()) else {
            // Past the end, Go decodes the same broken character.
            return fail("invalid UTF-8", rest);
        };
        self.at += char.len_utf8();
        Ok(u32::from(char))
    }
}

fn fold(class: &mut ClassUnicode) {
    // Fails only where the tables for case folding are left out of the build, and they are not.
    let _ = class.try_case_fold_simple();
}

fn heaviest(pieces: &[Piece]) -> u32 {
    pieces.iter().map(|piece| piece.weight).max().unwrap_or(1)
}

fn check_utf8(text: &[u8]) -> Step<()> {
    match std::str::from_utf8(text) {
        Ok(_) => Ok(()),
        Err(error) => fail("invalid UTF-8", &text[error.valid_up_to()..]),
    }
}

/// Reads `{n}`, `{n,}` or `{n,m}`: both counts and the length. Counts of more than eight digits are too large.
fn counts(text: &[u8]) -> Option<(u32, Option<u32>, usize)> {
    let (least, mut at) = count(text, 1)?;
    let mut most = Some(least);
    if text.get(at) == Some(&b',') {
        at += 1;
        most = None;
        if text.get(at) != Some(&b'}') {
            let (number, after) = count(text, at)?;
            (most, at) = (Some(number), after);
        }
    }
    (text.get(at) == Some(&b'}')).then_some((least, most, at + 1))
}

fn count(text: &[u8], at: usize) -> Option<(u32, usize)> {
    let length = text.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digits = &text[at..at + length];
    if length == 0 || length > 1 && digits[0] == b'0' {
        return None;
    }
    let number = digits
        .iter()
        .fold(0_u32, |number, digit| number.saturating_mul(10).saturating_add(u32::from(digit - b'0')));
    Some((number, at + length))
}
