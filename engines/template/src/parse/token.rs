//! The tokens of a template's text.

use crate::format::{quote, quote_bytes};

/// A piece of the source.
#[derive(Clone)]
pub(super) struct Token<'s> {
    pub(super) kind: TokenKind,
    /// Where it starts in the source.
    pub(super) at: u32,
    /// Its text; for an error the message.
    pub(super) text: TokenText<'s>,
    /// The line it starts on, counted from 1.
    pub(super) line: usize,
}

#[derive(Clone)]
pub(super) enum TokenText<'s> {
    Source(&'s [u8]),
    Message(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Error,
    Bool,
    /// Any other printable ASCII character, such as a comma.
    Punctuation,
    Character,
    Complex,
    Assign,
    Declare,
    End,
    Field,
    Identifier,
    LeftDelimiter,
    LeftParenthesis,
    Number,
    Pipe,
    RawText,
    RightDelimiter,
    RightParenthesis,
    Space,
    Quoted,
    Text,
    Variable,
    Keyword(Keyword),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Keyword {
    pub(super) fn of(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"block" => Self::Block,
            b"break" => Self::Break,
            b"continue" => Self::Continue,
            b"." => Self::Dot,
            b"define" => Self::Define,
            b"else" => Self::Else,
            b"end" => Self::End,
            b"if" => Self::If,
            b"nil" => Self::Nil,
            b"range" => Self::Range,
            b"template" => Self::Template,
            b"with" => Self::With,
            _ => return None,
        })
    }
}

impl<'s> Token<'s> {
    /// The token's piece of the source.
    pub(super) fn source(&self) -> &'s [u8] {
        match self.text {
            TokenText::Source(text) => text,
            TokenText::Message(_) => b"",
        }
    }

    pub(super) fn is(&self, keyword: Keyword) -> bool {
        self.kind == TokenKind::Keyword(keyword)
    }

    /// Describes the token as Go's messages do.
    pub(super) fn describe(&self) -> String {
        let text = match (&self.text, self.kind) {
            (_, TokenKind::End) => return "EOF".to_owned(),
            (TokenText::Message(message), _) => return message.clone(),
            (TokenText::Source(text), TokenKind::Keyword(_)) => {
                return format!("<{}>", String::from_utf8_lossy(text));
            }
            (TokenText::Source(text), _) => text,
        };
        if text.len() <= 10 {
            return quote_bytes(text);
        }
        let end = crate::characters::walk(text).nth(10).map_or(text.len(), |(offset, _, _)| offset);
        match std::str::from_utf8(&text[..end]) {
            Ok(start) => format!("{}...", quote(start)),
            Err(_) => format!("{}...", quote_bytes(&text[..end])),
        }
    }
}
