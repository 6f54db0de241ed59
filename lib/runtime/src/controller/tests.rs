//! The controller against a scripted API server, on a paused clock.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};

use super::*;
use crate::scripted;

/// A ConfigMap stands for any kind; the API server would not count its generations, the script does.
fn object(name: &str, version: u64, generation: i64) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {
            "name": name, "namespace": "n", "uid": name, "resourceVersion": version.to_string(),
            "generation": generation,
        },
    })
}

/// A controller whose watch answers what the test sends.
struct World {
    context: Context,
    events: mpsc::UnboundedSender<Value>,
}

impl World {
    fn new(listed: &[Value]) -> Self {
        let (events, queue) = mpsc::unbounded_channel::<Value>();
        let queue = Arc::new(tokio::sync::Mutex::new(queue));
        let list = json!({
            "apiVersion": "v1", "kind": "ConfigMapList", "metadata": { "resourceVersion": "100" },
            "items": listed,
        });
        let (client, _) = scripted::client(move |asked| {
            let (queue, list) = (queue.clone(), list.clone());
            async move {
                if !asked.is_watch() {
                    return (200, list.to_string());
                }
                match queue.lock().await.recv().await {
                    Some(event) => (200, format!("{event}\n")),
                    None => std::future::pending().await,
                }
            }
        });
        Self { context: scripted::context(&client, &[]), events }
    }

    fn send(&self, kind: &str, object: &Value) {
        self.events.send(json!({ "type": kind, "object": object })).unwrap();
    }

    fn start<R: Reconciler<ConfigMap>>(&self, concurrency: usize, reconciler: Arc<R>) -> Waker<ConfigMap> {
        let controller = Controller::new(&self.context, concurrency);
        let waker = controller.waker();
        tokio::spawn(controller.run(reconciler));
        waker
    }
}

/// Tells the test of every run and answers as the test scripted.
struct Probe {
    runs: mpsc::UnboundedSender<(String, Instant)>,
    gate: Semaphore,
    inside: AtomicUsize,
    next: Box<dyn Fn(usize) -> Next + Send + Sync>,
    count: AtomicUsize,
    gone: Mutex<Vec<String>>,
}

impl Probe {
    fn new(
        permits: usize,
        next: impl Fn(usize) -> Next + Send + Sync + 'static,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<(String, Instant)>) {
        let (runs, seen) = mpsc::unbounded_channel();
        let probe = Self {
            runs,
            gate: Semaphore::new(permits),
            inside: AtomicUsize::new(0),
            next: Box::new(next),
            count: AtomicUsize::new(0),
            gone: Mutex::default(),
        };
        (Arc::new(probe), seen)
    }
}

impl Reconciler<ConfigMap> for Probe {
    async fn reconcile(&self, object: Arc<ConfigMap>) -> Next {
        assert_eq!(self.inside.fetch_add(1, Ordering::SeqCst), 0, "two runs at once");
        self.runs.send((object.name_any(), Instant::now())).unwrap();
        self.gate.acquire().await.unwrap().forget();
        self.inside.fetch_sub(1, Ordering::SeqCst);
        (self.next)(self.count.fetch_add(1, Ordering::SeqCst))
    }

    fn gone(&self, object: &ObjectRef<ConfigMap>) {
        self.gone.lock().unwrap().push(object.name.clone());
        self.runs.send((format!("gone {}", object.name), Instant::now())).unwrap();
    }
}

const MANY: usize = 1000;

fn key(name: &str) -> ObjectRef<ConfigMap> {
    ObjectRef::new(name).within("n")
}

#[tokio::test(start_paused = true)]
async fn listed_objects_run_and_one_that_does_not_decode_is_left_out() {
    let mut broken = object("b", 2, 1);
    broken["data"] = json!("not a map");
    let world = World::new(&[object("a", 1, 1), broken, object("c", 3, 1)]);
    let (probe, mut runs) = Probe::new(MANY, |_| Next::OnWake);
    world.start(1, probe);
    let mut names =
        [runs.recv().await.unwrap().0, runs.recv().await.unwrap().0, runs.recv().await.unwrap().0];
    names.sort();
    assert_eq!(names, ["a", "c", "gone b"]);
    assert!(
        world.context.metrics.render().contains("sluice_undecodable_objects_total{kind=\"ConfigMap\"} 1")
    );
}

