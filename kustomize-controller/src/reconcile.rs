//! One pass over a Kustomization. It is written as if it ran from the start every time; what is already as desired costs
//! nothing, so a pass that has to wait simply ends and is run again when something wakes it.
//!
//! 1. [`observe`]: reads, from watched copies; [`variables`] that others hold are asked for.
//! 2. [`decide`]: pure; rest, refuse, hold, delete, nothing to do, look whether a new revision matters, or apply.
//! 3. [`fetch`] opens the artifact, [`build`] renders the manifests; both are shared and skipped where known. A revision
//!    that changes no file which the last render looked at ends the pass here, with its name in status.
//! 4. [`plan`]: pure comparison with what is known of the cluster, then the inventory is written ahead.
//! 5. [`apply`]: staged server-side apply; may park.
//! 6. [`prune`]: deletes what is no longer wanted.
//! 7. [`health`]: what the watches tell; may park.
//! 8. [`report`]: pure; status, events and when to look again.
//!
//! A deleted object takes the way of [`delete`] instead of 3 to 7.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::runtime::reflector::ObjectRef;
use sluice_apply::object::ObjectId;
use sluice_artifact::open::ArtifactCache;
use sluice_crds::kustomize::{Kustomization, KustomizationStatus};
use sluice_runtime::controller::{Controller, Next, Objects, Reconciler, Waker};
use sluice_runtime::start::Fatal;
use sluice_runtime::status::{self, Precondition, StatusError};
use sluice_runtime::watch::Change;
use sluice_runtime::{Context, finalizer, interval};
use tokio::sync::mpsc::UnboundedSender;

use crate::args::Args;
use crate::claims::Claims;
use crate::memory::{Attempt, Memories, Memory, Settled};
use crate::renders::{self, Renders};
use crate::sources::Sources;
use crate::watch::{changes_readiness, wake_dependents, wake_permitted};

pub mod apply;
pub mod build;
pub mod decide;
pub mod delete;
pub mod fetch;
pub mod handover;
pub mod health;
pub mod observe;
pub mod outcome;
pub mod plan;
pub mod prune;
pub mod report;
pub mod tenant;
pub mod variables;

use decide::{Decision, Settings};
use outcome::{Attempted, Failure, Outcome, Waiting};
use tenant::Fleet;

/// The reconciler of Kustomizations.
pub struct Reconcile {
    context: Context,
    settings: Settings,
    views: Views,
    artifacts: ArtifactCache,
    memories: Memories,
    claims: Claims,
    renders: Renders,
    fleet: Fleet,
}

/// The watched copies that passes read.
pub struct Views {
    kustomizations: Objects<Kustomization>,
    /// Those that others may depend on: all of them, also where this process serves only a shard.
    dependencies: Objects<Kustomization>,
    waker: Waker<Kustomization>,
    sources: Sources,
}

/// A pass that could not go on and is simply run again: the object changed under it, or the API server was away.
#[derive(Debug, thiserror::Error)]
pub enum Interrupted {
    /// The status could not be written.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// The finalizer could not be written.
    #[error("the finalizer could not be written: {0}")]
    Finalizer(#[source] kube::Error),
}

/// How the steps of an attempt ended without a failure.
enum Progress {
    Done(outcome::Health),
    /// The watches have yet to tell what they see.
    Looking(Duration),
    Waiting(Waiting),
}

/// Why the steps of an attempt ended early.
enum Stop {
    Failure(Failure),
    Interrupted(Interrupted),
}

/// An object under reconciliation: what was asked for when the pass began, with what the pass has written since.
struct Pass {
    object: Arc<Kustomization>,
    started: Timestamp,
}

impl Reconciler<Kustomization> for Reconcile {
    async fn reconcile(&self, object: Arc<Kustomization>) -> Next {
        let mut pass = Pass { object, started: Timestamp::now() };
        let result = match self.run(&mut pass).await {
            Ok(outcome) => self.publish(&pass, &outcome).await,
            Err(interrupted) => Err(interrupted),
        };
        result.unwrap_or_else(|interrupted| {
            self.memories.unsettle(&ObjectRef::from_obj(pass.object.as_ref()));
            interrupted.next()
        })
    }

    fn changed(&self, change: &Change<Kustomization>) {
        wake_dependents(change, &self.views.kustomizations, &self.views.waker);
        wake_permitted(change, &self.views.waker);
        if changes_readiness(change) {
            self.wake_all(self.claims.who_waits_for(&change.object));
        }
    }

