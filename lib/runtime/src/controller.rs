//! Runs a reconciler for every object of one kind, whenever something wakes it.
//!
//! 1. The watch keeps [`Objects`] current; a change of generation, `requestedAt` or deletion wakes the object.
//! 2. Anyone else wakes objects through a [`Waker`].
//! 3. A pure [`queue`] decides what runs next; an object never runs twice at once, and a wake during a run is honoured
//!    after it. A parked object costs nothing.
//! 4. Each run is a task of its own: a panic is contained, counted, and retried with backoff.

use std::{
    collections::HashMap, future::Future, panic::AssertUnwindSafe, pin::Pin, sync::Arc, time::Duration,
};

use futures::FutureExt;
use kube::{Resource, runtime::reflector::ObjectRef};
use tokio::{task::JoinSet, time::Instant};
use tracing::Instrument;

mod objects;
mod queue;
mod trigger;
mod waker;

pub use objects::Objects;
pub use queue::{Next, Queue, Taken};
pub use trigger::Trigger;
pub use waker::Waker;

use crate::{
    Context,
    backoff::Backoff,
    metrics::Outcome,
    watch::{self, Change, Selection, Watched},
};

/// How long running reconciles may finish after shutdown was asked for.
const GRACE: Duration = Duration::from_secs(5);

/// What a controller does for one object.
pub trait Reconciler<K: Resource<DynamicType = ()>>: Send + Sync + 'static {
    /// Brings the world in line with the object and says when to look again.
    fn reconcile(&self, object: Arc<K>) -> impl Future<Output = Next> + Send;

    /// Hears of every change of an object's state, status included, to wake those who depend on it.
    fn changed(&self, _change: &Change<K>) {}

    /// Hears that the object no longer exists, to drop what is remembered about it.
    fn gone(&self, _object: &ObjectRef<K>) {}
}

/// The machinery that reconciles all objects of kind `K`.
pub struct Controller<K: Watched> {
    context: Context,
    objects: Objects<K>,
    waker: Waker<K>,
    concurrency: usize,
    selection: Selection,
}

impl<K: Watched> Controller<K> {
    /// Prepares a controller that runs at most `concurrency` reconciles at once.
    #[must_use]
    pub fn new(context: &Context, concurrency: usize) -> Self {
        Self {
            context: context.clone(),
            objects: Objects::default(),
            waker: Waker::default(),
            concurrency: concurrency.max(1),
            selection: Selection::Shard,
        }
    }

    /// Returns the view of the objects that this controller keeps.
    #[must_use]
    pub fn objects(&self) -> Objects<K> {
        self.objects.clone()
    }

    /// Returns a handle that wakes objects of this controller.
    #[must_use]
    pub fn waker(&self) -> Waker<K> {
        self.waker.clone()
    }

    /// Reconciles until shutdown, then lets running reconciles finish for a few seconds.
    pub async fn run<R: Reconciler<K>>(self, reconciler: Arc<R>) {
        let follow = watch::follow(
            self.context.clone(),
            self.selection.clone(),
            self.objects.clone(),
            waking(self.waker.clone(), reconciler.clone()),
        );
        let follow = tokio::spawn(follow);
        self.objects.synced().or_shutdown(&self.context).await;
        let mut runner = Runner::new(self, reconciler);
        runner.work().await;
        runner.drain().await;
        // The watch ends by the same token; aborting only spares waiting for a slow connection.
        follow.abort();
    }
}

/// Ends a wait early at shutdown.
trait OrShutdown: Future<Output = ()> + Sized {
    /// Waits for the future or for shutdown, whichever is first.
    fn or_shutdown(self, context: &Context) -> impl Future<Output = ()> {
        async {
            tokio::select! {
                () = self => {}
                () = context.shutdown.cancelled() => {}
            }
        }
    }
}

impl<F: Future<Output = ()>> OrShutdown for F {}

/// Wakes an object when what it asks for changed, and when it went.
fn waking<K: Watched, R: Reconciler<K>>(waker: Waker<K>, reconciler: Arc<R>) -> impl FnMut(Change<K>) + Send {
    let mut seen: HashMap<ObjectRef<K>, Trigger> = HashMap::new();
    move |change| {
        reconciler.changed(&change);
        let due = match &change.after {
            Some(object) => {
                let trigger = Trigger::of(object.meta());
                seen.insert(change.object.clone(), trigger.clone()) != Some(trigger)
            }
            None => {
                seen.remove(&change.object);
                true
            }
        };
        if due {
            waker.wake(change.object);
        }
    }
}

