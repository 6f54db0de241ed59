//! Changes of case, one character to one, as Go's unicode package has them.

use crate::sprig::argument::text;
use crate::sprig::character::{
    is_digit, is_letter, is_lower, is_title, is_upper, to_lower, to_title, to_upper,
};
use crate::{Call, Error, Value};

type Outcome = Result<Value, Error>;

/// Changes every character, knowing the one before.
fn each(call: &Call<'_>, arguments: &[Value], mut change: impl FnMut(char) -> char) -> Outcome {
    let changed: String = text(arguments, 0).to_str().chars().map(&mut change).collect();
    call.budget().produce(changed.len())?;
    Ok(changed.into())
}

pub fn upper(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    each(call, arguments, to_upper)
}

pub fn lower(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    each(call, arguments, to_lower)
}

pub fn title(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let mut previous = ' ';
    each(call, arguments, |char| {
        let is_start = separates(std::mem::replace(&mut previous, char));
        if is_start { to_title(char) } else { char }
    })
}

fn separates(char: char) -> bool {
    if char.is_ascii() {
        return !char.is_ascii_alphanumeric() && char != '_';
    }
    !is_letter(char) && !is_digit(char) && char.is_whitespace()
}

pub fn untitle(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let mut is_start = true;
    each(call, arguments, |char| {
        if char.is_whitespace() {
            is_start = true;
            char
        } else if std::mem::take(&mut is_start) {
            to_lower(char)
        } else {
            char
        }
    })
}

pub fn swap(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let mut after_space = true;
    each(call, arguments, |char| {
        if is_upper(char) || is_title(char) {
            after_space = false;
            to_lower(char)
        } else if is_lower(char) {
            if std::mem::take(&mut after_space) { to_title(char) } else { to_upper(char) }
        } else {
            after_space = char.is_whitespace();
            char
        }
    })
}

/// The first letters of words; every byte is taken as a character of its own.
pub fn initials(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let whole = text(arguments, 0);
    let mut after_space = true;
    let mut initials = String::new();
    for char in whole.as_bytes().iter().map(|byte| char::from(*byte)) {
        if char.is_whitespace() {
            after_space = true;
        } else if std::mem::take(&mut after_space) {
            initials.push(char);
        }
    }
    Ok(initials.into())
}
