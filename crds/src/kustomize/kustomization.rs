//! Kustomization: builds manifests from a source's artifact and applies them.

use std::collections::BTreeMap;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    applier::{
        CommonMetadata, DependencyReference, HealthCheckExpression, IgnoreRule, Image, KubeConfigReference,
        Patch, ResourceInventory, ValuesSourceKind,
    },
    duration::Duration,
    kustomize::PruneBudget,
    meta::{Condition, LocalObjectReference, NamespacedObjectKindReference, Time},
    schema::{self, is_default, string_enum},
};

/// Desired state of a Kustomization.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "kustomize.toolkit.fluxcd.io",
    version = "v1",
    kind = "Kustomization",
    namespaced,
    status = "KustomizationStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "Builds manifests from a source's artifact, applies them and keeps them applied.",
    shortname = "ks",
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
pub struct KustomizationSpec {
    /// Source whose artifact holds the manifests.
    pub source_ref: CrossNamespaceSourceReference,
    /// Directory in the artifact that holds a kustomization.yaml or plain manifests; the root when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub path: Option<String>,
    /// How often to compare the cluster with the source, changes apart.
    pub interval: Duration,
    /// How long to wait after a failure; the interval when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retry_interval: Option<Duration>,
    /// Time limit of build, apply and health checks; the interval less 30 seconds when absent, but at least 30 seconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeout: Option<Duration>,
    /// Whether to delete objects that left the source.
    pub prune: bool,
    /// What becomes of the applied objects when this object is deleted; MirrorPrune when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Kustomizations that must be ready first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub depends_on: Vec<DependencyReference>,
    /// Whether every applied object must be healthy for this object to be ready.
    #[serde(default, skip_serializing_if = "is_default")]
    pub wait: bool,
    /// Objects that must be healthy for this object to be ready; not looked at with wait.
    #[serde(default, skip_serializing_if = "is_default")]
    pub health_checks: Vec<HealthCheckReference>,
    /// CEL expressions that tell the health of custom resources.
    #[serde(default, skip_serializing_if = "is_default")]
    pub health_check_exprs: Vec<HealthCheckExpression>,
    /// Whether to recreate objects when an immutable field changes.
    #[serde(default)]
    pub force: bool,
    /// Whether to leave the applied objects alone until further notice.
    #[serde(default, skip_serializing_if = "is_default")]
    pub suspend: bool,
    /// ServiceAccount to impersonate for everything done in the cluster.
    #[serde(default, skip_serializing_if = "is_default")]
    pub service_account_name: Option<String>,
    /// Cluster to apply to; the controller's own when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kube_config: Option<KubeConfigReference>,
    /// Namespace that replaces the namespace of every object.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(min = 1, max = 63))]
    pub target_namespace: Option<String>,
    /// Text to put before the name of every object.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(min = 1, max = 200))]
    pub name_prefix: Option<String>,
    /// Text to put after the name of every object.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(min = 1, max = 200))]
    pub name_suffix: Option<String>,
    /// Labels and annotations that every object receives.
    #[serde(default, skip_serializing_if = "is_default")]
    pub common_metadata: Option<CommonMetadata>,
    /// Patches to apply, in order.
    #[serde(default, skip_serializing_if = "is_default")]
    pub patches: Vec<Patch>,
    /// Images to replace.
    #[serde(default, skip_serializing_if = "is_default")]
    pub images: Vec<Image>,
    /// Kustomize components, as paths relative to the path.
    #[serde(default, skip_serializing_if = "is_default")]
    pub components: Vec<String>,
    /// Whether a component that does not exist is left out without an error.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore_missing_components: bool,
    /// Annotations about their origin that built objects receive.
    #[serde(default, skip_serializing_if = "is_default")]
    pub build_metadata: Vec<BuildMetadata>,
    /// What to do with the manifests after they were built.
    #[serde(default, skip_serializing_if = "is_default")]
    pub post_build: Option<PostBuild>,
    /// How to decrypt encrypted files.
    #[serde(default, skip_serializing_if = "is_default")]
    pub decryption: Option<Decryption>,
    /// Fields to leave out of apply and drift detection.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore: Vec<IgnoreRule>,
    /// Settings that Flux does not have.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sluice: Option<SluiceSettings>,
}

/// Settings that Flux does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SluiceSettings {
    /// How much of the inventory a revision may delete, as a number of objects or a percentage like 20%. One that would
    /// delete more deletes nothing until it is named by the annotation `sluice.dev/allow-prune`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub prune_budget: Option<PruneBudget>,
}

