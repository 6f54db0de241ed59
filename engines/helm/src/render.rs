//! Charts into text: all templates of a chart and of those below it, each with what it may see.
//!
//! [`Templates`] are parsed once and can be kept ([`TemplateCache`]); [`render`] does all that Helm does between a chart as
//! read and its rendered files. Refuses: charts for another version of Kubernetes, values that a schema refuses, and
//! whatever goes beyond the limits.

mod cache;
mod failure;
mod scope;
mod templates;

use std::collections::BTreeMap;

use sluice_template::{Host, Limits};
use thiserror::Error;

pub use cache::TemplateCache;
pub use failure::{Failure, Place};
pub use templates::Templates;

use crate::capabilities::Capabilities;
use crate::chart::Chart;
use crate::dependencies;
use crate::schema::{self, SchemaError};
use crate::values::{CoalesceError, Values, coalesce_values};
use crate::version::is_compatible;

/// The end of the names of files that hold notes.
const NOTES: &str = "NOTES.txt";

/// Which release a chart is rendered for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseOptions {
    /// `.Release.Name`
    pub name: String,
    /// `.Release.Namespace`
    pub namespace: String,
    /// `.Release.Revision`
    pub revision: i64,
    /// `.Release.IsUpgrade`, the opposite of `.Release.IsInstall`
    pub is_upgrade: bool,
}

/// How strictly a chart is rendered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// As for an installation.
    #[default]
    Normal,
    /// Keys that are not there are errors.
    Strict,
    /// `required` and `fail` let everything through.
    Lint,
}

/// What a chart is rendered with.
pub struct Input<'a> {
    /// The chart as read.
    pub chart: &'a Chart,
    /// The values that were given.
    pub values: &'a Values,
    /// The release.
    pub release: &'a ReleaseOptions,
    /// What the cluster can do.
    pub capabilities: &'a Capabilities,
    /// Time, randomness, and what the cluster holds.
    pub host: &'a dyn Host,
    /// How strictly.
    pub mode: Mode,
    /// Whether schemas are left aside.
    pub skip_schema: bool,
    /// Whether the notes of charts below are taken too.
    pub subchart_notes: bool,
    /// What it may cost.
    pub limits: Limits,
    /// Where parsed templates are kept, with the digest of the chart.
    pub cache: Option<(&'a TemplateCache, &'a str)>,
}

/// A rendered chart.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The chart with its dependencies resolved.
    pub chart: Chart,
    /// The text of every file but partials and notes, by its path.
    pub files: BTreeMap<String, String>,
    /// The rendered notes.
    pub notes: String,
    /// What Helm would warn of, in order.
    pub warnings: Vec<String>,
}

/// Why a chart does not render.
#[derive(Debug, Error)]
pub enum RenderError {
    /// Dependencies cannot be resolved.
    #[error("chart dependencies processing failed: {0}")]
    Dependencies(CoalesceError),
    /// The values do not fit the chart.
    #[error(transparent)]
    Values(CoalesceError),
    /// A schema refuses the values.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The chart is for other versions of Kubernetes.
    #[error("chart requires kubeVersion: {range} which is incompatible with Kubernetes {version}")]
    KubeVersion {
        /// What the chart asks for.
        range: String,
        /// What there is.
        version: String,
    },
    /// A template does not parse or does not run.
    #[error(transparent)]
    Template(Box<Failure>),
}

/// Renders a chart.
///
/// # Errors
/// The first step that does not succeed; nothing is rendered in part.
pub fn render(input: &Input<'_>) -> Result<Rendered, RenderError> {
    let resolved = dependencies::resolve(input.chart, input.values).map_err(RenderError::Dependencies)?;
    let mut warnings = resolved.warnings;
    let chart = resolved.chart;
    let coalesced = coalesce_values(&chart, input.values).map_err(RenderError::Values)?;
    warnings.extend(coalesced.warnings);
    if !input.skip_schema {
        let checked = schema::check(&chart, &coalesced.values);
        warnings.extend(checked.warnings);
        checked.result?;
    }
    check_kube_version(&chart, input.capabilities)?;
    let templates = match input.cache {
        Some((cache, digest)) => cache.get(&chart, digest, input),
        None => Templates::parse(&chart, input.mode, &input.limits).map(Into::into),
    }?;
    let data = scope::values(&chart, &coalesced.values, input);
    let mut files = templates.render(&data, input)?;
    let notes = take_notes(&chart, &mut files, input.subchart_notes);
    Ok(Rendered { chart, files, notes, warnings })
}

fn check_kube_version(chart: &Chart, capabilities: &Capabilities) -> Result<(), RenderError> {
    let range = &chart.metadata.kube_version;
    if range.is_empty() || is_compatible(range, capabilities.kube_version.comparable()) {
        return Ok(());
    }
    let version = capabilities.kube_version.version.clone();
    Err(RenderError::KubeVersion { range: range.clone(), version })
}

/// Takes the notes out of the files; those of the chart itself, and of the charts below where that is wanted.
fn take_notes(chart: &Chart, files: &mut BTreeMap<String, String>, subcharts: bool) -> String {
    let own = format!("{}/templates/{NOTES}", chart.name());
    let mut notes = String::new();
    files.retain(|name, text| {
        let is_notes = name.ends_with(NOTES);
        if is_notes && (subcharts || *name == own) {
            if !notes.is_empty() {
                notes.push('\n');
            }
            notes.push_str(text);
        }
        !is_notes
    });
    notes
}
