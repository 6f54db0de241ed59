//! The metrics of a controller, under the names that dashboards for Flux and controller-runtime know.
//!
//! Only what is really measured is registered: a name that would always read zero is left out.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use crate::controller::Next;

mod process;

/// How a reconcile ended, as `controller_runtime_reconcile_total` calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It waits for a wake.
    Success,
    /// It asked to run again after a delay.
    RequeueAfter,
    /// It failed and is retried.
    Error,
    /// It panicked and is retried.
    Panic,
}

impl Outcome {
    /// Maps what a reconcile said to its outcome.
    #[must_use]
    pub fn of(next: Next) -> Self {
        match next {
            Next::After(_) => Self::RequeueAfter,
            Next::OnWake => Self::Success,
            Next::Retry | Next::RetryWithin(_) => Self::Error,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::RequeueAfter => "requeue_after",
            Self::Error | Self::Panic => "error",
        }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByController {
    controller: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByResult {
    controller: String,
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByQueue {
    name: String,
    controller: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByObject {
    kind: String,
    name: String,
    namespace: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByKind {
    kind: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByName {
    name: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByRequest {
    code: String,
    host: String,
    method: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct BySink {
    sink: &'static str,
}

type HistogramFamily<L> = Family<L, Histogram, fn() -> Histogram>;

/// The registry and the instruments of a process; cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Instruments>);

struct Instruments {
    registry: Mutex<Registry>,
    reconciles: Family<ByResult, Counter>,
    errors: Family<ByController, Counter>,
    panics: Family<ByController, Counter>,
    times: HistogramFamily<ByController>,
    max_workers: Family<ByController, Gauge>,
    active_workers: Family<ByController, Gauge>,
    depth: Family<ByQueue, Gauge>,
    adds: Family<ByQueue, Counter>,
    retries: Family<ByQueue, Counter>,
    queue_time: HistogramFamily<ByQueue>,
    work_time: HistogramFamily<ByQueue>,
    durations: HistogramFamily<ByObject>,
    leading: Family<ByName, Gauge>,
    undecodable: Family<ByKind, Counter>,
    lost_events: Family<BySink, Counter>,
    requests: Family<ByRequest, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let instruments = Instruments::new();
        instruments.register();
        Self(Arc::new(instruments))
    }
}

impl Instruments {
    fn new() -> Self {
        Self {
            registry: Mutex::new(Registry::default()),
            reconciles: Family::default(),
            errors: Family::default(),
            panics: Family::default(),
            times: Family::new_with_constructor(reconcile_buckets),
            max_workers: Family::default(),
            active_workers: Family::default(),
            depth: Family::default(),
            adds: Family::default(),
            retries: Family::default(),
            queue_time: Family::new_with_constructor(queue_buckets),
            work_time: Family::new_with_constructor(queue_buckets),
            durations: Family::new_with_constructor(duration_buckets),
            leading: Family::default(),
            undecodable: Family::default(),
            lost_events: Family::default(),
            requests: Family::default(),
        }
    }

    /// Registers everything; the counters' `_total` is appended by the encoder.
    fn register(&self) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let r = &mut registry;
        r.register("controller_runtime_reconcile", "Reconciles by result", self.reconciles.clone());
        r.register("controller_runtime_reconcile_errors", "Failed reconciles", self.errors.clone());
        r.register("controller_runtime_reconcile_panics", "Panics in reconciles", self.panics.clone());
        r.register("controller_runtime_reconcile_time_seconds", "Time per reconcile", self.times.clone());
        r.register(
            "controller_runtime_max_concurrent_reconciles",
            "Most reconciles at once",
            self.max_workers.clone(),
        );
        r.register(
            "controller_runtime_active_workers",
            "Reconciles running now",
            self.active_workers.clone(),
        );
        r.register("workqueue_depth", "Objects ready and waiting for a worker", self.depth.clone());
        r.register("workqueue_adds", "Objects added to the queue", self.adds.clone());
        r.register("workqueue_retries", "Retries after failures", self.retries.clone());
        r.register("workqueue_queue_duration_seconds", "Time spent ready", self.queue_time.clone());
        r.register("workqueue_work_duration_seconds", "Time spent running", self.work_time.clone());
        r.register(
            "gotk_reconcile_duration_seconds",
            "Time per reconcile of an object",
            self.durations.clone(),
        );
        r.register("leader_election_master_status", "1 while this process leads", self.leading.clone());
        r.register("sluice_undecodable_objects", "Objects that did not decode", self.undecodable.clone());
        r.register("sluice_events_lost", "Events given up, by sink", self.lost_events.clone());
        r.register("rest_client_requests", "Requests to the API server", self.requests.clone());
        r.register_collector(Box::new(process::Process));
    }
}

impl Metrics {
    /// Lets a controller add metrics of its own.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.0.registry.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Returns everything in the OpenMetrics text format.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        let registry = self.0.registry.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing to a string cannot fail; a collector that does leaves the rest readable.
        let _ = encode(&mut text, &registry);
        text
    }

    /// Says whether this process holds the lease.
    pub fn leading(&self, lease: &str, leads: bool) {
        self.0.leading.get_or_create(&ByName { name: lease.to_owned() }).set(i64::from(leads));
    }

    /// Counts an event that a sink gave up.
    pub fn event_lost(&self, sink: &'static str) {
        self.0.lost_events.get_or_create(&BySink { sink }).inc();
    }

    pub(crate) fn requested(&self, method: &str, host: &str, code: &str) {
        let label = ByRequest { code: code.to_owned(), host: host.to_owned(), method: method.to_owned() };
        self.0.requests.get_or_create(&label).inc();
    }

    pub(crate) fn undecodable(&self, kind: &str) {
        self.0.undecodable.get_or_create(&ByKind { kind: kind.to_owned() }).inc();
    }

    pub(crate) fn workers(&self, controller: &str, count: usize) {
        self.0.max_workers.get_or_create(&by_controller(controller)).set(gauge(count));
    }

    pub(crate) fn active(&self, controller: &str, count: usize) {
        self.0.active_workers.get_or_create(&by_controller(controller)).set(gauge(count));
    }

    pub(crate) fn depth(&self, controller: &str, count: usize) {
        self.0.depth.get_or_create(&by_queue(controller)).set(gauge(count));
    }

    pub(crate) fn queued(&self, controller: &str) {
        self.0.adds.get_or_create(&by_queue(controller)).inc();
    }

    pub(crate) fn dequeued(&self, controller: &str, waited: Duration) {
        self.0.queue_time.get_or_create(&by_queue(controller)).observe(waited.as_secs_f64());
    }

    pub(crate) fn reconciled(&self, controller: &str, outcome: Outcome, took: Duration) {
        let label = ByResult { controller: controller.to_owned(), result: outcome.label() };
        self.0.reconciles.get_or_create(&label).inc();
        self.0.times.get_or_create(&by_controller(controller)).observe(took.as_secs_f64());
        self.0.work_time.get_or_create(&by_queue(controller)).observe(took.as_secs_f64());
        if matches!(outcome, Outcome::Error | Outcome::Panic) {
            self.0.errors.get_or_create(&by_controller(controller)).inc();
            self.0.retries.get_or_create(&by_queue(controller)).inc();
        }
        if outcome == Outcome::Panic {
            self.0.panics.get_or_create(&by_controller(controller)).inc();
        }
    }

    pub(crate) fn duration(&self, kind: &str, name: &str, namespace: &str, took: Duration) {
        self.0.durations.get_or_create(&by_object(kind, name, namespace)).observe(took.as_secs_f64());
    }

    pub(crate) fn forget(&self, kind: &str, name: &str, namespace: &str) {
        self.0.durations.remove(&by_object(kind, name, namespace));
    }
}

fn by_controller(controller: &str) -> ByController {
    ByController { controller: controller.to_owned() }
}

fn by_queue(controller: &str) -> ByQueue {
    ByQueue { name: controller.to_owned(), controller: controller.to_owned() }
}

fn by_object(kind: &str, name: &str, namespace: &str) -> ByObject {
    ByObject { kind: kind.to_owned(), name: name.to_owned(), namespace: namespace.to_owned() }
}

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Ten buckets from 10 ms to half an hour, as gotk's dashboards expect.
fn duration_buckets() -> Histogram {
    let factor = (1800.0_f64 / 0.01).powf(1.0 / 9.0);
    Histogram::new(exponential_buckets(0.01, factor, 10))
}

fn reconcile_buckets() -> Histogram {
    Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0])
}

fn queue_buckets() -> Histogram {
    Histogram::new(exponential_buckets(1e-8, 10.0, 12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_dashboards() {
        let metrics = Metrics::default();
        metrics.workers("gitrepository", 2);
        metrics.queued("gitrepository");
        metrics.dequeued("gitrepository", Duration::from_millis(1));
        metrics.reconciled("gitrepository", Outcome::Panic, Duration::from_secs(1));
        metrics.duration("GitRepository", "a", "n", Duration::from_secs(1));
        metrics.leading("source-controller-leader-election", true);
        let text = metrics.render();
        for line in [
            "controller_runtime_reconcile_total{controller=\"gitrepository\",result=\"error\"} 1",
            "controller_runtime_reconcile_errors_total{controller=\"gitrepository\"} 1",
            "controller_runtime_reconcile_panics_total{controller=\"gitrepository\"} 1",
            "controller_runtime_max_concurrent_reconciles{controller=\"gitrepository\"} 2",
            "workqueue_adds_total{name=\"gitrepository\",controller=\"gitrepository\"} 1",
            "gotk_reconcile_duration_seconds_count{kind=\"GitRepository\",name=\"a\",namespace=\"n\"} 1",
            "leader_election_master_status{name=\"source-controller-leader-election\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} not in\n{text}");
        }
        metrics.forget("GitRepository", "a", "n");
        assert!(!metrics.render().contains("namespace=\"n\""));
    }
}
