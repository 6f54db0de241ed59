//! Where a HelmRelease's chart comes from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    applier::CommonMetadata,
    duration::Duration,
    meta::LocalObjectReference,
    schema::{is_default, string_enum},
    source::{ChartSourceKind, ReconcileStrategy, VerificationProvider, helm_chart::any_version},
};

/// Template of the HelmChart that is created for a HelmRelease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HelmChartTemplate {
    /// Labels and annotations of the HelmChart.
    #[serde(default, skip_serializing_if = "is_default")]
    pub metadata: Option<CommonMetadata>,
    /// Desired state of the HelmChart.
    pub spec: HelmChartTemplateSpec,
}

/// Desired state of the HelmChart that is created for a HelmRelease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelmChartTemplateSpec {
    /// Name of the chart in a repository, or its path in a Git repository or bucket.
    #[schemars(length(min = 1, max = 2048))]
    pub chart: String,
    /// Range of versions; of no effect for Git repositories and buckets.
    #[serde(default = "any_version")]
    pub version: String,
    /// Where the chart is.
    pub source_ref: CrossNamespaceObjectReference,
    /// How often to look for a new version; the interval of the HelmRelease when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub interval: Option<Duration>,
    /// What makes a new artifact.
    #[serde(default)]
    pub reconcile_strategy: ReconcileStrategy,
    /// Values files in the source that are merged, in order, and replace the chart's own values.
    #[serde(default, skip_serializing_if = "is_default")]
    pub values_files: Vec<String>,
    /// Whether a values file that does not exist is left out without an error.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore_missing_values_files: bool,
    /// Signatures that a chart from an OCI registry must bear.
    #[serde(default, skip_serializing_if = "is_default")]
    pub verify: Option<HelmChartTemplateVerification>,
}

/// Names the source of a chart, possibly in another namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CrossNamespaceObjectReference {
    /// Group and version of the source.
    #[serde(default, skip_serializing_if = "is_default")]
    pub api_version: Option<String>,
    /// Kind of the source.
    pub kind: ChartSourceKind,
    /// Name of the source.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Namespace of the source; that of the HelmRelease when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(min = 1, max = 63))]
    pub namespace: Option<String>,
}

/// Signatures that a chart must bear.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("required" = ["provider"]))]
pub struct HelmChartTemplateVerification {
    /// Technology of the signatures.
    #[serde(default)]
    pub provider: VerificationProvider,
    /// Secret with the public keys or the trust policy.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret_ref: Option<LocalObjectReference>,
}

/// Names an existing source of a chart, possibly in another namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CrossNamespaceChartReference {
    /// Group and version of the source.
    #[serde(default, skip_serializing_if = "is_default")]
    pub api_version: Option<String>,
    /// Kind of the source.
    pub kind: ChartReferenceKind,
    /// Name of the source.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Namespace of the source; that of the HelmRelease when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(min = 1, max = 63))]
    pub namespace: Option<String>,
}

string_enum! {
    /// Kind of an existing source of a chart.
    #[derive(Default)]
    pub enum ChartReferenceKind {
        /// An OCI repository.
        #[default]
        OciRepository = "OCIRepository",
        /// A HelmChart.
        HelmChart = "HelmChart",
        /// An artifact that somebody else produces.
        ExternalArtifact = "ExternalArtifact",
    }
}
