//! Random texts.

use crate::sprig::argument::{integer, text};
use crate::sprig::random::below;
use crate::{Call, Error, Value};

type Outcome = Result<Value, Error>;

fn drawn(call: &Call<'_>, arguments: &[Value], from: &[u8]) -> Outcome {
    let count = usize::try_from(integer(arguments, 0)).unwrap_or(0);
    call.budget().produce(count)?;
    call.budget().step(count as u64)?;
    let mut out = String::with_capacity(count);
    for _ in 0..count {
        out.push(char::from(from[below(call.host(), from.len() as u64) as usize]));
    }
    Ok(out.into())
}

pub fn digits(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    drawn(call, arguments, b"0123456789")
}

pub fn letters(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    drawn(call, arguments, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}

pub fn letters_and_digits(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    drawn(call, arguments, b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}

pub fn printable(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let all: Vec<u8> = (b' '..=b'~').collect();
    drawn(call, arguments, &all)
}

pub fn shuffle(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let whole = text(arguments, 0);
    call.budget().step(whole.len() as u64)?;
    let mut chars: Vec<char> = whole.to_str().chars().collect();
    for index in (1..chars.len()).rev() {
        chars.swap(index, below(call.host(), index as u64 + 1) as usize);
    }
    Ok(chars.into_iter().collect::<String>().into())
}

/// A number from the first argument on, below the second.
pub fn number(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (least, limit) = (integer(arguments, 0), integer(arguments, 1));
    let width = limit.wrapping_sub(least);
    if width <= 0 {
        return Err(Error::message("invalid argument to Intn"));
    }
    Ok(Value::int(least.wrapping_add(below(call.host(), width as u64) as i64)))
}
