//! Helm charts as a pure library: chart bytes and values in, manifests out, as Helm 4.2 does it.
//! No network, file system, clock, environment or global state. Refuses what would need them.
//!
//! - [`chart`]: a chart in memory, read from an archive or a directory
//! - [`values`]: what values are and how they are laid over each other

pub mod chart;
pub mod values;
