//! Options of Helm's actions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    duration::Duration,
    schema::{self, is_default, string_enum},
};

/// Options of installing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Install {
    /// Time limit of the action; that of the HelmRelease when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeout: Option<Duration>,
    /// What to do when the installation fails.
    #[serde(default, skip_serializing_if = "is_default")]
    pub strategy: Option<InstallStrategy>,
    /// What to do about a failed installation before the next try.
    #[serde(default, skip_serializing_if = "is_default")]
    pub remediation: Option<InstallRemediation>,
    /// Whether to fail instead of adopting objects of other releases.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_take_ownership: bool,
    /// Whether not to wait for the objects to become ready.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_wait: bool,
    /// Whether not to wait for jobs to complete.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_wait_for_jobs: bool,
    /// Whether to run no hooks.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_hooks: bool,
    /// Whether not to validate against the cluster's OpenAPI schema.
    #[serde(default, rename = "disableOpenAPIValidation", skip_serializing_if = "is_default")]
    pub disable_openapi_validation: bool,
    /// Whether not to validate values against the chart's schema.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_schema_validation: bool,
    /// Whether to reuse the name of a release that was uninstalled but kept.
    #[serde(default, skip_serializing_if = "is_default")]
    pub replace: bool,
    /// Whether to leave out the chart's definitions of custom resources; deprecated and without effect.
    #[serde(default, rename = "skipCRDs", skip_serializing_if = "is_default")]
    pub skip_crds: bool,
    /// What to do with the chart's definitions of custom resources; Create when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub crds: Option<CrdsPolicy>,
    /// Whether to create the target namespace.
    #[serde(default, skip_serializing_if = "is_default")]
    pub create_namespace: bool,
    /// Whether to apply on the server's side; true when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub server_side_apply: Option<bool>,
}

/// Options of upgrading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Upgrade {
    /// Time limit of the action; that of the HelmRelease when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeout: Option<Duration>,
    /// What to do when the upgrade fails.
    #[serde(default, skip_serializing_if = "is_default")]
    pub strategy: Option<UpgradeStrategy>,
    /// What to do about a failed upgrade before the next try.
    #[serde(default, skip_serializing_if = "is_default")]
    pub remediation: Option<UpgradeRemediation>,
    /// Whether to fail instead of adopting objects of other releases.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_take_ownership: bool,
    /// Whether not to wait for the objects to become ready.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_wait: bool,
    /// Whether not to wait for jobs to complete.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_wait_for_jobs: bool,
    /// Whether to run no hooks.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_hooks: bool,
    /// Whether not to validate against the cluster's OpenAPI schema.
    #[serde(default, rename = "disableOpenAPIValidation", skip_serializing_if = "is_default")]
    pub disable_openapi_validation: bool,
    /// Whether not to validate values against the chart's schema.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_schema_validation: bool,
    /// Whether to recreate objects that cannot be changed in place.
    #[serde(default, skip_serializing_if = "is_default")]
    pub force: bool,
    /// Whether to start from the values of the last release.
    #[serde(default, skip_serializing_if = "is_default")]
    pub preserve_values: bool,
    /// Whether to delete objects that a failed upgrade created.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cleanup_on_fail: bool,
    /// What to do with the chart's definitions of custom resources; Create when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub crds: Option<CrdsPolicy>,
    /// Whether to apply on the server's side; auto when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub server_side_apply: Option<ServerSideApplyMode>,
    /// What to do when the chart has another name than the released one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub chart_name_change_strategy: Option<ChartNameChangeStrategy>,
}

/// Options of testing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Test {
    /// Whether to run the chart's tests after install and upgrade.
    #[serde(default, skip_serializing_if = "is_default")]
    pub enable: bool,
    /// Time limit of the action; that of the HelmRelease when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeout: Option<Duration>,
    /// Whether a failed test leaves the release ready.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore_failures: bool,
    /// Tests to run or leave out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub filters: Vec<TestFilter>,
}

/// Selects a test by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestFilter {
    /// Name of the test.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Whether to leave the test out instead.
    #[serde(default, skip_serializing_if = "is_default")]
    pub exclude: bool,
}