struct Runner<K: Watched, R> {
    controller: Controller<K>,
    reconciler: Arc<R>,
    queue: Queue<ObjectRef<K>>,
    running: JoinSet<Finished<K>>,
    backoff: Backoff,
}

struct Finished<K: Watched> {
    object: ObjectRef<K>,
    next: Next,
    took: Duration,
    outcome: Outcome,
}

impl<K: Watched, R: Reconciler<K>> Runner<K, R> {
    fn new(controller: Controller<K>, reconciler: Arc<R>) -> Self {
        let args = &controller.context.args;
        let backoff = Backoff { min: args.min_retry_delay, max: args.max_retry_delay };
        controller.context.metrics.workers(&name::<K>(), controller.concurrency);
        Self { controller, reconciler, queue: Queue::default(), running: JoinSet::new(), backoff }
    }

    async fn work(&mut self) {
        while !self.controller.context.shutdown.is_cancelled() {
            self.start_ready();
            let due = self.queue.next_due();
            tokio::select! {
                () = self.controller.context.shutdown.cancelled() => return,
                woken = self.controller.waker.woken() => self.enqueue(woken),
                Some(finished) = self.running.join_next() => self.finished(finished),
                () = sleep_until(due) => {}
            }
        }
    }

    fn enqueue(&mut self, woken: impl IntoIterator<Item = ObjectRef<K>>) {
        let now = Instant::now();
        for object in woken {
            self.controller.context.metrics.queued(&name::<K>());
            self.queue.wake(&object, now);
        }
    }

    fn start_ready(&mut self) {
        while self.running.len() < self.controller.concurrency {
            let Some(taken) = self.queue.take(Instant::now()) else { break };
            self.controller.context.metrics.dequeued(&name::<K>(), taken.waited);
            match self.controller.objects.get(&taken.key) {
                Some(object) => self.start(taken.key, object),
                None => self.forget(&taken.key),
            }
        }
        self.controller.context.metrics.depth(&name::<K>(), self.queue.depth());
        self.controller.context.metrics.active(&name::<K>(), self.running.len());
    }

    fn forget(&mut self, object: &ObjectRef<K>) {
        self.queue.forget(object, Instant::now());
        self.reconciler.gone(object);
        let namespace = object.namespace.as_deref().unwrap_or_default();
        self.controller.context.metrics.forget(&K::kind(&()), &object.name, namespace);
    }

    fn start(&mut self, object: ObjectRef<K>, state: Arc<K>) {
        let reconciler = self.reconciler.clone();
        let span = tracing::info_span!(
            "reconcile",
            controller = name::<K>(),
            controllerGroup = %K::group(&()),
            controllerKind = %K::kind(&()),
            name = object.name,
            namespace = object.namespace,
            reconcileID = format!("{:016x}", rand::random::<u64>()),
        );
        let run: Pin<Box<dyn Future<Output = Finished<K>> + Send>> = Box::pin(
            async move {
                let started = Instant::now();
                let result = AssertUnwindSafe(reconciler.reconcile(state)).catch_unwind().await;
                let took = started.elapsed();
                match result {
                    Ok(next) => Finished { object, next, took, outcome: Outcome::of(next) },
                    Err(panic) => {
                        tracing::error!(error = panic_text(panic.as_ref()), "reconcile panicked");
                        Finished { object, next: Next::Retry, took, outcome: Outcome::Panic }
                    }
                }
            }
            .instrument(span),
        );
        self.running.spawn(run);
    }

    fn finished(&mut self, result: Result<Finished<K>, tokio::task::JoinError>) {
        // A run catches its own panics and is aborted only when this runner goes away.
        let Ok(finished) = result else { return };
        let object = &finished.object;
        let namespace = object.namespace.as_deref().unwrap_or_default();
        let metrics = &self.controller.context.metrics;
        metrics.reconciled(&name::<K>(), finished.outcome, finished.took);
        metrics.duration(&K::kind(&()), &object.name, namespace, finished.took);
        if self.controller.objects.get(object).is_some() {
            self.queue.finish(object, finished.next, self.backoff, Instant::now());
        } else {
            self.forget(&finished.object);
        }
    }

    async fn drain(&mut self) {
        let finish = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, finish).await.is_err() {
            tracing::warn!(controller = name::<K>(), "reconciles still run at shutdown, aborting them");
        }
    }
}

/// The controller's name in metrics and logs: the kind in lower case, as controller-runtime has it.
fn name<K: Watched>() -> String {
    K::kind(&()).to_lowercase()
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests;
