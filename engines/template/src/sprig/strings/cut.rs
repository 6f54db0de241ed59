//! Parts of texts, counted in bytes as Go counts them.

use crate::sprig::argument::{integer, text};
use crate::{Call, Error, Text, Value};

type Outcome = Result<Value, Error>;

/// A part of a text, which is a copy and paid for.
fn part(call: &Call<'_>, bytes: &[u8]) -> Outcome {
    call.budget().produce(bytes.len())?;
    Ok(Value::Text(Text::from_bytes(bytes)))
}

/// A length that may be compared with counts.
fn size(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}

pub fn abbreviate(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (width, whole) = (integer(arguments, 0), text(arguments, 1));
    if width < 4 {
        return Ok(Value::Text(whole));
    }
    part(call, &abbreviated(whole.as_bytes(), 0, width))
}

pub fn abbreviate_both(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (left, right, whole) = (integer(arguments, 0), integer(arguments, 1), text(arguments, 2));
    if right < 4 || left > 0 && right < 7 {
        return Ok(Value::Text(whole));
    }
    part(call, &abbreviated(whole.as_bytes(), left, right))
}

/// At most `width` (at least 4) bytes, from about `offset`, with dots for what is left out.
fn abbreviated(whole: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let length = size(whole);
    if length <= width {
        return whole.to_vec();
    }
    let kept = width - 3;
    let offset = if length - offset.min(length) < kept { length - kept } else { offset.min(length) };
    if offset <= 4 {
        return [&whole[..kept as usize], b"..."].concat();
    }
    if width < 7 {
        return Vec::new();
    }
    if offset + kept < length {
        let rest = &whole[offset as usize..];
        let middle = if width - 3 < 4 { Vec::new() } else { abbreviated(rest, 0, width - 3) };
        return [b"...", &*middle].concat();
    }
    [b"...", &whole[(length - kept) as usize..]].concat()
}

pub fn truncate(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (count, whole) = (integer(arguments, 0), text(arguments, 1));
    let bytes = whole.as_bytes();
    let length = size(bytes);
    if count < 0 && length.saturating_add(count) > 0 {
        return part(call, &bytes[(length + count) as usize..]);
    }
    if count >= 0 && length > count {
        return part(call, &bytes[..count as usize]);
    }
    Ok(Value::Text(whole))
}

pub fn substring(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (start, end, whole) = (integer(arguments, 0), integer(arguments, 1), text(arguments, 2));
    let bytes = whole.as_bytes();
    let length = size(bytes);
    let broken =
        |what: String| Err(Error::message(format!("runtime error: slice bounds out of range {what}")));
    if start < 0 {
        return match end {
            ..0 => broken(format!("[:{end}]")),
            end if end > length => broken(format!("[:{end}] with length {length}")),
            end => part(call, &bytes[..end as usize]),
        };
    }
    let end = if end < 0 || end > length { length } else { end };
    if start > end {
        broken(format!("[{start}:{end}]"))
    } else {
        part(call, &bytes[start as usize..end as usize])
    }
}

pub fn trim(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let whole = text(arguments, 0);
    match whole.as_str() {
        Some(whole) => part(call, whole.trim().as_bytes()),
        None => part(call, trimmed(whole.as_bytes(), char::is_whitespace)),
    }
}

pub fn trim_all(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (set, whole) = (text(arguments, 0), text(arguments, 1));
    let set = set.to_str();
    part(call, trimmed(whole.as_bytes(), |char| set.contains(char)))
}

/// Cuts characters of a kind from both ends; a byte that is part of no character counts as U+FFFD.
fn trimmed(mut bytes: &[u8], is_cut: impl Fn(char) -> bool) -> &[u8] {
    while let Some((_, width)) = first_char(bytes).filter(|(char, _)| is_cut(*char)) {
        bytes = &bytes[width..];
    }
    while let Some((_, width)) = last_char(bytes).filter(|(char, _)| is_cut(*char)) {
        bytes = &bytes[..bytes.len() - width];
    }
    bytes
}

/// The first character with its width, as Go decodes it.
pub fn first_char(bytes: &[u8]) -> Option<(char, usize)> {
    let head = &bytes[..bytes.len().min(4)];
    let chunk = head.utf8_chunks().next()?;
    Some(
        chunk.valid().chars().next().map_or((char::REPLACEMENT_CHARACTER, 1), |char| (char, char.len_utf8())),
    )
}

fn last_char(bytes: &[u8]) -> Option<(char, usize)> {
    if bytes.is_empty() {
        return None;
    }
    for width in 1..=bytes.len().min(4) {
        let tail = &bytes[bytes.len() - width..];
        if let Ok(valid) = std::str::from_utf8(tail) {
            return valid.chars().next().map(|char| (char, width));
        }
    }
    Some((char::REPLACEMENT_CHARACTER, 1))
}

pub fn trim_suffix(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (suffix, whole) = (text(arguments, 0), text(arguments, 1));
    part(call, whole.as_bytes().strip_suffix(suffix.as_bytes()).unwrap_or(whole.as_bytes()))
}

pub fn trim_prefix(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (prefix, whole) = (text(arguments, 0), text(arguments, 1));
    part(call, whole.as_bytes().strip_prefix(prefix.as_bytes()).unwrap_or(whole.as_bytes()))
}

/// Without white space; every byte is taken as a character of its own, so that other alphabets fall apart.
pub fn without_space(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let whole = text(arguments, 0);
    let bytes = whole.as_bytes();
    let is_space = |byte: &u8| char::from(*byte).is_whitespace();
    if !bytes.iter().any(is_space) {
        return Ok(Value::Text(whole));
    }
    let kept: String = bytes.iter().filter(|byte| !is_space(byte)).map(|byte| char::from(*byte)).collect();
    part(call, kept.as_bytes())
}

pub fn contains(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (part, whole) = (text(arguments, 0), text(arguments, 1));
    Ok(find(whole.as_bytes(), part.as_bytes()).is_some().into())
}

/// The first place of a part.
pub fn find(whole: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(whole, part)
}

pub fn has_prefix(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (prefix, whole) = (text(arguments, 0), text(arguments, 1));
    Ok(whole.as_bytes().starts_with(prefix.as_bytes()).into())
}

pub fn has_suffix(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (suffix, whole) = (text(arguments, 0), text(arguments, 1));
    Ok(whole.as_bytes().ends_with(suffix.as_bytes()).into())
}
