//! Records what happened to an object: as a core/v1 Event in the API server and as a POST to `--events-addr`.
//!
//! Recording never blocks: each sink has a bounded queue and a worker of its own, which retries; what it gives up is
//! logged and counted. Traces are recorded in the API server alone, notices posted alone.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::{Client, Resource};
use sluice_crds::event::ANNOTATION_PREFIX;
use tokio::{sync::mpsc, task::JoinHandle};

use crate::metrics::Metrics;

mod api;
mod post;

/// How many events may wait in each sink.
const QUEUE: usize = 1024;

/// How important an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Something went as it should.
    Normal,
    /// Something failed.
    Warning,
    /// A detail, not sent to notifications.
    Trace,
    /// Something went as it should and changed nothing: only notifications hear of it, for commit statuses.
    Notice,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its importance.
    pub kind: Kind,
    /// The CamelCase reason.
    pub reason: String,
    /// The message for people; must hold no secret.
    pub message: String,
    /// Metadata under full keys, such as `source.toolkit.fluxcd.io/revision`.
    pub metadata: BTreeMap<String, String>,
}

/// An event with what it is about; what the sinks queue.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) object: ObjectReference,
    pub(crate) event: Event,
    pub(crate) at: Timestamp,
}

/// Who reports, and where to.
#[derive(Clone, Debug)]
pub struct Reporter {
    /// The controller's name.
    pub controller: &'static str,
    /// The host this process runs on.
    pub instance: String,
    /// The URL of the notification-controller; empty posts nowhere.
    pub events_addr: String,
}

/// Takes events from everywhere in the process; cheap to clone.
#[derive(Clone)]
pub struct EventRecorder {
    api: mpsc::Sender<Recorded>,
    post: Option<mpsc::Sender<Recorded>>,
    closing: tokio_util::sync::CancellationToken,
    metrics: Metrics,
}

/// The running sinks; ends them at shutdown.
pub struct Sinks {
    workers: Vec<JoinHandle<()>>,
    closing: tokio_util::sync::CancellationToken,
}

impl EventRecorder {
    /// Starts the sinks on the current runtime.
    #[must_use]
    pub fn start(client: Client, reporter: &Reporter, metrics: &Metrics) -> (Self, Sinks) {
        let closing = tokio_util::sync::CancellationToken::new();
        let (api, queue) = mpsc::channel(QUEUE);
        let sink = api::Sink::new(client, reporter.clone(), metrics.clone());
        let mut workers = vec![tokio::spawn(sink.run(queue, closing.clone()))];
        let mut post = None;
        if !reporter.events_addr.is_empty() {
            let (sender, queue) = mpsc::channel(QUEUE);
            match post::Sink::new(reporter.clone(), metrics.clone()) {
                Ok(sink) => workers.push(tokio::spawn(sink.run(queue, closing.clone()))),
                Err(error) => tracing::error!(%error, "events are not posted"),
            }
            post = Some(sender);
        }
        let recorder = Self { api, post, closing: closing.clone(), metrics: metrics.clone() };
        (recorder, Sinks { workers, closing })
    }

    /// Records an event about the object; drops and counts it when a sink is overrun.
    pub fn record<K: Resource<DynamicType = ()>>(&self, object: &K, event: Event) {
        let mut event = event;
        for (key, value) in object.meta().annotations.iter().flatten() {
            if key.starts_with(ANNOTATION_PREFIX) && !event.metadata.contains_key(key) {
                event.metadata.insert(key.clone(), value.clone());
            }
        }
        let recorded = Recorded { object: object.object_ref(&()), event, at: Timestamp::now() };
        if recorded.event.kind != Kind::Trace
            && let Some(post) = &self.post
        {
            self.queue(post, "notifications", recorded.clone());
        }
        if recorded.event.kind != Kind::Notice {
            self.queue(&self.api, "kubernetes", recorded);
        }
    }

    fn queue(&self, sender: &mpsc::Sender<Recorded>, sink: &'static str, recorded: Recorded) {
        if let Err(error) = sender.try_send(recorded) {
            self.metrics.event_lost(sink);
            tracing::debug!(sink, %error, "event lost");
        }
    }

    /// Returns whether the sinks are ending.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.closing.is_cancelled()
    }
}

impl Sinks {
    /// Lets the sinks write what is queued, for at most `limit`.
    pub async fn flush(self, limit: Duration) {
        self.closing.cancel();
        let all = futures::future::join_all(self.workers);
        if tokio::time::timeout(limit, all).await.is_err() {
            tracing::warn!("events were still queued at shutdown");
        }
    }
}

#[cfg(test)]
mod tests;
