//! From a HelmRelease, its chart and its values to what a release consists of.
//!
//! The steps, in order: [compose the values](values), render the chart with the engine, [post-render](post_render) what it
//! gave, and sort that into hooks and manifests. A step that needs a cluster is not done here: the caller brings the chart,
//! the ConfigMaps and Secrets, and what the cluster can do.

use sha2::{Digest, Sha256};
use sluice_crds::helm::HelmRelease;
use sluice_helm::capabilities::Capabilities;
use sluice_helm::chart::Chart;
use sluice_helm::manifest::{ManifestError, Order, Sorted};
use sluice_helm::release::Release;
use sluice_helm::render::{Input, Mode, ReleaseOptions, RenderError, TemplateCache};
use sluice_helm::values::Values;
use sluice_template::{Host, Limits};
use thiserror::Error;

mod digest;
mod post_render;
mod values;

pub use digest::config_digest;
pub use post_render::PostRenderError;
pub use values::{ValuesData, ValuesError, compose};

/// The longest name of a release that Helm takes.
const LONGEST_NAME: usize = 53;

/// What a HelmRelease is rendered with.
pub struct Inputs<'a> {
    /// The object.
    pub release: &'a HelmRelease,
    /// The chart as read.
    pub chart: &'a Chart,
    /// The values, composed.
    pub values: &'a Values,
    /// What the cluster can do.
    pub capabilities: &'a Capabilities,
    /// Time, randomness, and what the cluster holds.
    pub host: &'a dyn Host,
    /// The revision that this will be, from one.
    pub revision: i64,
    /// Whether there is a revision before.
    pub is_upgrade: bool,
    /// What it may cost.
    pub limits: Limits,
    /// Where parsed templates are kept, with the digest of the chart.
    pub cache: Option<(&'a TemplateCache, &'a str)>,
}

/// What a HelmRelease renders to.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The chart with its dependencies resolved.
    pub chart: Chart,
    /// Hooks and manifests in the order in which they are installed.
    pub sorted: Sorted,
    /// The rendered notes.
    pub notes: String,
    /// What Helm would warn of, in order.
    pub warnings: Vec<String>,
}

/// Why a HelmRelease does not render.
#[derive(Debug, Error)]
pub enum HelmReleaseError {
    /// The chart does not render.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// What it gave is not YAML.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// What it gave cannot be post-rendered.
    #[error(transparent)]
    PostRender(#[from] PostRenderError),
}

/// Renders a HelmRelease.
///
/// # Errors
/// The first step that does not succeed; nothing is rendered in part.
pub fn render(inputs: &Inputs<'_>) -> Result<Rendered, HelmReleaseError> {
    let options = ReleaseOptions {
        name: release_name(inputs.release),
        namespace: release_namespace(inputs.release),
        revision: inputs.revision,
        is_upgrade: inputs.is_upgrade,
    };
    let rendered = sluice_helm::render::render(&Input {
        chart: inputs.chart,
        values: inputs.values,
        release: &options,
        capabilities: inputs.capabilities,
        host: inputs.host,
        mode: Mode::Normal,
        skip_schema: skips_schema(inputs),
        subchart_notes: false,
        limits: inputs.limits.clone(),
        cache: inputs.cache,
    })?;
    let files = post_render::post_render(&rendered.files, inputs.release)?;
    let sorted = Sorted::read(&files, Order::Install)?;
    Ok(Rendered { chart: rendered.chart, sorted, notes: rendered.notes, warnings: rendered.warnings })
}

fn skips_schema(inputs: &Inputs<'_>) -> bool {
    let spec = &inputs.release.spec;
    let (install, upgrade) = (spec.install.as_ref(), spec.upgrade.as_ref());
    match inputs.is_upgrade {
        true => upgrade.is_some_and(|upgrade| upgrade.disable_schema_validation),
        false => install.is_some_and(|install| install.disable_schema_validation),
    }
}

/// The name of the release (reference 05.3): as given, or made of target namespace and name; shortened with a hash when
/// Helm would refuse it.
pub fn release_name(release: &HelmRelease) -> String {
    let own = release.metadata.name.clone().unwrap_or_default();
    let name = match (&release.spec.release_name, &release.spec.target_namespace) {
        (Some(name), _) if !name.is_empty() => name.clone(),
        (_, Some(namespace)) if !namespace.is_empty() => format!("{namespace}-{own}"),
        _ => own,
    };
    shortened(name)
}

fn shortened(name: String) -> String {
    const KEPT: usize = 40;
    const HASH: usize = 12;
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let hash = hex::encode(Sha256::digest(&name));
    let end = (0..=KEPT).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    format!("{}-{}", &name[..end], &hash[..HASH])
}

/// The namespace that the release is installed in.
pub fn release_namespace(release: &HelmRelease) -> String {
    let own = release.metadata.namespace.clone().unwrap_or_default();
    release.spec.target_namespace.clone().filter(|namespace| !namespace.is_empty()).unwrap_or(own)
}

/// The digest by which Flux knows a release it made again (reference 05.12).
pub fn snapshot_digest(release: &Release, oci_digest: &str) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(release.observation(oci_digest))))
}

#[cfg(test)]
mod tests;
