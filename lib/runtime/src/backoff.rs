//! Exponential delays between retries. Pure: it counts, it does not wait.

use std::time::Duration;

/// The bounds of an exponential backoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The delay after the first failure.
    pub min: Duration,
    /// The delay that is never exceeded.
    pub max: Duration,
}

impl Backoff {
    /// Returns the delay after the given number of failures in a row, doubling from `min` up to `max`.
    #[must_use]
    pub fn delay(&self, failures: u32) -> Duration {
        let factor = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        self.min.checked_mul(factor).unwrap_or(self.max).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_maximum() {
        let backoff = Backoff { min: Duration::from_millis(750), max: Duration::from_secs(900) };
        for (failures, millis) in
            [(0, 750), (1, 750), (2, 1500), (3, 3000), (11, 768_000), (12, 900_000), (400, 900_000)]
        {
            assert_eq!(backoff.delay(failures), Duration::from_millis(millis), "{failures} failures");
        }
    }
}