    fn gone(&self, object: &ObjectRef<Kustomization>) {
        self.memories.forget(object);
        self.fleet.forget(object);
        self.wake_all(self.claims.forget(object));
    }
}

impl Reconcile {
    /// Puts the reconciler together.
    ///
    /// # Errors
    /// Fails when the flags name kinds or managers that cannot be.
    pub fn new(
        context: &Context,
        args: &Args,
        views: Views,
        artifacts: ArtifactCache,
        wakes: UnboundedSender<sluice_apply::ledger::Wake>,
    ) -> Result<Self, Fatal> {
        let settings = Settings {
            no_cross_namespace_refs: args.no_cross_namespace_refs,
            external_artifacts: context.gates.enabled("ExternalArtifact"),
            additive_expressions: context.gates.enabled("AdditiveCELDependencyCheck"),
            strict_substitution: context.gates.enabled("StrictPostBuildSubstitutions"),
            requeue_dependency: context.args.requeue_dependency,
        };
        Ok(Self {
            fleet: Fleet::new(context, args, wakes)?,
            context: context.clone(),
            settings,
            views,
            artifacts,
            memories: Memories::default(),
            claims: Claims::default(),
            renders: Renders::new(renders::BUDGET),
        })
    }

    async fn run(&self, pass: &mut Pass) -> Result<Outcome, Interrupted> {
        let observed = observe::observe(self, &pass.object).await;
        match decide::decide(&pass.object, &observed, &self.settings, pass.started) {
            Decision::Rest => Ok(Outcome::Rested),
            Decision::Refuse(refusal) => Ok(Outcome::Refused(refusal)),
            Decision::Hold(hold) => Ok(Outcome::Held(hold)),
            Decision::Settled => Ok(Outcome::Settled),
            Decision::Delete(deletion) => delete::delete(self, pass, deletion).await,
            Decision::Compare(comparison) => self.compare(pass, *comparison).await,
            Decision::Renew(plan) => Ok(self.renew(pass, &plan)),
            Decision::Apply(plan) => self.attempt(pass, *plan).await,
        }
    }

    /// Finds out whether a newer revision changes anything of what is applied. An artifact that cannot be opened is
    /// the attempt's to report.
    async fn compare(&self, pass: &mut Pass, comparison: decide::Comparison) -> Result<Outcome, Interrupted> {
        let decide::Comparison { settled, hold, plan } = comparison;
        if let Ok(fetched) = fetch::fetch(&self.artifacts, &plan.artifact).await
            && build::is_unchanged(&fetched, &settled.read_set).await
        {
            let name = ObjectRef::from_obj(pass.object.as_ref());
            self.wake_all(self.claims.renew(&name, &plan.attempt.inputs));
            let settled = Settled { unsaid: Some(plan.attempt.inputs), ..settled };
            self.remember_settled(&pass.object, settled);
            return Ok(Outcome::Unchanged);
        }
        match hold {
            Some(hold) => Ok(Outcome::Held(hold)),
            None => self.attempt(pass, plan).await,
        }
    }

    /// Takes the newer revision for the one that is applied.
    fn renew(&self, pass: &Pass, plan: &decide::Plan) -> Outcome {
        let mut attempted = attempted(plan);
        let memory = self.memories.recall(&ObjectRef::from_obj(pass.object.as_ref()));
        if let Some(settled) = memory.settled {
            attempted.checksum = Some(settled.checksum.clone());
            self.remember_settled(&pass.object, settled.at(plan.attempt.inputs.clone()));
        }
        Outcome::Renewed(attempted)
    }

    async fn attempt(&self, pass: &mut Pass, plan: decide::Plan) -> Result<Outcome, Interrupted> {
        let held = finalizer::add(&self.context, &pass.object).await.map_err(Interrupted::Finalizer)?;
        self.take_in(pass, held);
        let mut run = Run { attempted: attempted(&plan), plan, limit: decide::timeout(&pass.object.spec) };
        match self.steps(pass, &mut run).await {
            // What is spared is to be looked at whenever it may have changed hands.
            Ok(Progress::Done(health)) if !run.attempted.spared.is_empty() => {
                self.memories.keep(ObjectRef::from_obj(pass.object.as_ref()), Memory::default());
                Ok(Outcome::Succeeded(run.attempted, health))
            }
            Ok(Progress::Done(health)) => {
                self.settle(&pass.object, run.plan.attempt);
                Ok(Outcome::Succeeded(run.attempted, health))
            }
            Ok(Progress::Looking(again)) => {
                self.keep(&pass.object, run.plan.attempt);
                Ok(Outcome::Looking(again))
            }
            Ok(Progress::Waiting(waiting)) => {
                self.keep(&pass.object, run.plan.attempt);
                Ok(Outcome::Parked(run.attempted, waiting))
            }
            Err(Stop::Failure(failure)) => {
                self.keep_failed(&pass.object, run.plan.attempt);
                Ok(Outcome::Failed(run.attempted, failure))
            }
            Err(Stop::Interrupted(interrupted)) => Err(interrupted),
        }
    }

