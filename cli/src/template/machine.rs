//! What templates may ask of this machine: the time and randomness. There is no cluster to look anything up in.

use std::time::{SystemTime, UNIX_EPOCH};

use rand::TryRng as _;
use sluice_template::Host;

/// This machine.
pub(super) struct Machine;

impl Host for Machine {
    fn now(&self) -> (i64, u32) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
    }

    fn random(&self, buffer: &mut [u8]) {
        if rand::rngs::SysRng.try_fill_bytes(buffer).is_err() {
            buffer.fill(0);
        }
    }
}
