//! Base64 and base32; what cannot be decoded becomes Go's error as a text.

use crate::sprig::argument::text;
use crate::{Call, Error, Value};

type Outcome = Result<Value, Error>;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The offset of the first byte that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt(pub usize);

pub fn base64(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let whole = text(arguments, 0);
    call.budget().produce(whole.len() / 3 * 4 + 4)?;
    Ok(encode_base64(whole.as_bytes()).into())
}

pub fn from_base64(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let whole = text(arguments, 0);
    call.budget().produce(whole.len())?;
    Ok(match decode_base64(whole.as_bytes()) {
        Ok(decoded) => Value::text(decoded),
        Err(error) => corrupt(64, error),
    })
}

/// What Go's decoders say.
fn corrupt(base: u32, Corrupt(at): Corrupt) -> Value {
    format!("illegal base{base} data at input byte {at}").into()
}

/// Encodes in the standard alphabet, padded.
pub fn encode_base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

fn after_newlines(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Decodes padded base64, newlines anywhere; loose bits at the end do not matter.
pub fn decode_base64(bytes: &[u8]) -> Result<Vec<u8>, Corrupt> {
    let (mut out, mut at) = (Vec::with_capacity(bytes.len() / 4 * 3), 0);
    loop {
        let (mut group, mut count) = (0_u32, 0);
        while count < 4 {
            let Some(&byte) = bytes.get(at) else {
                return if count == 0 { Ok(out) } else { Err(Corrupt(at - count)) };
            };
            at += 1;
            match byte {
                b'\n' | b'\r' => {}
                b'=' => {
                    finish_base64(bytes, at, count)?;
                    let kept = [0, 0, 1, 2][count];
                    out.extend_from_slice(&(group << (8 + 6 * (4 - count))).to_be_bytes()[..kept]);
                    return Ok(out);
                }
                byte => {
                    group = group << 6 | sextet(byte).ok_or(Corrupt(at - 1))?;
                    count += 1;
                }
            }
        }
        out.extend_from_slice(&group.to_be_bytes()[1..]);
    }
}

/// Checks what follows the first `=`, which stands after `count` characters of its group.
fn finish_base64(bytes: &[u8], mut at: usize, count: usize) -> Result<(), Corrupt> {
    if count < 2 {
        return Err(Corrupt(at - 1));
    }
    if count == 2 {
        at = after_newlines(bytes, at);
        match bytes.get(at) {
            None => return Err(Corrupt(bytes.len())),
            Some(b'=') => at += 1,
            Some(_) => return Err(Corrupt(at - 1)),
        }
    }
    at = after_newlines(bytes, at);
    if at < bytes.len() { Err(Corrupt(at)) } else { Ok(()) }
}

pub fn base32(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let whole = text(arguments, 0);
    call.budget().produce(whole.len() / 5 * 8 + 8)?;
    let mut out = String::new();
    for group in whole.as_bytes().chunks(5) {
        let mut padded = [0; 8];
        padded[3..3 + group.len()].copy_from_slice(group);
        let bits = u64::from_be_bytes(padded);
        let used = (group.len() * 8).div_ceil(5);
        for index in 0..8 {
            let digit = BASE32[(bits >> (35 - 5 * index) & 31) as usize];
            out.push(if index < used { char::from(digit) } else { '=' });
        }
    }
    Ok(out.into())
}

pub fn from_base32(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let whole = text(arguments, 0);
    call.budget().produce(whole.len())?;
    let bytes: Vec<u8> =
        whole.as_bytes().iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    Ok(match decode_base32(&bytes) {
        Ok(decoded) => Value::text(decoded),
        Err(error) => corrupt(32, error),
    })
}

fn decode_base32(bytes: &[u8]) -> Result<Vec<u8>, Corrupt> {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let (mut group, mut count) = (0_u64, 0);
        while count < 8 {
            let byte = *bytes.get(at).ok_or_else(|| Corrupt(at - count))?;
            at += 1;
            if byte == b'=' && count >= 2 && bytes.len() - at < 8 {
                check_padding(bytes, at, count)?;
                out.extend_from_slice(&(group << (24 + 5 * (8 - count))).to_be_bytes()[..count * 5 / 8]);
                return Ok(out);
            }
            let digit = BASE32.iter().position(|digit| *digit == byte).ok_or(Corrupt(at - 1))?;
            group = group << 5 | digit as u64;
            count += 1;
        }
        out.extend_from_slice(&group.to_be_bytes()[3..]);
    }
    Ok(out)
}

fn check_padding(bytes: &[u8], at: usize, count: usize) -> Result<(), Corrupt> {
    let rest = &bytes[at..];
    if rest.len() + count < 7 {
        return Err(Corrupt(bytes.len()));
    }
    if let Some(odd) = rest.iter().take(7 - count).position(|byte| *byte != b'=') {
        return Err(Corrupt(at + odd - 1));
    }
    if matches!(count, 1 | 3 | 6) { Err(Corrupt(at - 1)) } else { Ok(()) }
}
