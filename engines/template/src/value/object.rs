//! Values of named Go types: structs with fields, types with methods, durations, times, files.
//!
//! A host implements [`Object`] for what its templates may see of such a type.

use std::any::Any;

use super::{Kind, Text, Type, Value};
use crate::error::Error;
use crate::function::{Call, Signature};

/// A value of a named Go type.
pub trait Object: Any {
    /// Returns the type: its name and its kind.
    fn type_of(&self) -> Type;

    /// Returns the object as `Any`, for [`Value::downcast`]; always `self`.
    fn as_any(&self) -> &dyn Any;

    /// Returns the fields of a struct (or of what a pointer points to) as printing shows them, in Go's order of
    /// declaration; a type with fields that are not exported hides them in [`Object::field`].
    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// Returns one exported field.
    fn field(&self, name: &str) -> Option<Value> {
        self.fields().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    /// Returns the method of a name.
    fn method(&self, _name: &str) -> Option<&'static Method> {
        None
    }

    /// Returns what `Error()` or `String()` say, for types that have either; printing uses it.
    fn display(&self) -> Option<Text> {
        None
    }

    /// Returns the plain value of types made of numbers, strings, slices and maps.
    fn underlying(&self) -> Option<Value> {
        None
    }

    /// Returns whether `if` takes the value as true; structs always are.
    fn is_true(&self) -> bool {
        self.underlying().is_none_or(|value| value.is_true())
    }

    /// Returns whether Go can compare values of this type with `==`: pointers always, structs without slices and maps.
    fn is_comparable(&self) -> bool {
        self.type_of().kind() == Kind::Pointer
    }

    /// Returns whether `==` holds between two values of this type. The same object is equal to itself anyway.
    fn is_equal(&self, _other: &dyn Any) -> bool {
        false
    }
}

/// A method that templates may call.
pub struct Method {
    /// The name as templates write it.
    pub name: &'static str,
    /// Parameters without the receiver.
    pub signature: Signature,
    /// What it does; the first value is the receiver.
    pub body: fn(&Call<'_>, &Value, &[Value]) -> Result<Value, Error>,
}
