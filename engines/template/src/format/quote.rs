//! Go string and character literals, as `strconv.Quote` writes them.

use crate::characters::{is_printable, walk};

/// Quotes a text as `%q` does.
pub fn quote(text: &str) -> String {
    quote_with(text.as_bytes(), '"', false)
}

/// Quotes bytes as `%q` does; bytes that are no UTF-8 become `\x` escapes.
pub fn quote_bytes(bytes: &[u8]) -> String {
    quote_with(bytes, '"', false)
}

/// Quotes bytes as `%+q` does: only ASCII comes out.
pub fn quote_ascii(bytes: &[u8]) -> String {
    quote_with(bytes, '"', true)
}

/// Quotes a character as `%q` does for integers.
pub(super) fn quote_char(c: char, ascii: bool) -> String {
    quote_with(c.encode_utf8(&mut [0; 4]).as_bytes(), '\'', ascii)
}

/// Whether a text can stand between backquotes: no backquote, no control characters but tab.
pub(super) fn fits_backquotes(bytes: &[u8]) -> bool {
    walk(bytes).all(|(_, c, _)| match c {
        None | Some('\u{feff}' | '`' | '\u{7f}') => false,
        Some(c) => c == '\t' || c >= ' ',
    })
}

fn quote_with(bytes: &[u8], delimiter: char, ascii: bool) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push(delimiter);
    for (offset, c, _) in walk(bytes) {
        match c {
            None => out.push_str(&format!("\\x{:02x}", bytes[offset])),
            Some(c) => push_escaped(&mut out, c, delimiter, ascii),
        }
    }
    out.push(delimiter);
    out
}

fn push_escaped(out: &mut String, c: char, delimiter: char, ascii: bool) {
    if c == delimiter || c == '\\' {
        out.extend(['\\', c]);
    } else if is_printable(c) && (c.is_ascii() || !ascii) {
        out.push(c);
    } else {
        out.push_str(&escape(c));
    }
}

fn escape(c: char) -> String {
    let code = u32::from(c);
    let short = match c {
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{b}' => "\\v",
        _ if code < 0x20 || code == 0x7f => return format!("\\x{code:02x}"),
        _ if code < 0x10000 => return format!("\\u{code:04x}"),
        _ => return format!("\\U{code:08x}"),
    };
    short.to_owned()
}
