//! JSON as Go's encoding/json writes and reads it.
//!
//! Refused: numbers that are none, functions, and nesting deeper than [`MAX_DEPTH`].

mod decode;
mod encode;

pub use decode::decode;
pub use encode::{Style, encode};

use super::argument::{ANY, TEXT, text, value};
use crate::{Call, Error, Function, Value};

/// How deep values may be nested.
pub const MAX_DEPTH: usize = 500;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function::fixed("toJson", &[ANY], |call, arguments| forgiving(written(call, arguments, Style::Compact))),
    Function::fixed("toPrettyJson", &[ANY], |call, arguments| {
        forgiving(written(call, arguments, Style::Pretty))
    }),
    Function::fixed("toRawJson", &[ANY], |call, arguments| written(call, arguments, Style::Raw)),
    Function::fixed("mustToJson", &[ANY], |call, arguments| written(call, arguments, Style::Compact)),
    Function::fixed("mustToPrettyJson", &[ANY], |call, arguments| written(call, arguments, Style::Pretty)),
    Function::fixed("mustToRawJson", &[ANY], |call, arguments| written(call, arguments, Style::Raw)),
    Function::fixed("fromJson", &[TEXT], |call, arguments| Ok(read(call, arguments)?.0)),
    Function::fixed("mustFromJson", &[TEXT], |call, arguments| match read(call, arguments)? {
        (value, None) => Ok(value),
        (_, Some(problem)) => Err(Error::message(problem)),
    }),
];

fn written(call: &Call<'_>, arguments: &[Value], style: Style) -> Result<Value, Error> {
    encode(&value(arguments, 0), style, call.budget()).map(Value::text)
}

/// An empty text instead of an error, unless a limit is the reason.
fn forgiving(outcome: Result<Value, Error>) -> Result<Value, Error> {
    match outcome {
        Err(error) if !error.is_limit() => Ok("".into()),
        outcome => outcome,
    }
}

fn read(call: &Call<'_>, arguments: &[Value]) -> Result<(Value, Option<String>), Error> {
    decode(text(arguments, 0).as_bytes(), call.budget())
}
