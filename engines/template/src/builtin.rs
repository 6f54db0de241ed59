//! The built-in functions that see plain values: `print`, `printf`, `println`, `html`, `js`, `urlquery`.
//!
//! Those that see more (`index`, `eq`, `and`, …) are part of the execution.

use crate::characters::{is_printable, walk};
use crate::error::Error;
use crate::format;
use crate::function::{Call, Function};
use crate::value::{Text, Type, Value};

static TABLE: [Function; 6] = [
    Function::variadic("print", &[Type::Any], print),
    Function::variadic("printf", &[Type::String, Type::Any], printf),
    Function::variadic("println", &[Type::Any], println),
    Function::variadic("html", &[Type::Any], html),
    Function::variadic("js", &[Type::Any], js),
    Function::variadic("urlquery", &[Type::Any], urlquery),
];

/// Returns the built-in function of a name.
pub(crate) fn get(name: &str) -> Option<&'static Function> {
    TABLE.iter().find(|function| function.name == name)
}

fn print(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    call.produced(format::print(arguments, call.budget().room())?)
}

fn println(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    call.produced(format::println(arguments, call.budget().room())?)
}

fn printf(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let [Value::Text(format), rest @ ..] = arguments else { return Ok(Value::Nil) };
    call.produced(format::printf(format, rest, call.budget().room())?)
}

/// The arguments as one text; a missing value is told as printing an action tells it.
fn joined(call: &Call<'_>, arguments: &[Value]) -> Result<Text, Error> {
    if let [Value::Text(text)] = arguments {
        return Ok(text.clone());
    }
    // What is missing counts as a string for the spaces between.
    let shown: Vec<Value> = arguments
        .iter()
        .map(|value| match value {
            Value::Nil => Value::constant("<no value>"),
            other => other.clone(),
        })
        .collect();
    format::print_shown(&shown, call.budget().room())
}

fn html(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    escape(call, arguments, |byte| match byte {
        0 => Some("\u{fffd}"),
        b'"' => Some("&#34;"),
        b'\'' => Some("&#39;"),
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        _ => None,
    })
}

fn escape(
    call: &Call<'_>,
    arguments: &[Value],
    replacement: fn(u8) -> Option<&'static str>,
) -> Result<Value, Error> {
    let text = joined(call, arguments)?;
    let mut out = Vec::with_capacity(text.len());
    for byte in text.as_bytes() {
        match replacement(*byte) {
            Some(text) => out.extend_from_slice(text.as_bytes()),
            None => out.push(*byte),
        }
    }
    call.produced(Text::from(out))
}

fn js(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let text = joined(call, arguments)?;
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    for (offset, c, width) in walk(bytes) {
        match js_escape(c) {
            Some(escaped) => out.extend_from_slice(escaped.as_bytes()),
            None => out.extend_from_slice(&bytes[offset..offset + width]),
        }
    }
    call.produced(Text::from(out))
}

/// A broken byte counts as U+FFFD, which is printable and stays as it is.
fn js_escape(c: Option<char>) -> Option<String> {
    let c = c?;
    Some(match c {
        '\\' => "\\\\".to_owned(),
        '\'' => "\\'".to_owned(),
        '"' => "\\\"".to_owned(),
        '<' | '>' | '&' | '=' => format!("\\u{:04X}", u32::from(c)),
        _ if c < ' ' => format!("\\u{:04X}", u32::from(c)),
        _ if c.is_ascii() || is_printable(c) => return None,
        _ => format!("\\u{:04X}", u32::from(c)),
    })
}

fn urlquery(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let text = joined(call, arguments)?;
    let mut out = String::with_capacity(text.len());
    for byte in text.as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(*byte));
            }
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    call.produced(Text::from(out))
}
