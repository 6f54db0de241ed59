//! Texts made of other texts: repeated, indented, replaced, quoted, joined, split.

use super::cut::{find, first_char};
use crate::sprig::argument::{integer, text, value};
use crate::sprig::text::{displayed, printed, quoted};
use crate::{Budget, Call, Error, List, Map, Text, Type, Value};

type Outcome = Result<Value, Error>;

/// What an element of a list costs beside its text.
const ELEMENT: usize = 64;

pub fn repeat(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    repeated(call.budget(), text(arguments, 1).as_bytes(), integer(arguments, 0)).map(Value::text)
}

fn repeated(budget: &Budget, part: &[u8], count: i64) -> Result<Vec<u8>, Error> {
    let Ok(count) = usize::try_from(count) else {
        return Err(Error::message("strings: negative Repeat count"));
    };
    let Some(length) = part.len().checked_mul(count).filter(|length| *length <= i64::MAX as usize) else {
        return Err(Error::message("strings: Repeat output length overflow"));
    };
    budget.produce(length)?;
    Ok(if length == 0 { Vec::new() } else { part.repeat(count) })
}

pub fn indent(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    indented(call, arguments, b"").map(Value::text)
}

pub fn nindent(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    indented(call, arguments, b"\n").map(Value::text)
}

fn indented(call: &Call<'_>, arguments: &[Value], before: &[u8]) -> Result<Vec<u8>, Error> {
    let whole = text(arguments, 1);
    let pad = repeated(call.budget(), b" ", integer(arguments, 0))?;
    let lines = memchr::memchr_iter(b'\n', whole.as_bytes()).count() + 1;
    let length = before.len() + whole.len() + lines.saturating_mul(pad.len());
    call.budget().produce(length)?;
    let mut out = Vec::with_capacity(length);
    out.extend_from_slice(before);
    for (index, line) in whole.as_bytes().split(|byte| *byte == b'\n').enumerate() {
        if index > 0 {
            out.push(b'\n');
        }
        out.extend_from_slice(&pad);
        out.extend_from_slice(line);
    }
    Ok(out)
}

pub fn replace(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (old, new, whole) = (text(arguments, 0), text(arguments, 1), text(arguments, 2));
    let (old, new) = (old.as_bytes(), new.as_bytes());
    let (mut out, mut rest) = (Vec::new(), whole.as_bytes());
    if old.is_empty() {
        call.budget().produce(rest.len().saturating_add((rest.len() + 1).saturating_mul(new.len())))?;
        while let Some((_, width)) = first_char(rest) {
            out.extend_from_slice(new);
            out.extend_from_slice(&rest[..width]);
            rest = &rest[width..];
        }
        out.extend_from_slice(new);
        return Ok(Value::text(out));
    }
    let finder = memchr::memmem::Finder::new(old);
    let Some(mut at) = finder.find(rest) else { return Ok(Value::Text(whole)) };
    loop {
        call.budget().produce(at + new.len())?;
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(new);
        rest = &rest[at + old.len()..];
        match finder.find(rest) {
            Some(next) => at = next,
            None => break,
        }
    }
    call.budget().produce(rest.len())?;
    out.extend_from_slice(rest);
    Ok(Value::text(out))
}

pub fn plural(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(value(arguments, usize::from(integer(arguments, 2) != 1)))
}

/// Joins what is not nil with spaces.
fn spaced(call: &Call<'_>, arguments: &[Value], write: impl Fn(&Value) -> Result<Vec<u8>, Error>) -> Outcome {
    let mut out = Vec::new();
    for (index, argument) in arguments.iter().filter(|argument| !matches!(argument, Value::Nil)).enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        let written = write(argument)?;
        call.budget().produce(written.len() + 1)?;
        out.extend(written);
    }
    Ok(Value::text(out))
}

pub fn quote(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    spaced(call, arguments, |argument| Ok(quoted(displayed(call, argument)?.as_bytes()).into_bytes()))
}

