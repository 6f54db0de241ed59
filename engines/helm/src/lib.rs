//! Helm charts as a pure library: chart bytes and values in, manifests out, as Helm 4.2 does it.
//! No network, file system, clock, environment or global state. Refuses what would need them.
//!
//! - [`capabilities`]: what a chart may ask about the cluster
//! - [`chart`]: a chart in memory, read from an archive or a directory
//! - [`dependencies`]: which of the charts below take part, and what their parents import from them
//! - [`ignore`]: what `.helmignore` leaves out
//! - [`limits`]: what a chart and its values may cost
//! - [`manifest`], [`hook`]: what rendered files hold
//! - [`release`]: what Helm records of an installation
//! - [`render`]: a chart and values into text
//! - [`schema`]: values against `values.schema.json`
//! - [`strvals`]: values set one by one, as `--set` does
//! - [`values`]: what values are and how they are laid over each other
//! - [`version`]: versions and ranges of them

pub mod capabilities;
pub mod chart;
pub mod dependencies;
mod files;
mod functions;
pub mod hook;
pub mod ignore;
mod json;
pub mod limits;
pub mod manifest;
pub mod release;
pub mod render;
pub mod schema;
pub mod strvals;
pub mod values;
pub mod version;