/// Observed state of a Kustomization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KustomizationStatus {
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
    /// Revision that was last applied with full success.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_applied_revision: Option<String>,
    /// Revision of the origin of the artifact that was last applied with full success.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_applied_origin_revision: Option<String>,
    /// Revision that was last tried.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_attempted_revision: Option<String>,
    /// Objects that this Kustomization manages.
    #[serde(default, skip_serializing_if = "is_default")]
    pub inventory: Option<ResourceInventory>,
    /// Latest distinct outcomes, newest first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub history: Vec<Snapshot>,
}

/// Names a source, possibly in another namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CrossNamespaceSourceReference {
    /// Group and version of the source.
    #[serde(default, skip_serializing_if = "is_default")]
    pub api_version: Option<String>,
    /// Kind of the source.
    pub kind: SourceKind,
    /// Name of the source.
    pub name: String,
    /// Namespace of the source; that of this object when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespace: Option<String>,
}

string_enum! {
    /// Kind of source that manifests come from.
    #[derive(Default)]
    pub enum SourceKind {
        /// An OCI repository.
        OciRepository = "OCIRepository",
        /// A Git repository.
        #[default]
        GitRepository = "GitRepository",
        /// A bucket.
        Bucket = "Bucket",
        /// An artifact that somebody else produces.
        ExternalArtifact = "ExternalArtifact",
    }
}

string_enum! {
    /// What becomes of applied objects when their Kustomization is deleted.
    #[derive(Default)]
    pub enum DeletionPolicy {
        /// Deleted when `prune` is set, left otherwise.
        #[default]
        MirrorPrune = "MirrorPrune",
        /// Deleted.
        Delete = "Delete",
        /// Deleted, and the Kustomization waits until they are gone.
        WaitForTermination = "WaitForTermination",
        /// Left in the cluster.
        Orphan = "Orphan",
    }
}

string_enum! {
    /// Annotations about their origin that built objects receive.
    pub enum BuildMetadata {
        /// The file that an object came from.
        OriginAnnotations = "originAnnotations",
        /// The transformers that touched an object.
        TransformerAnnotations = "transformerAnnotations",
    }
}

/// Names an object whose health counts.
pub type HealthCheckReference = NamespacedObjectKindReference;

/// What to do with manifests after they were built.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostBuild {
    /// Variables and their values; they win over those from elsewhere.
    #[serde(default, skip_serializing_if = "is_default")]
    pub substitute: BTreeMap<String, String>,
    /// ConfigMaps and Secrets that hold variables; later ones win.
    #[serde(default, skip_serializing_if = "is_default")]
    pub substitute_from: Vec<SubstituteReference>,
    /// When to substitute; WithVariables when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub substitute_strategy: Option<SubstituteStrategy>,
}

/// Names a ConfigMap or Secret that holds variables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubstituteReference {
    /// ConfigMap or Secret.
    pub kind: ValuesSourceKind,
    /// Name of the object, in the same namespace.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Whether the object may be missing.
    #[serde(default)]
    pub optional: bool,
}

string_enum! {
    /// When variables are substituted.
    #[derive(Default)]
    pub enum SubstituteStrategy {
        /// When at least one variable is defined.
        #[default]
        WithVariables = "WithVariables",
        /// Always, so that defaults in the manifests take effect.
        Always = "Always",
    }
}

/// How to decrypt encrypted files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decryption {
    /// Format of the encrypted files.
    pub provider: DecryptionProvider,
    /// Secret with the keys.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret_ref: Option<LocalObjectReference>,
    /// ServiceAccount whose cloud identity may use the keys of a key management service.
    #[serde(default, skip_serializing_if = "is_default")]
    pub service_account_name: Option<String>,
}

string_enum! {
    /// Format of encrypted files.
    #[derive(Default)]
    pub enum DecryptionProvider {
        /// SOPS.
        #[default]
        Sops = "sops",
    }
}

/// One distinct outcome of reconciling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Digest of the built manifests.
    pub digest: String,
    /// When this outcome first came about.
    #[schemars(schema_with = "schema::time")]
    pub first_reconciled: Time,
    /// When this outcome last came about.
    #[schemars(schema_with = "schema::time")]
    pub last_reconciled: Time,
    /// How long the last reconciliation took.
    #[schemars(with = "String")]
    pub last_reconciled_duration: Duration,
    /// Reason of the Ready condition at the last reconciliation.
    pub last_reconciled_status: String,
    /// How often this outcome came about.
    pub total_reconciliations: i64,
    /// Revision of the source and of its origin.
    #[serde(default, skip_serializing_if = "is_default")]
    pub metadata: BTreeMap<String, String>,
}
