//! Step 6: the health of what was applied, as the watches tell it. Only what cannot be watched is read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use sluice_apply::culprit;
use sluice_apply::health::{Expressions, Health, HealthStatus, has_status};
use sluice_apply::object::{GroupKind, ObjectId};
use sluice_apply::read_health;
use sluice_crds::kustomize::{HealthCheckReference, Kustomization};
use sluice_crds::meta::reason;
use thiserror::Error;

use super::outcome::{self, Waiting};
use super::plan::Planned;
use super::report::QUIET_WAIT;
use super::tenant::Tenant;
use super::{Progress, Run, elapsed};

/// How many unhealthy objects a message names.
const NAMED: usize = 10;
/// How many of them are followed to their Pods.
const BLAMED: usize = 3;
/// The pause before objects that cannot be watched are read again.
const UNWATCHED: Duration = Duration::from_secs(5);

/// The pause before objects whose health is told by expressions are read again, unless their watch tells of a change.
const JUDGED: Duration = Duration::from_secs(30);

/// Objects that are not healthy and will not become so in time.
#[derive(Debug, Error)]
pub enum HealthError {
    /// Some failed.
    #[error("health check failed after {after}: {objects}")]
    Failed {
        /// How long the checks ran.
        after: sluice_crds::Duration,
        /// The objects and what is wrong with them.
        objects: String,
    },
    /// Time is over.
    #[error("health check timed out after {after}: {objects}")]
    Timeout {
        /// The time limit.
        after: sluice_crds::Duration,
        /// The objects and what they still lack.
        objects: String,
    },
}

impl HealthError {
    /// The reason of the Ready condition.
    pub fn reason(&self) -> &'static str {
        reason::HEALTH_CHECK_FAILED
    }
}

/// Checks the objects that `object` wants to be healthy; says what it waits for when they are not yet.
///
/// # Errors
/// Names the objects that failed, or that were not healthy within the time limit.
pub(super) async fn check(
    tenant: &Tenant<'_>,
    object: &Kustomization,
    planned: &Planned,
    run: &mut Run,
) -> Result<Progress, HealthError> {
    // What does not compile has been refused before.
    let expressions = Expressions::compile(&object.spec.health_check_exprs).unwrap_or_default();
    let checked = checked(tenant, object, planned);
    let judged: Vec<_> = of_kinds(&checked, |kind| expressions.judge(kind));
    let unwatchable = tenant.ledger().snapshot(&tenant.owner).unwatchable;
    let unwatched: Vec<_> = of_kinds(&checked, |kind| unwatchable.contains(kind));
    let versions = checked;
    let checked: BTreeSet<ObjectId> = versions.keys().cloned().collect();
    let now = Timestamp::now();
    if run.attempted.changed_something() {
        // What was changed just now has the whole time to become healthy.
        run.plan.attempt.checking_since = None;
    }
    let since = *run.plan.attempt.checking_since.get_or_insert(now);
    let asked: Vec<_> = judged.iter().chain(&unwatched).cloned().collect();
    let read = read_health(&tenant.context(), &asked, &expressions).await;
    let read = read.into_iter().filter_map(|(id, health)| Some((id, health.ok()?))).collect();
    let unhealthy = unhealthy(tenant, planned, &checked, &read);
    let told = checked.iter().filter(|id| !expressions.judge(&id.group_kind())).cloned().collect();
    tenant.watch_health(&told);
    // Those that are not healthy are waited for whatever is decided now: when they recover, the pass runs again. The
    // healthy ones are not: each of them would wake the pass at once.
    tenant.wait_for(&unhealthy.keys().cloned().collect());
    if checked.is_empty() {
        return Ok(Progress::Done(outcome::Health::Unchecked));
    }
    if unhealthy.is_empty() {
        return Ok(Progress::Done(outcome::Health::Passed(elapsed(since, now))));
    }
    let unhealthy = blame(tenant, &versions, unhealthy, elapsed(since, now)).await;
    let waiting = judge(tenant, &unhealthy, run, since, now)?;
    let longest = [(unwatched.is_empty(), UNWATCHED), (judged.is_empty(), JUDGED)];
    let longest = longest.iter().filter(|(none, _)| !none).map(|(_, pause)| *pause).min();
    let again = longest.map_or(waiting.again, |pause| waiting.again.min(pause));
    Ok(Progress::Waiting(Waiting { again, ..waiting }))
}

/// Follows the first few of them to their Pods, where the wait is over or long enough to be told.
async fn blame(
    tenant: &Tenant<'_>,
    versions: &BTreeMap<ObjectId, String>,
    mut unhealthy: BTreeMap<ObjectId, Health>,
    waited: Duration,
) -> BTreeMap<ObjectId, Health> {
    let is_failed = |health: &Health| health.status == HealthStatus::Failed;
    if waited < QUIET_WAIT && !unhealthy.values().any(is_failed) {
        return unhealthy;
    }
    for (id, health) in
        unhealthy.iter_mut().filter(|(_, health)| health.status != HealthStatus::NotFound).take(BLAMED)
    {
        let version = versions.get(id).map(String::as_str).unwrap_or_default();
        if let Some(culprit) = culprit::find(&tenant.context(), id, version).await {
            health.message = culprit;
        }
    }
    unhealthy
}

