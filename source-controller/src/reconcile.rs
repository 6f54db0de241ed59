//! What happens to a source, whatever its kind. Every step is a file; only `report` makes conditions and events.
//!
//! 1. A deleted object has its artifacts removed and is let go; a suspended one rests.
//! 2. Observe: is the artifact that status names in storage, unharmed?
//! 3. Prepare: check the spec, read what it refers to; what is not served is refused.
//! 4. Resolve: ask the origin which revision is meant now.
//! 5. Decide (pure): keep the artifact, or make it anew.
//! 6. Fetch the revision, and store it as an artifact.
//! 7. Report (pure): conditions, status, events, and when to look again. An unchanged status is not written.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use kube::Resource;
use sluice_artifact::{digest::Algorithm, storage::Storage};
use sluice_crds::Artifact;
use sluice_runtime::{
    Context,
    controller::{Next, Objects, Reconciler},
    events::Kind as EventKind,
    finalizer,
    status::{self, Precondition},
};

use tokio::{sync::Semaphore, task::JoinError};

mod decide;
mod fetch;
mod observe;
mod remove;
mod report;
mod store;

use crate::{
    failure::Failure,
    kinds::{Kind, Recorded},
};
use decide::{Course, Decision};
use observe::Observed;
use report::{Before, Outcome, Report, Subject};

/// A step that takes longer is announced in the status.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reconciles all objects of one kind of source.
pub(crate) struct Sources<K: Kind> {
    /// The kind.
    pub(crate) kind: K,
    /// The surroundings.
    pub(crate) context: Context,
    /// The objects as known here.
    pub(crate) objects: Objects<K::Object>,
    /// Where artifacts and work in progress are kept.
    pub(crate) workshop: Workshop,
}

/// Where artifacts and work in progress are kept.
#[derive(Clone, Debug)]
pub(crate) struct Workshop {
    /// The served storage.
    pub(crate) storage: Storage,
    /// The algorithm of artifact digests.
    pub(crate) algorithm: Algorithm,
    /// A directory for work in progress that is not served.
    pub(crate) scratch: std::path::PathBuf,
    /// The places for work on disk. Waiting for a network takes none, so a slow origin does not hold up the others.
    pub(crate) places: Arc<Semaphore>,
}

impl Workshop {
    /// Runs work that blocks on the disk or computes, when there is a place for it.
    ///
    /// # Errors
    /// When the work panics.
    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        // The semaphore is never closed; without a permit the work would only be done sooner.
        let place = self.places.clone().acquire_owned().await;
        let workshop = self.clone();
        tokio::task::spawn_blocking(move || {
            let _place = place;
            job(&workshop)
        })
        .await
    }
}

/// A reconcile that reached its end.
pub(crate) struct Success<I> {
    artifact: Artifact,
    inputs: I,
    title: Option<String>,
}

impl<K: Kind> Reconciler<K::Object> for Sources<K> {
    async fn reconcile(&self, object: Arc<K::Object>) -> Next {
        match decide::course(object.meta(), K::desired(&object)) {
            Course::Remove => self.remove(&object).await,
            Course::Rest => self.conclude(&object, &Observed::default(), Outcome::Suspended).await,
            Course::Work => self.work(object).await,
        }
    }
}

impl<K: Kind> Sources<K> {
    async fn work(&self, object: Arc<K::Object>) -> Next {
        let object = match finalizer::add(&self.context, &object).await {
            Ok(object) => object,
            Err(error) => return retry("finalizer could not be added", &error),
        };
        self.objects.record(object.clone());
        let mut observed = observe::observe(&self.workshop, object.as_ref(), K::recorded(&object)).await;
        let outcome = match self.attempt(&object, &mut observed).await {
            Ok(success) => Outcome::Done(success),
            Err(failure) => Outcome::Failed(failure),
        };
        self.conclude(&object, &observed, outcome).await
    }

