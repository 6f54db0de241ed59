//! Versions of charts and of Kubernetes, and the ranges that charts ask for.

pub use sluice_template::sprig::semver::{Constraints, Version};

/// Whether a text is a version in the lenient sense: one to three numbers, with or without a leading `v`.
pub fn is_version(text: &str) -> bool {
    Version::parse(text).is_ok()
}

/// Whether a version is within a range; nothing is when one of them cannot be read.
pub fn is_compatible(range: &str, version: &str) -> bool {
    let (Ok(range), Ok(version)) = (Constraints::parse(range), Version::parse(version)) else { return false };
    range.check(&version)
}
