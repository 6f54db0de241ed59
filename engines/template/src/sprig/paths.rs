//! Slash-separated paths, cleaned without looking at any file system; the `os` ones are the same on Linux.

use super::argument::{TEXT, text};
use crate::{Call, Error, Function, Text, Value};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function::fixed("base", &[TEXT], base),
    Function::fixed("dir", &[TEXT], directory),
    Function::fixed("clean", &[TEXT], clean),
    Function::fixed("ext", &[TEXT], extension),
    Function::fixed("isAbs", &[TEXT], is_absolute),
    Function::fixed("osBase", &[TEXT], base),
    Function::fixed("osDir", &[TEXT], directory),
    Function::fixed("osClean", &[TEXT], clean),
    Function::fixed("osExt", &[TEXT], extension),
    Function::fixed("osIsAbs", &[TEXT], is_absolute),
];

type Outcome = Result<Value, Error>;

fn base(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    call.budget().produce(text(arguments, 0).len())?;
    let path = text(arguments, 0);
    let mut rest = path.as_bytes();
    if rest.is_empty() {
        return Ok(".".into());
    }
    while let Some(shorter) = rest.strip_suffix(b"/") {
        rest = shorter;
    }
    if rest.is_empty() {
        return Ok("/".into());
    }
    let start = rest.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    Ok(Value::Text(Text::from_bytes(&rest[start..])))
}

fn directory(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    call.budget().produce(text(arguments, 0).len())?;
    let path = text(arguments, 0);
    let bytes = path.as_bytes();
    let end = bytes.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    Ok(Value::text(cleaned(&bytes[..end])))
}

fn clean(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    call.budget().produce(text(arguments, 0).len())?;
    Ok(Value::text(cleaned(text(arguments, 0).as_bytes())))
}

/// The shortest path that means the same.
fn cleaned(path: &[u8]) -> Vec<u8> {
    let is_rooted = path.first() == Some(&b'/');
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if is_rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join(&b'/');
    match (is_rooted, joined.is_empty()) {
        (true, _) => [b"/", &*joined].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}

fn extension(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    call.budget().produce(text(arguments, 0).len())?;
    let path = text(arguments, 0);
    let bytes = path.as_bytes();
    let start = bytes.iter().rposition(|byte| matches!(byte, b'/' | b'.'));
    let start = start.filter(|start| bytes[*start] == b'.').unwrap_or(bytes.len());
    Ok(Value::Text(Text::from_bytes(&bytes[start..])))
}

fn is_absolute(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(text(arguments, 0).as_bytes().starts_with(b"/").into())
}
