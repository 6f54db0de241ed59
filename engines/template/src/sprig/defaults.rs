//! Choices between values by whether they are empty, and failing on purpose.

use super::argument::{ANY, TEXT, text, value};
use crate::{Call, Error, Function, Kind, Type, Value};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function::variadic("default", &[ANY, ANY], default),
    Function::fixed("empty", &[ANY], empty),
    Function::variadic("coalesce", &[ANY], coalesce),
    Function::variadic("all", &[ANY], all),
    Function::variadic("any", &[ANY], any),
    Function::fixed("ternary", &[ANY, ANY, Type::Bool], ternary),
    Function::fixed("fail", &[TEXT], fail),
];

type Outcome = Result<Value, Error>;

/// Whether a value is the zero value of its type, or holds nothing. Structs never are.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(object) => match object.type_of().kind() {
            Kind::Struct | Kind::Pointer => false,
            _ => object.underlying().is_none_or(|value| is_empty(&value)),
        },
        Value::Function(_) => false,
        value => !value.is_true(),
    }
}

fn default(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(match arguments.get(1) {
        Some(given) if !is_empty(given) => given.clone(),
        _ => value(arguments, 0),
    })
}

fn empty(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(is_empty(&value(arguments, 0)).into())
}

fn coalesce(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(arguments.iter().find(|argument| !is_empty(argument)).cloned().unwrap_or_default())
}

fn all(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(arguments.iter().all(|argument| !is_empty(argument)).into())
}

fn any(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(arguments.iter().any(|argument| !is_empty(argument)).into())
}

fn ternary(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(value(arguments, usize::from(!matches!(arguments.get(2), Some(Value::Bool(true))))))
}

fn fail(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Err(Error::message(text(arguments, 0).to_str().into_owned()))
}
