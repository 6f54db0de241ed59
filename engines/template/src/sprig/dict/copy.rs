//! Deep copies, as mitchellh/copystructure makes them.

use super::{ENTRY, Outcome};
use crate::limits::Budget;
use crate::sprig::argument::value;
use crate::{Call, Error, List, Map, Value};

/// How deep values may be nested to be copied.
const MAX_DEPTH: usize = 500;

pub fn deep_copy(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    must_deep_copy(call, arguments)
}

pub fn must_deep_copy(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let given = value(arguments, 0);
    if matches!(given, Value::Nil) {
        return Err(Error::message("reflect: call of reflect.Value.Type on zero Value"));
    }
    copied(&given, call.budget(), MAX_DEPTH)
}

/// Copies maps and lists all the way down.
pub fn copied(value: &Value, budget: &Budget, depth: usize) -> Outcome {
    let deeper = || depth.checked_sub(1).ok_or_else(|| Error::limit("values nested too deeply to be copied"));
    Ok(match value {
        Value::List(list) if !list.is_nil() => {
            budget.produce(list.len() * ENTRY)?;
            let depth = deeper()?;
            let items = list.to_vec();
            let items = items.iter().map(|item| copied(item, budget, depth)).collect::<Result<_, _>>()?;
            Value::List(List::typed(list.type_of(), items))
        }
        Value::Map(map) if !map.is_nil() => {
            budget.produce(map.len() * ENTRY)?;
            let depth = deeper()?;
            let entries = map.to_vec().into_iter();
            let entries = entries.map(|(key, value)| Ok((key, copied(&value, budget, depth)?)));
            Value::Map(Map::typed(map.type_of(), entries.collect::<Result<_, Error>>()?))
        }
        Value::Object(object) => match object.underlying() {
            Some(Value::Map(map)) => copied(&Value::Map(map), budget, deeper()?)?,
            _ => crate::sprig::semver::without_contents(value).unwrap_or_else(|| value.clone()),
        },
        value => value.clone(),
    })
}
