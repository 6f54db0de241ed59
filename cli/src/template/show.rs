//! What is printed: definitions, manifests in the order in which they are installed, hooks; all of it, or what some templates
//! gave.

use sluice_helm::chart::Chart;
use sluice_helm::ignore::pattern_matches;
use sluice_helm::manifest::{Sorted, source, split, stream};

use crate::failure::Failure;
use crate::output;

use super::Arguments;

/// Prints a rendered chart.
pub(super) fn print(arguments: &Arguments, chart: &Chart, sorted: &Sorted) -> Result<(), Failure> {
    let manifests = manifests(arguments, chart, sorted);
    let mut text = format!("{}\n", manifests.trim());
    text.push_str(&hooks(arguments, sorted));
    if !arguments.show_only.is_empty() {
        text = shown(&text, &arguments.show_only)?;
    }
    output::print(|out| out.write_all(text.as_bytes()))
}

/// Everything but hooks.
fn manifests(arguments: &Arguments, chart: &Chart, sorted: &Sorted) -> String {
    let crds = if arguments.include_crds { chart.crds() } else { Vec::new() };
    stream(&crds, &sorted.manifests)
}

fn hooks(arguments: &Arguments, sorted: &Sorted) -> String {
    if arguments.no_hooks {
        return String::new();
    }
    let shown = sorted.hooks.iter().filter(|hook| !(arguments.skip_tests && hook.is_test()));
    shown.map(|hook| source(&hook.path, &hook.manifest)).collect()
}

/// What the templates of these paths gave, path by path.
fn shown(text: &str, paths: &[String]) -> Result<String, Failure> {
    let mut shown = String::new();
    for path in paths {
        let found: Vec<&str> = split(text)
            .filter(|manifest| path_of(manifest).is_some_and(|source| pattern_matches(path, source)))
            .collect();
        if found.is_empty() {
            return Err(Failure::Argument(format!("could not find template {path} in chart")));
        }
        for manifest in found {
            shown.push_str(&format!("---\n{manifest}\n"));
        }
    }
    Ok(shown)
}

/// The path that a manifest's first line tells, without the name of the chart.
fn path_of(manifest: &str) -> Option<&str> {
    let mut rest = manifest;
    loop {
        rest = rest.split_once("# Source: ")?.1;
        let Some((chart, path)) = rest.split_once('/') else { continue };
        let path = path.split('\n').next().unwrap_or_default();
        if !chart.is_empty() && !path.is_empty() {
            return Some(path);
        }
    }
}
