//! Pipelines, commands and operands.

use super::Parser;
use super::token::{Keyword, Token, TokenKind};
use crate::error::Error;
use crate::format::quote;
use crate::tree::{Command, Node, Operand, Pipe};
use crate::value::Text;

impl<'s> Parser<'s> {
    /// Parses commands up to a closing token.
    pub(super) fn pipeline(&mut self, context: &str, end: TokenKind) -> Result<Pipe, Error> {
        let at = self.peek_non_space().at;
        let mut pipe = Pipe { at, assigns: false, variables: Vec::new(), commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.next_non_space();
            if token.kind == end {
                self.check(&pipe, context)?;
                pipe.commands.shrink_to_fit();
                return Ok(pipe);
            }
            if !starts_operand(token.kind) {
                return Err(self.unexpected(&token, context));
            }
            self.back(token);
            pipe.commands.push(self.command()?);
        }
    }

    /// Parses `$x :=`, `$x =` and, in a range, `$x, $y :=`.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Result<(), Error> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != TokenKind::Variable {
                return Ok(());
            }
            self.next();
            let after = self.peek();
            let next = self.peek_non_space();
            let comma = next.kind == TokenKind::Punctuation && next.source() == b",";
            if !comma && !matches!(next.kind, TokenKind::Assign | TokenKind::Declare) {
                if after.kind == TokenKind::Space {
                    self.back(after);
                }
                self.back(variable);
                return Ok(());
            }
            self.next_non_space();
            let name = Text::from(variable.source());
            self.frame.variables.push(name.clone());
            pipe.variables.push(name);
            if !comma {
                pipe.assigns = next.kind == TokenKind::Assign;
                return Ok(());
            }
            self.second_declaration(pipe, context)?;
        }
    }

    /// After a comma: a range may declare a second variable.
    fn second_declaration(&mut self, pipe: &Pipe, context: &str) -> Result<(), Error> {
        if context != "range" || pipe.variables.len() >= 2 {
            return Err(self.fail(format_args!("too many declarations in {context}")));
        }
        match self.peek_non_space().kind {
            TokenKind::Variable | TokenKind::RightDelimiter | TokenKind::RightParenthesis => Ok(()),
            _ => Err(self.fail("range can only initialize variables")),
        }
    }

    fn check(&self, pipe: &Pipe, context: &str) -> Result<(), Error> {
        if pipe.commands.is_empty() {
            return Err(self.fail(format_args!("missing value for {context}")));
        }
        let constant = |command: &Command| {
            matches!(
                command.operands.first(),
                Some(
                    Operand::Bool(..)
                        | Operand::Dot(_)
                        | Operand::Nil(_)
                        | Operand::Number(..)
                        | Operand::Text(..)
                )
            )
        };
        match pipe.commands.iter().skip(1).position(constant) {
            None => Ok(()),
            Some(index) => {
                Err(self.fail(format_args!("non executable command in pipeline stage {}", index + 2)))
            }
        }
    }

    /// Parses operands up to a pipe sign or a closing token; the pipe sign is passed.
    fn command(&mut self) -> Result<Command, Error> {
        let at = self.peek_non_space().at;
        let mut operands = Vec::new();
        loop {
            self.peek_non_space();
            operands.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                TokenKind::Space => continue,
                TokenKind::RightDelimiter | TokenKind::RightParenthesis => self.back(token),
                TokenKind::Pipe => {}
                _ => return Err(self.unexpected(&token, "operand")),
            }
            break;
        }
        if operands.is_empty() {
            return Err(self.fail("empty command"));
        }
        operands.shrink_to_fit();
        Ok(Command { at, operands })
    }

    /// Parses a term and the fields after it.
    fn operand(&mut self) -> Result<Option<Operand>, Error> {
        let Some(term) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != TokenKind::Field {
            return Ok(Some(term));
        }
        let mut names = Vec::new();
        while self.peek().kind == TokenKind::Field {
            names.push(Text::from(&self.next().source()[1..]));
        }
        self.chain(term, first.at, names).map(Some)
    }

    fn chain(&self, term: Operand, at: u32, names: Vec<Text>) -> Result<Operand, Error> {
        let joined =
            |before: Box<[Text]>| before.into_vec().into_iter().chain(names.iter().cloned()).collect();
        Ok(match term {
            Operand::Field(_, before) => Operand::Field(at, joined(before)),
            Operand::Variable(_, name, before) => Operand::Variable(at, name, joined(before)),
            Operand::Bool(..)
            | Operand::Text(..)
            | Operand::Number(..)
            | Operand::Nil(_)
            | Operand::Dot(_) => {
                let text = Node::Operand(&term).print(self.source);
                return Err(self.fail(format_args!("unexpected . after term {}", quote(&text))));
            }
            other => Operand::Chain(at, Box::new(other), names.into_boxed_slice()),
        })
    }

    /// Parses a literal, name or parenthesis; `None` if something else is next.
    fn term(&mut self) -> Result<Option<Operand>, Error> {
        let token = self.next_non_space();
        let at = token.at;
        Ok(Some(match token.kind {
            TokenKind::Identifier => self.identifier(&token)?,
            TokenKind::Keyword(Keyword::Dot) => Operand::Dot(at),
            TokenKind::Keyword(Keyword::Nil) => Operand::Nil(at),
            TokenKind::Variable => self.variable(&token)?,
            TokenKind::Field => Operand::Field(at, Box::new([Text::from(&token.source()[1..])])),
            TokenKind::Bool => Operand::Bool(at, token.source() == b"true"),
            TokenKind::Character | TokenKind::Complex | TokenKind::Number => {
                Operand::Number(at, Box::new(self.number(&token)?))
            }
            TokenKind::Quoted | TokenKind::RawText => {
                Operand::Text(at, self.unquote(&token)?, Text::from(token.source()))
            }
            TokenKind::LeftParenthesis => {
                let inner = |parser: &mut Self| {
                    parser.pipeline("parenthesized pipeline", TokenKind::RightParenthesis)
                };
                Operand::Pipe(Box::new(self.deeper(inner)?))
            }
            _ => {
                self.back(token);
                return Ok(None);
            }
        }))
    }

    fn identifier(&self, token: &Token<'_>) -> Result<Operand, Error> {
        match self.callee(token.source()) {
            Some(callee) => Ok(Operand::Function(token.at, callee)),
            None => {
                let name = crate::format::quote_bytes(token.source());
                Err(self.fail(format_args!("function {name} not defined")))
            }
        }
    }

    fn variable(&self, token: &Token<'_>) -> Result<Operand, Error> {
        let name = Text::from(token.source());
        // The parser's own text is shared, so that execution compares pointers first.
        match self.frame.variables.iter().find(|known| **known == name) {
            Some(known) => Ok(Operand::Variable(token.at, known.clone(), Box::default())),
            None => {
                let name = crate::format::quote_bytes(token.source());
                Err(self.fail(format_args!("undefined variable {name}")))
            }
        }
    }
}

fn starts_operand(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Bool
            | TokenKind::Character
            | TokenKind::Complex
            | TokenKind::Keyword(Keyword::Dot | Keyword::Nil)
            | TokenKind::Field
            | TokenKind::Identifier
            | TokenKind::Number
            | TokenKind::RawText
            | TokenKind::Quoted
            | TokenKind::Variable
            | TokenKind::LeftParenthesis
    )
}