    /// Steps 3 to 7.
    async fn steps(&self, pass: &mut Pass, run: &mut Run) -> Result<Progress, Stop> {
        let built = self.built(pass, run).await?;
        run.attempted.checksum = Some(built.checksum.clone());
        let tenant = self.fleet.tenant(&pass.object)?;
        if let Some(again) = plan::await_sight(&tenant, &pass.object, run)? {
            return Ok(Progress::Looking(again));
        }
        let planned = plan::plan(&tenant, &pass.object, &built).await?;
        let name = ObjectRef::from_obj(pass.object.as_ref());
        self.wake_all(self.claims.plan(&name, &run.plan.attempt.inputs, &planned.plan.desired));
        run.plan.attempt.held.get_or_insert(planned.held);
        self.write_ahead(pass, run, &planned).await?;
        tenant.follow(&planned.plan.write_ahead);
        if let Some(waiting) = apply::apply(&tenant, &planned, run).await? {
            return Ok(Progress::Waiting(waiting));
        }
        self.wake_all(self.claims.applied(&name));
        if let Some(waiting) = prune::prune(self, &tenant, &pass.object, &planned, run).await? {
            return Ok(Progress::Waiting(waiting));
        }
        Ok(health::check(&tenant, &pass.object, &planned, run).await?)
    }

    async fn built(&self, pass: &Pass, run: &mut Run) -> Result<Arc<build::Built>, Stop> {
        if let Some(built) = &run.plan.attempt.built {
            return Ok(built.clone());
        }
        let built = self.render(pass, &run.plan).await?;
        self.renders.keep(&run.plan.attempt.inputs, &built);
        run.plan.attempt.built = Some(built.clone());
        Ok(built)
    }

    /// Builds, unless what was built last is still what the source's files render to.
    async fn render(&self, pass: &Pass, plan: &decide::Plan) -> Result<Arc<build::Built>, Stop> {
        let known = self.renders.find(&plan.attempt.inputs);
        if let Some((inputs, built)) = &known
            && inputs.digest == plan.artifact.digest
        {
            return Ok(built.clone());
        }
        let variables = plan.variables.clone().map_err(build::BuildError::Variables)?;
        let fetched = fetch::fetch(&self.artifacts, &plan.artifact).await?;
        if let Some((_, built)) = known
            && build::is_unchanged(&fetched, &built.read_set).await
        {
            return Ok(built);
        }
        Ok(Arc::new(build::build(fetched, pass.object.clone(), variables).await?))
    }

    /// Writes the inventory before the first object: whatever happens from here on, nothing is orphaned.
    async fn write_ahead(&self, pass: &mut Pass, run: &Run, planned: &plan::Planned) -> Result<(), Stop> {
        if planned.grows {
            let revision = &run.attempted.revision;
            let status = report::write_ahead(&pass.object, revision, &planned.plan.write_ahead, pass.started);
            self.write(pass, &status, Precondition::Unchanged).await?;
        }
        Ok(())
    }

    async fn publish(&self, pass: &Pass, outcome: &Outcome) -> Result<Next, Interrupted> {
        let percentage = self.context.args.interval_jitter_percentage;
        let jittered = interval::jitter(pass.object.spec.interval.std(), percentage);
        let moment = report::Moment { now: Timestamp::now(), interval: jittered };
        let report = report::report(&pass.object, outcome, moment);
        outcome.log();
        if matches!(outcome, Outcome::Released(_)) {
            finalizer::remove(&self.context, &pass.object).await.map_err(Interrupted::Finalizer)?;
        } else {
            let written =
                status::patch(&self.context, &pass.object, &report.status, Precondition::None).await?;
            self.fleet.note_written(&report.status, &written);
            self.views.kustomizations.record(written);
        }
        for event in report.events {
            self.context.events.record(pass.object.as_ref(), event);
        }
        Ok(report.next)
    }

    async fn write(
        &self,
        pass: &mut Pass,
        status: &KustomizationStatus,
        precondition: Precondition,
    ) -> Result<(), Interrupted> {
        let written = status::patch(&self.context, &pass.object, status, precondition).await?;
        self.take_in(pass, written);
        Ok(())
    }

    fn wake_all(&self, objects: Vec<ObjectRef<Kustomization>>) {
        for object in objects {
            self.views.waker.wake(object);
        }
    }

