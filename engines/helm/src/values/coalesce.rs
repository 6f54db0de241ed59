//! Values of a chart, laid over its defaults and handed to the charts below, step by step as Helm does it: defaults of a
//! chart fill what is missing, null deletes a default, globals flow down.
//!
//! Two modes: coalescing takes nulls out, merging keeps them for a later step. Warnings are returned, not printed.

use std::collections::HashSet;

use serde_json::Value;

use super::Values;
use super::print::{go_truth, go_value};
use super::shared::{Beyond, Node, Room, Table};
use crate::chart::Chart;
use crate::limits::{MAX_ALIASED_CHARTS, MAX_VALUES_DEPTH};

const GLOBAL: &str = "global";

/// The most warnings that are kept, and how many bytes of each.
const MAX_WARNINGS: usize = 1_000;
const MAX_WARNING: usize = 10_000;

/// Values as a chart and those below it see them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coalesced {
    /// The values; those of a chart below stand under its name.
    pub values: Values,
    /// What Helm would warn of, in order.
    pub warnings: Vec<String>,
}

/// Why values cannot be laid over those of a chart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoalesceError {
    /// What stands under the name of a chart below is no table.
    #[error("type mismatch on {chart}: {found}")]
    TypeMismatch {
        /// The name of the chart.
        chart: String,
        /// What stands there.
        found: String,
    },
    /// Tables hold tables beyond the limit.
    #[error("values are nested deeper than {MAX_VALUES_DEPTH} levels")]
    TooDeep,
    /// The values of all charts together are beyond the limit.
    #[error("the values of the charts are too large together")]
    TooLarge,
    /// Aliases make too many charts.
    #[error("aliases make more than {MAX_ALIASED_CHARTS} charts")]
    TooManyCharts,
}

/// Gives what a chart and those below it see: `values` over the defaults, nulls taken out.
///
/// # Errors
/// When something else than a table stands under the name of a chart below.
pub fn coalesce_values(chart: &Chart, values: &Values) -> Result<Coalesced, CoalesceError> {
    run(chart, values, Mode::Coalesce)
}

/// As [`coalesce_values`], with nulls kept.
///
/// # Errors
/// As [`coalesce_values`].
pub fn merge_values(chart: &Chart, values: &Values) -> Result<Coalesced, CoalesceError> {
    run(chart, values, Mode::Merge)
}

/// Fills what is missing in `values` from `below`; a null takes the key out of both.
///
/// # Errors
/// When the values are nested beyond the limit.
pub fn coalesce_tables(values: &Values, below: &Values) -> Result<Coalesced, CoalesceError> {
    run_tables(values, below, Mode::Coalesce)
}

/// As [`coalesce_tables`], with nulls kept.
///
/// # Errors
/// As [`coalesce_tables`].
pub fn merge_tables(values: &Values, below: &Values) -> Result<Coalesced, CoalesceError> {
    run_tables(values, below, Mode::Merge)
}

/// Merges into shared tables, step by step.
#[derive(Debug, Default)]
pub(crate) struct Merger {
    steps: Steps,
}

impl Merger {
    /// The defaults of a chart and those below it, nulls kept.
    pub(crate) fn chart(&mut self, chart: &Chart) -> Result<Table, CoalesceError> {
        let table = Table::default();
        self.steps.chart(chart, &table, "", Mode::Merge)?;
        Ok(table)
    }

    /// Fills what is missing in `table` from `below`, nulls kept.
    pub(crate) fn tables(&mut self, table: &Table, below: &Table) {
        self.steps.tables(table, below, "", Mode::Merge);
    }

    pub(crate) fn warn(&mut self, message: String) {
        self.steps.warn(message);
    }

