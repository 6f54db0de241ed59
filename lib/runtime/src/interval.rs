//! Jitter of reconcile intervals, so that objects created together do not stay in step.

use std::time::Duration;

/// The shortest interval that is honoured; a definition admits `1ms`, which is a loop.
pub const SHORTEST: Duration = Duration::from_millis(100);

/// Returns `interval` moved by at most `percentage` (0 to 99) in either direction, by a fresh random number.
#[must_use]
pub fn jitter(interval: Duration, percentage: u8) -> Duration {
    jitter_by(interval, percentage, rand::random::<f64>())
}

/// Returns `interval` moved within ±`percentage`, where `random` in [0, 1) picks the place.
#[must_use]
pub fn jitter_by(interval: Duration, percentage: u8, random: f64) -> Duration {
    let share = f64::from(percentage.min(99)) / 100.0;
    interval.mul_f64(1.0 + share * (2.0 * random - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_the_percentage() {
        let minute = Duration::from_secs(60);
        for (percentage, random, seconds) in
            [(0, 0.9, 60.0), (5, 0.0, 57.0), (5, 0.5, 60.0), (50, 0.75, 75.0), (200, 0.0, 0.6)]
        {
            let found = jitter_by(minute, percentage, random).as_secs_f64();
            assert!((found - seconds).abs() < 1e-6, "{percentage}% at {random}: {found}");
        }
    }
}
