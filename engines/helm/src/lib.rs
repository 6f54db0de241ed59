//! Helm charts as a pure library: chart bytes and values in, manifests out, as Helm 4.2 does it.
//! No network, file system, clock, environment or global state. Refuses what would need them.
//!
//! - [`chart`]: a chart in memory, read from an archive or a directory
//! - [`manifest`], [`hook`]: what rendered files hold
//! - [`release`]: what Helm records of an installation
//! - [`values`]: what values are and how they are laid over each other

pub mod chart;
pub mod hook;
mod json;
pub mod manifest;
pub mod release;
pub mod values;
