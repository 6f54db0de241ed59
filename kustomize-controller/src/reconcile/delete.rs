//! A deleted Kustomization lets go of what it manages, as its policy says (reference 04.10).

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use kube::runtime::reflector::ObjectRef;
use sluice_apply::inventory::Inventory;
use sluice_apply::object::ObjectId;
use sluice_apply::prune::{Pruned, delete_all};
use sluice_crds::meta::reason;
use sluice_runtime::finalizer;

use super::decide::{Deletion, timeout};
use super::handover::{self, Answer, Question};
use super::outcome::{Attempted, Failure, Farewell, Outcome, Waiting};
use super::prune::PruneError;
use super::{Interrupted, Pass, Reconcile, elapsed, names};
use super::{plan, tenant::Tenant};
use crate::claims::Waiting as Listening;
use crate::sources::Source;

/// Lets go of the objects of a deleted Kustomization, or deletes them first.
///
/// # Errors
/// None of its own; an object that cannot be deleted is an outcome and keeps the Kustomization.
pub(super) async fn delete(
    reconcile: &Reconcile,
    pass: &Pass,
    deletion: Deletion,
) -> Result<Outcome, Interrupted> {
    // It wants nothing any more.
    reconcile.wake_all(reconcile.claims.forget(&ObjectRef::from_obj(pass.object.as_ref())));
    if deletion == Deletion::Release || !finalizer::present(pass.object.as_ref()) {
        return Ok(Outcome::Released(Farewell::default()));
    }
    let attempted = attempted(pass);
    let failed = |reason, message| Ok(Outcome::Failed(attempted.clone(), Failure::new(reason, message)));
    match reconcile.fleet.account_exists(&pass.object).await {
        Err(error) => return failed(error.reason(), error.to_string()),
        Ok(false) => {
            let left_behind =
                Some("the service account is gone, so the managed objects are left behind".to_owned());
            return Ok(Outcome::Released(Farewell { left_behind, ..Farewell::default() }));
        }
        Ok(true) => {}
    }
    match reconcile.fleet.tenant(&pass.object) {
        Ok(tenant) => Ok(prune(reconcile, &tenant, pass, deletion, attempted).await),
        Err(error) => failed(error.reason(), error.to_string()),
    }
}

async fn prune(
    reconcile: &Reconcile,
    tenant: &Tenant<'_>,
    pass: &Pass,
    deletion: Deletion,
    mut attempted: Attempted,
) -> Outcome {
    let inventory = match plan::inventory(&pass.object) {
        Ok(inventory) => inventory,
        Err(error) => {
            return Outcome::Failed(attempted, Failure::new(reason::PRUNE_FAILED, error.to_string()));
        }
    };
    tenant.follow(&inventory);
    let (answer, patience) = ask(reconcile, pass, &inventory);
    if !answer.pending.is_empty() {
        let message = format!("waiting for {} before objects are deleted", handover::list(&answer.pending));
        return take_time(pass, attempted, message, patience);
    }
    let reserved: BTreeSet<ObjectId> = answer.reserved.keys().cloned().collect();
    let pruned = delete_all(&tenant.context(), &tenant.owner, &inventory, &reserved).await;
    tenant.follow(&pruned.survivors());
    attempted.inventory = Some(pruned.survivors());
    attempted.deleted = pruned.deleted().cloned().collect();
    let errors: Vec<_> = pruned.errors().cloned().collect();
    if !errors.is_empty() {
        let failure = Failure::new(reason::PRUNE_FAILED, PruneError::Objects(errors).to_string());
        return Outcome::Failed(attempted, Failure { transient: true, ..failure });
    }
    if deletion == Deletion::PruneAndWait && pruned.terminating().next().is_some() {
        return wait(pass, &pruned, attempted);
    }
    let spared: Vec<ObjectId> = pruned.spared().cloned().collect();
    if !spared.is_empty() && !patience.is_zero() {
        let message = format!("waiting for {} to be taken over", names(&spared));
        return take_time(pass, attempted, message, patience);
    }
    let left_behind = spared
        .first()
        .and_then(|id| answer.reserved.get(id))
        .map(|why| format!("{} left in the cluster: {why}", names(&spared)));
    Outcome::Released(Farewell { deleted: attempted.deleted, left_behind })
}

/// Asks who else wants the objects, and says for how long their answer may be waited for.
fn ask(reconcile: &Reconcile, pass: &Pass, inventory: &Inventory) -> (Answer, Duration) {
    let now = Timestamp::now();
    let patience = handover::PATIENCE.saturating_sub(elapsed(deleted_at(pass, now), now));
    let artifact = reconcile.views.sources.find(&Source::of(&pass.object)).flatten();
    let stale: Vec<_> = inventory.iter().map(|(id, version)| (id.clone(), version.to_owned())).collect();
    let answer = handover::examine(&Question {
        object: &pass.object,
        revision: artifact.as_ref().map(|artifact| artifact.revision.as_str()),
        stale: &stale,
        all: &reconcile.views.dependencies.all(),
        claims: &reconcile.claims,
        now,
        patient: !patience.is_zero(),
    });
    let name = ObjectRef::from_obj(pass.object.as_ref());
    let waiting = match answer.pending.is_empty() {
        true => Listening::ForAny(answer.concerned.clone()),
        false => Listening::ForAll(answer.pending.clone()),
    };
    reconcile.claims.wait(&name, waiting, BTreeSet::new());
    (answer, patience)
}

fn take_time(pass: &Pass, attempted: Attempted, message: String, again: Duration) -> Outcome {
    let since = deleted_at(pass, Timestamp::now());
    Outcome::Parked(attempted, Waiting { message, checking: false, since, again })
}

fn deleted_at(pass: &Pass, now: Timestamp) -> Timestamp {
    pass.object.metadata.deletion_timestamp.as_ref().map_or(now, |time| time.0)
}

/// Waits for the last object to be gone, up to the time limit counted from the deletion of the Kustomization.
fn wait(pass: &Pass, pruned: &Pruned, attempted: Attempted) -> Outcome {
    let ids: Vec<_> = pruned.terminating().map(|(id, _)| id.clone()).collect();
    let now = Timestamp::now();
    let since = deleted_at(pass, now);
    let again = timeout(&pass.object.spec).saturating_sub(elapsed(since, now));
    let message = format!("waiting for {} to be gone", names(&ids));
    if again.is_zero() {
        let left_behind = Some(format!("timeout {message}"));
        return Outcome::Released(Farewell { deleted: attempted.deleted, left_behind });
    }
    Outcome::Parked(attempted, Waiting { message, checking: false, since, again })
}

fn attempted(pass: &Pass) -> Attempted {
    let revision = pass.object.status.as_ref().and_then(|status| status.last_attempted_revision.as_deref());
    Attempted::new(revision.unwrap_or_default(), pass.started)
}
