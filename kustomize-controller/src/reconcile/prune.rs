//! Step 5: deletes what is no longer wanted, and settles what the inventory says.

use std::collections::BTreeSet;

use sluice_apply::error::ApplyError as ObjectError;
use sluice_apply::object::ObjectId;
use sluice_apply::prune::{self as prune_objects, Pruned};
use sluice_crds::meta::reason;
use thiserror::Error;

use super::Run;
use super::plan::Planned;
use super::tenant::Tenant;

/// Objects that could not be deleted; they stay in the inventory.
#[derive(Debug, Error)]
#[error("{}", join(.0))]
pub struct PruneError(pub Vec<ObjectError>);

impl PruneError {
    /// The reason of the Ready condition.
    pub fn reason(&self) -> &'static str {
        reason::PRUNE_FAILED
    }
}

/// Deletes the plan's stale objects. What is not confirmed to be gone stays in the inventory.
///
/// # Errors
/// Lists every object that could not be deleted.
pub async fn prune(tenant: &Tenant<'_>, planned: &Planned, run: &mut Run) -> Result<(), PruneError> {
    let leaving = if planned.plan.prune.is_empty() { BTreeSet::new() } else { tenant.leaving() };
    let pruned = prune_objects::prune(&tenant.context(), &tenant.owner, &planned.plan.prune).await;
    let inventory = planned.plan.desired.union(&pruned.survivors());
    tenant.follow(&inventory);
    run.attempted.inventory = Some(inventory);
    run.attempted.deleted.extend(newly_deleted(&pruned, &leaving));
    let errors: Vec<ObjectError> = pruned.errors().cloned().collect();
    if errors.is_empty() { Ok(()) } else { Err(PruneError(errors)) }
}

/// What was sent for deletion just now: those that were `leaving` before have been told of.
pub(super) fn newly_deleted(pruned: &Pruned, leaving: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
    pruned.deleted().filter(|id| !leaving.contains(id)).cloned().collect()
}

fn join(errors: &[ObjectError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
