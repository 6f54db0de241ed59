//! Execution: walks a tree with data and writes the output.
//!
//! Refuses what Go refuses at run time, with its wording; and every step beyond the budget. Control flow is a value,
//! not a panic; the place of an error is the node that was looked at last, as in Go.

mod argument;
mod builtin;
mod call;
mod collection;
mod comparison;
mod evaluate;
mod field;
mod slot;
mod walk;

pub(crate) use builtin::Builtin;

use crate::error::{Error, Location};
use crate::format::quote_bytes;
use crate::limits::Environment;
use crate::set::{Set, Template};
use crate::tree::{Block, Node};
use crate::value::{Text, Value};

use slot::Slot;

/// Executes a template of a set.
pub(crate) fn execute(
    set: &Set,
    template: &Template,
    data: &Value,
    environment: &Environment<'_>,
) -> Result<Vec<u8>, Error> {
    let dollar = Slot::root(data);
    let mut state = State {
        set,
        environment,
        template,
        out: Vec::new(),
        variables: vec![(Text::constant("$"), dollar.clone())],
        base: 0,
        at: None,
    };
    environment.budget.enter()?;
    let result = crate::stack::grow(|| state.block(&dollar, template.root()));
    environment.budget.leave();
    result.map(|_| state.out)
}

/// How many places a broken limit tells.
const MOST_PLACES: usize = 10;

/// Cuts an action that is longer than anybody reads.
fn shortened(mut action: String) -> String {
    const LONGEST: usize = 16 << 10;
    if action.len() > LONGEST {
        action.truncate(action.floor_char_boundary(LONGEST));
        action.push_str("...");
    }
    action
}

/// What is going on.
struct State<'s> {
    set: &'s Set,
    environment: &'s Environment<'s>,
    template: &'s Template,
    out: Vec<u8>,
    /// All variables; those of the current template start at `base`.
    variables: Vec<(Text, Slot)>,
    base: usize,
    /// The node looked at last.
    at: Option<Node<'s>>,
}

/// Where execution goes after a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

impl<'s> State<'s> {
    /// An error at the current node.
    fn fail(&self, message: impl std::fmt::Display) -> Error {
        self.fail_with(message, None)
    }

    fn fail_with(&self, message: impl std::fmt::Display, cause: Option<Error>) -> Error {
        match cause {
            // A broken limit tells the innermost places; all thousand would make a message without end.
            Some(cause) if cause.is_limit() && cause.depth() > MOST_PLACES => cause,
            cause => Error::execute(self.location(), message, cause),
        }
    }

    /// Wraps a broken limit with the place where it broke.
    fn limit(&self, cause: Error) -> Error {
        self.fail_with("", Some(cause))
    }

    fn location(&self) -> Location {
        let source = self.template.source();
        let position = self.at.map_or(0, Node::position) as usize;
        let before = &source.text[..position.min(source.text.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |index| index + 1);
        Location {
            template: source.name.clone(),
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
            column: position - line_start,
            action: self.at.map(|node| shortened(node.print(source))).unwrap_or_default(),
            executing: self.template.name().to_owned(),
        }
    }

    fn step(&self) -> Result<(), Error> {
        self.environment.budget.step(1).map_err(|cause| self.limit(cause))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.environment.budget.write(bytes.len()).map_err(|cause| self.limit(cause))?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn block(&mut self, dot: &Slot, block: &'s Block) -> Result<Flow, Error> {
        for statement in block {
            let flow = self.statement(dot, statement)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn variable(&self, name: &Text) -> Result<Slot, Error> {
        let visible = &self.variables[self.base..];
        match visible.iter().rev().find(|(known, _)| known == name) {
            Some((_, slot)) => Ok(slot.clone()),
            None => Err(self.fail(format_args!("undefined variable: {name}"))),
        }
    }

    fn assign(&mut self, name: &Text, slot: Slot) -> Result<(), Error> {
        let visible = &mut self.variables[self.base..];
        match visible.iter_mut().rev().find(|(known, _)| known == name) {
            Some(place) => {
                place.1 = slot;
                Ok(())
            }
            None => Err(self.fail(format_args!("undefined variable: {name}"))),
        }
    }

    /// Runs another template with its own variables.
    fn call_template(&mut self, name: &Text, dot: &Slot) -> Result<(), Error> {
        let set = self.set;
        let found = name.as_str().and_then(|name| set.get(name));
        let Some(template) = found else {
            return Err(self.fail(format_args!("template {} not defined", quote_bytes(name.as_bytes()))));
        };
        self.environment.budget.enter().map_err(|cause| self.limit(cause))?;
        let (outer, base, at) = (self.template, self.base, self.at);
        self.template = template;
        self.base = self.variables.len();
        self.variables.push((Text::constant("$"), dot.clone()));
        let result = crate::stack::grow(|| self.block(dot, template.root()));
        self.variables.truncate(self.base);
        (self.template, self.base, self.at) = (outer, base, at);
        self.environment.budget.leave();
        result.map(|_| ())
    }
}
