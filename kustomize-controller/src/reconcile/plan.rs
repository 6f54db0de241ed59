//! Step 3: compares what was built with what is known of the cluster.

use std::time::Duration;

use jiff::Timestamp;
use sluice_apply::cluster::MapError;
use sluice_apply::inventory::{Entry, Inventory, MAX_BYTES};
use sluice_apply::object::ParseIdError;
use sluice_apply::plan::{self as apply_plan, Plan, Situation};
use sluice_crds::kustomize::Kustomization;
use sluice_crds::meta::reason;
use thiserror::Error;

use super::build::Built;
use super::tenant::Tenant;
use super::{Run, elapsed};

/// How long a pass may wait for watches to tell for the first time what they see, before it asks by itself.
const FIRST_SIGHT: Duration = Duration::from_secs(10);

/// What has to be done, and whether status must say so first.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Whether the plan names objects that status does not.
    pub grows: bool,
    /// How many objects status holds.
    pub held: usize,
}

/// No plan can be made.
#[derive(Debug, Error)]
pub enum PlanError {
    /// The inventory in status is not readable, and guessing would orphan objects.
    #[error("status.inventory: {0}")]
    Inventory(#[from] ParseIdError),
    /// The kinds that the cluster serves could not be found out.
    #[error(transparent)]
    Discovery(#[from] MapError),
    /// Manifests stand in each other's way.
    #[error("{}", join(.0))]
    Manifests(Vec<apply_plan::PlanError>),
    /// Status could not hold the inventory.
    #[error(
        "{0} objects do not fit into status.inventory, which holds {MAX_BYTES} bytes: split the Kustomization"
    )]
    TooBig(usize),
}

impl PlanError {
    /// The reason of the Ready condition.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Manifests(_) => reason::BUILD_FAILED,
            Self::Inventory(_) | Self::Discovery(_) | Self::TooBig(_) => reason::RECONCILIATION_FAILED,
        }
    }
}

/// Plans to bring the cluster from what it holds to what was built.
///
/// # Errors
/// Names the manifests that contradict each other; nothing has been written when a plan fails.
pub async fn plan(tenant: &Tenant<'_>, object: &Kustomization, built: &Built) -> Result<Planned, PlanError> {
    let inventory = inventory(object)?;
    tenant.recall(&inventory);
    let scopes = tenant.cluster.scopes(&built.manifests, &inventory).await?;
    let situation = Situation {
        owner: &tenant.owner,
        desired: built.manifests.clone(),
        inventory: &inventory,
        snapshot: &tenant.ledger().snapshot(&tenant.owner),
        scopes: &scopes,
        options: &tenant.options(object),
    };
    let plan = apply_plan::plan(situation).map_err(PlanError::Manifests)?;
    if plan.write_ahead.is_too_big() {
        return Err(PlanError::TooBig(plan.write_ahead.len()));
    }
    let grows = plan.write_ahead.iter().any(|(id, _)| !inventory.contains(id));
    Ok(Planned { plan, grows, held: inventory.len() })
}

/// Has the objects of status watched, in a process that does not know them yet; says for how long the pass may wait
/// for the first look at them, which tells what nobody has touched since status was written.
///
/// # Errors
/// Refuses an inventory that does not parse.
pub(super) fn await_sight(
    tenant: &Tenant<'_>,
    object: &Kustomization,
    run: &Run,
) -> Result<Option<Duration>, PlanError> {
    if !tenant.ledger().knows(&tenant.owner) {
        let inventory = inventory(object)?;
        tenant.follow(&inventory);
        if object.spec.wait || !object.spec.health_checks.is_empty() {
            tenant.watch_health(&inventory.iter().map(|(id, _)| id.clone()).collect());
        }
    }
    let left = FIRST_SIGHT.saturating_sub(elapsed(run.attempted.since, Timestamp::now()));
    Ok(Some(left).filter(|left| !left.is_zero() && tenant.ledger().awaits_sight(&tenant.owner)))
}

/// The inventory in the object's status.
///
/// # Errors
/// Refuses an entry that does not parse.
pub fn inventory(object: &Kustomization) -> Result<Inventory, ParseIdError> {
    let status = object.status.as_ref().and_then(|status| status.inventory.as_ref());
    let entries = status.map(|inventory| inventory.entries.as_slice()).unwrap_or_default();
    Inventory::read(entries.iter().cloned().map(|entry| Entry {
        id: entry.id,
        v: entry.v,
        digest: entry.digest,
        fields: entry.fields,
    }))
}

fn join(errors: &[apply_plan::PlanError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
