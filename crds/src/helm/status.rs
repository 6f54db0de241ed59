//! Observed state of a HelmRelease.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    applier::ResourceInventory,
    duration::Duration,
    meta::{Condition, Time},
    schema::{self, is_default, string_enum},
};

/// Observed state of a HelmRelease.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelmReleaseStatus {
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
    /// Value of the last handled request of a forced release.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_handled_force_at: Option<String>,
    /// Value of the last handled request to forget failures.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_handled_reset_at: Option<String>,
    /// Namespace and name of the HelmChart that was created.
    #[serde(default, skip_serializing_if = "is_default")]
    pub helm_chart: Option<String>,
    /// Namespace of the release's records.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(min = 1, max = 63))]
    pub storage_namespace: Option<String>,
    /// Releases that were made, newest first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub history: Vec<Snapshot>,
    /// Objects of the current release.
    #[serde(default, skip_serializing_if = "is_default")]
    pub inventory: Option<ResourceInventory>,
    /// Generation that was last tried.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_attempted_generation: Option<i64>,
    /// Version of the chart that was last tried.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_attempted_revision: Option<String>,
    /// Digest of the chart that was last tried.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_attempted_revision_digest: Option<String>,
    /// Digest of the values that were last tried.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_attempted_config_digest: Option<String>,
    /// Deprecated: checksum of the values that were last tried.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_attempted_values_checksum: Option<String>,
    /// Action that was last tried.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_attempted_release_action: Option<ReleaseAction>,
    /// How long the action that was last tried took.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(with = "Option<String>")]
    pub last_attempted_release_action_duration: Option<Duration>,
    /// Deprecated: revision of the last release.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::integer")]
    pub last_release_revision: Option<i64>,
    /// Failures since the last success.
    #[serde(default, skip_serializing_if = "is_default")]
    pub failures: Option<i64>,
    /// Failed installations since the last success.
    #[serde(default, skip_serializing_if = "is_default")]
    pub install_failures: Option<i64>,
    /// Failed upgrades since the last success.
    #[serde(default, skip_serializing_if = "is_default")]
    pub upgrade_failures: Option<i64>,
    /// Digest of the post-renderers that the current release was made with.
    #[serde(default, skip_serializing_if = "is_default")]
    pub observed_post_renderers_digest: Option<String>,
    /// Digest of the common metadata that the current release was made with.
    #[serde(default, skip_serializing_if = "is_default")]
    pub observed_common_metadata_digest: Option<String>,
}

/// Describes a release that was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Version of this description; v1 when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub api_version: Option<String>,
    /// Digest of the release's record.
    pub digest: String,
    /// Name of the release.
    pub name: String,
    /// Namespace of the release.
    pub namespace: String,
    /// Revision of the release.
    #[schemars(schema_with = "schema::integer")]
    pub version: i64,
    /// Status of the release, in Helm's words.
    pub status: String,
    /// Action that made the release.
    #[serde(default, skip_serializing_if = "is_default")]
    pub action: Option<String>,
    /// Name of the chart.
    pub chart_name: String,
    /// Version of the chart.
    pub chart_version: String,
    /// Version of the application, as the chart states it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub app_version: Option<String>,
    /// Digest of the values.
    pub config_digest: String,
    /// When the release was first deployed.
    #[schemars(schema_with = "schema::time")]
    pub first_deployed: Time,
    /// When the release was last deployed.
    #[schemars(schema_with = "schema::time")]
    pub last_deployed: Time,
    /// When the release was deleted.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::time")]
    pub deleted: Option<Time>,
    /// Tests of the release, by name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub test_hooks: BTreeMap<String, TestHookStatus>,
    /// Digest of the OCI artifact that the chart came from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub oci_digest: Option<String>,
}

/// Describes how a test went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestHookStatus {
    /// When the test last started.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::time")]
    pub last_started: Option<Time>,
    /// When the test last completed.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::time")]
    pub last_completed: Option<Time>,
    /// Outcome of the test, in Helm's words.
    #[serde(default, skip_serializing_if = "is_default")]
    pub phase: Option<String>,
}

string_enum! {
    /// Action that makes a release.
    pub enum ReleaseAction {
        /// Install.
        Install = "install",
        /// Upgrade.
        Upgrade = "upgrade",
    }
}
