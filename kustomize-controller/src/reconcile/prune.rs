//! Step 5: deletes what is no longer wanted, and settles what the inventory says. Deletes nothing that another
//! Kustomization may be about to take over ([`handover`]), and nothing at all when it would be more than the budget.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kube::ResourceExt;
use kube::runtime::reflector::ObjectRef;
use sluice_apply::error::ApplyError as ObjectError;
use sluice_apply::object::ObjectId;
use sluice_apply::prune as prune_objects;
use sluice_crds::kustomize::{ALLOW_PRUNE, Kustomization, PruneBudget};
use sluice_crds::meta::{READY, reason};
use sluice_runtime::conditions;
use thiserror::Error;

use super::handover::{self, Answer, Question};
use super::outcome::Waiting;
use super::plan::Planned;
use super::tenant::Tenant;
use super::{Reconcile, Run, elapsed, names};
use crate::claims::Waiting as Listening;

/// Objects that are still there although they are no longer wanted; they stay in the inventory.
#[derive(Debug, Error)]
pub enum PruneError {
    /// Some could not be deleted.
    #[error("{}", join(.0))]
    Objects(Vec<ObjectError>),
    /// There are more of them than may be deleted without asking.
    #[error(
        "revision {revision} would delete {doomed} of {held} objects ({}), which spec.sluice.pruneBudget ({budget}) \
         does not allow; nothing was deleted; to allow it, set the annotation {ALLOW_PRUNE}: {revision}", names(.ids)
    )]
    Budget {
        /// The revision that does not want them.
        revision: String,
        /// The objects.
        ids: Vec<ObjectId>,
        /// How many they are.
        doomed: usize,
        /// How many objects the inventory held.
        held: usize,
        /// The budget.
        budget: PruneBudget,
    },
}

impl PruneError {
    /// The reason of the Ready condition.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Objects(_) => reason::PRUNE_FAILED,
            Self::Budget { .. } => reason::PRUNE_BUDGET_EXCEEDED,
        }
    }
}

/// Deletes the plan's stale objects; says whom it waits for when others may want some. What is not confirmed to be gone
/// stays in the inventory.
///
/// # Errors
/// Lists every object that could not be deleted, or says that they are too many.
pub(super) async fn prune(
    reconcile: &Reconcile,
    tenant: &Tenant<'_>,
    object: &Kustomization,
    planned: &Planned,
    run: &mut Run,
) -> Result<Option<Waiting>, PruneError> {
    let answer = ask(reconcile, object, planned, run);
    if !answer.pending.is_empty() {
        return Ok(Some(wait(reconcile, object, answer, run)));
    }
    stay_within_budget(object, planned, &answer, run)?;
    let reserved: BTreeSet<ObjectId> = answer.reserved.keys().cloned().collect();
    let pruned = prune_objects::prune(&tenant.context(), &tenant.owner, &planned.plan.prune, &reserved).await;
    let mut inventory = planned.plan.desired.union(&pruned.survivors());
    tenant.follow(&inventory);
    tenant.memorize(&mut inventory);
    run.attempted.inventory = Some(inventory);
    run.attempted.deleted.extend(pruned.deleted().cloned());
    let spared: BTreeSet<ObjectId> = pruned.spared().cloned().collect();
    let mut reasons = answer.reserved;
    reasons.retain(|id, _| spared.contains(id));
    run.attempted.spared = reasons.into_iter().collect();
    let waiting =
        if spared.is_empty() { Listening::for_nobody() } else { Listening::ForAny(answer.concerned) };
    reconcile.claims.wait(&ObjectRef::from_obj(object), waiting, spared);
    let errors: Vec<ObjectError> = pruned.errors().cloned().collect();
    if errors.is_empty() { Ok(None) } else { Err(PruneError::Objects(errors)) }
}

fn ask(reconcile: &Reconcile, object: &Kustomization, planned: &Planned, run: &Run) -> Answer {
    if planned.plan.prune.is_empty() {
        return Answer::default();
    }
    let (now, revision) = (Timestamp::now(), run.attempted.revision.as_str());
    let waited = elapsed(run.attempted.since, now);
    handover::examine(&Question {
        object,
        revision: Some(revision),
        stale: &planned.plan.prune,
        all: &reconcile.views.dependencies.all(),
        claims: &reconcile.claims,
        now,
        patient: waited < handover::PATIENCE && !handover::has_succeeded(object, revision),
    })
}

fn wait(reconcile: &Reconcile, object: &Kustomization, answer: Answer, run: &Run) -> Waiting {
    let since = run.attempted.since;
    let name = ObjectRef::from_obj(object);
    let spared = reconcile.claims.spared(&name);
    let message = format!("waiting for {} before objects are deleted", handover::list(&answer.pending));
    reconcile.claims.wait(&name, Listening::ForAll(answer.pending), spared);
    let again = handover::PATIENCE.saturating_sub(elapsed(since, Timestamp::now()));
    Waiting { message, checking: false, since, again }
}

fn stay_within_budget(
    object: &Kustomization,
    planned: &Planned,
    answer: &Answer,
    run: &Run,
) -> Result<(), PruneError> {
    let Some(budget) = object.spec.sluice.as_ref().and_then(|settings| settings.prune_budget) else {
        return Ok(());
    };
    let stale = planned.plan.prune.iter().map(|(id, _)| id);
    let ids: Vec<ObjectId> = stale.filter(|id| !answer.reserved.contains_key(id)).cloned().collect();
    let (doomed, revision) = (ids.len(), run.attempted.revision.clone());
    // What the attempt itself added since must not make room.
    let held = run.plan.attempt.held.unwrap_or(planned.held);
    let fits = doomed <= budget.of(held) && !has_been_stopped(object, &revision);
    if fits || doomed == 0 || object.annotations().get(ALLOW_PRUNE) == Some(&revision) {
        return Ok(());
    }
    Err(PruneError::Budget { revision, ids, doomed, held, budget })
}

/// Whether this revision was stopped before; a new process does not know any more what the inventory then held.
fn has_been_stopped(object: &Kustomization, revision: &str) -> bool {
    object.status.as_ref().is_some_and(|status| {
        let ready = conditions::find(&status.conditions, READY);
        status.last_attempted_revision.as_deref() == Some(revision)
            && ready.is_some_and(|ready| {
                ready.reason == reason::PRUNE_BUDGET_EXCEEDED
                    && ready.observed_generation == object.metadata.generation
            })
    })
}

fn join(errors: &[ObjectError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
