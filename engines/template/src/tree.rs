//! The parse tree: what a template's text means, ready for execution and shared between threads.
//!
//! Functions are resolved, names are shared texts, literal text is a range of the source. A node prints as the action
//! that Go shows in its errors. Refuses nothing: the parser only makes trees that are well formed.

use std::fmt;
use std::sync::Arc;

use crate::execute::Builtin;
use crate::format::quote_bytes;
use crate::function::Function;
use crate::value::Text;

/// A byte offset in the source.
pub(crate) type Position = u32;

/// The text that trees were parsed from.
pub(crate) struct Source {
    /// The name under which it was parsed.
    pub(crate) name: String,
    pub(crate) text: Vec<u8>,
}

/// A sequence of statements.
pub(crate) type Block = Vec<Statement>;

pub(crate) enum Statement {
    /// Literal text, a range of the source.
    Text(Position, Position),
    Action {
        at: Position,
        pipe: Pipe,
    },
    Branch(Box<Branch>),
    Template {
        at: Position,
        name: Text,
        pipe: Option<Pipe>,
    },
    Break(Position),
    Continue(Position),
}

/// `if`, `with` and `range`.
pub(crate) struct Branch {
    pub(crate) kind: BranchKind,
    pub(crate) at: Position,
    pub(crate) pipe: Pipe,
    pub(crate) body: Block,
    pub(crate) otherwise: Option<Block>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BranchKind {
    If,
    With,
    Range,
}

/// Commands whose results feed each other, and the variables that take the last result.
pub(crate) struct Pipe {
    pub(crate) at: Position,
    pub(crate) assigns: bool,
    pub(crate) variables: Vec<Text>,
    pub(crate) commands: Vec<Command>,
}

/// An operand and its arguments.
pub(crate) struct Command {
    pub(crate) at: Position,
    /// Never empty.
    pub(crate) operands: Vec<Operand>,
}

pub(crate) enum Operand {
    Dot(Position),
    Nil(Position),
    Bool(Position, bool),
    Number(Position, Box<Number>),
    /// The text and its literal in the source.
    Text(Position, Text, Text),
    Field(Position, Box<[Text]>),
    Variable(Position, Text, Box<[Text]>),
    Function(Position, Callee),
    Pipe(Box<Pipe>),
    Chain(Position, Box<Operand>, Box<[Text]>),
}

/// What an identifier calls.
#[derive(Clone, Copy)]
pub(crate) enum Callee {
    Function(&'static Function),
    Builtin(Builtin),
}

/// A number under every type that can hold it, as Go's untyped constants.
#[derive(Clone, Default)]
pub(crate) struct Number {
    pub(crate) text: Text,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

/// A place in a tree, for errors.
#[derive(Clone, Copy)]
pub(crate) enum Node<'t> {
    Statement(&'t Statement),
    Branch(&'t Branch),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Operand(&'t Operand),
}

impl Callee {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Function(function) => function.name,
            Self::Builtin(builtin) => builtin.name(),
        }
    }
}

impl Operand {
    fn position(&self) -> Position {
        match self {
            Self::Dot(at)
            | Self::Nil(at)
            | Self::Bool(at, _)
            | Self::Number(at, _)
            | Self::Text(at, ..)
            | Self::Field(at, _)
            | Self::Variable(at, ..)
            | Self::Function(at, _)
            | Self::Chain(at, ..) => *at,
            Self::Pipe(pipe) => pipe.at,
        }
    }
}

impl Node<'_> {
    pub(crate) fn position(self) -> Position {
        match self {
            Self::Statement(statement) => match statement {
                Statement::Text(at, _) | Statement::Break(at) | Statement::Continue(at) => *at,
                Statement::Action { at, .. } | Statement::Template { at, .. } => *at,
                Statement::Branch(branch) => branch.at,
            },
            Self::Branch(branch) => branch.at,
            Self::Pipe(pipe) => pipe.at,
            Self::Command(command) => command.at,
            Self::Operand(operand) => operand.position(),
        }
    }

    /// Prints the node as Go does.
    pub(crate) fn print(self, source: &Arc<Source>) -> String {
        Printed { node: self, source }.to_string()
    }
}

/// A node and the source its text comes from.
struct Printed<'t> {
    node: Node<'t>,
    source: &'t Source,
}

impl fmt::Display for Printed<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.node {
            Node::Statement(statement) => print_statement(out, statement, self.source),
            Node::Branch(branch) => print_branch(out, branch, self.source),
            Node::Pipe(pipe) => print_pipe(out, pipe),
            Node::Command(command) => print_command(out, command),
            Node::Operand(operand) => print_operand(out, operand),
        }
    }
}

