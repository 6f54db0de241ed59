//! HelmRelease: installs a chart and keeps it installed.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    CrossNamespaceChartReference, HelmChartTemplate, HelmReleaseStatus, Install, Rollback, Test, Uninstall,
    Upgrade,
};
use crate::{
    applier::{
        CommonMetadata, DependencyReference, HealthCheckExpression, IgnoreRule, Image, KubeConfigReference,
        Patch, ValuesSourceKind,
    },
    duration::Duration,
    schema::{self, is_default, string_enum},
};

/// Desired state of a HelmRelease.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "helm.toolkit.fluxcd.io",
    version = "v2",
    kind = "HelmRelease",
    namespaced,
    status = "HelmReleaseStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "Installs a Helm chart and keeps it installed.",
    shortname = "hr",
    category = "all",
    category = "fluxcd",
    category = "fluxcd-appliers",
    annotation("kustomize.toolkit.fluxcd.io/substitute", "disabled"),
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
    "rule": "(has(self.chart) && !has(self.chartRef)) || (!has(self.chart) && has(self.chartRef))",
    "message": "either chart or chartRef must be set",
}]))]
pub struct HelmReleaseSpec {
    /// Template of a HelmChart to create; excludes a chart reference.
    #[serde(default, skip_serializing_if = "is_default")]
    pub chart: Option<HelmChartTemplate>,
    /// Existing source of the chart; excludes a chart template.
    #[serde(default, skip_serializing_if = "is_default")]
    pub chart_ref: Option<CrossNamespaceChartReference>,
    /// How often to compare the cluster with the release, changes apart.
    pub interval: Duration,
    /// Cluster to install on; the controller's own when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kube_config: Option<KubeConfigReference>,
    /// Whether to leave the release alone until further notice.
    #[serde(default, skip_serializing_if = "is_default")]
    pub suspend: bool,
    /// Name of the release; target namespace and name of this object when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(min = 1, max = 53))]
    pub release_name: Option<String>,
    /// Namespace of the release; that of this object when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(min = 1, max = 63))]
    pub target_namespace: Option<String>,
    /// Namespace of the release's records; that of this object when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(min = 1, max = 63))]
    pub storage_namespace: Option<String>,
    /// HelmReleases that must be ready first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub depends_on: Vec<DependencyReference>,
    /// Time limit of each Helm action; five minutes when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeout: Option<Duration>,
    /// Number of revisions to keep; five when absent, all when zero.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::integer")]
    pub max_history: Option<i64>,
    /// ServiceAccount to impersonate for everything done in the cluster.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(min = 1, max = 253))]
    pub service_account_name: Option<String>,
    /// Whether one client serves a whole action; true when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub persistent_client: Option<bool>,
    /// What to do about differences between cluster and release.
    #[serde(default, skip_serializing_if = "is_default")]
    pub drift_detection: Option<DriftDetection>,
    /// Options of installing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub install: Option<Install>,
    /// Options of upgrading.
    #[serde(default, skip_serializing_if = "is_default")]
    pub upgrade: Option<Upgrade>,
    /// Options of testing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub test: Option<Test>,
    /// Options of rolling back.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rollback: Option<Rollback>,
    /// Options of uninstalling.
    #[serde(default, skip_serializing_if = "is_default")]
    pub uninstall: Option<Uninstall>,
    /// ConfigMaps and Secrets that hold values; later ones win.
    #[serde(default, skip_serializing_if = "is_default")]
    pub values_from: Vec<ValuesReference>,
    /// Values of the chart; they win over those from elsewhere.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "any_value")]
    pub values: Option<serde_json::Value>,
    /// Labels and annotations that every object receives.
    #[serde(default, skip_serializing_if = "is_default")]
    pub common_metadata: Option<CommonMetadata>,
    /// Changes to the rendered manifests, in order.
    #[serde(default, skip_serializing_if = "is_default")]
    pub post_renderers: Vec<PostRenderer>,
    /// Whether and how hooks take part in post-rendering; combined when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub post_render_strategy: Option<PostRenderStrategy>,
    /// How to wait for the objects of the release.
    #[serde(default, skip_serializing_if = "is_default")]
    pub wait_strategy: Option<WaitStrategy>,
    /// CEL expressions that tell the health of custom resources.
    #[serde(default, skip_serializing_if = "is_default")]
    pub health_check_exprs: Vec<HealthCheckExpression>,
}

/// Describes a value of any shape.
fn any_value(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "x-kubernetes-preserve-unknown-fields": true })
}

/// Says what to do about differences between cluster and release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DriftDetection {
    /// Whether to correct or only report differences; disabled when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: Option<DriftDetectionMode>,
    /// Fields whose differences do not count.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore: Vec<IgnoreRule>,
}

string_enum! {
    /// What to do about drift.
    #[derive(Default)]
    pub enum DriftDetectionMode {
        /// Detect and correct.
        Enabled = "enabled",
        /// Detect and report.
        Warn = "warn",
        /// Do not look.
        #[default]
        Disabled = "disabled",
    }
}

/// Names a ConfigMap or Secret that holds values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValuesReference {
    /// ConfigMap or Secret.
    pub kind: ValuesSourceKind,
    /// Name of the object, in the same namespace.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Key that holds the values; values.yaml when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(max = 253), extend("pattern" = r"^[\-._a-zA-Z0-9]+$"))]
    pub values_key: Option<String>,
    /// Path in the values, in the notation of `helm --set`, to put a single value at.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(max = 250), extend("pattern" = r"^([a-zA-Z0-9_\-.\\\/]|\[[0-9]{1,5}\])+$"))]
    pub target_path: Option<String>,
    /// Whether the object or key may be missing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub optional: bool,
    /// Whether a value at a target path is taken as it is, like `helm --set-literal`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub literal: bool,
}

/// Changes rendered manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PostRenderer {
    /// Changes in the terms of Kustomize.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kustomize: Option<KustomizePostRenderer>,
}

/// Changes rendered manifests in the terms of Kustomize.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KustomizePostRenderer {
    /// Patches to apply, in order.
    #[serde(default, skip_serializing_if = "is_default")]
    pub patches: Vec<Patch>,
    /// Images to replace.
    #[serde(default, skip_serializing_if = "is_default")]
    pub images: Vec<Image>,
}

string_enum! {
    /// How hooks take part in post-rendering.
    #[derive(Default)]
    pub enum PostRenderStrategy {
        /// Not at all.
        NoHooks = "nohooks",
        /// Together with the other objects.
        #[default]
        Combined = "combined",
        /// On their own.
        Separate = "separate",
    }
}

/// Says how to wait for the objects of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaitStrategy {
    /// Engine that judges readiness.
    pub name: WaitStrategyName,
}

string_enum! {
    /// Engine that judges readiness.
    #[derive(Default)]
    pub enum WaitStrategyName {
        /// The generic one that knows custom resources.
        #[default]
        Poller = "poller",
        /// The one of Helm 3.
        Legacy = "legacy",
    }
}
