//! What every part of a controller is handed: clients, flags, the event recorder, metrics and the shutdown token.

use std::{sync::Arc, time::Duration};

use kube::Client;
use tokio_util::sync::CancellationToken;

use crate::{
    access::Impersonator,
    args::{CommonArgs, FeatureGates},
    events::EventRecorder,
    metrics::Metrics,
};

/// Which objects a process works on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The only namespace that is watched; all when empty.
    pub namespace: Option<String>,
    /// The label selector of this shard.
    pub label_selector: Option<String>,
}

/// The surroundings of a running controller; cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The client for requests that answer at once; it gives up on a silent server after half a minute.
    pub client: Client,
    /// The client for watches, which may be silent for minutes.
    pub watch_client: Client,
    /// The configuration both clients were made from.
    pub config: kube::Config,
    /// The shared flags.
    pub args: Arc<CommonArgs>,
    /// The feature gates.
    pub gates: Arc<FeatureGates>,
    /// The controller's name, such as `source-controller`.
    pub name: &'static str,
    /// The field manager of status writes, `gotk-<controller>`.
    pub manager: String,
    /// The namespace this process runs in.
    pub namespace: String,
    /// Where events are recorded.
    pub events: EventRecorder,
    /// The metrics of this process.
    pub metrics: Metrics,
    /// Cancelled when the process is to end.
    pub shutdown: CancellationToken,
    /// Which objects are watched.
    pub scope: Scope,
    /// Makes clients that act as a service account.
    pub access: Impersonator,
}

impl Context {
    /// Returns the interval moved at random within the percentage that the flags allow.
    ///
    /// An interval so short that it would keep a worker busy counts as [`crate::interval::SHORTEST`].
    #[must_use]
    pub fn jittered(&self, interval: Duration) -> Duration {
        let interval = interval.max(crate::interval::SHORTEST);
        crate::interval::jitter(interval, self.args.interval_jitter_percentage)
    }
}
