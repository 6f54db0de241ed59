//! Template text into trees: the grammar of actions.
//!
//! Refuses what Go's parser refuses, with its messages; and nesting deeper than the limit.

mod control;
mod lexer;
mod literal;
mod pipeline;
mod token;

use std::sync::Arc;

use crate::error::{Error, Location};
use crate::execute::Builtin;
use crate::function::Functions;
use crate::tree::{Block, Callee, Source, Statement, is_empty};
use crate::value::Text;

use lexer::Lexer;
use token::{Keyword, Token, TokenKind};

/// A tree and the name it has.
pub(crate) struct Definition {
    pub(crate) name: Text,
    pub(crate) root: Block,
    pub(crate) empty: bool,
}

/// How to parse.
pub(crate) struct Options<'a> {
    pub(crate) functions: &'a Functions,
    pub(crate) left: &'a str,
    pub(crate) right: &'a str,
    pub(crate) depth: usize,
}

/// Parses a source: its own tree last, before it what it defines.
pub(crate) fn parse(source: &Arc<Source>, options: &Options<'_>) -> Result<Vec<Definition>, Error> {
    let mut lexer = Lexer::new(&source.text, options.left, options.right);
    lexer.plain_words = [("break", Keyword::Break), ("continue", Keyword::Continue)]
        .into_iter()
        .filter(|(name, _)| options.functions.get(name).is_some())
        .map(|(_, keyword)| keyword)
        .collect();
    let mut parser = Parser {
        source,
        functions: options.functions,
        lexer,
        frame: Frame::new(),
        definitions: Vec::new(),
        depth: options.depth,
    };
    let root = parser.file()?;
    parser.define(Text::from(source.name.as_str()), root)?;
    Ok(parser.definitions)
}

struct Parser<'s> {
    source: &'s Arc<Source>,
    functions: &'s Functions,
    lexer: Lexer<'s>,
    frame: Frame<'s>,
    definitions: Vec<Definition>,
    /// How much deeper blocks and parentheses may be nested.
    depth: usize,
}

/// What every definition has of its own.
struct Frame<'s> {
    /// Tokens that were read too early, the next one last.
    pending: Vec<Token<'s>>,
    /// The line of the token read last, which errors tell.
    line: usize,
    /// The line on which the current action starts; 0 outside.
    action_line: usize,
    variables: Vec<Text>,
    ranges: usize,
}

impl Frame<'_> {
    fn new() -> Self {
        Self { pending: Vec::new(), line: 0, action_line: 0, variables: vec![Text::constant("$")], ranges: 0 }
    }
}

/// What ends a block, or goes into it.
enum Item {
    Statement(Statement),
    End,
    Else,
}

impl Item {
    fn describe(&self) -> &'static str {
        match self {
            Self::Else => "{{else}}",
            _ => "{{end}}",
        }
    }
}

