//! The sink that writes core/v1 Events; a repeated event raises the count of the first instead of adding another.

use std::{collections::HashMap, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use jiff::Timestamp;
use k8s_openapi::{
    api::core::v1::{Event, EventSource, ObjectReference},
    apimachinery::pkg::apis::meta::v1::Time,
};
use kube::{
    Api, Client,
    api::{ObjectMeta, Patch, PatchParams, PostParams},
};
use serde_json::json;
use sluice_crds::event::MAX_MESSAGE;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Kind, Recorded, Reporter};
use crate::{conditions::truncate, metrics::Metrics};

/// How many distinct events are remembered for counting; beyond it counting starts anew.
const REMEMBERED: usize = 4096;

pub(super) struct Sink {
    client: Client,
    reporter: Reporter,
    metrics: Metrics,
    seen: HashMap<Key, Seen>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    uid: String,
    kind: Kind,
    reason: String,
    message: String,
}

#[derive(Clone, Debug)]
struct Seen {
    name: String,
    count: i32,
}

impl Sink {
    pub(super) fn new(client: Client, reporter: Reporter, metrics: Metrics) -> Self {
        Self { client, reporter, metrics, seen: HashMap::new() }
    }

    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Recorded>, closing: CancellationToken) {
        loop {
            let next = tokio::select! {
                biased;
                next = queue.recv() => next,
                () = closing.cancelled() => return,
            };
            let Some(recorded) = next else { return };
            if let Err(error) = self.write(&recorded).await {
                self.metrics.event_lost("kubernetes");
                tracing::warn!(error = &error as &dyn std::error::Error, "event could not be recorded");
            }
        }
    }

    async fn write(&mut self, recorded: &Recorded) -> Result<(), kube::Error> {
        let namespace = recorded.object.namespace.clone().unwrap_or_else(|| "default".into());
        let api: Api<Event> = Api::namespaced(self.client.clone(), &namespace);
        let key = Key {
            uid: recorded.object.uid.clone().unwrap_or_default(),
            kind: recorded.event.kind,
            reason: recorded.event.reason.clone(),
            message: recorded.event.message.clone(),
        };
        if let Some(seen) = self.seen.get_mut(&key) {
            let count = seen.count.saturating_add(1);
            let name = seen.name.clone();
            if retrying(|| count_up(&api, &name, count, recorded.at)).await? {
                seen.count = count;
                return Ok(());
            }
        }
        self.create(&api, key, recorded).await
    }

    async fn create(&mut self, api: &Api<Event>, key: Key, recorded: &Recorded) -> Result<(), kube::Error> {
        let event = self.event(recorded);
        retrying(|| create(api, &event)).await?;
        if self.seen.len() >= REMEMBERED {
            self.seen.clear();
        }
        self.seen.insert(key, Seen { name: event.metadata.name.unwrap_or_default(), count: 1 });
        Ok(())
    }

    fn event(&self, recorded: &Recorded) -> Event {
        let object = recorded.object.name.clone().unwrap_or_default();
        let suffix = rand::random::<u64>();
        Event {
            metadata: ObjectMeta {
                name: Some(format!("{}.{suffix:016x}", truncate(&object, 230))),
                namespace: Some(recorded.object.namespace.clone().unwrap_or_else(|| "default".into())),
                annotations: Some(recorded.event.metadata.clone()).filter(|all| !all.is_empty()),
                ..ObjectMeta::default()
            },
            involved_object: ObjectReference { field_path: None, ..recorded.object.clone() },
            type_: Some(if recorded.event.kind == Kind::Warning { "Warning" } else { "Normal" }.into()),
            reason: Some(recorded.event.reason.clone()),
            message: Some(truncate(&recorded.event.message, MAX_MESSAGE).to_owned()),
            first_timestamp: Some(Time(recorded.at)),
            last_timestamp: Some(Time(recorded.at)),
            count: Some(1),
            source: Some(EventSource { component: Some(self.reporter.controller.into()), host: None }),
            reporting_component: Some(self.reporter.controller.into()),
            reporting_instance: Some(self.reporter.instance.clone()),
            ..Event::default()
        }
    }
}

/// Creates the event; one that is there already was written by a try whose answer got lost.
async fn create(api: &Api<Event>, event: &Event) -> Result<(), kube::Error> {
    match api.create(&PostParams::default(), event).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
        Err(error) => Err(error),
    }
}

/// Raises the count of an event; returns whether the event still exists.
async fn count_up(api: &Api<Event>, name: &str, count: i32, at: Timestamp) -> Result<bool, kube::Error> {
    let patch = Patch::Merge(json!({ "count": count, "lastTimestamp": Time(at) }));
    match api.patch(name, &PatchParams::default(), &patch).await {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(false),
        Err(error) => Err(error),
    }
}

/// Tries again while the fault may pass: the network, an overloaded or a restarting server.
async fn retrying<T, F: Future<Output = Result<T, kube::Error>>>(
    attempt: impl FnMut() -> F,
) -> Result<T, kube::Error> {
    let delays = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_secs(10))
        .with_max_times(5);
    attempt.retry(delays).when(may_pass).await
}

fn may_pass(error: &kube::Error) -> bool {
    match error {
        kube::Error::Api(status) => status.code == 429 || status.code >= 500,
        kube::Error::SerdeError(_) => false,
        _ => true,
    }
}
