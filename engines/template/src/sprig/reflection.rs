//! Types and kinds of values.

use super::argument::{ANY, TEXT, text, value};
use super::equality::deep_equal;
use crate::{Call, Error, Function, Value};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function::fixed("typeOf", &[ANY], type_of),
    Function::fixed("typeIs", &[TEXT, ANY], type_is),
    Function::fixed("typeIsLike", &[TEXT, ANY], type_is_like),
    Function::fixed("kindOf", &[ANY], kind_of),
    Function::fixed("kindIs", &[TEXT, ANY], kind_is),
    Function::fixed("deepEqual", &[ANY, ANY], equal),
];

type Outcome = Result<Value, Error>;

fn type_name(arguments: &[Value], index: usize) -> String {
    value(arguments, index).type_of().map_or_else(|| "<nil>".to_owned(), |type_of| type_of.to_string())
}

fn type_of(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(type_name(arguments, 0).into())
}

fn type_is(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok((text(arguments, 0) == type_name(arguments, 1).as_str()).into())
}

/// The type, or a pointer to it.
fn type_is_like(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (wanted, name) = (text(arguments, 0), type_name(arguments, 1));
    let pointed = name.strip_prefix('*').is_some_and(|name| wanted == name);
    Ok((wanted == name.as_str() || pointed).into())
}

fn kind_of(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(value(arguments, 0).kind().name().into())
}

fn kind_is(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok((text(arguments, 0) == value(arguments, 1).kind().name()).into())
}

fn equal(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    deep_equal(&value(arguments, 0), &value(arguments, 1), call.budget()).map(Value::Bool)
}
