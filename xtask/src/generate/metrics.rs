//! docs/metrics.md: the metrics of every controller, as the runtime registers them.
//!
//! A family shows nothing before its first sample, so the table is read from the source that registers the families.
//! A registration that cannot be followed to its type and labels is an error, never a gap in the table.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::table;

/// Source of the families and of their labels.
const FAMILIES: &str = "lib/runtime/src/metrics.rs";
/// Source of the metrics of the process.
const PROCESS: &str = "lib/runtime/src/metrics/process.rs";

const INTRODUCTION: &str = "\
# Metrics

Every controller serves these at `/metrics` of `--metrics-addr`. Names are those that dashboards for Flux and
controller-runtime know; what only Sluice has begins with `sluice_`. A metric without samples is left out.
";

/// One line of the table.
struct Metric {
    name: String,
    kind: String,
    labels: String,
    meaning: String,
}

/// Returns the file by its path from the root of the repository.
///
/// Fails with the path of a source that cannot be read or followed.
pub(super) fn files(root: &Path) -> Result<BTreeMap<PathBuf, String>, super::Error> {
    let metrics = |path: &str, read: fn(&str) -> Option<Vec<Metric>>| {
        let path = root.join(path);
        let source = super::read(&path)?.unwrap_or_default();
        read(&squeeze(&source)).ok_or(super::Error::Unreadable(path))
    };
    let mut all = metrics(FAMILIES, families)?;
    all.extend(metrics(PROCESS, process)?);
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(BTreeMap::from([(Path::new("docs").join("metrics.md"), document(&all))]))
}

fn document(metrics: &[Metric]) -> String {
    let rows = metrics.iter().map(|metric| [&*metric.name, &*metric.kind, &*metric.labels, &*metric.meaning]);
    format!("{INTRODUCTION}\n{}", table::write(["metric", "type", "labels", "meaning"], rows))
}

/// Joins the lines of a source, so that how it was wrapped does not matter.
fn squeeze(source: &str) -> String {
    source.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads `register("name", "meaning", self.field.clone())`.
fn families(source: &str) -> Option<Vec<Metric>> {
    let calls: Vec<_> =
        source.split(".register(").skip(1).filter(|call| call.trim_start().starts_with('"')).collect();
    (!calls.is_empty()).then_some(())?;
    calls.into_iter().map(|call| family(source, call)).collect()
}

fn family(source: &str, call: &str) -> Option<Metric> {
    let (name, rest) = literal(call)?;
    let (meaning, rest) = literal(rest)?;
    let field = rest.split_once("self.")?.1.split_once(".clone()")?.0;
    let (family, types) = between(source, &format!(" {field}: "), ">")?.split_once('<')?;
    let (label, kind) = types.split_once(',').unwrap_or((types, ""));
    let kind = if family == "HistogramFamily" { "histogram".to_owned() } else { kind.trim().to_lowercase() };
    let suffix = if kind == "counter" { "_total" } else { "" };
    Some(Metric {
        name: table::code(&format!("{name}{suffix}")),
        kind,
        labels: labels(source, label)?,
        meaning: meaning.to_owned(),
    })
}

/// Names the fields of a label set.
fn labels(source: &str, label: &str) -> Option<String> {
    let fields = between(source, &format!("struct {label} {{ "), "}")?;
    let names = fields.split(", ").filter_map(|field| field.split_once(':'));
    Some(names.map(|(name, _)| table::code(name.trim())).collect::<Vec<_>>().join(", "))
}

/// Reads `gauge(&mut encoder, "name", "meaning", …)`.
fn process(source: &str) -> Option<Vec<Metric>> {
    let calls: Vec<_> = source.split("gauge(&mut encoder,").skip(1).collect();
    (!calls.is_empty()).then_some(())?;
    let metric = |call| {
        let (name, rest) = literal(call)?;
        let (meaning, _) = literal(rest)?;
        Some(Metric {
            name: table::code(name),
            kind: "gauge".into(),
            labels: String::new(),
            meaning: meaning.into(),
        })
    };
    calls.into_iter().map(metric).collect()
}

/// Splits a text behind its first string literal and returns what is in that.
fn literal(text: &str) -> Option<(&str, &str)> {
    text.split_once('"')?.1.split_once('"')
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}
