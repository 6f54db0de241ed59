//! Values: tables of JSON values. Numbers keep the kinds of Helm: what was read from YAML or JSON is a 64-bit
//! fraction, what was parsed by `--set` a 64-bit integer.

/// A table of values, ordered by key.
pub type Values = serde_json::Map<String, serde_json::Value>;
