//! Randomness from the host, the only source there is.

use crate::Host;

/// A random number below `bound`, which must not be 0; the bias is below 2^-32 for all bounds under 2^32.
pub fn below(host: &dyn Host, bound: u64) -> u64 {
    let mut bytes = [0; 16];
    host.random(&mut bytes);
    (u128::from_le_bytes(bytes) % u128::from(bound)) as u64
}

/// Random bytes.
pub fn bytes<const N: usize>(host: &dyn Host) -> [u8; N] {
    let mut bytes = [0; N];
    host.random(&mut bytes);
    bytes
}