    fn take_in(&self, pass: &mut Pass, written: Arc<Kustomization>) {
        self.views.kustomizations.record(written.clone());
        pass.carry_on(written);
    }
}

/// The artifact metadata that names the revision of the source's own origin.
const ORIGIN_REVISION: &str = "org.opencontainers.image.revision";
/// The pause after an interruption: long enough for the watch to bring what changed.
const AFTER_INTERRUPTION: Duration = Duration::from_millis(250);

/// How many objects a sentence names.
const NAMED: usize = 5;

/// An attempt as it goes through the steps.
pub struct Run {
    plan: decide::Plan,
    attempted: Attempted,
    /// The time limit of each wait.
    limit: Duration,
}

impl Run {
    /// How much of the time limit is left of a wait that began at `since`.
    fn left(&self, since: Timestamp, now: Timestamp) -> Duration {
        self.limit.saturating_sub(elapsed(since, now))
    }
}

/// An attempt at `plan` that has done nothing yet.
fn attempted(plan: &decide::Plan) -> Attempted {
    let mut attempted = Attempted::new(&plan.attempt.inputs.revision, plan.attempt.since);
    attempted.origin_revision = plan.artifact.metadata.get(ORIGIN_REVISION).cloned();
    attempted
}

/// The time from `since` to `now`; none where the clock went back.
fn elapsed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}

/// Some objects as part of a sentence.
fn names(ids: &[ObjectId]) -> String {
    let named: Vec<String> = ids.iter().take(NAMED).map(ToString::to_string).collect();
    let more = ids.len().saturating_sub(NAMED);
    if more == 0 { named.join(", ") } else { format!("{} and {more} more", named.join(", ")) }
}

impl Reconcile {
    /// After full success; an attempt that got this far has built something.
    fn settle(&self, object: &Kustomization, attempt: Attempt) {
        if let Some(built) = attempt.built {
            self.remember_settled(object, Settled::new(attempt.inputs, &built));
        }
    }

    fn remember_settled(&self, object: &Kustomization, settled: Settled) {
        let memory = Memory { settled: Some(settled), attempt: None };
        self.memories.keep(ObjectRef::from_obj(object), memory);
    }

    fn keep(&self, object: &Kustomization, attempt: Attempt) {
        self.memories.keep(ObjectRef::from_obj(object), Memory { settled: None, attempt: Some(attempt) });
    }

    /// After a failure the manifests are let go: the next try may be far off.
    fn keep_failed(&self, object: &Kustomization, attempt: Attempt) {
        // Only a failed health check goes on where it was; everything else is tried from the start.
        let attempt = attempt.checking_since.is_some().then_some(Attempt { built: None, ..attempt });
        self.memories.keep(ObjectRef::from_obj(object), Memory { settled: None, attempt });
    }
}

impl Pass {
    /// Takes in what was written, without taking in a newer specification: this pass serves the one it began with.
    fn carry_on(&mut self, written: Arc<Kustomization>) {
        if written.metadata.generation == self.object.metadata.generation {
            self.object = written;
            return;
        }
        let mut object = self.object.as_ref().clone();
        object.status.clone_from(&written.status);
        object.metadata.finalizers.clone_from(&written.metadata.finalizers);
        object.metadata.resource_version.clone_from(&written.metadata.resource_version);
        self.object = Arc::new(object);
    }
}

impl Views {
    /// What `controller` and `sources` keep current; dependencies are looked up in `dependencies`.
    pub fn of(
        controller: &Controller<Kustomization>,
        dependencies: &Objects<Kustomization>,
        sources: &Sources,
    ) -> Self {
        Self {
            kustomizations: controller.objects(),
            dependencies: dependencies.clone(),
            waker: controller.waker(),
            sources: sources.clone(),
        }
    }
}

impl Interrupted {
    fn next(&self) -> Next {
        match self {
            Self::Status(error) if error.is_not_found() => Next::OnWake,
            Self::Status(StatusError::Api(error)) | Self::Finalizer(error) if is_conflict(error) => {
                Next::After(AFTER_INTERRUPTION)
            }
            Self::Finalizer(kube::Error::Api(status)) if status.code == 404 => Next::OnWake,
            other => {
                tracing::error!(error = %other, "the pass was interrupted");
                Next::Retry
            }
        }
    }
}

fn is_conflict(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 409)
}

impl From<Interrupted> for Stop {
    fn from(interrupted: Interrupted) -> Self {
        Self::Interrupted(interrupted)
    }
}

/// Each step's error answers its own reason; this is all that the story needs of it.
macro_rules! stops {
    ($($error:ty),+ $(,)?) => {$(
        impl From<$error> for Stop {
            fn from(error: $error) -> Self {
                Self::Failure(Failure::new(error.reason(), error.to_string()))
            }
        }
    )+};
}

stops!(build::BuildError, tenant::TenantError, plan::PlanError, prune::PruneError, health::HealthError);

impl From<fetch::FetchError> for Stop {
    fn from(error: fetch::FetchError) -> Self {
        let failure = Failure::new(error.reason(), error.to_string());
        Self::Failure(Failure { transient: error.is_transient(), ..failure })
    }
}

impl From<apply::ApplyError> for Stop {
    fn from(error: apply::ApplyError) -> Self {
        let failure = Failure::new(error.reason(), error.to_string());
        Self::Failure(Failure { transient: error.is_transient(), ..failure })
    }
}
