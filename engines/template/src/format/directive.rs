//! Reads the directives of a format: flags, argument indexes, width, precision, verb.

use super::spec::Spec;
use crate::characters;
use crate::value::Value;

/// Widths and precisions beyond are refused.
const LARGEST: i64 = 1_000_000;

/// A complaint in place of a width or precision.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Complaint {
    Width,
    Precision,
}

/// What to print for a directive.
pub(super) enum Verb {
    /// The format ended inside the directive.
    None,
    /// A character; a broken byte counts as U+FFFD.
    Char(char),
}

/// One directive as read.
pub(super) struct Directive {
    pub(super) spec: Spec,
    pub(super) verb: Verb,
    pub(super) complaints: Vec<Complaint>,
    /// Whether all argument indexes were good.
    pub(super) good_index: bool,
}

/// Reads a format from left to right and keeps count of the arguments.
pub(super) struct Reader<'a> {
    pub(super) format: &'a [u8],
    pub(super) at: usize,
    pub(super) arguments: &'a [Value],
    /// The next argument.
    pub(super) next: usize,
    /// Whether any index was given.
    pub(super) reordered: bool,
    good_index: bool,
    /// Whether an index stands right before.
    after_index: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(format: &'a [u8], arguments: &'a [Value]) -> Self {
        Self { format, at: 0, arguments, next: 0, reordered: false, good_index: true, after_index: false }
    }

    /// Returns the text up to the next directive.
    pub(super) fn literal(&mut self) -> &'a [u8] {
        let rest = &self.format[self.at..];
        let end = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Reads a directive; the `%` is next, or the format is at its end.
    pub(super) fn directive(&mut self) -> Option<Directive> {
        self.at += usize::from(self.peek()? == b'%');
        self.good_index = true;
        let mut directive =
            Directive { spec: self.flags(), verb: Verb::None, complaints: Vec::new(), good_index: true };
        if self.simple_verb() {
            self.after_index = false;
        } else {
            self.index();
            self.width(&mut directive);
            self.precision(&mut directive);
            if !self.after_index {
                self.index();
            }
        }
        if let Some((c, width)) = characters::decode(&self.format[self.at..]) {
            self.at += width;
            directive.verb = Verb::Char(c.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        directive.good_index = self.good_index;
        Some(directive)
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn flags(&mut self) -> Spec {
        let mut spec = Spec::default();
        while let Some(flag) = self.peek() {
            match flag {
                b'#' => spec.sharp = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b'-' => spec.minus = true,
                b' ' => spec.space = true,
                _ => break,
            }
            self.at += 1;
        }
        spec
    }

    /// A lower-case verb right after the flags takes the next argument, whatever stood before.
    fn simple_verb(&self) -> bool {
        self.peek().is_some_and(|byte| byte.is_ascii_lowercase()) && self.next < self.arguments.len()
    }

    /// Reads `[n]` if it is next.
    fn index(&mut self) {
        self.after_index = false;
        if self.peek() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let Some(close) = rest.iter().position(|byte| *byte == b']').filter(|_| rest.len() >= 3) else {
            self.at += 1;
            self.good_index = false;
            return;
        };
        self.at += close + 1;
        let (number, read) = number(&rest[1..close]);
        let whole = number.filter(|_| read == close - 1);
        match whole.and_then(|number| usize::try_from(number - 1).ok()).filter(|n| *n < self.arguments.len())
        {
            Some(index) => {
                self.next = index;
                self.after_index = true;
            }
            None => {
                self.good_index = false;
                self.after_index = whole.is_some();
            }
        }
    }

    fn width(&mut self, directive: &mut Directive) {
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.star() {
                None => directive.complaints.push(Complaint::Width),
                Some(width) => {
                    directive.spec.width = usize::try_from(width.abs()).ok();
                    if width < 0 {
                        directive.spec.minus = true;
                        directive.spec.zero = false;
                    }
                }
            }
            self.after_index = false;
            return;
        }
        directive.spec.width = self.number();
        if self.after_index && directive.spec.width.is_some() {
            self.good_index = false;
        }
    }

    fn precision(&mut self, directive: &mut Directive) {
        if self.peek() != Some(b'.') || self.at + 1 >= self.format.len() {
            return;
        }
        self.at += 1;
        if self.after_index {
            self.good_index = false;
        }
        self.index();
        if self.peek() != Some(b'*') {
            directive.spec.precision = Some(self.number().unwrap_or(0));
            return;
        }
        self.at += 1;
        directive.spec.precision = self.star().and_then(|precision| usize::try_from(precision).ok());
        if directive.spec.precision.is_none() {
            directive.complaints.push(Complaint::Precision);
        }
        self.after_index = false;
    }

    /// Takes the next argument for a `*`.
    fn star(&mut self) -> Option<i64> {
        let value = self.arguments.get(self.next)?;
        self.next += 1;
        let number = match value {
            Value::Int(_, number) => *number,
            Value::Uint(_, number) => i64::try_from(*number).ok()?,
            _ => return None,
        };
        (-LARGEST..=LARGEST).contains(&number).then_some(number)
    }

    /// Reads a decimal number; one that is too large swallows the rest of the format.
    fn number(&mut self) -> Option<usize> {
        let (number, read) = number(&self.format[self.at..]);
        self.at += read;
        number.and_then(|number| usize::try_from(number).ok())
    }
}

/// Reads leading digits: the number, and how many bytes it takes.
fn number(bytes: &[u8]) -> (Option<i64>, usize) {
    let mut value = None;
    for (index, byte) in bytes.iter().enumerate() {
        if !byte.is_ascii_digit() {
            return (value, index);
        }
        let before = value.unwrap_or(0);
        if before > LARGEST {
            return (None, bytes.len());
        }
        value = Some(before * 10 + i64::from(byte - b'0'));
    }
    (value, bytes.len())
}
