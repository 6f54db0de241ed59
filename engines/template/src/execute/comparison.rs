//! `eq` and `lt`, from which the other comparisons follow.

use super::builtin::kind_of;
use super::slot::Slot;
use crate::error::Error;
use crate::format::printf;
use crate::value::{Kind, Text, Value};

/// What can be compared with each other: all widths of a kind of number are one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basic {
    Bool,
    Complex,
    Int,
    Float,
    Text,
    Uint,
    Other,
}

fn basic(slot: &Slot) -> Basic {
    match kind_of(slot) {
        Kind::Bool => Basic::Bool,
        Kind::Complex => Basic::Complex,
        Kind::Int(_) => Basic::Int,
        Kind::Float(_) => Basic::Float,
        Kind::String => Basic::Text,
        Kind::Uint(_) => Basic::Uint,
        _ => Basic::Other,
    }
}

/// The plain value of a named number or string.
fn plain(slot: &Slot) -> Value {
    match slot.value() {
        Value::Object(object) => object.underlying().unwrap_or_else(|| slot.value().clone()),
        other => other.clone(),
    }
}

/// `eq`: whether the first equals any of the others.
pub(super) fn equal(first: &Slot, others: &[Slot]) -> Result<bool, Error> {
    if others.is_empty() {
        return Err(Error::message("missing argument for comparison"));
    }
    for other in others {
        if equals(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equals(first: &Slot, other: &Slot) -> Result<bool, Error> {
    let kinds = (basic(first), basic(other));
    match (&plain(first), &plain(other)) {
        (Value::Int(_, a), Value::Uint(_, b)) | (Value::Uint(_, b), Value::Int(_, a)) => {
            Ok(u64::try_from(*a).is_ok_and(|a| a == *b))
        }
        (Value::Nil, _) | (_, Value::Nil) if kinds.0 != kinds.1 => Ok(false),
        (a, b) if kinds.0 != kinds.1 => Err(incompatible(a, b)),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Complex(a), Value::Complex(b)) => Ok(**a == **b),
        (Value::Float(_, a), Value::Float(_, b)) => Ok(a == b),
        (Value::Int(_, a), Value::Int(_, b)) => Ok(a == b),
        (Value::Uint(_, a), Value::Uint(_, b)) => Ok(a == b),
        (Value::Text(a), Value::Text(b)) => Ok(a == b),
        _ => equals_other(first.value(), other.value()),
    }
}

fn incompatible(a: &Value, b: &Value) -> Error {
    Error::message(format!("incompatible types for comparison: {} and {}", name(a), name(b)))
}

fn name(value: &Value) -> String {
    value.type_of().map(|of| of.to_string()).unwrap_or_default()
}

/// Values that are no numbers, strings or booleans: only nil and identity can be told.
fn equals_other(a: &Value, b: &Value) -> Result<bool, Error> {
    let kinds = (a.kind(), b.kind());
    let nil = |value: &Value| match value {
        Value::Nil => true,
        Value::List(list) => list.is_nil(),
        Value::Map(map) => map.is_nil(),
        _ => false,
    };
    if kinds.0 != kinds.1 && kinds.0 != Kind::Invalid && kinds.1 != Kind::Invalid {
        let (left, right) = (shown("%s", a)?, shown("%v", b)?);
        let (a, b) = (name(a), name(b));
        return Err(Error::message(format!("non-comparable types {left}: {a}, {b}: {right}")));
    }
    if nil(a) || nil(b) {
        return Ok(nil(a) == nil(b));
    }
    match (a, b) {
        (Value::Object(left), Value::Object(right)) if right.is_comparable() => {
            Ok(std::rc::Rc::ptr_eq(left, right) || left.is_equal(right.as_any()))
        }
        _ => Err(Error::message(format!("non-comparable type {}: {}", shown("%s", b)?, name(b)))),
    }
}

fn shown(format: &'static str, value: &Value) -> Result<Text, Error> {
    printf(&Text::constant(format), std::slice::from_ref(value), 1 << 20)
}

/// `lt`.
pub(super) fn less(first: &Slot, second: &Slot) -> Result<bool, Error> {
    let kinds = (basic(first), basic(second));
    let bad = || Error::message("invalid type for comparison");
    if kinds.0 == Basic::Other || kinds.1 == Basic::Other {
        return Err(bad());
    }
    match (&plain(first), &plain(second)) {
        (Value::Int(_, a), Value::Uint(_, b)) => Ok(u64::try_from(*a).map_or(true, |a| a < *b)),
        (Value::Uint(_, a), Value::Int(_, b)) => Ok(u64::try_from(*b).is_ok_and(|b| *a < b)),
        (a, b) if kinds.0 != kinds.1 => Err(incompatible(a, b)),
        (Value::Float(_, a), Value::Float(_, b)) => Ok(a < b),
        (Value::Int(_, a), Value::Int(_, b)) => Ok(a < b),
        (Value::Uint(_, a), Value::Uint(_, b)) => Ok(a < b),
        (Value::Text(a), Value::Text(b)) => Ok(a < b),
        _ => Err(bad()),
    }
}
