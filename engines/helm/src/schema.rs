//! Values against the `values.schema.json` of a chart and of those below it, with the words of Helm's validator for every
//! path that fails. Drafts 4, 6, 7, 2019-09 and 2020-12.
//!
//! Refuses references to other files and to the network, which Helm would follow, and schemas that take too much work. A
//! schema that names a URN is taken as one that allows everything, as in Helm.

mod compile;
mod decimal;
mod display;
mod failure;
mod format;
mod format_time;
mod library;
mod node;
mod validate;

use std::fmt::Write as _;

use serde_json::Value;

use crate::chart::Chart;
use crate::values::{Values, go_type};

/// How values fail the schemas of a chart and those below it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("values don't meet the specifications of the schema(s) in the following chart(s):\n{0}")]
pub struct SchemaError(String);

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// For each chart what fails, by path.
    pub result: Result<(), SchemaError>,
    /// What Helm would warn of.
    pub warnings: Vec<String>,
}

/// Checks coalesced values against the schemas of a chart and of all below.
pub fn check(chart: &Chart, values: &Values) -> Checked {
    let mut run = Run::default();
    run.collect(chart, values);
    let result = if run.failures.is_empty() { Ok(()) } else { Err(SchemaError(run.failures)) };
    Checked { result, warnings: run.warnings }
}

#[derive(Debug, Default)]
struct Run {
    failures: String,
    warnings: Vec<String>,
}

impl Run {
    fn collect(&mut self, chart: &Chart, values: &Values) {
        if let Some(schema) = &chart.content.schema
            && let Err(failed) = self.check(&schema.data, values)
        {
            let _ = write!(self.failures, "{}:\n{failed}", chart.name());
        }
        for below in &chart.dependencies {
            match values.get(below.name()) {
                None | Some(Value::Null) => {}
                Some(Value::Object(values)) => self.collect(below, values),
                Some(other) => {
                    let kind = go_type(other);
                    let words = format!("invalid type for values: expected object (map), got {kind}");
                    let _ = writeln!(self.failures, "{}:\n{words}", below.name());
                }
            }
        }
    }

    /// Checks one table of values against one schema; says what is wrong with the schema, or what fails, by path.
    fn check(&mut self, schema: &[u8], values: &Values) -> Result<(), String> {
        let schema = library::parse(schema)?;
        let compiled = compile::compile(schema)?;
        for urn in &compiled.unresolved {
            let words = "unresolved URN reference ignored; using permissive schema";
            self.warnings.push(format!("level=WARN msg=\"{words}\" urn={urn}"));
        }
        let failed = match validate::validate(&compiled, &Value::Object(values.clone())) {
            Ok(None) => return Ok(()),
            Ok(Some(failure)) => failure.to_string(),
            Err(limit) => limit.to_owned(),
        };
        Err(failed + "\n")
    }
}

#[cfg(test)]
mod tests;
