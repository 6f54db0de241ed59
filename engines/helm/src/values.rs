//! Values: tables of JSON values. Numbers keep the kinds of Helm: what was read from YAML or JSON is a 64-bit
//! fraction, what was parsed by `--set` a 64-bit integer.
//!
//! - [`read_values`]: a values file, of one or more documents
//! - [`overlay`]: one file over another, before any chart is looked at
//! - [`coalesce_values`]: what a chart and those below it see, with globals, defaults and nulls that delete
//! - [`coalesce_tables`]: two sets of values, as an upgrade that reuses the last ones lays them over each other

mod coalesce;
mod path;
mod print;
mod read;
mod shared;

pub(crate) use coalesce::Merger;
pub use coalesce::{CoalesceError, Coalesced, coalesce_tables, coalesce_values, merge_tables, merge_values};
pub use path::{path_value, table};
pub(crate) use print::{go_quote, go_type, go_value};
pub(crate) use read::json_kind;
pub use read::{ReadError, overlay, read_values};
pub(crate) use shared::Table;

/// A table of values, ordered by key.
pub type Values = serde_json::Map<String, serde_json::Value>;
