//! Applying a plan: stage by stage, every object of a stage dry-run before the first is written.
//!
//! 1. Dry-run all objects of the stage that have to be sent; any error ends here, with nothing of the stage written,
//!    after the later stages have been dry-run as far as possible, so that all errors are known at once.
//! 2. Write in the order of kinds, several objects of equal rank at a time; the responses tell what happened.
//! 3. Where later stages need the objects to be current and they are not yet, park: the caller comes again when woken.
//!
//! Nothing here sleeps, polls or reads objects that the responses already tell of.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

use futures::{StreamExt, stream};
use tokio::time::Instant;

use crate::{
    cluster::{Call, Cluster, METADATA},
    conventions::{Conventions, Owner},
    error::{ApplyError, Cause},
    health::{self, Health},
    ledger::Ledger,
    object::ObjectId,
    order,
    plan::{Plan, StagePlan, Step, Why},
};

mod attempt;
mod ignore;
mod takeover;
mod write;

use attempt::Verdict;
pub(crate) use write::{Deletion, delete, names};

/// What an effect needs: the cluster as the owner may see it, the shared ledger, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The cluster, with the identity that the owner acts under.
    pub cluster: &'a Cluster,
    /// The ledger of this cluster.
    pub ledger: &'a Ledger,
    /// The marks of the controller.
    pub conventions: &'a Conventions,
    /// When everything has to be over.
    pub deadline: Instant,
    /// How many requests may be under way at once.
    pub concurrency: usize,
}

/// What applying did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// What happened to each object that was sent.
    pub changes: Vec<Change>,
    /// Set when later stages have to wait; the next pass goes on there.
    pub parked: Option<Parked>,
}

/// What happened to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The object.
    pub id: ObjectId,
    /// What was done.
    pub action: Action,
    /// Why it was looked at.
    pub why: Why,
}

/// What was done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// It was created.
    Created,
    /// It was changed.
    Configured,
    /// It was deleted and created anew, because a field cannot be changed.
    Recreated,
    /// It was as desired.
    Unchanged,
    /// Policy on the live object says not to touch it.
    Skipped,
}

/// Why applying stopped before the end without an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// What is waited for.
    pub what: ParkedFor,
    /// The objects that it is about.
    pub ids: Vec<ObjectId>,
}

/// What a parked plan waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParkedFor {
    /// Definitions, namespaces or classes are not current yet; a change of their health wakes.
    Readiness,
    /// Objects that are to be created anew are still terminating; their end wakes.
    Termination,
    /// The API of a definition that is already established does not answer yet; nothing wakes, try again in a second.
    Retry,
}

/// All objects that failed, and what was done before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyErrors {
    /// The failures, in the order of applying.
    pub errors: Vec<ApplyError>,
    /// What had been done in earlier stages.
    pub changes: Vec<Change>,
}

/// How a stage ended without errors.
#[derive(Default)]
struct StageEnd {
    changes: Vec<Change>,
    parked: Option<Parked>,
    health: BTreeMap<ObjectId, Health>,
}

/// Applies a plan as far as it goes now.
pub async fn apply(context: &Context<'_>, plan: &Plan) -> Result<Applied, ApplyErrors> {
    for (id, left) in &plan.skipped {
        context.ledger.book().leave(&plan.owner, id, *left);
    }
    let mut changes = Vec::new();
    for (at, stage) in plan.stages.iter().enumerate() {
        let later = &plan.stages[at + 1..];
        let end = match run_stage(context, plan, stage).await {
            Ok(end) => end,
            Err(mut failed) => {
                changes.append(&mut failed.changes);
                failed.errors.extend(foresee(context, plan, later).await);
                failed.errors.sort_by(|a, b| order::compare(&a.id, &b.id));
                return Err(ApplyErrors { errors: failed.errors, changes });
            }
        };
        changes.extend(end.changes);
        let parked = match end.parked {
            None if stage.stage.waits() => not_ready(context, plan, stage, later, end.health).await,
            parked => parked,
        };
        if parked.is_some() {
            return Ok(Applied { changes, parked });
        }
    }
    Ok(Applied { changes, parked: None })
}

async fn run_stage(context: &Context<'_>, plan: &Plan, stage: &StagePlan) -> Result<StageEnd, ApplyErrors> {
    let mut verdicts = Vec::new();
    let mut errors = Vec::new();
    for (step, verdict) in attempt_all(context, plan, stage.to_apply.iter().collect()).await {
        match verdict {
            Ok(verdict) => verdicts.push((step, verdict)),
            Err(cause) => errors.push(step.error(cause)),
        }
    }
    if !errors.is_empty() {
        return Err(ApplyErrors { errors, changes: Vec::new() });
    }
    let unserved: Vec<_> =
        verdicts.iter().filter(|(_, v)| matches!(v, Verdict::NotServed)).map(|(step, _)| step.id()).collect();
    if !unserved.is_empty() {
        let parked = Some(Parked { what: ParkedFor::Retry, ids: unserved });
        return Ok(StageEnd { parked, ..StageEnd::default() });
    }
    write_all(context, &plan.owner, verdicts).await
}

/// Dry-runs steps, several at a time, and returns them in their order.
///
/// The futures are collected first: a lazy iterator of them would keep callers from being `Send`.
async fn attempt_all<'a>(
    context: &Context<'_>,
    plan: &Plan,
    steps: Vec<&'a Step>,
) -> Vec<(&'a Step, Result<Verdict, Cause>)> {
    let attempts: Vec<_> = steps
        .into_iter()
        .map(|step| async move { (step, attempt::attempt(context, plan, step).await) })
        .collect();
    stream::iter(attempts).buffered(context.concurrency.max(1)).collect().await
}

