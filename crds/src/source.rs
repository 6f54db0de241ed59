//! The group `source.toolkit.fluxcd.io`: where manifests and charts come from.

mod git_repository;

pub use git_repository::*;

/// API group of this module's kinds.
pub const GROUP: &str = "source.toolkit.fluxcd.io";

use crate::Duration;

/// Time limit of the kinds whose definition sets one.
pub(crate) fn default_timeout() -> Duration {
    Duration::from_secs(60)
}

/// Tells whether a time limit is the one that the definition sets.
pub(crate) fn is_default_timeout(timeout: &Duration) -> bool {
    *timeout == default_timeout()
}
