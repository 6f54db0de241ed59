//! Percent escapes: which bytes each part of a URL writes as they are.

use crate::sprig::text::quoted;

/// A part of a URL with its own rules.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Path,
    Host,
    Zone,
    User,
    Fragment,
}

/// Whether a byte is written escaped.
pub fn is_escaped(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() {
        return false;
    }
    let kept: &[u8] = match part {
        Part::Path => b"-_.~$&+,/:;=@",
        Part::Host | Part::Zone => b"-_.~!$&'()*+,;=:[]<>\"",
        Part::User => b"-_.~$&+,;=",
        Part::Fragment => b"-_.~$&+,/:;=?@!()*",
    };
    !kept.contains(&byte)
}

/// Writes a text escaped.
pub fn escape(text: &[u8], part: Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if is_escaped(byte, part) {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        } else {
            out.push(byte);
        }
    }
    out
}

/// Reads a text that may hold escapes.
pub fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    let is_host = matches!(part, Part::Host | Part::Zone);
    while let Some(&byte) = text.get(at) {
        if byte != b'%' {
            if is_host && byte.is_ascii() && is_escaped(byte, part) {
                return Err(format!("invalid character {} in host name", quoted(&[byte])));
            }
            out.push(byte);
            at += 1;
            continue;
        }
        let code = text.get(at..(at + 3).min(text.len())).unwrap_or_default();
        let invalid = || format!("invalid URL escape {}", quoted(code));
        let value = hexadecimal(code).ok_or_else(invalid)?;
        let is_refused = match part {
            Part::Host => value < 0x80 && code != b"%25",
            Part::Zone => code != b"%25" && value != b' ' && is_escaped(value, Part::Host),
            _ => false,
        };
        if is_refused {
            return Err(invalid());
        }
        out.push(value);
        at += 3;
    }
    Ok(out)
}

fn hexadecimal(code: &[u8]) -> Option<u8> {
    let [b'%', high, low] = code else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some((digit(*high)? * 16 + digit(*low)?) as u8)
}
