//! Dictionaries: built, read, changed in place, merged, copied.

mod copy;
mod merge;

use super::argument::{ANY, DICT, TEXT, map, text, value};
use super::text::displayed;
use crate::{Call, Error, Function, Map, Text, Type, Value};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function::variadic("dict", &[ANY], dict),
    Function::fixed("get", &[DICT, TEXT], get),
    Function::fixed("set", &[DICT, TEXT, ANY], set),
    Function::fixed("unset", &[DICT, TEXT], unset),
    Function::fixed("hasKey", &[DICT, TEXT], has_key),
    Function::variadic("pluck", &[TEXT, DICT], pluck),
    Function::variadic("keys", &[DICT], keys),
    Function::variadic("pick", &[DICT, TEXT], pick),
    Function::variadic("omit", &[DICT, TEXT], omit),
    Function::fixed("values", &[DICT], values),
    Function::variadic("dig", &[ANY], dig),
    Function::variadic("merge", &[DICT, DICT], merge::merge),
    Function::variadic("mustMerge", &[DICT, DICT], merge::must_merge),
    Function::variadic("mergeOverwrite", &[DICT, DICT], merge::merge_overwrite),
    Function::variadic("mustMergeOverwrite", &[DICT, DICT], merge::must_merge_overwrite),
    Function::fixed("deepCopy", &[ANY], copy::deep_copy),
    Function::fixed("mustDeepCopy", &[ANY], copy::must_deep_copy),
];

type Outcome = Result<Value, Error>;

/// What one entry costs.
const ENTRY: usize = 64;

fn dict(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    call.budget().produce(arguments.len() * ENTRY)?;
    let mut entries = std::collections::BTreeMap::new();
    for pair in arguments.chunks(2) {
        let key = displayed(call, &value(pair, 0))?;
        entries.insert(key, pair.get(1).cloned().unwrap_or_else(|| "".into()));
    }
    Ok(Value::Map(Map::new(entries)))
}

fn get(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(map(arguments, 0).get(text(arguments, 1).as_bytes()).unwrap_or_else(|| "".into()))
}

fn set(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    call.budget().produce(ENTRY)?;
    let dict = map(arguments, 0);
    dict.insert(text(arguments, 1), value(arguments, 2))?;
    Ok(Value::Map(dict))
}

fn unset(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let dict = map(arguments, 0);
    dict.remove(text(arguments, 1).as_bytes())?;
    Ok(Value::Map(dict))
}

fn has_key(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(map(arguments, 0).contains(text(arguments, 1).as_bytes()).into())
}

fn pluck(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let key = text(arguments, 0);
    let found = (1..arguments.len()).filter_map(|index| map(arguments, index).get(key.as_bytes()));
    Ok(Value::list(found.collect()))
}

/// The keys of all dictionaries. Go gives them in no order; here it is that of the keys.
fn keys(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let mut all: Vec<Text> = Vec::new();
    for index in 0..arguments.len() {
        let dict = map(arguments, index);
        call.budget().produce(dict.len() * ENTRY)?;
        all.extend(dict.entries().keys().cloned());
    }
    Ok(Value::texts(all))
}

fn pick(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let dict = map(arguments, 0);
    call.budget().produce(arguments.len() * ENTRY)?;
    let wanted = (1..arguments.len()).map(|index| text(arguments, index));
    Ok(Value::Map(wanted.filter_map(|key| Some((key.clone(), dict.get(key.as_bytes())?))).collect::<Map>()))
}

fn omit(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let dict = map(arguments, 0);
    call.budget().produce(dict.len() * ENTRY)?;
    let mut entries: std::collections::BTreeMap<_, _> = dict.to_vec().into_iter().collect();
    for index in 1..arguments.len() {
        entries.remove(text(arguments, index).as_bytes());
    }
    Ok(Value::Map(Map::new(entries)))
}

/// The values in the order of their keys; Go gives them in no order.
fn values(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let dict = map(arguments, 0);
    call.budget().produce(dict.len() * ENTRY)?;
    Ok(Value::list(dict.entries().values().cloned().collect()))
}

/// `KEY… DEFAULT DICT`: follows the keys down, the default where one is missing.
fn dig(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let [keys @ .., default, dict] = arguments else {
        return Err(Error::message("dig needs at least three arguments"));
    };
    if keys.is_empty() {
        return Err(Error::message("dig needs at least three arguments"));
    }
    let mut current = plain_dict(dict)?;
    let mut texts = Vec::with_capacity(keys.len());
    for key in keys {
        match key {
            Value::Text(text) => texts.push(text),
            other => return Err(not_a("string", other)),
        }
    }
    let last = texts.len() - 1;
    for (index, key) in texts.into_iter().enumerate() {
        let Some(step) = current.get(key.as_bytes()) else { return Ok(default.clone()) };
        if index == last {
            return Ok(step);
        }
        current = plain_dict(&step)?;
    }
    Ok(default.clone())
}

/// The map of exactly Go's `map[string]interface {}`.
fn plain_dict(value: &Value) -> Result<Map, Error> {
    match value {
        Value::Map(map) if map.type_of() == Type::DICT => Ok(map.clone()),
        other => Err(not_a("map[string]interface {}", other)),
    }
}

fn not_a(wanted: &str, value: &Value) -> Error {
    let name = value.type_of().map_or_else(|| "nil".to_owned(), |type_of| type_of.to_string());
    Error::message(format!("interface conversion: interface {{}} is {name}, not {wanted}"))
}
