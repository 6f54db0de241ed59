//! The host's randomness as the cryptographic crates take it, and the price of expensive operations.

use crate::Host;
use core::convert::Infallible;
use rand_core::{TryCryptoRng, TryRng};

/// The steps that about a millisecond of computation costs.
pub const STEPS_PER_MILLISECOND: u64 = 5_000;

/// A source of random bytes that asks the host for every one.
pub struct Source<'h>(pub &'h dyn Host);

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(crate::sprig::random::bytes(self.0)))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(crate::sprig::random::bytes(self.0)))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.random(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Source<'_> {}
