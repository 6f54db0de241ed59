//! Literals as tokens: strings, characters, and what looks like a number; the parser finds out what they stand for.
//!
//! Refuses literals without an end, and numbers that run into a word.

use super::super::token::{Token, TokenKind};
use super::{Lexer, is_alphanumeric};
use crate::characters::decode;

impl<'s> Lexer<'s> {
    pub(super) fn quoted(&mut self, start: usize) -> Token<'s> {
        match self.pass_literal(b'"') {
            true => self.emit(TokenKind::Quoted, start),
            false => self.fail(start, "unterminated quoted string".to_owned()),
        }
    }

    pub(super) fn character(&mut self, start: usize) -> Token<'s> {
        match self.pass_literal(b'\'') {
            true => self.emit(TokenKind::Character, start),
            false => self.fail(start, "unterminated character constant".to_owned()),
        }
    }

    /// Passes a literal with escapes that ends on its line.
    fn pass_literal(&mut self, delimiter: u8) -> bool {
        self.at += 1;
        loop {
            let byte = self.rest().first().copied();
            self.at += 1;
            match byte {
                None | Some(b'\n') => return false,
                Some(b'\\') => {
                    if matches!(self.rest().first(), None | Some(b'\n')) {
                        return false;
                    }
                    self.at += 1;
                }
                Some(byte) if byte == delimiter => return true,
                Some(_) => {}
            }
        }
    }

    pub(super) fn raw(&mut self, start: usize) -> Token<'s> {
        let Some(length) = self.source[start + 1..].iter().position(|byte| *byte == b'`') else {
            return self.fail(start, "unterminated raw quoted string".to_owned());
        };
        self.at = start + length + 2;
        self.emit(TokenKind::RawText, start)
    }

    pub(super) fn number(&mut self, start: usize) -> Token<'s> {
        if !self.pass_number() {
            return self.bad_number(start);
        }
        if !matches!(self.rest().first(), Some(b'+' | b'-')) {
            return self.emit(TokenKind::Number, start);
        }
        if !self.pass_number() || self.source[self.at - 1] != b'i' {
            return self.bad_number(start);
        }
        self.emit(TokenKind::Complex, start)
    }

    fn bad_number(&mut self, start: usize) -> Token<'s> {
        let text = crate::format::quote_bytes(&self.source[start..self.at]);
        self.fail(start, format!("bad number syntax: {text}"))
    }

    /// Passes what looks like a number; the parser finds out whether it is one.
    fn pass_number(&mut self) -> bool {
        self.accept(b"+-");
        let mut digits: &[u8] = b"0123456789_";
        if self.accept(b"0") {
            if self.accept(b"xX") {
                digits = b"0123456789abcdefABCDEF_";
            } else if self.accept(b"oO") {
                digits = b"01234567_";
            } else if self.accept(b"bB") {
                digits = b"01_";
            }
        }
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        let exponent: &[u8] = match digits.len() {
            11 => b"eE",
            23 => b"pP",
            _ => b"",
        };
        if self.accept(exponent) {
            self.accept(b"+-");
            self.accept_run(b"0123456789_");
        }
        self.accept(b"i");
        match decode(self.rest()) {
            Some((Some(c), width)) if is_alphanumeric(c) => {
                self.at += width;
                false
            }
            _ => true,
        }
    }

    fn accept(&mut self, set: &[u8]) -> bool {
        let found = self.rest().first().is_some_and(|byte| set.contains(byte));
        self.at += usize::from(found);
        found
    }

    fn accept_run(&mut self, set: &[u8]) {
        while self.accept(set) {}
    }
}
