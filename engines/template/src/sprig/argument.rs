//! Arguments as the functions want them; their types were checked against the signature before the call.

use crate::{Error, List, Map, Text, Type, Value};

/// `string`
pub const TEXT: Type = Type::String;
/// `int`
pub const INT: Type = Type::INT;
/// `interface {}`
pub const ANY: Type = Type::Any;
/// `map[string]interface {}`
pub const DICT: Type = Type::DICT;

/// The text at a position.
pub fn text(arguments: &[Value], index: usize) -> Text {
    arguments.get(index).and_then(Value::as_text).unwrap_or(Text::EMPTY)
}

/// The integer at a position.
pub fn integer(arguments: &[Value], index: usize) -> i64 {
    match arguments.get(index) {
        Some(Value::Int(_, number)) => *number,
        _ => 0,
    }
}

/// The map at a position; nil becomes a nil map.
pub fn map(arguments: &[Value], index: usize) -> Map {
    let map = arguments.get(index).and_then(Value::as_map);
    map.map_or_else(|| Map::nil(Type::DICT), |map| map.retyped(Type::DICT))
}

/// The value at a position.
pub fn value(arguments: &[Value], index: usize) -> Value {
    arguments.get(index).cloned().unwrap_or_default()
}

/// The elements of a slice, or why the function cannot take what it got.
///
/// `what` is the start of the function's own message, as in `Cannot push on type`.
pub fn elements(value: &Value, what: &str) -> Result<List, Error> {
    match value.type_of() {
        None => Err(nil_dereference()),
        Some(type_of) => value.as_list().ok_or_else(|| Error::message(format!("{what} {}", type_of.kind()))),
    }
}

/// What Go says where a method is called on the type of an untyped nil.
pub fn nil_dereference() -> Error {
    Error::message("runtime error: invalid memory address or nil pointer dereference")
}
