//! Pipelines, commands and operands as values.

use super::State;
use super::slot::Slot;
use crate::error::Error;
use crate::tree::{Command, Node, Number, Operand, Pipe};
use crate::value::{Text, Value};

impl<'s> State<'s> {
    /// Evaluates a pipeline and sets the variables it declares or assigns.
    pub(super) fn pipe(&mut self, dot: &Slot, pipe: &'s Pipe) -> Result<Slot, Error> {
        self.at = Some(Node::Pipe(pipe));
        let mut last = None;
        for command in &pipe.commands {
            last = Some(self.command(dot, command, last.take())?.unwrapped());
        }
        let slot = last.unwrap_or(Slot::Absent);
        for variable in &pipe.variables {
            if pipe.assigns {
                self.assign(variable, slot.clone())?;
            } else {
                self.variables.push((variable.clone(), slot.clone()));
            }
        }
        Ok(slot)
    }

    fn nested_pipe(&mut self, dot: &Slot, pipe: &'s Pipe) -> Result<Slot, Error> {
        crate::stack::grow(|| self.pipe(dot, pipe))
    }

    fn command(&mut self, dot: &Slot, command: &'s Command, last: Option<Slot>) -> Result<Slot, Error> {
        let operands = &command.operands[..];
        let first = &operands[0];
        match first {
            Operand::Field(_, names) => {
                self.at = Some(Node::Operand(first));
                self.fields(dot, dot.clone(), first, names, Some((operands, last)))
            }
            Operand::Chain(_, inner, names) => {
                self.at = Some(Node::Operand(first));
                let receiver = self.chain_start(dot, inner)?;
                self.fields(dot, receiver, first, names, Some((operands, last)))
            }
            Operand::Function(_, callee) => {
                self.at = Some(Node::Operand(first));
                self.callee(dot, *callee, Node::Command(command), &operands[1..], last)
            }
            Operand::Pipe(pipe) => {
                self.refuse_arguments(operands, last.as_ref())?;
                self.nested_pipe(dot, pipe)
            }
            Operand::Variable(_, name, names) => {
                self.at = Some(Node::Operand(first));
                let receiver = self.variable(name)?;
                if names.is_empty() {
                    self.refuse_arguments(operands, last.as_ref())?;
                    return Ok(receiver);
                }
                self.fields(dot, receiver, first, names, Some((operands, last)))
            }
            _ => {
                self.at = Some(Node::Operand(first));
                self.refuse_arguments(operands, last.as_ref())?;
                self.constant_command(dot, first)
            }
        }
    }

    fn constant_command(&mut self, dot: &Slot, operand: &'s Operand) -> Result<Slot, Error> {
        match operand {
            Operand::Dot(_) => Ok(dot.clone()),
            Operand::Nil(_) => Err(self.fail("nil is not a command")),
            _ => self.constant(operand).map(Slot::Plain),
        }
    }

    /// The value of a literal where no type is asked for.
    pub(super) fn constant(&mut self, operand: &'s Operand) -> Result<Value, Error> {
        self.at = Some(Node::Operand(operand));
        match operand {
            Operand::Bool(_, value) => Ok(Value::Bool(*value)),
            Operand::Text(_, text, _) => Ok(Value::Text(text.clone())),
            Operand::Number(_, number) => {
                ideal(number).ok_or_else(|| self.fail(format_args!("{} overflows int", number.text)))
            }
            _ => Err(self.fail("can't evaluate command")),
        }
    }

    fn refuse_arguments(&self, operands: &'s [Operand], last: Option<&Slot>) -> Result<(), Error> {
        if operands.len() > 1 || last.is_some() {
            let first = Node::Operand(&operands[0]).print(self.template.source());
            return Err(self.fail(format_args!("can't give argument to non-function {first}")));
        }
        Ok(())
    }

    /// What stands before the fields of a chain.
    fn chain_start(&mut self, dot: &Slot, operand: &'s Operand) -> Result<Slot, Error> {
        self.at = Some(Node::Operand(operand));
        match operand {
            Operand::Pipe(pipe) => self.nested_pipe(dot, pipe),
            Operand::Function(_, callee) => self.callee(dot, *callee, Node::Operand(operand), &[], None),
            _ => self.operand(dot, operand),
        }
    }

    /// Evaluates an operand that is no literal: as an argument.
    pub(super) fn operand(&mut self, dot: &Slot, operand: &'s Operand) -> Result<Slot, Error> {
        self.at = Some(Node::Operand(operand));
        match operand {
            Operand::Dot(_) => Ok(dot.clone()),
            Operand::Field(_, names) => self.fields(dot, dot.clone(), operand, names, None),
            Operand::Variable(_, name, names) => {
                let receiver = self.variable(name)?;
                self.fields(dot, receiver, operand, names, None)
            }
            Operand::Pipe(pipe) => self.nested_pipe(dot, pipe),
            Operand::Function(_, callee) => self.callee(dot, *callee, Node::Operand(operand), &[], None),
            Operand::Chain(_, inner, names) => {
                let receiver = self.chain_start(dot, inner)?;
                self.fields(dot, receiver, operand, names, None)
            }
            _ => self.constant(operand).map(Slot::Plain),
        }
    }
}

/// The type that a number's spelling asks for; `None` if it does not fit.
fn ideal(number: &Number) -> Option<Value> {
    if let Some(parts) = number.complex {
        return Some(Value::Complex(std::rc::Rc::new(parts)));
    }
    match (number.float, number.int) {
        (Some(float), _) if spelled_as_float(&number.text) => Some(Value::float(float)),
        (_, Some(int)) => Some(Value::int(int)),
        _ => None,
    }
}

/// Whether a number is written as a float, which hexadecimal integers and characters never are.
fn spelled_as_float(text: &Text) -> bool {
    let bytes = text.as_bytes();
    let has = |set: &[u8]| bytes.iter().any(|byte| set.contains(byte));
    let hexadecimal = bytes.len() > 2 && bytes[0] == b'0' && matches!(bytes[1], b'x' | b'X') && !has(b"pP");
    !hexadecimal && bytes.first() != Some(&b'\'') && has(b".eEpP")
}
