//! PEM as Go's encoding/pem writes and reads it.

use crate::sprig::{decode_base64, encode_base64};

/// A block of PEM.
pub struct Block {
    /// What `BEGIN` names.
    pub label: String,
    /// What is inside.
    pub content: Vec<u8>,
}

/// Writes a block with lines of 64 characters.
pub fn encode(label: &str, content: &[u8]) -> String {
    let mut out = format!("-----BEGIN {label}-----\n");
    let encoded = encode_base64(content);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out + &format!("-----END {label}-----\n")
}

/// Finds the first block in a text.
pub fn decode(text: &[u8]) -> Option<Block> {
    let text = String::from_utf8_lossy(text);
    let mut rest: &str = &text;
    loop {
        let start =
            rest.match_indices("-----BEGIN ").find(|(at, _)| *at == 0 || rest.as_bytes()[at - 1] == b'\n');
        let (at, begin) = start?;
        rest = &rest[at + begin.len()..];
        if let Some(block) = block(rest) {
            return Some(block);
        }
    }
}

/// Reads a block from its label on.
fn block(rest: &str) -> Option<Block> {
    let (line, body) = rest.split_once('\n')?;
    let label = line.trim_end().strip_suffix("-----")?;
    let end = body.find(&format!("-----END {label}-----"))?;
    if end > 0 && body.as_bytes()[end - 1] != b'\n' {
        return None;
    }
    let body = without_headers(&body[..end]);
    let compact: Vec<u8> =
        body.bytes().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).collect();
    Some(Block { label: label.to_owned(), content: decode_base64(&compact).ok()? })
}

/// Lines with a colon before the content say something about it.
fn without_headers(body: &str) -> &str {
    let mut rest = body;
    while let Some((line, after)) = rest.split_once('\n') {
        if !line.contains(':') {
            break;
        }
        rest = after;
    }
    rest
}
