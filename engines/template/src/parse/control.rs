//! Actions: `if`, `with`, `range`, `block`, `template`, `break`, `continue`, and plain pipelines.

use super::token::{Keyword, TokenKind};
use super::{Frame, Item, Parser};
use crate::error::Error;
use crate::tree::{Branch, BranchKind, Statement};

impl Parser<'_> {
    /// Parses an action, of which the left delimiter is passed.
    pub(super) fn action(&mut self) -> Result<Item, Error> {
        let token = self.next_non_space();
        let TokenKind::Keyword(keyword) = token.kind else {
            self.back(token);
            return self.plain();
        };
        let statement = match keyword {
            Keyword::Block => self.block_control(),
            Keyword::Break => self.loop_control("break").map(|()| Statement::Break(token.at)),
            Keyword::Continue => self.loop_control("continue").map(|()| Statement::Continue(token.at)),
            Keyword::Else => return self.else_control(),
            Keyword::End => {
                self.expect(TokenKind::RightDelimiter, "end")?;
                return Ok(Item::End);
            }
            Keyword::If => self.branch(BranchKind::If),
            Keyword::Range => self.branch(BranchKind::Range),
            Keyword::With => self.branch(BranchKind::With),
            Keyword::Template => self.template_control(),
            Keyword::Dot | Keyword::Define | Keyword::Nil => {
                self.back(token);
                return self.plain();
            }
        };
        statement.map(Item::Statement)
    }

    fn plain(&mut self) -> Result<Item, Error> {
        let at = self.peek().at;
        let pipe = self.pipeline("command", TokenKind::RightDelimiter)?;
        Ok(Item::Statement(Statement::Action { at, pipe }))
    }

    fn loop_control(&mut self, name: &str) -> Result<(), Error> {
        let token = self.next_non_space();
        if token.kind != TokenKind::RightDelimiter {
            return Err(self.unexpected(&token, &format!("{{{{{name}}}}}")));
        }
        if self.frame.ranges == 0 {
            return Err(self.fail(format_args!("{{{{{name}}}}} outside {{{{range}}}}")));
        }
        Ok(())
    }

    /// `else`; before `if` or `with` the keyword stays for the branch to see.
    fn else_control(&mut self) -> Result<Item, Error> {
        let token = self.peek_non_space();
        if !token.is(Keyword::If) && !token.is(Keyword::With) {
            self.expect(TokenKind::RightDelimiter, "else")?;
        }
        Ok(Item::Else)
    }

    fn branch(&mut self, kind: BranchKind) -> Result<Statement, Error> {
        self.deeper(|parser| {
            let visible = parser.frame.variables.len();
            let branch = parser.branch_parts(kind)?;
            parser.frame.variables.truncate(visible);
            Ok(Statement::Branch(Box::new(branch)))
        })
    }

    fn branch_parts(&mut self, kind: BranchKind) -> Result<Branch, Error> {
        let (context, chained) = match kind {
            BranchKind::If => ("if", Some(Keyword::If)),
            BranchKind::With => ("with", Some(Keyword::With)),
            BranchKind::Range => ("range", None),
        };
        let pipe = self.pipeline(context, TokenKind::RightDelimiter)?;
        let in_range = usize::from(kind == BranchKind::Range);
        self.frame.ranges += in_range;
        let (body, end) = self.block()?;
        self.frame.ranges -= in_range;
        let otherwise = match end {
            Item::Else if chained.is_some_and(|keyword| self.peek().is(keyword)) => {
                self.next();
                Some(vec![self.branch(kind)?])
            }
            Item::Else => Some(self.otherwise()?),
            _ => None,
        };
        Ok(Branch { kind, at: pipe.at, pipe, body, otherwise })
    }

    fn otherwise(&mut self) -> Result<Vec<Statement>, Error> {
        let (block, end) = self.block()?;
        match end {
            Item::End => Ok(block),
            other => Err(self.fail(format_args!("expected end; found {}", other.describe()))),
        }
    }

    /// `block` is a definition and its call in one.
    fn block_control(&mut self) -> Result<Statement, Error> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, TokenKind::RightDelimiter)?;
        let outer = std::mem::replace(&mut self.frame, Frame::new());
        let (root, end) = self.deeper(Self::block)?;
        if !matches!(end, Item::End) {
            self.frame = outer;
            return Err(self.fail(format_args!("unexpected {} in {CONTEXT}", end.describe())));
        }
        self.define(name.clone(), root)?;
        self.frame = outer;
        Ok(Statement::Template { at: token.at, name, pipe: Some(pipe) })
    }

    fn template_control(&mut self) -> Result<Statement, Error> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let next = self.next_non_space();
        if next.kind == TokenKind::RightDelimiter {
            return Ok(Statement::Template { at: token.at, name, pipe: None });
        }
        self.back(next);
        let pipe = self.pipeline(CONTEXT, TokenKind::RightDelimiter)?;
        Ok(Statement::Template { at: token.at, name, pipe: Some(pipe) })
    }
}
