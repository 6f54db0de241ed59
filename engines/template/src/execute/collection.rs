//! `index`, `slice` and `len`.

use super::slot::{Slot, zero};
use crate::error::Error;
use crate::value::{Kind, List, Text, Type, UintKind, Value};

fn name(value: &Value) -> String {
    value.type_of().map(|of| of.to_string()).unwrap_or_default()
}

/// The plain value of a named type.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(object) => object.underlying().unwrap_or_else(|| value.clone()),
        other => other.clone(),
    }
}

/// `index`: walks into lists, maps and strings.
pub(super) fn index(first: Slot, indexes: &[Slot]) -> Result<Slot, Error> {
    let mut item = first.unwrapped();
    if matches!(item, Slot::Absent) {
        return Err(Error::message("index of untyped nil"));
    }
    for index in indexes {
        item = index_one(&item, index)?;
    }
    Ok(item)
}

fn index_one(item: &Slot, index: &Slot) -> Result<Slot, Error> {
    match &plain(item.value()) {
        Value::Nil => Err(Error::message("index of nil pointer")),
        Value::List(list) => {
            let at = position(index.value(), list.len())?;
            let element = list.get(at).ok_or_else(|| Error::message("reflect: slice index out of range"))?;
            Ok(Slot::element(element, list.type_of().element()))
        }
        Value::Bytes(bytes) => byte(bytes, index.value(), "slice"),
        Value::Text(text) => byte(text.as_bytes(), index.value(), "string"),
        Value::Map(map) => {
            let key = prepared(index, Type::String)?;
            let of = map.type_of().element();
            let key = key.as_text().unwrap_or_default();
            Ok(map.get(key.as_bytes()).map_or_else(|| Slot::zero(of), |value| Slot::element(value, of)))
        }
        _ => Err(Error::message(format!("can't index item of type {}", name(item.value())))),
    }
}

fn byte(bytes: &[u8], index: &Value, what: &str) -> Result<Slot, Error> {
    let at = position(index, bytes.len())?;
    match bytes.get(at) {
        Some(byte) => Ok(Slot::Plain(Value::Uint(UintKind::Uint8, u64::from(*byte)))),
        None => Err(Error::message(format!("reflect: {what} index out of range"))),
    }
}

/// An index up to and including the length, as slicing needs it.
fn position(index: &Value, length: usize) -> Result<usize, Error> {
    let number = match plain(index) {
        Value::Int(_, number) => number,
        Value::Uint(_, number) => number as i64,
        Value::Nil => return Err(Error::message("cannot index slice/array with nil")),
        _ => return Err(Error::message(format!("cannot index slice/array with type {}", name(index)))),
    };
    match usize::try_from(number) {
        Ok(at) if at <= length => Ok(at),
        _ => Err(Error::message(format!("index out of range: {number}"))),
    }
}

/// `slice`: a part of a list or string.
pub(super) fn slice(first: &Slot, indexes: &[Slot]) -> Result<Slot, Error> {
    if matches!(first.value(), Value::Nil) {
        return Err(Error::message("slice of untyped nil"));
    }
    if indexes.len() > 3 {
        return Err(Error::message(format!("too many slice indexes: {}", indexes.len())));
    }
    let item = plain(first.value());
    let length = match &item {
        Value::Text(_) if indexes.len() == 3 => return Err(Error::message("cannot 3-index slice a string")),
        Value::Text(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Bytes(bytes) => bytes.len(),
        other => return Err(Error::message(format!("can't slice item of type {}", name(other)))),
    };
    let (start, end) = bounds(indexes, length)?;
    Ok(Slot::Plain(match item {
        Value::Text(text) => Value::Text(Text::from(&text.as_bytes()[start..end])),
        Value::Bytes(bytes) => Value::Bytes(bytes[start..end].into()),
        Value::List(list) => Value::List(List::typed(list.type_of(), list.items()[start..end].to_vec())),
        other => other,
    }))
}

fn bounds(indexes: &[Slot], length: usize) -> Result<(usize, usize), Error> {
    let mut at = [0, length, length];
    for (place, index) in at.iter_mut().zip(indexes) {
        // Unlike `index`, `slice` does not look into interfaces.
        if matches!(index, Slot::Interface(_)) {
            return Err(Error::message(format!("cannot index slice/array with type {}", index.type_name())));
        }
        *place = position(index.value(), length)?;
    }
    let invalid = |a, b| Err(Error::message(format!("invalid slice index: {a} > {b}")));
    match at {
        [start, end, _] if start > end => invalid(start, end),
        [_, end, limit] if indexes.len() == 3 && end > limit => invalid(end, limit),
        [start, end, _] => Ok((start, end)),
    }
}

/// `len`.
pub(super) fn len(slot: &Slot) -> Result<Value, Error> {
    let length = match (slot, &plain(slot.value())) {
        (Slot::Absent, _) => return Err(Error::message("reflect: call of reflect.Value.Type on zero Value")),
        (_, Value::Nil) => return Err(Error::message("len of nil pointer")),
        (_, Value::Text(text)) => text.len(),
        (_, Value::List(list)) => list.len(),
        (_, Value::Map(map)) => map.len(),
        (_, Value::Bytes(bytes)) => bytes.len(),
        // Pointers are followed first.
        _ => {
            return Err(Error::message(format!(
                "len of type {}",
                name(slot.value()).trim_start_matches('*')
            )));
        }
    };
    Ok(Value::int(length as i64))
}

/// Fits a value to a parameter or key type: nil becomes a zero value, integers convert.
pub(super) fn prepared(slot: &Slot, of: Type) -> Result<Value, Error> {
    let value = slot.value();
    let Some(actual) = value.type_of() else {
        let can = matches!(of.kind(), Kind::Func | Kind::Interface | Kind::Map | Kind::Pointer | Kind::Slice);
        if can {
            return Ok(zero(of));
        }
        return Err(Error::message(format!("value is nil; should be of type {of}")));
    };
    match (value, of.kind()) {
        _ if actual == of || of == Type::Any => Ok(value.clone()),
        (Value::Int(_, number), Kind::Int(kind)) => Ok(Value::Int(kind, kind.wrap(*number))),
        (Value::Int(_, number), Kind::Uint(kind)) => Ok(Value::Uint(kind, kind.wrap(*number as u64))),
        (Value::Uint(_, number), Kind::Int(kind)) => Ok(Value::Int(kind, kind.wrap(*number as i64))),
        (Value::Uint(_, number), Kind::Uint(kind)) => Ok(Value::Uint(kind, kind.wrap(*number))),
        _ => Err(Error::message(format!("value has type {actual}; should be {of}"))),
    }
}
