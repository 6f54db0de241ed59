//! Under whose identity a pass acts on the cluster, and what all passes share about it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::api::core::v1::ServiceAccount;
use kube::ResourceExt;
use kube::api::Api;
use kube::runtime::reflector::ObjectRef;
use sluice_apply::apply;
use sluice_apply::cluster::Cluster;
use sluice_apply::conventions::{Conventions, Owner};
use sluice_apply::inventory::Inventory;
use sluice_apply::ledger::{Ledger, Sight, Standing, Wake};
use sluice_apply::object::{GroupKind, ObjectId};
use sluice_apply::plan::PlanOptions;
use sluice_apply::watch::Watches;
use sluice_crds::kustomize::{Kustomization, KustomizationStatus};
use sluice_crds::meta::reason;
use sluice_runtime::Context;
use sluice_runtime::access::{AccessError, Impersonator};
use sluice_runtime::start::Fatal;
use thiserror::Error;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::decide::timeout;
use super::health;
use crate::args::Args;

/// The prefix of Flux's labels and annotations on managed objects.
const PREFIX: &str = "kustomize.toolkit.fluxcd.io/";
/// The field manager of server-side apply, as Flux names it.
const FIELD_MANAGER: &str = "kustomize-controller";

/// What all passes share about the cluster.
pub struct Fleet {
    access: Impersonator,
    cluster: Cluster,
    ledger: Ledger,
    watches: Watches,
    conventions: Arc<Conventions>,
    default_account: String,
    /// The account that each Kustomization last acted as.
    identities: Mutex<HashMap<Owner, Option<String>>>,
    custom_stage: Vec<GroupKind>,
    concurrency: usize,
    fail_fast: bool,
    /// Whether the cluster's definition of Kustomizations has room for memos in the inventory; Flux's own has none.
    keeps_memos: AtomicBool,
}

/// The cluster as one Kustomization may use it, for the time of one pass.
pub struct Tenant<'a> {
    /// The Kustomization, as the owner of objects.
    pub owner: Owner,
    /// The cluster under the Kustomization's identity.
    pub cluster: Cluster,
    /// Whether one failed object ends the health checks.
    pub fail_fast: bool,
    fleet: &'a Fleet,
    account: String,
    deadline: Instant,
}

/// An identity that cannot be assumed.
#[derive(Debug, Error)]
pub enum TenantError {
    /// The account cannot be impersonated.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// It could not be found out whether the account exists.
    #[error("the service account could not be read: {0}")]
    Account(#[source] kube::Error),
}

/// Flags that name something that cannot be.
#[derive(Debug, Error)]
#[error("--custom-apply-stage-kinds: {0:?} is not of the form group/Kind")]
struct InvalidStageKind(String);

impl TenantError {
    /// The reason of the Ready condition.
    pub fn reason(&self) -> &'static str {
        reason::RECONCILIATION_FAILED
    }
}

// === impl Fleet ===

impl Fleet {
    /// Prepares the cluster that `context` is connected to; `wakes` receives what happens to managed objects.
    ///
    /// # Errors
    /// Fails when a flag names a kind that cannot be.
    pub fn new(context: &Context, args: &Args, wakes: UnboundedSender<Wake>) -> Result<Self, Fatal> {
        let conventions = Arc::new(Conventions::new(PREFIX, FIELD_MANAGER, &args.override_manager));
        let cluster = Cluster::new(context.client.clone());
        let ledger = Ledger::new(wakes);
        let watching = cluster.with_client(context.watch_client.clone());
        Ok(Self {
            access: context.access.clone(),
            watches: Watches::new(watching, ledger.clone(), conventions.clone(), None),
            cluster,
            ledger,
            conventions,
            default_account: args.default_service_account.clone(),
            identities: Mutex::default(),
            custom_stage: stage_kinds(&args.custom_apply_stage_kinds)?,
            concurrency: args.concurrent_ssa,
            fail_fast: !context.gates.enabled("DisableFailFastBehavior"),
            keeps_memos: AtomicBool::new(true),
        })
    }

