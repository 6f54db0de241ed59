//! Aliases, tags and conditions: charts that are disabled are taken out, level by level.

use std::collections::HashSet;

use serde_json::Value;

use super::tree::{Id, Tree};
use crate::chart::Dependency;
use crate::values::{CoalesceError, Values, coalesce_values, path_value, table};
use crate::version::is_compatible;

pub(super) fn process(
    tree: &mut Tree,
    id: Id,
    values: &Values,
    path: &str,
    warnings: &mut Vec<String>,
) -> Result<(), CoalesceError> {
    let Some(mut listed) = tree.metadata(id).dependencies.clone() else { return Ok(()) };
    let below = take_listed(tree, id, &mut listed).ok_or(CoalesceError::TooManyCharts)?;
    tree.set_below(id, below);
    tree.metadata_mut(id).dependencies = Some(listed.clone());
    let coalesced = coalesce_values(&tree.chart(id), values)?;
    warnings.extend(coalesced.warnings);
    let values = coalesced.values;
    for dependency in &mut listed {
        dependency.enabled = by_tags(dependency, &values, warnings).unwrap_or(true);
        let condition = by_condition(dependency, &values, path, warnings);
        dependency.enabled = condition.unwrap_or(dependency.enabled);
    }
    let disabled: HashSet<String> =
        listed.iter().filter(|listed| !listed.enabled).map(|listed| listed.name.clone()).collect();
    listed.retain(|dependency| !disabled.contains(&dependency.name));
    let mut below = tree.below(id);
    below.retain(|inner| !disabled.contains(&tree.metadata(*inner).name));
    for inner in &below {
        let path = format!("{path}{}.", tree.metadata(*inner).name);
        process(tree, *inner, &values, &path, warnings)?;
    }
    tree.metadata_mut(id).dependencies = (!listed.is_empty()).then_some(listed);
    tree.set_below(id, below);
    Ok(())
}

/// The charts below: those that nothing lists as they are, then a copy for each that is listed, under its alias.
fn take_listed(tree: &mut Tree, id: Id, listed: &mut [Dependency]) -> Option<Vec<Id>> {
    let found = tree.below(id);
    let is_for = |tree: &Tree, inner: Id, dependency: &Dependency| {
        let metadata = tree.metadata(inner);
        metadata.name == dependency.name && is_compatible(&dependency.version, &metadata.version)
    };
    let is_listed = |inner: &Id| listed.iter().any(|dependency| is_for(tree, *inner, dependency));
    let mut below: Vec<Id> = found.iter().copied().filter(|inner| !is_listed(inner)).collect();
    for dependency in listed {
        if let Some(inner) = found.iter().find(|inner| is_for(tree, **inner, dependency)) {
            let copied = tree.copy(*inner)?;
            if !dependency.alias.is_empty() {
                tree.metadata_mut(copied).name.clone_from(&dependency.alias);
            }
            below.push(copied);
        }
        if !dependency.alias.is_empty() {
            dependency.name.clone_from(&dependency.alias);
        }
    }
    Some(below)
}

/// Disabled when a tag is switched off and none is switched on.
fn by_tags(dependency: &Dependency, values: &Values, warnings: &mut Vec<String>) -> Option<bool> {
    let tags = table(values, "tags")?;
    let (mut on, mut off) = (false, false);
    for tag in &dependency.tags {
        match tags.get(tag) {
            Some(Value::Bool(true)) => on = true,
            Some(Value::Bool(false)) => off = true,
            Some(_) => warnings.push(not_a_truth_value("tag", tag, &dependency.name)),
            None => {}
        }
    }
    Some(on || !off)
}

fn by_condition(
    dependency: &Dependency,
    values: &Values,
    path: &str,
    warnings: &mut Vec<String>,
) -> Option<bool> {
    for condition in dependency.condition.trim().split(',').filter(|condition| !condition.is_empty()) {
        match path_value(values, &format!("{path}{condition}")) {
            Some(Value::Bool(value)) => return Some(*value),
            Some(_) => warnings.push(not_a_truth_value("path", condition, &dependency.name)),
            None => {}
        }
    }
    None
}

fn not_a_truth_value(what: &str, name: &str, chart: &str) -> String {
    format!("level=WARN msg=\"returned non-bool value\" {what}={name} chart={chart}")
}