/// Writes what the dry-runs found to be needed: ranks one after the other, objects of a rank together.
async fn write_all(
    context: &Context<'_>,
    owner: &Owner,
    verdicts: Vec<(&Step, Verdict)>,
) -> Result<StageEnd, ApplyErrors> {
    let mut end = StageEnd::default();
    let mut errors = Vec::new();
    let mut ranks: BTreeMap<usize, Vec<(&Step, Verdict)>> = BTreeMap::new();
    for (step, verdict) in verdicts {
        ranks.entry(order::rank(&step.manifest.id)).or_default().push((step, verdict));
    }
    for group in ranks.into_values() {
        let writes: Vec<_> = group
            .into_iter()
            .map(|(step, verdict)| async move { (step, write::write(context, owner, step, verdict).await) })
            .collect();
        let written: Vec<_> = stream::iter(writes).buffered(context.concurrency.max(1)).collect().await;
        for (step, result) in written {
            match result {
                Ok(written) => end.note(step, written),
                Err(cause) => errors.push(step.error(cause)),
            }
        }
        if !errors.is_empty() {
            return Err(ApplyErrors { errors, changes: end.changes });
        }
    }
    if end
        .changes
        .iter()
        .any(|change| change.id.kind == "CustomResourceDefinition" && change.action.is_change())
    {
        context.cluster.mapper().definition_changed();
    }
    Ok(end)
}

/// Dry-runs later stages for their errors alone; leaves out what depends on things that this plan is yet to create.
async fn foresee(context: &Context<'_>, plan: &Plan, later: &[StagePlan]) -> Vec<ApplyError> {
    let new_namespaces: HashSet<&str> = plan
        .stages
        .iter()
        .flat_map(|stage| &stage.to_apply)
        .filter(|step| step.manifest.id.is("", "Namespace"))
        .map(|step| step.manifest.id.name.as_str())
        .collect();
    let independent = |step: &&Step| {
        let id = &step.manifest.id;
        let defined_here =
            plan.definitions.iter().any(|definition| id.is(&definition.kind.group, &definition.kind.kind));
        let served = || context.cluster.mapper().cached(&id.group_kind(), &step.manifest.version).is_some();
        !new_namespaces.contains(id.namespace.as_str()) && (!defined_here || served())
    };
    let steps = later.iter().flat_map(|stage| &stage.to_apply).filter(independent).collect();
    let attempts = attempt_all(context, plan, steps).await;
    attempts.into_iter().filter_map(|(step, verdict)| Some(step.error(verdict.err()?))).collect()
}

/// Says which objects of a stage the later ones have to wait for.
async fn not_ready(
    context: &Context<'_>,
    plan: &Plan,
    stage: &StagePlan,
    later: &[StagePlan],
    mut fresh: BTreeMap<ObjectId, Health>,
) -> Option<Parked> {
    let mut ids: Vec<ObjectId> = Vec::new();
    let needed = later.iter().any(|stage| !stage.to_apply.is_empty());
    for step in &stage.to_apply {
        let id = &step.manifest.id;
        if !is_ready(context, plan, id, fresh.remove(id)).await {
            ids.push(id.clone());
        }
    }
    for id in stage.unchanged.iter().filter(|_| needed) {
        if !is_ready(context, plan, id, None).await {
            ids.push(id.clone());
        }
    }
    (!ids.is_empty()).then_some(Parked { what: ParkedFor::Readiness, ids })
}

/// Tells whether an object of an early stage is current, from what is known; only an unserved definition is read.
async fn is_ready(context: &Context<'_>, plan: &Plan, id: &ObjectId, fresh: Option<Health>) -> bool {
    if let Some(health) = fresh.or_else(|| context.ledger.health_for(&plan.owner, id)) {
        return health.is_current();
    }
    let Some(definition) = plan.definitions.iter().find(|definition| definition.crd == *id) else {
        return true;
    };
    let mapper = context.cluster.mapper();
    if definition.versions.iter().all(|version| mapper.cached(&definition.kind, version).is_some()) {
        return true;
    }
    let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{}", id.name);
    let answer = context.cluster.call(&Call::get(path, crate::cluster::JSON), context.deadline).await;
    let object = answer.ok().and_then(|answer| serde_json::from_slice(&answer.body).ok());
    object.is_some_and(|object| health::of(&object).is_current())
}

// === impl Step ===

impl Step {
    fn error(&self, cause: Cause) -> ApplyError {
        ApplyError { id: self.id(), source: self.manifest.source.clone(), cause }
    }

    fn id(&self) -> ObjectId {
        self.manifest.id.clone()
    }
}

// === impl StageEnd ===

impl StageEnd {
    fn note(&mut self, step: &Step, written: write::Written) {
        match written {
            write::Written::Done(action, health) => {
                if let Some(health) = health {
                    self.health.insert(step.id(), health);
                }
                self.changes.push(Change { id: step.id(), action, why: step.why });
            }
            write::Written::Terminating => {
                let parked =
                    self.parked.get_or_insert(Parked { what: ParkedFor::Termination, ids: Vec::new() });
                parked.ids.push(step.id());
            }
        }
    }
}

// === impl Action ===

impl Action {
    /// Tells whether the cluster changed.
    pub fn is_change(self) -> bool {
        matches!(self, Self::Created | Self::Configured | Self::Recreated)
    }
}

/// Writes the word that logs and events use.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Recreated => "recreated",
            Self::Unchanged => "unchanged",
            Self::Skipped => "skipped",
        })
    }
}

/// Writes one failure per line.
impl fmt::Display for ApplyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.errors.iter().enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApplyErrors {}