    /// The cluster as `object` may use it.
    ///
    /// # Errors
    /// Fails when the object names an account that cannot be impersonated; never falls back to another identity.
    pub fn tenant(&self, object: &Kustomization) -> Result<Tenant<'_>, TenantError> {
        let namespace = object.namespace().unwrap_or_default();
        let cluster = match self.account(object) {
            Some(account) => self.cluster.with_client(self.access.client(&namespace, account)?),
            None => self.cluster.clone(),
        };
        let owner = owner(object);
        self.assume(&owner, self.account(object));
        Ok(Tenant {
            owner,
            cluster,
            fail_fast: self.fail_fast,
            fleet: self,
            account: self.account(object).unwrap_or_default().to_owned(),
            deadline: Instant::now() + timeout(&object.spec),
        })
    }

    /// Whether the account that `object` acts as exists; an object without one acts as the controller, which does.
    ///
    /// # Errors
    /// Fails when that cannot be found out.
    pub async fn account_exists(&self, object: &Kustomization) -> Result<bool, TenantError> {
        let Some(account) = self.account(object) else { return Ok(true) };
        let namespace = object.namespace().unwrap_or_default();
        // Refuses what cannot be a name before it becomes part of a path that is asked for with the controller's rights.
        self.access.client(&namespace, account)?;
        let accounts: Api<ServiceAccount> = Api::namespaced(self.cluster.client().clone(), &namespace);
        Ok(accounts.get_metadata_opt(account).await.map_err(TenantError::Account)?.is_some())
    }

    /// Whether the cluster still holds what was applied for `object`, healthy where that is asked for, as far as the
    /// watches tell.
    pub fn is_intact(&self, object: &Kustomization) -> bool {
        let owner = owner(object);
        let snapshot = self.ledger.snapshot(&owner);
        let in_place = snapshot.records.iter().all(|(id, record)| match record.standing() {
            Standing::Settled => !snapshot.unwatchable.contains(&id.group_kind()),
            Standing::Left => true,
            Standing::Changed => matches!(&record.seen, Sight::Present(seen) if seen.untouched),
            _ => false,
        });
        // What expressions tell is known to no watch.
        if !object.spec.health_check_exprs.is_empty()
            && (object.spec.wait || !object.spec.health_checks.is_empty())
        {
            return false;
        }
        let is_healthy =
            |id: &ObjectId| self.ledger.health_for(&owner, id).is_none_or(|health| health.is_current());
        let healthy = if object.spec.wait {
            let mut checked = snapshot.records.iter().filter(|(_, record)| record.left.is_none());
            checked.all(|(id, _)| is_healthy(id))
        } else {
            object.spec.health_checks.iter().all(|check| is_healthy(&health::named(object, check).0))
        };
        in_place && healthy
    }

    /// Notes what became of memos in a status that was written: where they are dropped, none are written any more.
    pub fn note_written(&self, sent: &KustomizationStatus, written: &Kustomization) {
        let remembers = |status: &KustomizationStatus| {
            let inventory = status.inventory.as_ref();
            inventory.is_some_and(|inventory| inventory.entries.iter().any(|entry| entry.digest.is_some()))
        };
        if remembers(sent) && !written.status.as_ref().is_some_and(remembers) {
            self.keeps_memos.store(false, Ordering::Relaxed);
        }
    }

    /// Forgets a Kustomization that is no more.
    pub fn forget(&self, object: &ObjectRef<Kustomization>) {
        let owner = Owner::new(object.namespace.as_deref().unwrap_or_default(), &object.name);
        self.watches.forget(&owner);
        self.identities().remove(&owner);
    }

    /// What one identity was seen to be allowed says nothing about another: with a new one everything is tried again.
    fn assume(&self, owner: &Owner, account: Option<&str>) {
        let before = self.identities().insert(owner.clone(), account.map(str::to_owned));
        if before.is_some_and(|before| before.as_deref() != account) {
            self.watches.forget(owner);
        }
    }

    fn identities(&self) -> MutexGuard<'_, HashMap<Owner, Option<String>>> {
        // A panic while the map is held cannot leave it half-written: every access is one call.
        self.identities.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn account<'a>(&'a self, object: &'a Kustomization) -> Option<&'a str> {
        // An empty name is not the absence of one: it is refused when it is used.
        let own = object.spec.service_account_name.as_deref();
        own.or_else(|| Some(self.default_account.as_str()).filter(|account| !account.is_empty()))
    }
}