#[tokio::test(start_paused = true)]
async fn a_wake_during_a_run_runs_it_again_afterwards() {
    let world = World::new(&[object("a", 1, 1)]);
    let (probe, mut runs) = Probe::new(0, |_| Next::OnWake);
    let waker = world.start(4, probe.clone());
    runs.recv().await.unwrap();
    for _ in 0..3 {
        waker.wake(key("a"));
        tokio::task::yield_now().await;
    }
    probe.gate.add_permits(1);
    assert_eq!(runs.recv().await.unwrap().0, "a");
    probe.gate.add_permits(1);
    let quiet = tokio::time::timeout(Duration::from_secs(3600), runs.recv()).await;
    assert!(quiet.is_err(), "three wakes during a run are one: {quiet:?}");
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_contained_and_retried_with_backoff() {
    let world = World::new(&[object("a", 1, 1)]);
    let (probe, mut runs) = Probe::new(MANY, |count| match count {
        0 => panic!("scripted"),
        1 => Next::Retry,
        _ => Next::OnWake,
    });
    world.start(1, probe);
    let mut times = Vec::new();
    for _ in 0..3 {
        times.push(runs.recv().await.unwrap().1);
    }
    assert_eq!([750, 1500], [times[1] - times[0], times[2] - times[1]].map(|pause| pause.as_millis()));
    let text = world.context.metrics.render();
    assert!(text.contains("controller_runtime_reconcile_panics_total{controller=\"configmap\"} 1"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn only_what_asks_for_work_wakes() {
    let world = World::new(&[object("a", 1, 1)]);
    let (probe, mut runs) = Probe::new(MANY, |_| Next::OnWake);
    world.start(1, probe);
    runs.recv().await.unwrap();
    let mut labelled = object("a", 110, 1);
    labelled["metadata"]["labels"] = json!({ "x": "y" });
    world.send("MODIFIED", &labelled);
    let mut requested = object("a", 111, 1);
    requested["metadata"]["annotations"] = json!({ "reconcile.fluxcd.io/requestedAt": "now" });
    world.send("MODIFIED", &requested);
    world.send("MODIFIED", &object("b", 112, 1));
    assert_eq!(runs.recv().await.unwrap().0, "a", "requestedAt wakes");
    assert_eq!(runs.recv().await.unwrap().0, "b", "the label alone did not");
    world.send("DELETED", &object("a", 113, 1));
    assert_eq!(runs.recv().await.unwrap().0, "gone a");
}

#[tokio::test(start_paused = true)]
async fn a_reconcile_sees_what_it_wrote_itself() {
    let world = World::new(&[object("a", 1, 1)]);
    let controller: Controller<ConfigMap> = Controller::new(&world.context, 1);
    let objects = controller.objects();
    let (probe, mut runs) = Probe::new(MANY, |_| Next::OnWake);
    tokio::spawn(controller.run(probe));
    runs.recv().await.unwrap();
    let written: ConfigMap = serde_json::from_value(object("a", 120, 1)).unwrap();
    objects.record(Arc::new(written));
    // A change by someone else, made before ours, arrives late: it wakes, and yet ours stays.
    world.send("MODIFIED", &object("a", 119, 2));
    runs.recv().await.unwrap();
    assert_eq!(objects.find("n", "a").unwrap().resource_version().unwrap(), "120");
}

#[tokio::test(start_paused = true)]
async fn a_delay_is_kept_and_shutdown_ends_everything() {
    let world = World::new(&[object("a", 1, 1)]);
    let (probe, mut runs) = Probe::new(MANY, |_| Next::After(Duration::from_secs(60)));
    let controller: Controller<ConfigMap> = Controller::new(&world.context, 1);
    let running = tokio::spawn(controller.run(probe));
    let first = runs.recv().await.unwrap().1;
    assert_eq!(runs.recv().await.unwrap().1 - first, Duration::from_secs(60));
    world.context.shutdown.cancel();
    running.await.unwrap();
    assert!(runs.recv().await.is_none());
}