    /// What Helm would warn of, in order.
    pub(crate) fn into_warnings(self) -> Vec<String> {
        self.steps.warnings
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Coalesce,
    Merge,
}

#[derive(Debug, Default)]
struct Steps {
    warnings: Vec<String>,
    room: Room,
}

fn run(chart: &Chart, values: &Values, mode: Mode) -> Result<Coalesced, CoalesceError> {
    let table = Table::copy_of(values);
    let mut steps = Steps::default();
    steps.chart(chart, &table, "", mode)?;
    steps.finish(&table)
}

fn run_tables(values: &Values, below: &Values, mode: Mode) -> Result<Coalesced, CoalesceError> {
    let table = Table::copy_of(values);
    let mut steps = Steps::default();
    steps.tables(&table, &Table::copy_of(below), "", mode);
    steps.finish(&table)
}

fn joined(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

impl Steps {
    fn finish(self, table: &Table) -> Result<Coalesced, CoalesceError> {
        Ok(Coalesced { values: table.to_values()?, warnings: self.warnings })
    }

    fn warn(&mut self, mut message: String) {
        if self.warnings.len() < MAX_WARNINGS {
            message.truncate(message.floor_char_boundary(MAX_WARNING));
            self.warnings.push(message);
        }
    }

    /// The defaults of a chart, then the charts below.
    fn chart(
        &mut self,
        chart: &Chart,
        values: &Table,
        prefix: &str,
        mode: Mode,
    ) -> Result<(), CoalesceError> {
        self.room.take(&chart.values)?;
        self.defaults(chart, values, prefix, mode);
        for below in &chart.dependencies {
            let table = match values.get(below.name()) {
                None => {
                    let table = Table::default();
                    values.set(below.name(), Node::Table(table.clone()));
                    table
                }
                Some(Node::Table(table)) => table,
                Some(Node::Leaf(found)) => {
                    let found = go_truth(&found);
                    return Err(CoalesceError::TypeMismatch { chart: below.name().to_owned(), found });
                }
            };
            let prefix = joined(prefix, chart.name());
            self.globals(&table, values, &prefix);
            self.chart(below, &table, &prefix, mode)?;
        }
        Ok(())
    }

    fn defaults(&mut self, chart: &Chart, values: &Table, prefix: &str, mode: Mode) {
        let prefix = joined(prefix, chart.name());
        for (key, default) in Table::copy_of(&chart.values).entries() {
            match values.get(&key) {
                None => add_default(values, &key, default, mode),
                Some(value) if value.is_null() && mode == Mode::Coalesce => values.remove(&key),
                Some(Node::Leaf(_)) => {}
                Some(Node::Table(table)) => match default {
                    Node::Leaf(Value::Null) => {}
                    Node::Leaf(_) => {
                        self.warn(format!("warning: skipped value for {prefix}.{key}: Not a table."));
                    }
                    Node::Table(default) => {
                        let is_chart = chart.dependencies.iter().any(|below| below.name() == key);
                        let mode = if is_chart { Mode::Merge } else { mode };
                        if mode == Mode::Coalesce {
                            default.remove_nulls();
                        }
                        self.tables(&table, &default, &joined(&prefix, &key), mode);
                    }
                },
            }
        }
    }

    /// Globals of the chart above into those of a chart below; where both have a table, the one above wins.
    fn globals(&mut self, below: &Table, above: &Table, prefix: &str) {
        let own = match below.get(GLOBAL) {
            None => Table::default(),
            Some(Node::Table(table)) => table,
            Some(Node::Leaf(_)) => {
                self.warn(format!("warning: skipping globals because destination {GLOBAL} is not a table."));
                return;
            }
        };
        let passed = match above.get(GLOBAL) {
            None => Table::default(),
            Some(Node::Table(table)) => table,
            Some(Node::Leaf(_)) => {
                self.warn(format!("warning: skipping globals because source {GLOBAL} is not a table."));
                return;
            }
        };
        for (key, value) in passed.entries() {
            self.global(&own, &key, value, prefix);
        }
        below.set(GLOBAL, Node::Table(own));
    }

    fn global(&mut self, own: &Table, key: &str, value: Node, prefix: &str) {
        match (value, own.get(key)) {
            (Node::Table(table), None) => own.set(key, Node::Table(table.shallow_copy())),
            (Node::Table(table), Some(Node::Table(mine))) => {
                let table = table.shallow_copy();
                self.tables(&table, &mine, &joined(prefix, key), Mode::Merge);
                own.set(key, Node::Table(table));
            }
            (Node::Table(_), Some(Node::Leaf(_))) => {
                self.warn(format!("Conflict: cannot merge map onto non-map for {key:?}. Skipping."));
            }
            (Node::Leaf(_), Some(Node::Table(_))) => self.warn(format!("key {key} is table. Skipping")),
            (leaf, _) => own.set(key, leaf),
        }
    }

    /// Fills `values` from `below`, table by table.
    fn tables(&mut self, values: &Table, below: &Table, prefix: &str, mode: Mode) {
        let there: HashSet<String> =
            below.entries().into_iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key).collect();
        for (key, _) in values.entries().into_iter().filter(|(_, value)| value.is_null()) {
            below.set(&key, Node::Leaf(Value::Null));
        }
        for (key, value) in below.entries() {
            let deletes = mode == Mode::Coalesce && values.get(&key).is_some_and(|value| value.is_null());
            // A null of ours deletes only what the other side really has.
            if deletes && there.contains(&key) {
                values.remove(&key);
            } else {
                self.entry(values, &key, value, prefix, mode);
            }
        }
    }

    fn entry(&mut self, values: &Table, key: &str, value: Node, prefix: &str, mode: Mode) {
        let path = joined(prefix, key);
        match (values.get(key), value) {
            (None, value) => values.set(key, value),
            (Some(Node::Table(table)), Node::Table(below)) => self.tables(&table, &below, &path, mode),
            (Some(Node::Leaf(_)), Node::Table(below)) => {
                let shown = go_value(&Node::Table(below).to_value());
                self.warn(format!("warning: cannot overwrite table with non table for {path} ({shown})"));
            }
            (Some(Node::Table(_)), Node::Leaf(leaf)) if !leaf.is_null() => {
                let shown = go_value(&leaf);
                self.warn(format!(
                    "warning: destination for {path} is a table. Ignoring non-table value ({shown})"
                ));
            }
            (Some(_), Node::Leaf(_)) => {}
        }
    }
}

fn add_default(values: &Table, key: &str, default: Node, mode: Mode) {
    if mode == Mode::Coalesce {
        if default.is_null() {
            return;
        }
        if let Some(table) = default.as_table() {
            table.remove_nulls();
        }
    }
    values.set(key, default);
}

impl From<Beyond> for CoalesceError {
    fn from(limit: Beyond) -> Self {
        match limit {
            Beyond::Depth => Self::TooDeep,
            Beyond::Size => Self::TooLarge,
        }
    }
}