// === impl Tenant ===

impl Tenant<'_> {
    /// What the effects of lib/apply need.
    pub fn context(&self) -> apply::Context<'_> {
        apply::Context {
            cluster: &self.cluster,
            ledger: &self.fleet.ledger,
            conventions: &self.fleet.conventions,
            deadline: self.deadline,
            concurrency: self.fleet.concurrency,
        }
    }

    /// How `object` wants its objects applied.
    pub fn options(&self, object: &Kustomization) -> PlanOptions {
        PlanOptions {
            prune: object.spec.prune,
            force: object.spec.force,
            recheck: true,
            custom_stage: self.fleet.custom_stage.clone(),
            prefix: PREFIX.to_owned(),
        }
    }

    /// What is known of the cluster.
    pub fn ledger(&self) -> &Ledger {
        &self.fleet.ledger
    }

    /// Believes what `inventory` remembers of objects that are just as they were left.
    pub fn recall(&self, inventory: &Inventory) {
        self.fleet.ledger.recall(&self.owner, inventory, &self.account);
    }

    /// Puts into `inventory` what a later process has to remember, where status can keep it.
    pub fn memorize(&self, inventory: &mut Inventory) {
        if self.fleet.keeps_memos.load(Ordering::Relaxed) {
            self.fleet.ledger.memorize(&self.owner, inventory, &self.account);
        }
    }

    /// Watches the objects of `inventory` from now on.
    pub fn follow(&self, inventory: &Inventory) {
        self.fleet.watches.follow(&self.owner, inventory);
    }

    /// Has the health of objects of the kinds of `ids` watched from now on; wakes nobody.
    pub fn watch_health(&self, ids: &BTreeSet<ObjectId>) {
        self.fleet.watches.watch_in_full(&ids.iter().map(ObjectId::group_kind).collect());
    }

    /// Waits for `ids` and no others from now on: changes of their health wake the owner, and so does a verdict that
    /// is there already.
    pub fn wait_for(&self, ids: &BTreeSet<ObjectId>) {
        self.fleet.watches.wait_for(&self.owner, ids);
    }

    /// Watches single objects that others manage, with the identity of the Kustomization.
    pub fn watch_also(&self, objects: &BTreeMap<ObjectId, String>) {
        self.fleet.watches.watch_also(&self.owner, &self.cluster, objects);
    }
}

/// `object` as the owner of what it applies.
fn owner(object: &Kustomization) -> Owner {
    Owner::new(&object.namespace().unwrap_or_default(), &object.name_any())
}

fn stage_kinds(list: &str) -> Result<Vec<GroupKind>, InvalidStageKind> {
    let kinds = list.split(',').map(str::trim).filter(|kind| !kind.is_empty());
    kinds
        .map(|kind| match kind.split_once('/') {
            Some((group, name)) if !name.is_empty() && !name.contains('/') => Ok(GroupKind::new(group, name)),
            _ => Err(InvalidStageKind(kind.to_owned())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_kinds_are_checked() {
        let kind = |group: &str, name: &str| GroupKind::new(group, name);
        for (list, expected) in [
            ("", Some(vec![])),
            ("kyverno.io/ClusterPolicy", Some(vec![kind("kyverno.io", "ClusterPolicy")])),
            ("a.io/X, /Pod,", Some(vec![kind("a.io", "X"), kind("", "Pod")])),
            ("ClusterPolicy", None),
            ("a/b/C", None),
        ] {
            assert_eq!(stage_kinds(list).ok(), expected, "{list}");
        }
    }
}