impl<'s> Parser<'s> {
    fn next(&mut self) -> Token<'s> {
        if let Some(token) = self.frame.pending.pop() {
            return token;
        }
        let token = self.lexer.token();
        self.frame.line = token.line;
        token
    }

    fn back(&mut self, token: Token<'s>) {
        self.frame.pending.push(token);
    }

    fn peek(&mut self) -> Token<'s> {
        let token = self.next();
        self.back(token.clone());
        token
    }

    fn next_non_space(&mut self) -> Token<'s> {
        loop {
            let token = self.next();
            if token.kind != TokenKind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token<'s> {
        let token = self.next_non_space();
        self.back(token.clone());
        token
    }

    fn expect(&mut self, kind: TokenKind, context: &str) -> Result<Token<'s>, Error> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    fn fail(&self, message: impl std::fmt::Display) -> Error {
        let location = Location {
            template: self.source.name.clone(),
            line: self.frame.line,
            column: 0,
            action: String::new(),
            executing: String::new(),
        };
        Error::parse(location, message)
    }

    fn unexpected(&self, token: &Token<'_>, context: &str) -> Error {
        let text = token.describe();
        if token.kind != TokenKind::Error {
            return self.fail(format_args!("unexpected {text} in {context}"));
        }
        let started = self.frame.action_line;
        if started == 0 || started == token.line {
            return self.fail(text);
        }
        let link = if text.ends_with(" action") { "" } else { " in action" };
        self.fail(format_args!("{text}{link} started at {}:{started}", self.source.name))
    }

    /// Goes one level deeper for the time of `work`.
    fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        let Some(depth) = self.depth.checked_sub(1) else {
            let cause = Error::limit("max expression depth exceeded");
            return Err(Error::wrap(self.fail(&cause).to_string(), cause));
        };
        self.depth = depth;
        let result = crate::stack::grow(|| work(self));
        self.depth += 1;
        result
    }

    /// Parses everything up to the end of the source.
    fn file(&mut self) -> Result<Block, Error> {
        let mut root = Vec::new();
        loop {
            let token = self.peek();
            if token.kind == TokenKind::End {
                return Ok(root);
            }
            if token.kind == TokenKind::LeftDelimiter {
                let delimiter = self.next();
                let word = self.next_non_space();
                if word.is(Keyword::Define) {
                    self.definition()?;
                    continue;
                }
                self.back(word);
                self.back(delimiter);
            }
            match self.item()? {
                Item::Statement(statement) => root.push(statement),
                other => return Err(self.fail(format_args!("unexpected {}", other.describe()))),
            }
        }
    }

    /// Parses a `define`, of which the keyword is passed.
    fn definition(&mut self) -> Result<(), Error> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::replace(&mut self.frame, Frame::new());
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        self.expect(TokenKind::RightDelimiter, CONTEXT)?;
        let (root, end) = self.block()?;
        if !matches!(end, Item::End) {
            return Err(self.fail(format_args!("unexpected {} in {CONTEXT}", end.describe())));
        }
        self.define(name, root)?;
        self.frame = outer;
        Ok(())
    }

    /// Takes a definition; a second one with content is refused, an empty one replaced.
    fn define(&mut self, name: Text, root: Block) -> Result<(), Error> {
        let empty = is_empty(&root, self.source);
        let definition = Definition { name, root, empty };
        match self.definitions.iter_mut().find(|known| known.name == definition.name) {
            None => self.definitions.push(definition),
            Some(known) if known.empty => *known = definition,
            Some(_) if empty => {}
            Some(_) => {
                let name = crate::format::quote_bytes(definition.name.as_bytes());
                return Err(self.fail(format_args!("template: multiple definition of template {name}")));
            }
        }
        Ok(())
    }

    fn template_name(&mut self, token: &Token<'_>, context: &str) -> Result<Text, Error> {
        match token.kind {
            TokenKind::Quoted | TokenKind::RawText => self.unquote(token),
            _ => Err(self.unexpected(token, context)),
        }
    }

    /// Parses statements up to `{{end}}` or `{{else}}`, which comes back too.
    fn block(&mut self) -> Result<(Block, Item), Error> {
        let mut block = Vec::new();
        while self.peek_non_space().kind != TokenKind::End {
            match self.item()? {
                Item::Statement(statement) => block.push(statement),
                end => {
                    block.shrink_to_fit();
                    return Ok((block, end));
                }
            }
        }
        Err(self.fail("unexpected EOF"))
    }

    /// Parses a text or an action.
    fn item(&mut self) -> Result<Item, Error> {
        let token = self.next_non_space();
        match token.kind {
            TokenKind::Text => {
                let end = token.at + token.source().len() as u32;
                Ok(Item::Statement(Statement::Text(token.at, end)))
            }
            TokenKind::LeftDelimiter => {
                self.frame.action_line = token.line;
                let item = self.action();
                self.frame.action_line = 0;
                item
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    fn callee(&self, name: &[u8]) -> Option<Callee> {
        let name = std::str::from_utf8(name).ok()?;
        let function = self.functions.get(name).map(Callee::Function);
        function
            .or_else(|| Builtin::of(name).map(Callee::Builtin))
            .or_else(|| crate::builtin::get(name).map(Callee::Function))
    }
}
