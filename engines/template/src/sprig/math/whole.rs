//! Integers of 64 bits, which wrap around, and sequences of them.

use crate::sprig::argument::{integer, text, value};
use crate::sprig::number::to_int64;
use crate::sprig::text::printed;
use crate::{Budget, Call, Error, List, Type, Value};

type Outcome = Result<Value, Error>;

/// What one number of a sequence costs.
const ELEMENT: usize = 64;

fn numbers(arguments: &[Value]) -> impl Iterator<Item = i64> {
    arguments.iter().map(to_int64)
}

fn folded(arguments: &[Value], combine: impl Fn(i64, i64) -> i64) -> Outcome {
    Ok(Value::int64(numbers(arguments).reduce(combine).unwrap_or(0)))
}

fn pair(arguments: &[Value]) -> (i64, i64) {
    (to_int64(&value(arguments, 0)), to_int64(&value(arguments, 1)))
}

pub fn atoi(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let text = text(arguments, 0);
    let parsed = crate::number::parse_int(&text.to_str(), 10);
    Ok(Value::int(match parsed {
        Ok(number) => number,
        // Go keeps the nearest number when the text is out of range.
        Err(crate::number::NumberError::Range) => {
            if text.as_bytes().starts_with(b"-") {
                i64::MIN
            } else {
                i64::MAX
            }
        }
        Err(_) => 0,
    }))
}

pub fn int(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(Value::int(to_int64(&value(arguments, 0))))
}

pub fn int64(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(Value::int64(to_int64(&value(arguments, 0))))
}

/// Reads what the value prints as an octal number.
pub fn octal(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let printed = printed(call, &value(arguments, 0))?;
    Ok(Value::int64(crate::number::parse_int(&printed.to_str(), 8).unwrap_or(0)))
}

pub fn increment(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(Value::int64(pair(arguments).0.wrapping_add(1)))
}

pub fn add(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    folded(arguments, i64::wrapping_add)
}

pub fn multiply(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    folded(arguments, i64::wrapping_mul)
}

pub fn largest(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    folded(arguments, i64::max)
}

pub fn least(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    folded(arguments, i64::min)
}

pub fn subtract(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (left, right) = pair(arguments);
    Ok(Value::int64(left.wrapping_sub(right)))
}

pub fn divide(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    match pair(arguments) {
        (_, 0) => Err(Error::message("runtime error: integer divide by zero")),
        (left, right) => Ok(Value::int64(left.wrapping_div(right))),
    }
}

pub fn remainder(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    match pair(arguments) {
        (_, 0) => Err(Error::message("runtime error: integer divide by zero")),
        (left, right) => Ok(Value::int64(left.wrapping_rem(right))),
    }
}

/// The numbers from `start` on, before `stop`.
fn steps(budget: &Budget, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Error> {
    if stop == start || (stop < start) != (step < 0) || step == 0 {
        return Ok(Vec::new());
    }
    let count = stop.abs_diff(start).div_ceil(step.unsigned_abs());
    budget.produce(usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(ELEMENT))?;
    let mut numbers = Vec::with_capacity(count as usize);
    let mut next = start;
    for _ in 0..count {
        numbers.push(next);
        next = next.wrapping_add(step);
    }
    Ok(numbers)
}

fn sequence_value(numbers: Vec<i64>) -> Value {
    Value::List(List::of(&Type::INT, numbers.into_iter().map(Value::int).collect()))
}

pub fn until(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let stop = integer(arguments, 0);
    steps(call.budget(), 0, stop, if stop < 0 { -1 } else { 1 }).map(sequence_value)
}

pub fn until_step(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (start, stop, step) = (integer(arguments, 0), integer(arguments, 1), integer(arguments, 2));
    steps(call.budget(), start, stop, step).map(sequence_value)
}

/// `END`, `START END` or `START STEP END`, the end included, as a text.
pub fn sequence(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (start, given, end) = match arguments {
        [end] => (1, None, to_int64(end)),
        [start, end] => (to_int64(start), None, to_int64(end)),
        [start, step, end] => (to_int64(start), Some(to_int64(step)), to_int64(end)),
        _ => return Ok("".into()),
    };
    let direction = if end < start { -1 } else { 1 };
    if direction < 0 && given.is_some_and(|step| step > 0) {
        return Ok("".into());
    }
    let stop = end.wrapping_add(direction);
    let numbers = steps(call.budget(), start, stop, given.unwrap_or(direction))?;
    let numbers: Vec<String> = numbers.into_iter().map(|number| number.to_string()).collect();
    Ok(numbers.join(" ").into())
}