pub fn single_quote(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    spaced(call, arguments, |argument| Ok([b"'", printed(call, argument)?.as_bytes(), b"'"].concat()))
}

pub fn cat(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    spaced(call, arguments, |argument| Ok(printed(call, argument)?.as_bytes().to_vec()))
}

pub fn to_text(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    displayed(call, &value(arguments, 0)).map(Value::Text)
}

/// The texts of a list's elements without nil ones; anything else is a list of one. A `[]string` stays itself.
fn texts(call: &Call<'_>, value: &Value) -> Result<List, Error> {
    let Some(list) = value.as_list() else {
        return Ok(match value {
            Value::Nil => List::of(&Type::String, Vec::new()),
            value => List::of(&Type::String, vec![displayed(call, value)?.into()]),
        });
    };
    if list.type_of() == Type::TEXTS {
        return Ok(list);
    }
    call.budget().produce(list.len() * ELEMENT)?;
    let items = list.to_vec();
    let items = items.iter().filter(|item| !matches!(item, Value::Nil));
    let items = items.map(|item| displayed(call, item).map(Value::Text)).collect::<Result<_, _>>()?;
    Ok(List::of(&Type::String, items))
}

pub fn to_texts(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    texts(call, &value(arguments, 0)).map(Value::List)
}

pub fn join(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let separator = text(arguments, 0);
    let list = texts(call, &value(arguments, 1))?;
    let parts: Vec<Text> = list.items().iter().filter_map(Value::as_text).collect();
    let length: usize = parts.iter().map(Text::len).sum();
    call.budget().produce(length.saturating_add(parts.len().saturating_mul(separator.len())))?;
    let parts: Vec<&[u8]> = parts.iter().map(Text::as_bytes).collect();
    Ok(Value::text(parts.join(separator.as_bytes())))
}

/// Sorts texts; a `[]string` is sorted in place.
pub fn sort(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let given = value(arguments, 0);
    if given.as_list().is_none() {
        return Ok(Value::texts([displayed(call, &given)?]));
    }
    let list = texts(call, &given)?;
    let mut parts: Vec<Text> = list.items().iter().filter_map(Value::as_text).collect();
    parts.sort();
    list.replace(parts.into_iter().map(Value::Text).collect());
    Ok(Value::List(list))
}

/// Splits into at most `limit` parts; an empty separator splits characters.
fn pieces(budget: &Budget, whole: &Text, separator: &Text, limit: usize) -> Result<Vec<Text>, Error> {
    let (mut parts, mut rest) = (Vec::new(), whole.as_bytes());
    while parts.len() + 1 < limit {
        let (end, next) = if separator.is_empty() {
            match first_char(rest) {
                Some((_, width)) if width < rest.len() => (width, width),
                _ => break,
            }
        } else {
            match find(rest, separator.as_bytes()) {
                Some(at) => (at, at + separator.len()),
                None => break,
            }
        };
        budget.produce(end + ELEMENT)?;
        parts.push(Text::from_bytes(&rest[..end]));
        rest = &rest[next..];
    }
    if !(separator.is_empty() && rest.is_empty()) {
        parts.push(Text::from_bytes(rest));
    }
    Ok(parts)
}

fn numbered(parts: Vec<Text>) -> Value {
    let entries = parts.into_iter().enumerate();
    let entries = entries.map(|(index, part)| (Text::from(format!("_{index}")), Value::Text(part)));
    Value::Map(Map::typed(Type::TEXT_MAP, entries.collect()))
}

pub fn split(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    pieces(call.budget(), &text(arguments, 1), &text(arguments, 0), usize::MAX).map(numbered)
}

pub fn split_at_most(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let limit = integer(arguments, 1);
    if limit == 0 {
        return Ok(numbered(Vec::new()));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    pieces(call.budget(), &text(arguments, 2), &text(arguments, 0), limit).map(numbered)
}

pub fn split_list(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    pieces(call.budget(), &text(arguments, 1), &text(arguments, 0), usize::MAX).map(Value::texts)
}
