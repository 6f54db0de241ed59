//! Digests of texts, in hexadecimal.

use crate::sprig::argument::text;
use crate::{Call, Error, Value};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

type Outcome = Result<Value, Error>;

/// Writes bytes in hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sum<D: Digest>(arguments: &[Value]) -> Outcome {
    Ok(hexadecimal(&D::digest(text(arguments, 0).as_bytes())).into())
}

pub fn sha1(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    sum::<Sha1>(arguments)
}

pub fn sha256(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    sum::<Sha256>(arguments)
}

pub fn sha512(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    sum::<Sha512>(arguments)
}

/// The checksum of RFC 1950, in decimal.
pub fn adler32(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    const MODULUS: u32 = 65_521;
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in text(arguments, 0).as_bytes() {
        low = (low + u32::from(*byte)) % MODULUS;
        high = (high + low) % MODULUS;
    }
    Ok((high << 16 | low).to_string().into())
}
