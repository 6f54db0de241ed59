//! What a chart and its values may cost, in one place.

/// The largest chart, unpacked, in bytes; as in Helm.
pub const MAX_CHART_SIZE: u64 = 100 * 1024 * 1024;

/// The largest file of a chart in bytes; as in Helm.
pub const MAX_FILE_SIZE: u64 = 5 * 1024 * 1024;

/// The most bytes that a chart and all charts below hold together, packed files and what was in them.
pub const MAX_TREE_SIZE: usize = 256 * 1024 * 1024;

/// The most files of a chart and all charts below.
pub const MAX_FILES: usize = 50_000;

/// The most charts that a chart holds, itself and all below.
pub const MAX_CHARTS: usize = 1_000;

/// How deep charts may hold charts, and directories directories.
pub const MAX_CHART_DEPTH: usize = 32;

/// How deep values may hold values.
pub const MAX_VALUES_DEPTH: usize = 512;

/// How many values a chart and all charts below may see together, defaults and shared globals counted for each.
pub const MAX_VALUES: usize = 4_000_000;

/// How much text these values may hold together, in bytes.
pub const MAX_VALUES_TEXT: usize = 128 * 1024 * 1024;

/// How many charts the aliases of a chart may make together.
pub const MAX_ALIASED_CHARTS: usize = 5_000;
