//! Step 5: deletes what is no longer wanted, and settles what the inventory says.

use sluice_apply::error::ApplyError as ObjectError;
use sluice_apply::prune as prune_objects;
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
    let pruned = prune_objects::prune(&tenant.context(), &tenant.owner, &planned.plan.prune).await;
    let mut inventory = planned.plan.desired.union(&pruned.survivors());
    tenant.follow(&inventory);
    tenant.memorize(&mut inventory);
    run.attempted.inventory = Some(inventory);
    run.attempted.deleted.extend(pruned.deleted().cloned());
    let errors: Vec<ObjectError> = pruned.errors().cloned().collect();
    if errors.is_empty() { Ok(()) } else { Err(PruneError(errors)) }
}

fn join(errors: &[ObjectError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
