//! Merges into the first dictionary, as dario.cat/mergo does it, with its notion of what counts as empty.
//!
//! Nested dictionaries are merged in place, and what is taken over is shared with its source.

use super::Outcome;
use crate::limits::Budget;
use crate::sprig::argument::map;
use crate::{Call, Error, Kind, List, Map, Text, Type, Value};

/// How deep dictionaries may be nested to be merged.
const MAX_DEPTH: usize = 500;

struct Merge<'a> {
    overwrites: bool,
    budget: &'a Budget,
}

pub fn merge(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    forgiving(merged(call, arguments, false))
}

pub fn must_merge(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    merged(call, arguments, false)
}

pub fn merge_overwrite(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    forgiving(merged(call, arguments, true))
}

pub fn must_merge_overwrite(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    merged(call, arguments, true)
}

/// What mergo itself refuses becomes an empty text.
fn forgiving(outcome: Outcome) -> Outcome {
    match outcome {
        Err(error) if error.to_string() == DIFFERENT_TYPES => Ok("".into()),
        outcome => outcome,
    }
}

const DIFFERENT_TYPES: &str = "src and dst must be of same type";

fn merged(call: &Call<'_>, arguments: &[Value], overwrites: bool) -> Outcome {
    let mut into = map(arguments, 0);
    let merge = Merge { overwrites, budget: call.budget() };
    for index in 1..arguments.len() {
        let from = map(arguments, index);
        if into.is_nil() && !from.is_nil() {
            into = Map::empty();
        }
        merge.maps(&into, &from, MAX_DEPTH)?;
    }
    Ok(Value::Map(into))
}

/// Mergo's notion, which knows no empty structs.
fn is_empty(value: &Value) -> bool {
    match value.kind() {
        Kind::Struct | Kind::Pointer => false,
        _ => !value.is_true(),
    }
}

impl Merge<'_> {
    fn maps(&self, into: &Map, from: &Map, depth: usize) -> Result<(), Error> {
        let depth = depth
            .checked_sub(1)
            .ok_or_else(|| Error::limit("dictionaries nested too deeply to be merged"))?;
        let given = from.type_of().element();
        for (key, value) in from.to_vec() {
            self.budget.step(1)?;
            self.entry(into, key, value, given, depth)?;
        }
        Ok(())
    }

    /// Merges one entry; `given` is the type of the source's elements.
    fn entry(&self, into: &Map, key: Text, value: Value, given: Type, depth: usize) -> Result<(), Error> {
        let old = into.get(key.as_bytes());
        if matches!(value, Value::Nil) {
            return if self.overwrites { put(into, key, value, given) } else { Ok(()) };
        }
        match value.kind() {
            Kind::Map | Kind::Struct | Kind::Pointer => {
                if let Some(old) = &old {
                    self.nested(old, &value, depth)?;
                }
            }
            Kind::Slice => {
                let takes_over = self.overwrites || into.is_empty();
                let between = slice_between(old.as_ref(), &value, takes_over);
                let given = between.type_of().unwrap_or(Type::Any);
                put(into, key.clone(), between, given)?;
            }
            _ => {}
        }
        let is_old_kept = old.as_ref().is_some_and(|old| {
            let are_maps = value.kind() == Kind::Map && old.kind() == Kind::Map;
            !is_empty(old) && (value.kind() == Kind::Slice || are_maps)
        });
        if !is_old_kept && (self.overwrites || old.as_ref().is_none_or(is_empty)) {
            put(into, key, value, given)?;
        }
        Ok(())
    }

    /// Merges what stands at one key on both sides, if the older one can be merged into.
    fn nested(&self, old: &Value, value: &Value, depth: usize) -> Result<(), Error> {
        match (old.as_map(), value.as_map()) {
            (Some(into), Some(from)) if !into.is_nil() => self.maps(&into, &from, depth),
            (None, _) if old.kind() == Kind::Pointer && value.kind() != Kind::Pointer && !self.overwrites => {
                Err(Error::message(DIFFERENT_TYPES))
            }
            _ => Ok(()),
        }
    }
}

/// The slice that stands at a key before it is decided whether the source's value replaces it.
fn slice_between(old: Option<&Value>, value: &Value, takes_over: bool) -> Value {
    match old {
        _ if takes_over => value.clone(),
        None | Some(Value::Nil) => {
            Value::List(List::typed(value.type_of().unwrap_or(Type::LIST), Vec::new()))
        }
        Some(old) => old.clone(),
    }
}

/// Sets an entry, if the map's type has room for values of the given type.
fn put(into: &Map, key: Text, value: Value, given: Type) -> Result<(), Error> {
    let wanted = into.type_of().element();
    if wanted != Type::Any && wanted != given {
        return Err(Error::message(format!(
            "reflect.Value.SetMapIndex: value of type {given} is not assignable to type {wanted}"
        )));
    }
    into.insert(key, value)
}