    /// Steps 3 to 6.
    async fn attempt(
        &self,
        object: &Arc<K::Object>,
        observed: &mut Observed,
    ) -> Result<Success<K::Inputs>, Failure> {
        let (prepared, inputs) = self.kind.prepare(object).await?;
        let resolving = self.kind.resolve(&prepared);
        // An object that is fine stays so while its origin is slow to answer.
        let resolved = if decide::is_new(object.meta(), &K::recorded(object)) {
            self.announcing(object, observed, resolving).await?
        } else {
            resolving.await?
        };
        let revision = K::revision(&resolved);
        let changed = K::outdated(&K::made_from(object), &inputs);
        match decide::decide(observed, &revision, changed) {
            Decision::Keep(artifact) => Ok(Success { artifact, inputs, title: None }),
            Decision::Make(outdated) => {
                observed.outdated = Some(outdated);
                let fetching = fetch::fetch(&self.kind, &self.workshop, &prepared, &resolved);
                let (fetched, _scratch) = self.announcing(object, observed, fetching).await?;
                let job = store::Job {
                    object: observed.directory.clone()?,
                    revision,
                    ignore: K::ignore(&prepared).map(str::to_owned),
                };
                let title = fetched.title.clone();
                let artifact = store::store(&self.workshop, job, fetched).await?;
                Ok(Success { artifact, inputs, title: Some(title) })
            }
        }
    }

    /// Waits for a step; one that is slow is announced in the status meanwhile.
    async fn announcing<T>(
        &self,
        object: &Arc<K::Object>,
        observed: &Observed,
        step: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(step);
        match tokio::time::timeout(PATIENCE, &mut step).await {
            Ok(done) => done,
            Err(_) => {
                self.conclude(object, observed, Outcome::Progressing).await;
                step.await
            }
        }
    }

    /// Step 7: writes the status if it differs, tells of events, wakes whoever uses the artifact.
    async fn conclude(
        &self,
        object: &Arc<K::Object>,
        observed: &Observed,
        outcome: Outcome<K::Inputs>,
    ) -> Next {
        let subject = Subject {
            group: K::Object::group(&()).into_owned(),
            generation: object.meta().generation,
            requested_at: report::requested_at(object.meta()),
            desired: K::desired(object),
            requeue: self.context.args.requeue_dependency,
        };
        // An announcement may have been written since the reconcile began.
        let current = self.objects.get(&kube::runtime::reflector::ObjectRef::from_obj(object.as_ref()));
        let current =
            current.filter(|found| found.meta().uid == object.meta().uid).unwrap_or_else(|| object.clone());
        let before = Before { recorded: K::recorded(&current), inputs: K::made_from(object) };
        let report = report::report(&subject, before, observed, outcome, Timestamp::now());
        self.write(&current, report).await
    }

    async fn write(&self, object: &Arc<K::Object>, report: Report<K::Inputs>) -> Next {
        let new_artifact = changed(&K::recorded(object), &report.recorded);
        let status = K::status(report.recorded, report.inputs);
        let written = match status::patch(&self.context, object, &status, Precondition::None).await {
            Ok(written) => written,
            Err(error) if error.is_not_found() => return Next::OnWake,
            Err(error) => return retry("status could not be written", &error),
        };
        self.objects.record(written.clone());
        for event in report.events {
            match event.kind {
                EventKind::Warning => {
                    tracing::error!(reason = event.reason, error = event.message, "reconcile failed");
                }
                EventKind::Normal | EventKind::Trace | EventKind::Notice => {
                    tracing::info!(reason = event.reason, "{}", event.message);
                }
            }
            self.context.events.record(written.as_ref(), event);
        }
        if new_artifact {
            self.kind.published(&written);
        }
        self.collect(&written).await;
        match report.next {
            Next::After(interval) => Next::After(self.context.jittered(interval)),
            next => next,
        }
    }
}

/// Returns whether consumers see another artifact than before.
fn changed(before: &Recorded, after: &Recorded) -> bool {
    let identity = |recorded: &Recorded| {
        recorded.artifact.as_ref().map(|artifact| (artifact.revision.clone(), artifact.digest.clone()))
    };
    after.artifact.is_some() && identity(before) != identity(after)
}

fn retry(what: &str, error: &(dyn std::error::Error + 'static)) -> Next {
    tracing::warn!(error, "{what}");
    Next::Retry
}
