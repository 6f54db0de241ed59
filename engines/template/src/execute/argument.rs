//! One argument for a parameter of a type.

use super::State;
use super::slot::{Slot, zero};
use crate::error::Error;
use crate::tree::{Node, Operand};
use crate::value::{Kind, Type, Value};

impl<'s> State<'s> {
    /// Evaluates an operand for a parameter.
    pub(super) fn argument(&mut self, dot: &Slot, of: Type, operand: &'s Operand) -> Result<Value, Error> {
        match operand {
            Operand::Nil(_) => {
                self.at = Some(Node::Operand(operand));
                match can_be_nil(of) {
                    true => Ok(zero(of)),
                    false => Err(self.fail(format_args!("cannot assign nil to {of}"))),
                }
            }
            Operand::Bool(..) | Operand::Number(..) | Operand::Text(..) => self.literal(of, operand),
            _ => {
                let slot = self.operand(dot, operand)?;
                self.checked(slot, of)
            }
        }
    }

    /// A literal takes the parameter's type if it can.
    fn literal(&mut self, of: Type, operand: &'s Operand) -> Result<Value, Error> {
        if of == Type::Any {
            return self.constant(operand);
        }
        self.at = Some(Node::Operand(operand));
        let (value, expected) = match (of.kind(), operand) {
            (Kind::Bool, Operand::Bool(_, value)) => return Ok(Value::Bool(*value)),
            (Kind::String, Operand::Text(_, text, _)) => return Ok(Value::Text(text.clone())),
            (Kind::Bool, _) => (None, "bool"),
            (Kind::String, _) => (None, "string"),
            (kind, operand) => number_for(kind, operand),
        };
        let literal = || Node::Operand(operand).print(self.template.source());
        match value {
            Some(value) => Ok(value),
            None if expected.is_empty() => {
                Err(self.fail(format_args!("can't handle {} for arg of type {of}", literal())))
            }
            None => Err(self.fail(format_args!("expected {expected}; found {}", literal()))),
        }
    }

    /// Checks that a value can be assigned to a parameter.
    pub(super) fn checked(&self, slot: Slot, of: Type) -> Result<Value, Error> {
        match slot {
            Slot::Absent if can_be_nil(of) => Ok(zero(of)),
            Slot::Absent => Err(self.fail(format_args!("invalid value; expected {of}"))),
            Slot::Interface(Value::Nil) if of == Type::Any => Ok(Value::Nil),
            Slot::Interface(Value::Nil) => Err(self.wrong_type(of, &Type::Any.to_string())),
            Slot::Plain(value) | Slot::Interface(value) => self.assigned(value, of),
        }
    }

    fn assigned(&self, value: Value, of: Type) -> Result<Value, Error> {
        let Some(actual) = value.type_of() else { return Ok(value) };
        if of == Type::Any || actual == of {
            return Ok(value);
        }
        if !is_assignable(actual, of) {
            return Err(self.wrong_type(of, &actual.to_string()));
        }
        match &value {
            Value::Object(object) => Ok(object.underlying().unwrap_or(value)),
            _ => Ok(value),
        }
    }

    fn wrong_type(&self, of: Type, actual: &str) -> Error {
        self.fail(format_args!("wrong type for value; expected {of}; got {actual}"))
    }
}

/// The number for a kind, and what the kind expects.
fn number_for(kind: Kind, operand: &Operand) -> (Option<Value>, &'static str) {
    let number = match operand {
        Operand::Number(_, number) => Some(number),
        _ => None,
    };
    match kind {
        Kind::Int(kind) => (number.and_then(|n| n.int).map(|n| Value::Int(kind, kind.wrap(n))), "integer"),
        Kind::Uint(kind) => {
            (number.and_then(|n| n.uint).map(|n| Value::Uint(kind, kind.wrap(n))), "unsigned integer")
        }
        Kind::Float(kind) => (number.and_then(|n| n.float).map(|n| Value::Float(kind, n)), "float"),
        Kind::Complex => {
            let value = number.and_then(|n| n.complex).map(|n| Value::Complex(std::rc::Rc::new(n)));
            (value, "complex")
        }
        _ => (None, ""),
    }
}

/// Whether nil can be a value of this type.
fn can_be_nil(of: Type) -> bool {
    of == Type::Reflect
        || matches!(of.kind(), Kind::Func | Kind::Interface | Kind::Map | Kind::Pointer | Kind::Slice)
}

/// Whether a value of one type can be assigned to another: both made of the same, and not both with names.
fn is_assignable(actual: Type, of: Type) -> bool {
    let named = |of| matches!(of, Type::Named(_));
    let composite = |of: Type| matches!(of.kind(), Kind::Map | Kind::Slice);
    !(named(actual) && named(of))
        && (named(actual) || named(of))
        && composite(actual)
        && actual.kind() == of.kind()
        && actual.element() == of.element()
}
