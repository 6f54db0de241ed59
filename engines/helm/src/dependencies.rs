//! Which of the charts below a chart take part in a release, under which names, and which of their values the charts above
//! take over. The result is a new chart over the same files.
//!
//! Charts that lie in `charts/` and are not listed take part always. Of those that are listed, tags decide first, then the
//! first condition that is a truth value.

mod enabled;
mod import;
mod tree;

use crate::chart::Chart;
use crate::values::{CoalesceError, Values};

use tree::Tree;

/// A chart with its dependencies resolved.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The chart: what is disabled is gone, aliases are names, imported values are among the defaults.
    pub chart: Chart,
    /// What Helm would warn of, in order.
    pub warnings: Vec<String>,
}

/// Why a chart cannot be installed as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// The chart is for others to use.
    #[error("{0} charts are not installable")]
    NotInstallable(String),
    /// Charts that are listed do not lie in `charts/`.
    #[error("an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}", .0.join(", "))]
    Missing(Vec<String>),
    /// The format can be read, but not rendered.
    #[error("invalid chart apiVersion")]
    ApiVersion,
}

/// Says whether a chart, as read, can be installed: it is an application, and all that it lists is there.
///
/// # Errors
/// The first of these that does not hold.
pub fn check(chart: &Chart) -> Result<(), CheckError> {
    let kind = chart.metadata.kind.as_str();
    if !matches!(kind, "" | "application") {
        return Err(CheckError::NotInstallable(kind.to_owned()));
    }
    let listed = chart.metadata.dependencies.iter().flatten();
    let is_missing = |name: &String| !chart.dependencies.iter().any(|below| below.name() == name);
    let missing: Vec<_> = listed.map(|dependency| dependency.name.clone()).filter(is_missing).collect();
    if !missing.is_empty() {
        return Err(CheckError::Missing(missing));
    }
    if chart.metadata.api_version == "v3" { Err(CheckError::ApiVersion) } else { Ok(()) }
}

/// Resolves the dependencies of a chart with the values that a user gave.
///
/// # Errors
/// When something else than a table stands under the name of a chart below, or values are nested too deeply.
pub fn resolve(chart: &Chart, values: &Values) -> Result<Resolved, CoalesceError> {
    let mut tree = Tree::new(chart);
    let mut warnings = Vec::new();
    enabled::process(&mut tree, Tree::ROOT, values, "", &mut warnings)?;
    import::process(&mut tree, Tree::ROOT, &mut warnings)?;
    Ok(Resolved { chart: tree.chart(Tree::ROOT), warnings })
}
