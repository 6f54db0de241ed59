//! The flags and environment variables that all controllers share, with Flux's names and defaults.
//!
//! Flags parse as pflag does: a bool may stand alone or carry `=false`, the last occurrence wins, and several
//! `--feature-gates` merge. A controller adds its own flags by flattening [`CommonArgs`] into its struct.

mod gates;
mod values;

use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

pub use gates::{FeatureGates, UnknownGate};
pub use values::{boolean, duration, listen_address};

/// The flags of reference 02.1 that every controller takes.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct CommonArgs {
    /// The address the metrics endpoint binds to.
    #[arg(long, env = "METRICS_ADDR", default_value = ":8080")]
    pub metrics_addr: String,
    /// The address the health endpoints bind to.
    #[arg(long, env = "HEALTH_ADDR", default_value = ":9440")]
    pub health_addr: String,
    /// The address of the events receiver; empty posts nowhere.
    #[arg(long, env = "EVENTS_ADDR", default_value = "")]
    pub events_addr: String,
    /// The number of reconciles that run at once, per kind; the default is the controller's own.
    #[arg(long)]
    pub concurrent: Option<usize>,
    /// The interval at which failing dependencies are looked at again.
    #[arg(long, default_value = "30s", value_parser = duration)]
    pub requeue_dependency: Duration,
    /// The shortest delay before a failed reconcile is retried.
    #[arg(long, default_value = "750ms", value_parser = duration)]
    pub min_retry_delay: Duration,
    /// The longest delay before a failed reconcile is retried.
    #[arg(long, default_value = "15m", value_parser = duration)]
    pub max_retry_delay: Duration,
    /// Accepted for compatibility; the API server's priority and fairness limits us.
    #[arg(long, default_value_t = 50.0)]
    pub kube_api_qps: f32,
    /// Accepted for compatibility; the API server's priority and fairness limits us.
    #[arg(long, default_value_t = 300)]
    pub kube_api_burst: i32,
    /// The least severe level that is logged.
    #[arg(long, env = "LOG_LEVEL", value_enum, default_value_t = LogLevel::Info)]
    pub log_level: LogLevel,
    /// How log lines are written.
    #[arg(long, value_enum, default_value_t = LogEncoding::Json)]
    pub log_encoding: LogEncoding,
    /// Leader election, the sharding selector and what of the cluster is watched.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// The percentage by which intervals are jittered, 0 to 99.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=99))]
    pub interval_jitter_percentage: u8,
    /// Feature gates as `Name=true,Other=false`; repeated flags merge.
    #[arg(long, value_name = "MAP", action = ArgAction::Append)]
    pub feature_gates: Vec<String>,
    /// The name of the host, which in a Pod is the Pod's.
    #[arg(long, env = "HOSTNAME", default_value = "", hide = true)]
    pub hostname: String,
    /// The number of tokens kept in the token cache; 0 switches it off.
    #[arg(long, default_value_t = 100)]
    pub token_cache_max_size: usize,
    /// The longest time a token stays cached.
    #[arg(long, default_value = "1h", value_parser = duration)]
    pub token_cache_max_duration: Duration,
}

/// The flags that say which objects this process works on, and whether it may.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct ScopeArgs {
    /// Whether only an elected replica works.
    #[arg(long, default_value = "false", default_missing_value = "true", num_args = 0..=1, require_equals = true,
          action = ArgAction::Set, value_parser = boolean)]
    pub enable_leader_election: bool,
    /// Whether the lease is given up on shutdown.
    #[arg(long, default_value = "true", default_missing_value = "true", num_args = 0..=1, require_equals = true,
          action = ArgAction::Set, value_parser = boolean)]
    pub leader_election_release_on_cancel: bool,
    /// How long other candidates wait before they take over a lease that is not renewed.
    #[arg(long, default_value = "35s", value_parser = duration)]
    pub leader_election_lease_duration: Duration,
    /// How long the leader tries to renew before it gives up.
    #[arg(long, default_value = "30s", value_parser = duration)]
    pub leader_election_renew_deadline: Duration,
    /// The pause between two tries.
    #[arg(long, default_value = "5s", value_parser = duration)]
    pub leader_election_retry_period: Duration,
    /// Whether all namespaces are watched, or only the one this process runs in.
    #[arg(long, default_value = "true", default_missing_value = "true", num_args = 0..=1, require_equals = true,
          action = ArgAction::Set, value_parser = boolean)]
    pub watch_all_namespaces: bool,
    /// The label selector of the objects this process reconciles (sharding).
    #[arg(long, default_value = "")]
    pub watch_label_selector: String,
    /// The label selector of ConfigMaps and Secrets whose changes wake the objects that refer to them.
    #[arg(long, default_value = "reconcile.fluxcd.io/watch=Enabled")]
    pub watch_configs_label_selector: String,
    /// The namespace this process runs in.
    #[arg(long, env = "RUNTIME_NAMESPACE", default_value = "flux-system", hide = true)]
    pub runtime_namespace: String,
}

/// The log levels Flux knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Error,
}

/// The log encodings Flux knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogEncoding {
    Json,
    Console,
}

impl CommonArgs {
    /// Returns what is watched: the runtime namespace alone or all, and the sharding selector.
    #[must_use]
    pub fn watch_scope(&self) -> crate::context::Scope {
        let scope = &self.scope;
        crate::context::Scope {
            namespace: (!scope.watch_all_namespaces).then(|| scope.runtime_namespace.clone()),
            label_selector: Some(scope.watch_label_selector.clone()).filter(|selector| !selector.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests;
