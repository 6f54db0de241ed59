//! Go's values as templates observe them: kinds, named types, nil, reference semantics of maps.
//!
//! Cloning any value is cheap. Lists and maps are shared handles: a mutation through one is seen through all, as
//! with Go's maps. Refuses: map keys other than strings.

pub(crate) mod cycles;
mod list;
mod map;
mod object;
mod text;
mod types;

pub use list::List;
pub use map::Map;
pub use object::{Method, Object};
pub use text::Text;
pub use types::{FloatKind, IntKind, Kind, Named, Type, UintKind};

use std::rc::Rc;

use crate::function::Function;

/// A Go value.
///
/// `Nil` is the untyped nil interface; nil lists and nil maps keep their types ([`List::is_nil`], [`Map::is_nil`]).
#[derive(Clone, Default)]
pub enum Value {
    /// `nil` without a type: an empty interface.
    #[default]
    Nil,
    /// A `bool`.
    Bool(bool),
    /// A signed integer of one of Go's widths; `int` for most.
    Int(IntKind, i64),
    /// An unsigned integer of one of Go's widths.
    Uint(UintKind, u64),
    /// A `float64` or `float32` (held as the `f64` of the same value).
    Float(FloatKind, f64),
    /// A `complex128`, real and imaginary part.
    Complex(Rc<(f64, f64)>),
    /// A `string`: bytes that are mostly UTF-8.
    Text(Text),
    /// A `[]byte`.
    Bytes(Rc<[u8]>),
    /// A slice of any other element type.
    List(List),
    /// A map with string keys.
    Map(Map),
    /// A function as a value, for `call`.
    Function(&'static Function),
    /// A value of a named type with fields or methods.
    Object(Rc<dyn Object>),
}

impl Value {
    /// A Go `int`.
    pub const fn int(value: i64) -> Self {
        Self::Int(IntKind::Int, value)
    }

    /// A Go `int64`.
    pub const fn int64(value: i64) -> Self {
        Self::Int(IntKind::Int64, value)
    }

    /// A Go `float64`.
    pub const fn float(value: f64) -> Self {
        Self::Float(FloatKind::Float64, value)
    }

    /// A Go `string` from a constant.
    pub const fn constant(value: &'static str) -> Self {
        Self::Text(Text::constant(value))
    }

    /// A Go `string`.
    pub fn text(value: impl Into<Text>) -> Self {
        Self::Text(value.into())
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(List::new(items))
    }

    /// A `[]string`.
    pub fn texts<T: Into<Text>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(List::of(&Type::String, items.into_iter().map(Self::text).collect()))
    }

    /// A value of a named type.
    pub fn object(object: impl Object) -> Self {
        Self::Object(Rc::new(object))
    }

    /// Returns the type that Go's `%T` names; `None` for the untyped nil.
    pub fn type_of(&self) -> Option<Type> {
        Some(match self {
            Self::Nil => return None,
            Self::Bool(_) => Type::Bool,
            Self::Int(kind, _) => Type::Int(*kind),
            Self::Uint(kind, _) => Type::Uint(*kind),
            Self::Float(kind, _) => Type::Float(*kind),
            Self::Complex(_) => Type::Complex,
            Self::Text(_) => Type::String,
            Self::Bytes(_) => Type::BYTES,
            Self::List(list) => list.type_of(),
            Self::Map(map) => map.type_of(),
            Self::Function(function) => function.type_of(),
            Self::Object(object) => object.type_of(),
        })
    }

    /// Returns the kind that Go's reflection tells; [`Kind::Invalid`] for the untyped nil.
    pub fn kind(&self) -> Kind {
        self.type_of().map_or(Kind::Invalid, Type::kind)
    }

    /// Returns whether a template's `if` takes the value as true: not nil, zero or empty.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(_, value) => *value != 0,
            Self::Uint(_, value) => *value != 0,
            Self::Float(_, value) => *value != 0.0,
            Self::Complex(parts) => **parts != (0.0, 0.0),
            Self::Text(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Function(_) => true,
            Self::Object(object) => object.is_true(),
        }
    }

    /// Returns the text of a Go `string`, also of a named string type.
    pub fn as_text(&self) -> Option<Text> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Object(object) => object.underlying().and_then(|value| value.as_text()),
            _ => None,
        }
    }

    /// Returns the list of a Go slice, also of a named slice type; `[]byte` becomes a list of `uint8`.
    pub fn as_list(&self) -> Option<List> {
        match self {
            Self::List(list) => Some(list.clone()),
            Self::Bytes(bytes) => Some(List::of_bytes(bytes)),
            Self::Object(object) => object.underlying().and_then(|value| value.as_list()),
            _ => None,
        }
    }

    /// Returns the map of a Go map, also of a named map type.
    pub fn as_map(&self) -> Option<Map> {
        match self {
            Self::Map(map) => Some(map.clone()),
            Self::Object(object) => object.underlying().and_then(|value| value.as_map()),
            _ => None,
        }
    }

    /// Returns the host's own type behind an object.
    pub fn downcast<T: Object>(&self) -> Option<&T> {
        match self {
            Self::Object(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::text(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::text(value)
    }
}

impl From<Text> for Value {
    fn from(value: Text) -> Self {
        Self::Text(value)
    }
}

impl From<List> for Value {
    fn from(value: List) -> Self {
        Self::List(value)
    }
}

impl From<Map> for Value {
    fn from(value: Map) -> Self {
        Self::Map(value)
    }
}