fn print_statement(out: &mut fmt::Formatter<'_>, statement: &Statement, source: &Source) -> fmt::Result {
    match statement {
        Statement::Text(start, end) => {
            out.write_str(&String::from_utf8_lossy(&source.text[*start as usize..*end as usize]))
        }
        Statement::Action { pipe, .. } => {
            out.write_str("{{")?;
            print_pipe(out, pipe)?;
            out.write_str("}}")
        }
        Statement::Branch(branch) => print_branch(out, branch, source),
        Statement::Template { name, pipe, .. } => {
            write!(out, "{{{{template {}", quote_bytes(name.as_bytes()))?;
            if let Some(pipe) = pipe {
                out.write_str(" ")?;
                print_pipe(out, pipe)?;
            }
            out.write_str("}}")
        }
        Statement::Break(_) => out.write_str("{{break}}"),
        Statement::Continue(_) => out.write_str("{{continue}}"),
    }
}

fn print_branch(out: &mut fmt::Formatter<'_>, branch: &Branch, source: &Source) -> fmt::Result {
    let name = match branch.kind {
        BranchKind::If => "if",
        BranchKind::With => "with",
        BranchKind::Range => "range",
    };
    write!(out, "{{{{{name} ")?;
    print_pipe(out, &branch.pipe)?;
    out.write_str("}}")?;
    crate::stack::grow(|| print_block(out, &branch.body, source))?;
    if let Some(otherwise) = &branch.otherwise {
        out.write_str("{{else}}")?;
        crate::stack::grow(|| print_block(out, otherwise, source))?;
    }
    out.write_str("{{end}}")
}

fn print_block(out: &mut fmt::Formatter<'_>, block: &Block, source: &Source) -> fmt::Result {
    block.iter().try_for_each(|statement| print_statement(out, statement, source))
}

fn print_pipe(out: &mut fmt::Formatter<'_>, pipe: &Pipe) -> fmt::Result {
    for (index, variable) in pipe.variables.iter().enumerate() {
        write!(out, "{}{variable}", if index > 0 { ", " } else { "" })?;
    }
    if !pipe.variables.is_empty() {
        out.write_str(if pipe.assigns { " = " } else { " := " })?;
    }
    for (index, command) in pipe.commands.iter().enumerate() {
        out.write_str(if index > 0 { " | " } else { "" })?;
        print_command(out, command)?;
    }
    Ok(())
}

fn print_command(out: &mut fmt::Formatter<'_>, command: &Command) -> fmt::Result {
    for (index, operand) in command.operands.iter().enumerate() {
        out.write_str(if index > 0 { " " } else { "" })?;
        print_nested(out, operand)?;
    }
    Ok(())
}

/// Prints an operand with the parentheses that a pipeline needs inside others.
fn print_nested(out: &mut fmt::Formatter<'_>, operand: &Operand) -> fmt::Result {
    if let Operand::Pipe(pipe) = operand {
        out.write_str("(")?;
        crate::stack::grow(|| print_pipe(out, pipe))?;
        return out.write_str(")");
    }
    print_operand(out, operand)
}

fn print_operand(out: &mut fmt::Formatter<'_>, operand: &Operand) -> fmt::Result {
    match operand {
        Operand::Dot(_) => out.write_str("."),
        Operand::Nil(_) => out.write_str("nil"),
        Operand::Bool(_, value) => write!(out, "{value}"),
        Operand::Number(_, number) => write!(out, "{}", number.text),
        Operand::Text(_, _, literal) => write!(out, "{literal}"),
        Operand::Field(_, names) => print_names(out, names),
        Operand::Variable(_, name, names) => {
            write!(out, "{name}")?;
            print_names(out, names)
        }
        Operand::Function(_, callee) => out.write_str(callee.name()),
        Operand::Pipe(pipe) => print_pipe(out, pipe),
        Operand::Chain(_, operand, names) => {
            print_nested(out, operand)?;
            print_names(out, names)
        }
    }
}

fn print_names(out: &mut fmt::Formatter<'_>, names: &[Text]) -> fmt::Result {
    names.iter().try_for_each(|name| write!(out, ".{name}"))
}

/// Returns whether a block holds nothing but white space: such a definition replaces no other.
pub(crate) fn is_empty(block: &Block, source: &Source) -> bool {
    block.iter().all(|statement| match statement {
        Statement::Text(start, end) => {
            let text = String::from_utf8_lossy(&source.text[*start as usize..*end as usize]);
            text.chars().all(char::is_whitespace)
        }
        _ => false,
    })
}
