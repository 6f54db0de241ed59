//! The built-in functions that see where values came from: logic, comparison, collections, `call`.

use super::State;
use super::slot::Slot;
use crate::error::Error;
use crate::function::{Call, Signature};
use crate::tree::{Node, Operand};
use crate::value::{Kind, Type, Value};

/// A built-in function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    And,
    Or,
    Not,
    Call,
    Index,
    Slice,
    Len,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Builtin {
    const ALL: [Self; 13] = [
        Self::And,
        Self::Or,
        Self::Not,
        Self::Call,
        Self::Index,
        Self::Slice,
        Self::Len,
        Self::Eq,
        Self::Ne,
        Self::Lt,
        Self::Le,
        Self::Gt,
        Self::Ge,
    ];

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|builtin| builtin.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
            Self::Not => "not",
            Self::Call => "call",
            Self::Index => "index",
            Self::Slice => "slice",
            Self::Len => "len",
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Lt => "lt",
            Self::Le => "le",
            Self::Gt => "gt",
            Self::Ge => "ge",
        }
    }

    fn signature(self) -> Signature {
        const ONE: Signature = Signature::fixed(&[Type::Reflect]);
        const TWO: Signature = Signature::fixed(&[Type::Reflect, Type::Reflect]);
        const MORE: Signature = Signature::variadic(&[Type::Reflect, Type::Reflect]);
        match self {
            Self::Not | Self::Len => ONE,
            Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => TWO,
            Self::And | Self::Or | Self::Call | Self::Index | Self::Slice | Self::Eq => MORE,
        }
    }
}

impl<'s> State<'s> {
    pub(super) fn builtin(
        &mut self,
        dot: &Slot,
        builtin: Builtin,
        node: Node<'s>,
        operands: &'s [Operand],
        last: Option<Slot>,
    ) -> Result<Slot, Error> {
        self.check_count(builtin.name(), &builtin.signature(), operands.len(), last.is_some())?;
        if matches!(builtin, Builtin::And | Builtin::Or) {
            return self.logic(dot, builtin == Builtin::Or, operands, last);
        }
        let mut slots = Vec::with_capacity(operands.len() + usize::from(last.is_some()));
        for operand in operands {
            slots.push(self.reflected(dot, operand)?);
        }
        slots.extend(last);
        let cost = slots.iter().map(|slot| cost(builtin, slot)).sum();
        self.environment.budget.step(cost).map_err(|cause| self.limit(cause))?;
        let result = match builtin {
            Builtin::Call => self.call_value(&slots, operands),
            _ => apply(builtin, slots),
        };
        result.map_err(|cause| {
            self.at = Some(node);
            self.calling(builtin.name(), cause)
        })
    }

    /// Evaluates an operand with all that is known about it.
    fn reflected(&mut self, dot: &Slot, operand: &'s Operand) -> Result<Slot, Error> {
        match operand {
            Operand::Nil(_) => {
                self.at = Some(Node::Operand(operand));
                Ok(Slot::Absent)
            }
            Operand::Bool(..) | Operand::Number(..) | Operand::Text(..) => {
                self.constant(operand).map(Slot::Plain)
            }
            _ => self.operand(dot, operand),
        }
    }

    /// `and` and `or` stop at the first operand that decides; a piped value comes last.
    fn logic(
        &mut self,
        dot: &Slot,
        decisive: bool,
        operands: &'s [Operand],
        last: Option<Slot>,
    ) -> Result<Slot, Error> {
        let mut slot = Slot::Absent;
        for operand in operands {
            slot = self.reflected(dot, operand)?;
            if slot.is_true() == decisive {
                return Ok(slot);
            }
        }
        Ok(last.unwrap_or(slot))
    }

    fn call_value(&self, slots: &[Slot], operands: &'s [Operand]) -> Result<Slot, Error> {
        let source = self.template.source();
        let (callee, arguments) = slots.split_first().ok_or_else(|| Error::message("call of nil"))?;
        let name = match (operands.first(), callee.value()) {
            (Some(operand), _) => Node::Operand(operand).print(source),
            (None, Value::Text(text)) => text.to_string(),
            (None, _) => format!("<{} Value>", callee.type_name()),
        };
        let function = match callee.value() {
            Value::Nil => return Err(Error::message("call of nil")),
            Value::Function(function) => function,
            other => {
                let of = other.type_of().map(|of| of.to_string()).unwrap_or_default();
                return Err(Error::message(format!("non-function {name} of type {of}")));
            }
        };
        let values = prepare(&name, &function.signature, arguments)?;
        (function.body)(&Call::new(self.set, self.environment), &values).map(Slot::result)
    }
}

/// Checks the arguments of a function value.
fn prepare(name: &str, signature: &Signature, arguments: &[Slot]) -> Result<Vec<Value>, Error> {
    let wanted = signature.parameters.len();
    let got = arguments.len();
    if signature.variadic && got + 1 < wanted {
        let least = wanted - 1;
        return Err(Error::message(format!(
            "wrong number of args for {name}: got {got} want at least {least}"
        )));
    }
    if !signature.variadic && got != wanted {
        return Err(Error::message(format!("wrong number of args for {name}: got {got} want {wanted}")));
    }
    let prepare = |(index, slot): (usize, &Slot)| {
        let of = signature.parameter(index);
        let prepared = super::collection::prepared(slot, of);
        prepared.map_err(|cause| Error::message(format!("arg {index}: {cause}")))
    };
    arguments.iter().enumerate().map(prepare).collect()
}

/// How many steps it takes to look at an argument: what compares or copies it takes more the longer it is.
fn cost(builtin: Builtin, slot: &Slot) -> u64 {
    const BYTES_A_STEP: u64 = 64;
    let bytes = match (builtin, slot.value()) {
        (Builtin::Index | Builtin::Len | Builtin::Not | Builtin::Call, _) => 0,
        (_, Value::Text(text)) => text.len() as u64,
        (Builtin::Slice, Value::Bytes(bytes)) => bytes.len() as u64,
        (Builtin::Slice, Value::List(list)) => list.len() as u64 * BYTES_A_STEP / 4,
        _ => 0,
    };
    1 + bytes / BYTES_A_STEP
}

fn apply(builtin: Builtin, slots: Vec<Slot>) -> Result<Slot, Error> {
    use super::{collection, comparison};
    let mut slots = slots.into_iter();
    let first = slots.next().unwrap_or(Slot::Absent);
    let rest: Vec<Slot> = slots.collect();
    let second = rest.first().unwrap_or(&Slot::Absent);
    let truth = match builtin {
        Builtin::Index => return collection::index(first, &rest),
        Builtin::Slice => return collection::slice(&first, &rest),
        Builtin::Len => return collection::len(&first).map(Slot::Plain),
        Builtin::Not => !first.is_true(),
        Builtin::Eq => comparison::equal(&first, &rest)?,
        Builtin::Ne => !comparison::equal(&first, &rest)?,
        Builtin::Lt => comparison::less(&first, second)?,
        Builtin::Le => comparison::less(&first, second)? || comparison::equal(&first, &rest)?,
        Builtin::Gt => !(comparison::less(&first, second)? || comparison::equal(&first, &rest)?),
        Builtin::Ge => !comparison::less(&first, second)?,
        Builtin::And | Builtin::Or | Builtin::Call => return Ok(Slot::Absent),
    };
    Ok(Slot::Plain(Value::Bool(truth)))
}

/// The kind of a value that is not wrapped, for comparisons.
pub(super) fn kind_of(slot: &Slot) -> Kind {
    slot.value().kind()
}
