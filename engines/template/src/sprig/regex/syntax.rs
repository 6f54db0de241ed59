//! Reads Go's regular expressions (RE2 syntax with Perl's additions) into the form that the regex engine compiles.
//!
//! Refused: what Go refuses, in its words, and nesting deeper than [`MAX_DEPTH`].

mod escape;

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
