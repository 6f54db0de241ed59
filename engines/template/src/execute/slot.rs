//! A value together with what Go's reflection knows about where it came from.

use crate::value::{List, Map, Text, Type, Value};

/// A value at a place of a static type.
#[derive(Clone)]
pub(super) enum Slot {
    /// No value at all: a missing key, or what is left of a nil after a pipeline.
    Absent,
    /// A value of its own type; never [`Value::Nil`].
    Plain(Value),
    /// The content of an `interface {}`, which may be nil.
    Interface(Value),
}

impl Slot {
    /// The data that a template starts with.
    pub(super) fn root(data: &Value) -> Self {
        match data {
            Value::Nil => Self::Absent,
            other => Self::Plain(other.clone()),
        }
    }

    /// What a function or field gave.
    pub(super) fn result(value: Value) -> Self {
        match value {
            Value::Nil => Self::Interface(Value::Nil),
            other => Self::Plain(other),
        }
    }

    /// An element of a list or map with elements of a type.
    pub(super) fn element(value: Value, of: Type) -> Self {
        match of {
            Type::Any => Self::Interface(value),
            _ => Self::result(value),
        }
    }

    /// The zero value of a type.
    pub(super) fn zero(of: Type) -> Self {
        match zero(of) {
            Value::Nil => Self::Interface(Value::Nil),
            other => Self::Plain(other),
        }
    }

    /// Digs the content out of an interface; a nil one is gone.
    pub(super) fn unwrapped(self) -> Self {
        match self {
            Self::Interface(Value::Nil) => Self::Absent,
            Self::Interface(value) => Self::Plain(value),
            other => other,
        }
    }

    /// The value in place; nil if there is none.
    pub(super) fn value(&self) -> &Value {
        const NIL: &Value = &Value::Nil;
        match self {
            Self::Absent => NIL,
            Self::Plain(value) | Self::Interface(value) => value,
        }
    }

    /// The static type as Go names it.
    pub(super) fn type_name(&self) -> String {
        match self {
            Self::Interface(_) => Type::Any.to_string(),
            Self::Absent => "<nil>".to_owned(),
            Self::Plain(value) => value.type_of().map(|of| of.to_string()).unwrap_or_default(),
        }
    }

    pub(super) fn is_true(&self) -> bool {
        self.value().is_true()
    }
}

/// The zero value of a type.
pub(super) fn zero(of: Type) -> Value {
    use crate::value::Kind;
    match of.kind() {
        Kind::Bool => Value::Bool(false),
        Kind::Int(kind) => Value::Int(kind, 0),
        Kind::Uint(kind) => Value::Uint(kind, 0),
        Kind::Float(kind) => Value::Float(kind, 0.0),
        Kind::Complex => Value::Complex(std::rc::Rc::new((0.0, 0.0))),
        Kind::String => Value::Text(Text::EMPTY),
        Kind::Slice if of == Type::BYTES => Value::Bytes(std::rc::Rc::new([])),
        Kind::Slice => Value::List(List::nil(of)),
        Kind::Map => Value::Map(Map::nil(of)),
        Kind::Invalid | Kind::Func | Kind::Interface | Kind::Pointer | Kind::Struct => Value::Nil,
    }
}
