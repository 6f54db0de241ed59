//! Lists: built, taken apart, filtered. None of them changes the list it is given.

mod chunk;

use super::argument::{ANY, INT, elements, nil_dereference, value};
use super::defaults::is_empty;
use super::equality::deep_equal;
use super::number::to_int64;
use crate::{Call, Error, Function, List, Type, Value};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function::variadic("list", &[ANY], list),
    Function::variadic("tuple", &[ANY], list),
    Function::fixed("append", &[ANY, ANY], append),
    Function::fixed("push", &[ANY, ANY], append),
    Function::fixed("mustAppend", &[ANY, ANY], append),
    Function::fixed("mustPush", &[ANY, ANY], append),
    Function::fixed("prepend", &[ANY, ANY], prepend),
    Function::fixed("mustPrepend", &[ANY, ANY], prepend),
    Function::fixed("first", &[ANY], first),
    Function::fixed("mustFirst", &[ANY], first),
    Function::fixed("last", &[ANY], last),
    Function::fixed("mustLast", &[ANY], last),
    Function::fixed("rest", &[ANY], rest),
    Function::fixed("mustRest", &[ANY], rest),
    Function::fixed("initial", &[ANY], initial),
    Function::fixed("mustInitial", &[ANY], initial),
    Function::fixed("reverse", &[ANY], reverse),
    Function::fixed("mustReverse", &[ANY], reverse),
    Function::fixed("compact", &[ANY], compact),
    Function::fixed("mustCompact", &[ANY], compact),
    Function::fixed("uniq", &[ANY], unique),
    Function::fixed("mustUniq", &[ANY], unique),
    Function::variadic("without", &[ANY, ANY], without),
    Function::variadic("mustWithout", &[ANY, ANY], without),
    Function::fixed("has", &[ANY, ANY], has),
    Function::fixed("mustHas", &[ANY, ANY], has),
    // The built-in function of this name is hidden by this one.
    Function::variadic("slice", &[ANY, ANY], slice),
    Function::variadic("mustSlice", &[ANY, ANY], slice),
    Function::variadic("concat", &[ANY], concat),
    Function::fixed("chunk", &[INT, ANY], chunk::chunk),
    Function::fixed("mustChunk", &[INT, ANY], chunk::chunk),
];

type Outcome = Result<Value, Error>;

/// What one element costs.
const ELEMENT: usize = 64;

/// Makes a list after asking whether there is room for it.
fn made(call: &Call<'_>, items: impl ExactSizeIterator<Item = Value>) -> Outcome {
    call.budget().produce(items.len().saturating_mul(ELEMENT))?;
    Ok(Value::list(items.collect()))
}

/// The elements of the first argument.
fn items(arguments: &[Value], what: &str) -> Result<Vec<Value>, Error> {
    Ok(elements(&value(arguments, 0), what)?.to_vec())
}

fn list(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    made(call, arguments.iter().cloned())
}

fn append(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let mut items = items(arguments, "Cannot push on type")?;
    items.push(value(arguments, 1));
    made(call, items.into_iter())
}

fn prepend(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let mut items = items(arguments, "Cannot prepend on type")?;
    items.insert(0, value(arguments, 1));
    made(call, items.into_iter())
}

fn first(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(elements(&value(arguments, 0), "Cannot find first on type")?.get(0).unwrap_or_default())
}

fn last(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let list = elements(&value(arguments, 0), "Cannot find last on type")?;
    Ok(list.len().checked_sub(1).and_then(|index| list.get(index)).unwrap_or_default())
}

/// A nil slice, which is what parts of empty lists are.
fn nothing() -> Value {
    Value::List(List::nil(Type::LIST))
}

fn rest(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let items = items(arguments, "Cannot find rest on type")?;
    if items.is_empty() { Ok(nothing()) } else { made(call, items.into_iter().skip(1)) }
}

fn initial(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let mut items = items(arguments, "Cannot find initial on type")?;
    if items.pop().is_none() { Ok(nothing()) } else { made(call, items.into_iter()) }
}

fn reverse(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    made(call, items(arguments, "Cannot find reverse on type")?.into_iter().rev())
}

fn compact(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let mut items = items(arguments, "Cannot compact on type")?;
    items.retain(|item| !is_empty(item));
    made(call, items.into_iter())
}

fn contains(call: &Call<'_>, items: &[Value], wanted: &Value) -> Result<bool, Error> {
    for item in items {
        if deep_equal(wanted, item, call.budget())? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn unique(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let mut kept = Vec::new();
    for item in items(arguments, "Cannot find uniq on type")? {
        if !contains(call, &kept, &item)? {
            kept.push(item);
        }
    }
    made(call, kept.into_iter())
}

fn without(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let mut kept = Vec::new();
    for item in items(arguments, "Cannot find without on type")? {
        if !contains(call, arguments.get(1..).unwrap_or_default(), &item)? {
            kept.push(item);
        }
    }
    made(call, kept.into_iter())
}

fn has(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let haystack = value(arguments, 1);
    if matches!(haystack, Value::Nil) {
        return Ok(false.into());
    }
    let items = elements(&haystack, "Cannot find has on type")?.to_vec();
    contains(call, &items, &value(arguments, 0)).map(Value::Bool)
}

fn slice(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let given = value(arguments, 0);
    let list = elements(&given, "list should be type of slice or array but")?;
    let length = list.len() as i64;
    if length == 0 {
        return Ok(Value::Nil);
    }
    let start = arguments.get(1).map_or(0, to_int64);
    let end = arguments.get(2).map_or(length, to_int64);
    if start < 0 || end < start || end > length {
        return Err(Error::message("reflect.Value.Slice: slice index out of bounds"));
    }
    call.budget().produce(((end - start) as usize).saturating_mul(ELEMENT))?;
    let part = list.items()[start as usize..end as usize].to_vec();
    if let Value::Bytes(bytes) = &given {
        return Ok(Value::Bytes(bytes[start as usize..end as usize].into()));
    }
    Ok(Value::List(List::typed(list.type_of(), part)))
}

fn concat(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let mut all = Vec::new();
    for argument in arguments {
        let Some(type_of) = argument.type_of() else { return Err(nil_dereference()) };
        let Some(list) = argument.as_list() else {
            return Err(Error::message(format!("Cannot concat type {} as list", type_of.kind())));
        };
        call.budget().produce(list.len().saturating_mul(ELEMENT))?;
        all.extend(list.to_vec());
    }
    Ok(if all.is_empty() { nothing() } else { Value::list(all) })
}
