//! The flags of kustomize-controller: the shared ones and its own, with Flux's names and defaults.

use clap::{ArgAction, Parser};
use sluice_runtime::args::{CommonArgs, boolean};

/// Reconciles Kustomizations: builds manifests from source artifacts, applies them and keeps them applied.
#[derive(Clone, Debug, Parser)]
#[command(name = "kustomize-controller", args_override_self = true, disable_version_flag = true)]
pub struct Args {
    /// The flags that all controllers share.
    #[command(flatten)]
    pub common: CommonArgs,
    /// The number of dry-runs and applies that one Kustomization has under way at once.
    #[arg(long, default_value_t = 4)]
    pub concurrent_ssa: usize,
    /// Kinds that are applied after classes and before everything else, as `group/Kind`, comma-separated.
    #[arg(long, default_value = "")]
    pub custom_apply_stage_kinds: String,
    /// How often the download of an artifact is tried again.
    #[arg(long, default_value_t = 9)]
    pub http_retry: usize,
    /// Refuses sources and dependencies in other namespaces.
    #[arg(long, default_value = "false", default_missing_value = "true", num_args = 0..=1, require_equals = true,
          action = ArgAction::Set, value_parser = boolean)]
    pub no_cross_namespace_refs: bool,
    /// A field manager whose fields are taken over; may be repeated.
    #[arg(long, value_name = "MANAGER", action = ArgAction::Append)]
    pub override_manager: Vec<String>,
    /// Accepted for compatibility: remote bases are never fetched.
    #[arg(long, default_value = "true", default_missing_value = "true", num_args = 0..=1, require_equals = true,
          action = ArgAction::Set, value_parser = boolean)]
    pub no_remote_bases: bool,
    /// The ServiceAccount to impersonate where a Kustomization names none.
    #[arg(long, default_value = "")]
    pub default_service_account: String,
    /// Replaces the host of artifact addresses, for a controller that runs outside the cluster.
    #[arg(long, env = "SOURCE_CONTROLLER_LOCALHOST", default_value = "", hide = true)]
    pub source_controller_localhost: String,
}
