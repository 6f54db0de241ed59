//! Cuts a template's text into tokens: text outside of actions, words and signs inside.
//!
//! Refuses what Go's lexer refuses, with its messages; the first error is the last token.

mod literal;

use super::token::{Keyword, Token, TokenKind, TokenText};
use crate::characters::{decode, is_digit, is_letter, is_printable};

/// Where the lexer is in a source.
pub(super) struct Lexer<'s> {
    source: &'s [u8],
    left: &'s [u8],
    right: &'s [u8],
    at: usize,
    /// Up to where lines have been counted, and the line there.
    counted: usize,
    line: usize,
    inside: bool,
    parentheses: usize,
    failed: bool,
    /// Keywords that are functions instead.
    pub(super) plain_words: Vec<Keyword>,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s [u8], left: &'s str, right: &'s str) -> Self {
        Self {
            source,
            left: left.as_bytes(),
            right: right.as_bytes(),
            at: 0,
            counted: 0,
            line: 1,
            inside: false,
            parentheses: 0,
            failed: false,
            plain_words: Vec::new(),
        }
    }

    /// Returns the next token; after an error or the end it is the end again.
    pub(super) fn token(&mut self) -> Token<'s> {
        if self.failed {
            return self.emit(TokenKind::End, self.source.len());
        }
        if self.inside {
            return self.inside_action();
        }
        loop {
            if let Some(token) = self.outside_action() {
                return token;
            }
        }
    }

    fn rest(&self) -> &'s [u8] {
        &self.source[self.at..]
    }

    /// Makes the token from `start` to here.
    fn emit(&mut self, kind: TokenKind, start: usize) -> Token<'s> {
        let text = TokenText::Source(&self.source[start..self.at.max(start)]);
        Token { kind, at: start as u32, text, line: self.line_of(start) }
    }

    fn fail(&mut self, start: usize, message: String) -> Token<'s> {
        self.failed = true;
        let line = self.line_of(start);
        self.at = self.source.len();
        Token { kind: TokenKind::Error, at: start as u32, text: TokenText::Message(message), line }
    }

    /// Counts lines up to an offset; offsets only grow.
    fn line_of(&mut self, offset: usize) -> usize {
        if offset > self.counted {
            let new = self.source[self.counted..offset].iter().filter(|byte| **byte == b'\n').count();
            self.line += new;
            self.counted = offset;
        }
        self.line
    }

    /// Emits the text before the next action, or enters it. `None`: a comment was skipped.
    fn outside_action(&mut self) -> Option<Token<'s>> {
        let start = self.at;
        let Some(offset) = find(self.rest(), self.left) else {
            self.at = self.source.len();
            let kind = if self.at > start { TokenKind::Text } else { TokenKind::End };
            return Some(self.emit(kind, start));
        };
        let delimiter = start + offset;
        let trimmed = is_left_marker(&self.source[delimiter + self.left.len()..]);
        self.at = delimiter;
        if trimmed {
            self.at -= count_spaces(self.source[start..delimiter].iter().rev());
        }
        let text = (self.at > start).then(|| self.emit(TokenKind::Text, start));
        self.at = delimiter;
        text.or_else(|| self.left_delimiter(trimmed))
    }

    fn left_delimiter(&mut self, trimmed: bool) -> Option<Token<'s>> {
        let start = self.at;
        self.at += self.left.len();
        let after_marker = self.at + if trimmed { 2 } else { 0 };
        if self.source[after_marker..].starts_with(b"/*") {
            self.at = after_marker;
            return self.comment();
        }
        let token = self.emit(TokenKind::LeftDelimiter, start);
        self.at = after_marker;
        self.inside = true;
        self.parentheses = 0;
        Some(token)
    }

    fn comment(&mut self) -> Option<Token<'s>> {
        let start = self.at;
        self.at += 2;
        let Some(end) = find(self.rest(), b"*/") else {
            return Some(self.fail(start, "unclosed comment".to_owned()));
        };
        self.at += end + 2;
        let Some(trimmed) = self.right_delimiter_here() else {
            return Some(self.fail(start, "comment ends before closing delimiter".to_owned()));
        };
        self.pass_right_delimiter(trimmed);
        None
    }

    /// Whether a right delimiter is here, and whether it trims.
    fn right_delimiter_here(&self) -> Option<bool> {
        let rest = self.rest();
        if is_right_marker(rest) && rest[2..].starts_with(self.right) {
            return Some(true);
        }
        rest.starts_with(self.right).then_some(false)
    }

    fn pass_right_delimiter(&mut self, trimmed: bool) {
        if trimmed {
            self.at += 2;
        }
        self.at += self.right.len();
        if trimmed {
            self.at += count_spaces(self.rest().iter());
        }
    }

    fn right_delimiter(&mut self, trimmed: bool) -> Token<'s> {
        let start = self.at + if trimmed { 2 } else { 0 };
        self.at = start + self.right.len();
        let token = self.emit(TokenKind::RightDelimiter, start);
        if trimmed {
            self.at += count_spaces(self.rest().iter());
        }
        self.inside = false;
        token
    }

    fn inside_action(&mut self) -> Token<'s> {
        let start = self.at;
        if let Some(trimmed) = self.right_delimiter_here() {
            if self.parentheses == 0 {
                return self.right_delimiter(trimmed);
            }
            return self.fail(start, "unclosed left paren".to_owned());
        }
        let Some((c, width)) = decode(self.rest()) else {
            return self.fail(start, "unclosed action".to_owned());
        };
        let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
        match c {
            ' ' | '\t' | '\r' | '\n' => return self.space(),
            '"' => return self.quoted(start),
            '`' => return self.raw(start),
            '\'' => return self.character(start),
            '$' => return self.name(start, TokenKind::Variable),
            '.' if self.source.get(start + 1).is_some_and(|next| !next.is_ascii_digit()) => {
                return self.name(start, TokenKind::Field);
            }
            '.' | '+' | '-' | '0'..='9' => return self.number(start),
            _ if is_alphanumeric(c) => return self.word(start),
            _ => {}
        }
        self.at += width;
        self.sign(start, c)
    }

    fn sign(&mut self, start: usize, c: char) -> Token<'s> {
        let kind = match c {
            '=' => TokenKind::Assign,
            ':' if self.rest().first() == Some(&b'=') => {
                self.at += 1;
                TokenKind::Declare
            }
            ':' => return self.fail(start, "expected :=".to_owned()),
            '|' => TokenKind::Pipe,
            '(' => {
                self.parentheses += 1;
                TokenKind::LeftParenthesis
            }
            ')' => match self.parentheses.checked_sub(1) {
                None => return self.fail(start, "unexpected right paren".to_owned()),
                Some(left) => {
                    self.parentheses = left;
                    TokenKind::RightParenthesis
                }
            },
            _ if c.is_ascii() && is_printable(c) => TokenKind::Punctuation,
            _ => return self.fail(start, format!("unrecognized character in action: {}", code_point(c))),
        };
        self.emit(kind, start)
    }

    /// A run of spaces; the last one may belong to a trimming delimiter.
    fn space(&mut self) -> Token<'s> {
        let start = self.at;
        self.at += count_spaces(self.rest().iter());
        let last = &self.source[self.at - 1..];
        if is_right_marker(last) && last[2..].starts_with(self.right) {
            self.at -= 1;
            if self.at == start {
                return self.right_delimiter(true);
            }
        }
        self.emit(TokenKind::Space, start)
    }

    fn word(&mut self, start: usize) -> Token<'s> {
        let next = self.pass_alphanumerics();
        if !self.at_terminator() {
            return self.bad_character(start, next);
        }
        let word = &self.source[start..self.at];
        let kind = match Keyword::of(word) {
            Some(keyword) if !self.plain_words.contains(&keyword) => TokenKind::Keyword(keyword),
            _ if matches!(word, b"true" | b"false") => TokenKind::Bool,
            _ => TokenKind::Identifier,
        };
        self.emit(kind, start)
    }

    /// A field or variable, of which the first character is known.
    fn name(&mut self, start: usize, kind: TokenKind) -> Token<'s> {
        self.at += 1;
        if self.at_terminator() {
            let alone = if kind == TokenKind::Field { TokenKind::Keyword(Keyword::Dot) } else { kind };
            return self.emit(alone, start);
        }
        let next = self.pass_alphanumerics();
        if !self.at_terminator() {
            return self.bad_character(start, next);
        }
        self.emit(kind, start)
    }

    fn bad_character(&mut self, start: usize, c: Option<char>) -> Token<'s> {
        let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
        self.fail(start, format!("bad character {}", code_point(c)))
    }

    /// Passes letters, digits and underscores; returns the character after them.
    fn pass_alphanumerics(&mut self) -> Option<char> {
        loop {
            let (c, width) = decode(self.rest())?;
            match c {
                Some(c) if is_alphanumeric(c) => self.at += width,
                other => return other,
            }
        }
    }

    /// Whether a word may end here.
    fn at_terminator(&self) -> bool {
        match self.rest().first() {
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b'.' | b',' | b'|' | b':' | b')' | b'(') => true,
            Some(_) => self.rest().starts_with(self.right),
        }
    }
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || is_letter(c) || is_digit(c)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_left_marker(rest: &[u8]) -> bool {
    matches!(rest, [b'-', space, ..] if is_space(*space))
}

fn is_right_marker(rest: &[u8]) -> bool {
    matches!(rest, [space, b'-', ..] if is_space(*space))
}

fn count_spaces<'b>(bytes: impl Iterator<Item = &'b u8>) -> usize {
    bytes.take_while(|byte| is_space(**byte)).count()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    loop {
        let offset = haystack[from..].iter().position(|byte| *byte == first)?;
        if haystack[from + offset..].starts_with(needle) {
            return Some(from + offset);
        }
        from += offset + 1;
    }
}

/// Go's `%#U`.
fn code_point(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    if is_printable(c) { format!("{code} '{c}'") } else { code }
}
