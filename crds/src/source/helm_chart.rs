//! HelmChart: a packaged chart from a chart repository, a Git repository or a bucket.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OidcIdentityMatch, VerificationProvider};
use crate::{
    artifact::Artifact,
    duration::Duration,
    meta::{Condition, LocalObjectReference},
    schema::{self, is_default, string_enum},
};

/// Desired state of a HelmChart.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "source.toolkit.fluxcd.io",
    version = "v1",
    kind = "HelmChart",
    namespaced,
    status = "HelmChartStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "Publishes a packaged Helm chart as an artifact.",
    shortname = "hc",
    category = "all",
    category = "fluxcd",
    category = "fluxcd-sources",
    annotation("kustomize.toolkit.fluxcd.io/substitute", "disabled"),
    printcolumn(name = "Chart", type_ = "string", json_path = ".spec.chart"),
    printcolumn(name = "Version", type_ = "string", json_path = ".spec.version"),
    printcolumn(name = "Source Kind", type_ = "string", json_path = ".spec.sourceRef.kind"),
    printcolumn(name = "Source Name", type_ = "string", json_path = ".spec.sourceRef.name"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#
    ),
    printcolumn(
        name = "Status",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#
    )
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "!has(self.verify) || self.sourceRef.kind == 'HelmRepository'",
    "message": "spec.verify is only supported when spec.sourceRef.kind is 'HelmRepository'",
}]))]
pub struct HelmChartSpec {
    /// Name of the chart in a repository, or its path in a Git repository or bucket.
    pub chart: String,
    /// Range of versions; of no effect for Git repositories and buckets.
    #[serde(default = "any_version")]
    pub version: String,
    /// Where the chart is.
    pub source_ref: LocalHelmChartSourceReference,
    /// How often to look for a new version.
    pub interval: Duration,
    /// What makes a new artifact.
    #[serde(default)]
    pub reconcile_strategy: ReconcileStrategy,
    /// Values files in the source that are merged, in order, and replace the chart's own values.
    #[serde(default, skip_serializing_if = "is_default")]
    pub values_files: Vec<String>,
    /// Whether a values file that does not exist is left out without an error.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore_missing_values_files: bool,
    /// Whether to stop looking for new revisions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub suspend: bool,
    /// Signatures that a chart from an OCI registry must bear.
    #[serde(default, skip_serializing_if = "is_default")]
    pub verify: Option<HelmChartVerification>,
}

/// Observed state of a HelmChart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelmChartStatus {
    /// Last generation that was reconciled.
    #[serde(default, skip_serializing_if = "is_default")]
    pub observed_generation: Option<i64>,
    /// Conditions of this object.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Vec<Condition>,
    /// Value of the last handled reconcile request.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_handled_reconcile_at: Option<String>,
    /// Address under which the storage serves the newest artifact.
    #[serde(default, skip_serializing_if = "is_default")]
    pub url: Option<String>,
    /// Artifact of the last revision that was fetched with success.
    #[serde(default, skip_serializing_if = "is_default")]
    pub artifact: Option<Artifact>,
    /// Revision of the source that the chart was last made from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub observed_source_artifact_revision: Option<String>,
    /// Name of the chart that was last made.
    #[serde(default, skip_serializing_if = "is_default")]
    pub observed_chart_name: Option<String>,
    /// Values files that were found, when missing ones are left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub observed_values_files: Vec<String>,
}

/// Names the source of a chart, in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocalHelmChartSourceReference {
    /// Group and version of the source.
    #[serde(default, skip_serializing_if = "is_default")]
    pub api_version: Option<String>,
    /// Kind of the source.
    pub kind: ChartSourceKind,
    /// Name of the source.
    pub name: String,
}

string_enum! {
    /// Kind of source that charts come from.
    #[derive(Default)]
    pub enum ChartSourceKind {
        /// A chart repository.
        #[default]
        HelmRepository = "HelmRepository",
        /// A Git repository.
        GitRepository = "GitRepository",
        /// A bucket.
        Bucket = "Bucket",
    }
}

string_enum! {
    /// What makes a new chart artifact.
    #[derive(Default)]
    pub enum ReconcileStrategy {
        /// A new version of the chart.
        #[default]
        ChartVersion = "ChartVersion",
        /// A new revision of the source.
        Revision = "Revision",
    }
}

/// Signatures that a chart must bear.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("required" = ["provider"]))]
pub struct HelmChartVerification {
    /// Technology of the signatures.
    #[serde(default)]
    pub provider: VerificationProvider,
    /// Secret with the public keys or the trust policy.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret_ref: Option<LocalObjectReference>,
    /// Identities of which one must have signed, when signing is keyless.
    #[serde(default, rename = "matchOIDCIdentity", skip_serializing_if = "is_default")]
    pub match_oidc_identity: Vec<OidcIdentityMatch>,
}

/// Range that every version satisfies.
pub(crate) fn any_version() -> String {
    "*".to_owned()
}
