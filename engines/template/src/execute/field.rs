//! Fields: keys of maps, fields of structs, methods.

use super::State;
use super::slot::Slot;
use crate::error::Error;
use crate::format::quote_bytes;
use crate::set::MissingKey;
use crate::tree::{Node, Operand};
use crate::value::{Kind, Map, Text, Value};

/// The arguments of the last field of a chain: the command's operands, and the value piped in.
type Arguments<'s> = (&'s [Operand], Option<Slot>);

impl<'s> State<'s> {
    /// Walks a chain of fields; the last one may be a method with arguments.
    pub(super) fn fields(
        &mut self,
        dot: &Slot,
        mut receiver: Slot,
        operand: &'s Operand,
        names: &'s [Text],
        arguments: Option<Arguments<'s>>,
    ) -> Result<Slot, Error> {
        let Some((last, before)) = names.split_last() else { return Ok(receiver) };
        for name in before {
            receiver = self.field(dot, &receiver, operand, name, None)?;
        }
        self.field(dot, &receiver, operand, last, arguments)
    }

    fn field(
        &mut self,
        dot: &Slot,
        receiver: &Slot,
        operand: &'s Operand,
        name: &'s Text,
        arguments: Option<Arguments<'s>>,
    ) -> Result<Slot, Error> {
        match receiver.value() {
            Value::Nil => self.field_of_nothing(receiver, name),
            Value::Map(map) => {
                self.refuse_call(name, arguments.as_ref(), "is not a method but has arguments")?;
                self.key(map, name)
            }
            Value::Object(_) => self.member(dot, receiver, operand, name, arguments),
            _ => Err(self.no_field(receiver, name)),
        }
    }

    fn field_of_nothing(&self, receiver: &Slot, name: &Text) -> Result<Slot, Error> {
        match receiver {
            Slot::Absent if self.set.missing_key() == MissingKey::Error => {
                let name = quote_bytes(name.as_bytes());
                Err(self.fail(format_args!("nil data; no entry for key {name}")))
            }
            Slot::Absent => Ok(Slot::Absent),
            _ => Err(self.fail(format_args!("nil pointer evaluating {}.{name}", receiver.type_name()))),
        }
    }

    fn no_field(&self, receiver: &Slot, name: &Text) -> Error {
        self.fail(format_args!("can't evaluate field {name} in type {}", receiver.type_name()))
    }

    fn refuse_call(&self, name: &Text, arguments: Option<&Arguments<'s>>, why: &str) -> Result<(), Error> {
        match arguments {
            Some((operands, last)) if operands.len() > 1 || last.is_some() => {
                Err(self.fail(format_args!("{name} {why}")))
            }
            _ => Ok(()),
        }
    }

    fn key(&self, map: &Map, name: &Text) -> Result<Slot, Error> {
        let of = map.type_of().element();
        match (map.get(name.as_bytes()), self.set.missing_key()) {
            (Some(value), _) => Ok(Slot::element(value, of)),
            (None, MissingKey::Invalid) => Ok(Slot::Absent),
            (None, MissingKey::Zero) => Ok(Slot::zero(of)),
            (None, MissingKey::Error) => {
                let name = quote_bytes(name.as_bytes());
                Err(self.fail(format_args!("map has no entry for key {name}")))
            }
        }
    }

    fn member(
        &mut self,
        dot: &Slot,
        receiver: &Slot,
        operand: &'s Operand,
        name: &'s Text,
        arguments: Option<Arguments<'s>>,
    ) -> Result<Slot, Error> {
        let Value::Object(object) = receiver.value() else { return Err(self.no_field(receiver, name)) };
        let key = name.as_str().unwrap_or_default();
        if let Some(method) = object.method(key) {
            let (operands, last) = arguments.unwrap_or((&[], None));
            let operands = operands.get(1..).unwrap_or_default();
            let values = self.arguments(dot, method.name, &method.signature, operands, last)?;
            self.step()?;
            let call = crate::function::Call::new(self.set, self.environment);
            let result = crate::stack::grow(|| (method.body)(&call, receiver.value(), &values));
            return result.map(Slot::result).map_err(|cause| {
                self.at = Some(Node::Operand(operand));
                self.calling(method.name, cause)
            });
        }
        if let Some(Value::Map(map)) = object.underlying() {
            self.refuse_call(name, arguments.as_ref(), "is not a method but has arguments")?;
            return self.key(&map, name);
        }
        match object.field(key).filter(|_| matches!(object.type_of().kind(), Kind::Struct | Kind::Pointer)) {
            Some(value) => {
                let why = "has arguments but cannot be invoked as function";
                self.refuse_call(name, arguments.as_ref(), why)?;
                Ok(Slot::result(value))
            }
            None => Err(self.no_field(receiver, name)),
        }
    }
}
