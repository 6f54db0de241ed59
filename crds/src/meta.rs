//! What all kinds share: references, condition types, reasons, well-known annotations and labels.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::is_default;

pub mod reason;

pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// Finalizer of every reconciled kind.
pub const FINALIZER: &str = "finalizers.fluxcd.io";

/// Annotation that asks for a reconciliation now; its value is an opaque token.
pub const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";
/// Annotation that asks for one forced Helm install or upgrade.
pub const FORCE_AT: &str = "reconcile.fluxcd.io/forceAt";
/// Annotation that asks to forget the failures of a HelmRelease.
pub const RESET_AT: &str = "reconcile.fluxcd.io/resetAt";
/// Label of ConfigMaps and Secrets whose changes wake the objects that refer to them.
pub const WATCH_LABEL: &str = "reconcile.fluxcd.io/watch";
/// Value of [`WATCH_LABEL`] that switches watching on.
pub const WATCH_ENABLED: &str = "Enabled";
/// Label that assigns an object to a controller shard.
pub const SHARD_KEY: &str = "sharding.fluxcd.io/key";

/// Condition: the summary of all others.
pub const READY: &str = "Ready";
/// Condition: work is under way; present only while true.
pub const RECONCILING: &str = "Reconciling";
/// Condition: no progress without a change by the user; present only while true.
pub const STALLED: &str = "Stalled";
/// Condition: the applied objects are healthy.
pub const HEALTHY: &str = "Healthy";
/// Condition: the artifact of the current revision is in storage.
pub const ARTIFACT_IN_STORAGE: &str = "ArtifactInStorage";
/// Condition: a newer artifact is about to be produced.
pub const ARTIFACT_OUTDATED: &str = "ArtifactOutdated";
/// Condition: the origin could not be read.
pub const FETCH_FAILED: &str = "FetchFailed";
/// Condition: an included artifact is missing.
pub const INCLUDE_UNAVAILABLE: &str = "IncludeUnavailable";
/// Condition: the signature of the origin was verified.
pub const SOURCE_VERIFIED: &str = "SourceVerified";
/// Condition: reading from or writing to storage failed.
pub const STORAGE_OPERATION_FAILED: &str = "StorageOperationFailed";
/// Condition: a chart could not be built.
pub const BUILD_FAILED: &str = "BuildFailed";
/// Condition: the last Helm install or upgrade succeeded.
pub const RELEASED: &str = "Released";
/// Condition: the Helm tests of the current release succeeded.
pub const TEST_SUCCESS: &str = "TestSuccess";
/// Condition: the last failure was remedied by rollback or uninstall.
pub const REMEDIATED: &str = "Remediated";
/// Condition: the cluster differs from the release.
pub const DRIFTED: &str = "Drifted";

/// Status of a condition that holds.
pub const TRUE: &str = "True";
/// Status of a condition that does not hold.
pub const FALSE: &str = "False";
/// Status of a condition that could not be determined.
pub const UNKNOWN: &str = "Unknown";

/// Names an object in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct LocalObjectReference {
    /// Name of the object.
    pub name: String,
}

/// Names an object in any namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct NamespacedObjectReference {
    /// Name of the object.
    pub name: String,
    /// Namespace of the object; that of the referrer when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespace: Option<String>,
}

/// Names an object of any kind in any namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamespacedObjectKindReference {
    /// Group and version of the object.
    #[serde(default, skip_serializing_if = "is_default")]
    pub api_version: Option<String>,
    /// Kind of the object.
    pub kind: String,
    /// Name of the object.
    pub name: String,
    /// Namespace of the object; that of the referrer when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespace: Option<String>,
}

/// Names one key of a Secret in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct SecretKeyReference {
    /// Name of the Secret.
    pub name: String,
    /// Key in the Secret; the reader's own choice when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub key: Option<String>,
}