/// Options of rolling back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rollback {
    /// Time limit of the action; that of the HelmRelease when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeout: Option<Duration>,
    /// Whether not to wait for the objects to become ready.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_wait: bool,
    /// Whether not to wait for jobs to complete.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_wait_for_jobs: bool,
    /// Whether to run no hooks.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_hooks: bool,
    /// Whether to restart pods; without effect.
    #[serde(default, skip_serializing_if = "is_default")]
    pub recreate: bool,
    /// Whether to recreate objects that cannot be changed in place.
    #[serde(default, skip_serializing_if = "is_default")]
    pub force: bool,
    /// Whether to delete objects that a failed rollback created.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cleanup_on_fail: bool,
    /// Whether to apply on the server's side; auto when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub server_side_apply: Option<ServerSideApplyMode>,
}

/// Options of uninstalling.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Uninstall {
    /// Time limit of the action; that of the HelmRelease when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeout: Option<Duration>,
    /// Whether to run no hooks.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_hooks: bool,
    /// Whether to keep the release's records.
    #[serde(default, skip_serializing_if = "is_default")]
    pub keep_history: bool,
    /// Whether not to wait until the objects are gone.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable_wait: bool,
    /// What becomes of the objects that the deleted ones own.
    #[serde(default)]
    pub deletion_propagation: DeletionPropagation,
}

/// Says what to do when an installation fails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "!has(self.retryInterval) || self.name != 'RemediateOnFailure'",
    "message": ".retryInterval cannot be set when .name is 'RemediateOnFailure'",
}]))]
pub struct InstallStrategy {
    /// What to do.
    pub name: ActionStrategy,
    /// How long to wait before a retry; five minutes when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retry_interval: Option<Duration>,
}

/// Says what to do when an upgrade fails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "!has(self.retryInterval) || self.name == 'RetryOnFailure'",
    "message": ".retryInterval can only be set when .name is 'RetryOnFailure'",
}]))]
pub struct UpgradeStrategy {
    /// What to do.
    pub name: ActionStrategy,
    /// How long to wait before a retry; five minutes when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retry_interval: Option<Duration>,
}

/// Says what to do about a failed installation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstallRemediation {
    /// Number of retries; none when absent, endless when negative.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::integer")]
    pub retries: Option<i64>,
    /// Whether a failed test is not a failure; that of the test options when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore_test_failures: Option<bool>,
    /// Whether to remedy the last failure as well; false when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub remediate_last_failure: Option<bool>,
}

/// Says what to do about a failed upgrade.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpgradeRemediation {
    /// Number of retries; none when absent, endless when negative.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::integer")]
    pub retries: Option<i64>,
    /// Whether a failed test is not a failure; that of the test options when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore_test_failures: Option<bool>,
    /// Whether to remedy the last failure as well; true with retries when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub remediate_last_failure: Option<bool>,
    /// How to remedy; rollback when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub strategy: Option<RemediationStrategy>,
}

string_enum! {
    /// What to do when an action fails.
    #[derive(Default)]
    pub enum ActionStrategy {
        /// Remedy, then try again as often as the remediation allows.
        #[default]
        RemediateOnFailure = "RemediateOnFailure",
        /// Try again without remedy.
        RetryOnFailure = "RetryOnFailure",
    }
}

string_enum! {
    /// How to remedy a failed upgrade.
    #[derive(Default)]
    pub enum RemediationStrategy {
        /// Return to the last good revision.
        #[default]
        Rollback = "rollback",
        /// Remove the release.
        Uninstall = "uninstall",
    }
}

string_enum! {
    /// What to do with a chart's definitions of custom resources.
    #[derive(Default)]
    pub enum CrdsPolicy {
        /// Leave them out.
        Skip = "Skip",
        /// Create those that do not exist.
        #[default]
        Create = "Create",
        /// Create or replace them.
        CreateReplace = "CreateReplace",
    }
}

string_enum! {
    /// Whether to apply on the server's side.
    #[derive(Default)]
    pub enum ServerSideApplyMode {
        /// Yes.
        Enabled = "enabled",
        /// No.
        Disabled = "disabled",
        /// As the last release was applied.
        #[default]
        Auto = "auto",
    }
}

string_enum! {
    /// What to do when a chart has another name than the released one.
    #[derive(Default)]
    pub enum ChartNameChangeStrategy {
        /// Upgrade.
        InPlaceUpdate = "InPlaceUpdate",
        /// Uninstall and install.
        #[default]
        Reinstall = "Reinstall",
    }
}

string_enum! {
    /// What becomes of the objects that a deleted one owns.
    #[derive(Default)]
    pub enum DeletionPropagation {
        /// Deleted later.
        #[default]
        Background = "background",
        /// Deleted first.
        Foreground = "foreground",
        /// Left.
        Orphan = "orphan",
    }
}