fn judge(
    tenant: &Tenant<'_>,
    unhealthy: &BTreeMap<ObjectId, Health>,
    run: &Run,
    since: Timestamp,
    now: Timestamp,
) -> Result<Waiting, HealthError> {
    let failed: BTreeMap<_, _> =
        unhealthy.iter().filter(|(_, health)| health.status == HealthStatus::Failed).collect();
    if tenant.fail_fast && !failed.is_empty() {
        let after = rounded(elapsed(since, now));
        return Err(HealthError::Failed { after, objects: describe(failed) });
    }
    let again = run.left(since, now);
    if again.is_zero() {
        return Err(HealthError::Timeout { after: run.limit.into(), objects: describe(unhealthy) });
    }
    let message =
        format!("Running health checks for revision {}: {}", run.attempted.revision, describe(unhealthy));
    Ok(Waiting { message, checking: true, since, again })
}

/// The objects to check, with their API versions: everything applied with `wait`, else those that `healthChecks` names.
fn checked(tenant: &Tenant<'_>, object: &Kustomization, planned: &Planned) -> BTreeMap<ObjectId, String> {
    let ids: BTreeMap<ObjectId, String> = if object.spec.wait {
        let applied = planned.plan.desired.iter().filter(|(id, _)| !planned.plan.is_skipped(id));
        applied.map(|(id, version)| (id.clone(), version.to_owned())).collect()
    } else {
        object.spec.health_checks.iter().map(|check| named(object, check)).collect()
    };
    let own = |id: &ObjectId| {
        id.is("kustomize.toolkit.fluxcd.io", "Kustomization")
            && *id.namespace == *tenant.owner.namespace
            && *id.name == *tenant.owner.name
    };
    let ids: BTreeMap<_, _> = ids.into_iter().filter(|(id, _)| !own(id)).collect();
    let others = ids.iter().filter(|(id, _)| !planned.plan.desired.contains(id));
    tenant.watch_also(&others.map(|(id, version)| (id.clone(), version.clone())).collect());
    ids
}

/// Those of `objects` whose kind is wanted.
fn of_kinds(
    objects: &BTreeMap<ObjectId, String>,
    wanted: impl Fn(&GroupKind) -> bool,
) -> Vec<(ObjectId, String)> {
    let wanted = objects.iter().filter(|(id, _)| wanted(&id.group_kind()));
    wanted.map(|(id, version)| (id.clone(), version.clone())).collect()
}

/// The object that a health check names, with its API version; Flux's default is `apps/v1`.
pub(super) fn named(object: &Kustomization, check: &HealthCheckReference) -> (ObjectId, String) {
    let api_version = check.api_version.as_deref().filter(|version| !version.is_empty()).unwrap_or("apps/v1");
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let own = || object.spec.target_namespace.clone().or_else(|| object.namespace()).unwrap_or_default();
    let id = ObjectId {
        namespace: check.namespace.clone().unwrap_or_else(own),
        name: check.name.clone(),
        group: group.to_owned(),
        kind: check.kind.clone(),
    };
    (id, version.to_owned())
}

fn unhealthy(
    tenant: &Tenant<'_>,
    planned: &Planned,
    checked: &BTreeSet<ObjectId>,
    read: &BTreeMap<ObjectId, Health>,
) -> BTreeMap<ObjectId, Health> {
    let mut unhealthy = BTreeMap::new();
    // What was applied exists; what others apply may not exist yet.
    let can_lack = |id: &&ObjectId| {
        has_status(&id.group_kind()) || read.contains_key(*id) || !planned.plan.desired.contains(id)
    };
    for id in checked.iter().filter(can_lack) {
        let unseen = || Health::new(HealthStatus::InProgress, "not observed yet");
        let watched = || tenant.ledger().health_for(&tenant.owner, id);
        let health = read.get(id).cloned().or_else(watched).unwrap_or_else(unseen);
        if !health.is_current() {
            unhealthy.insert(id.clone(), health);
        }
    }
    unhealthy
}

fn describe<'a>(objects: impl IntoIterator<Item = (&'a ObjectId, &'a Health)>) -> String {
    let all: Vec<String> =
        objects.into_iter().map(|(id, health)| format!("{id}: {}", health.message)).collect();
    let more = all.len().saturating_sub(NAMED);
    let named = all[..all.len() - more].join("; ");
    if more == 0 { named } else { format!("{named}; and {more} more") }
}

fn rounded(span: Duration) -> sluice_crds::Duration {
    Duration::from_secs(span.as_secs()).into()
}
