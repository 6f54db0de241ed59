//! The plan: what has to be sent to the cluster so that it holds what is desired, and what the inventory says meanwhile.
//! Pure. An object whose manifest and standing did not change costs no request; "unknown" is never "delete".

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use serde_json::Value;

use crate::{
    cluster::ApiKind,
    conventions::Owner,
    inventory::Inventory,
    ledger::{Left, Record, Sight, Snapshot, Standing},
    object::{GroupKind, Manifest, ObjectId},
    order::{self, Stage},
    policy::{Policy, Ssa},
};

/// All that a plan depends on.
#[derive(Debug)]
pub struct Situation<'a> {
    /// Whose plan it is.
    pub owner: &'a Owner,
    /// The objects as they shall be, with owner labels.
    pub desired: Vec<Manifest>,
    /// The inventory of the owner's status.
    pub inventory: &'a Inventory,
    /// What the ledger knows.
    pub snapshot: &'a Snapshot,
    /// Which kinds are bound to a namespace, from the cluster.
    pub scopes: &'a Scopes,
    /// What the owner's specification says.
    pub options: &'a PlanOptions,
}

/// What the owner's specification says about applying and pruning.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// Whether objects that are no longer desired are deleted.
    pub prune: bool,
    /// Whether immutable changes recreate objects.
    pub force: bool,
    /// Whether objects that cannot be watched are looked at again; true at the interval.
    pub recheck: bool,
    /// Kinds with a stage of their own.
    pub custom_stage: Vec<GroupKind>,
    /// The prefix of policy annotations, `kustomize.toolkit.fluxcd.io/`.
    pub prefix: String,
}

/// Which kinds are namespaced, as far as known.
#[derive(Clone, Debug, Default)]
pub struct Scopes(pub(crate) HashMap<GroupKind, bool>);

/// What has to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whose plan it is.
    pub owner: Owner,
    /// What status must hold before the first write: old and desired objects.
    pub write_ahead: Inventory,
    /// What is desired; with what survives pruning it is the inventory afterwards.
    pub desired: Inventory,
    /// The stages that hold objects, in order.
    pub stages: Vec<StagePlan>,
    /// Objects that policy says not to touch, and for how long.
    pub skipped: Vec<(ObjectId, Left)>,
    /// Objects to delete, in the order of deletion.
    pub prune: Vec<(ObjectId, String)>,
    /// Kinds that this plan itself defines.
    pub(crate) definitions: Vec<Definition>,
}

/// One stage of a plan.
#[derive(Clone, Debug)]
pub struct StagePlan {
    /// Which stage it is.
    pub stage: Stage,
    /// The objects to send, in order.
    pub to_apply: Vec<Step>,
    /// The objects that are as desired.
    pub unchanged: Vec<ObjectId>,
}

/// One object to send.
#[derive(Clone, Debug)]
pub struct Step {
    /// The object as it shall be.
    pub manifest: Manifest,
    /// Why it is sent.
    pub why: Why,
    /// Whether an immutable change recreates it.
    pub force: bool,
    /// How it is applied.
    pub ssa: Ssa,
}

/// Why an object is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The inventory does not hold it yet.
    New,
    /// Its manifest changed.
    Changed,
    /// Somebody changed or deleted it in the cluster.
    Drifted,
    /// Nothing is known of it, or it cannot be watched.
    Unknown,
}

/// Why no plan can be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlanError {
    /// Two manifests describe the same object.
    #[error("{id} is described twice{}", both(.first, .second))]
    Duplicate {
        /// The object.
        id: ObjectId,
        /// The file of the first manifest.
        first: Option<Arc<str>>,
        /// The file of the second manifest.
        second: Option<Arc<str>>,
    },
    /// An object of a namespaced kind has no namespace.
    #[error("{id} has no namespace, and its kind needs one{}", both(.file, &None))]
    NoNamespace {
        /// The object.
        id: ObjectId,
        /// The file of the manifest.
        file: Option<Arc<str>>,
    },
}

/// A kind that a CustomResourceDefinition of the plan defines.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) crd: ObjectId,
    pub(crate) kind: GroupKind,
    pub(crate) plural: String,
    pub(crate) namespaced: bool,
    pub(crate) versions: Vec<String>,
}

fn both(first: &Option<Arc<str>>, second: &Option<Arc<str>>) -> String {
    match (first, second) {
        (Some(first), Some(second)) if first != second => format!(" (in {first} and {second})"),
        (Some(file), _) | (None, Some(file)) => format!(" (in {file})"),
        (None, None) => String::new(),
    }
}

/// Makes the plan; lists every manifest that stands in its way.
pub fn plan(situation: Situation<'_>) -> Result<Plan, Vec<PlanError>> {
    let Situation { owner, desired, inventory, snapshot, options, .. } = situation;
    let definitions: Vec<_> = desired.iter().filter_map(Definition::read).collect();
    let scopes = situation.scopes.with(&definitions);
    let manifests = settle(desired, &scopes)?;
    let inventory = scopes.settle_inventory(inventory);
    let wanted: Inventory = manifests.iter().collect();

    let mut plan = Plan {
        owner: owner.clone(),
        write_ahead: inventory.union(&wanted),
        prune: stale(&inventory, &wanted, options.prune),
        desired: wanted,
        stages: Vec::new(),
        skipped: Vec::new(),
        definitions,
    };
    let decide = Decide { snapshot, inventory: &inventory, options };
    for manifest in manifests {
        decide.place(manifest, &mut plan);
    }
    Ok(plan)
}

/// Plans the deletion of a whole inventory.
pub fn deletion_order(inventory: &Inventory) -> Vec<(ObjectId, String)> {
    stale(inventory, &Inventory::new(), true)
}

fn stale(inventory: &Inventory, wanted: &Inventory, prune: bool) -> Vec<(ObjectId, String)> {
    if !prune {
        return Vec::new();
    }
    let stale = inventory.difference(wanted);
    let mut stale: Vec<_> = stale.iter().map(|(id, version)| (id.clone(), version.to_owned())).collect();
    stale.sort_by(|a, b| order::compare(&b.0, &a.0));
    stale
}

/// Brings manifests into order and their namespaces in line with the scope of their kinds.
fn settle(desired: Vec<Manifest>, scopes: &Scopes) -> Result<Vec<Manifest>, Vec<PlanError>> {
    let mut errors = Vec::new();
    let mut settled: BTreeMap<ObjectId, Manifest> = BTreeMap::new();
    for manifest in desired {
        let manifest = match scopes.is_namespaced(&manifest.id) {
            Some(false) => manifest.without_namespace(),
            Some(true) if manifest.id.namespace.is_empty() => {
                errors.push(PlanError::NoNamespace { id: manifest.id, file: manifest.source });
                continue;
            }
            _ => manifest,
        };
        let second = manifest.source.clone();
        if let Some(first) = settled.insert(manifest.id.clone(), manifest) {
            errors.push(PlanError::Duplicate { id: first.id, first: first.source, second });
        }
    }
    let mut manifests: Vec<_> = settled.into_values().collect();
    manifests.sort_by(|a, b| order::compare(&a.id, &b.id));
    if errors.is_empty() { Ok(manifests) } else { Err(errors) }
}

// === deciding on one object ===

struct Decide<'a> {
    snapshot: &'a Snapshot,
    inventory: &'a Inventory,
    options: &'a PlanOptions,
}

impl Decide<'_> {
    fn place(&self, manifest: Manifest, plan: &mut Plan) {
        let policy = Policy::of_object(&manifest.object, &self.options.prefix);
        let record = self.snapshot.records.get(&manifest.id);
        if policy.is_untouched() {
            plan.skipped.push((manifest.id, Left::Always));
            return;
        }
        let looked_at = self.options.recheck && record.is_some_and(|record| !record.is_sighted());
        if policy.ssa == Ssa::IfNotPresent && is_there(record) && !looked_at {
            plan.skipped.push((manifest.id, Left::WhilePresent));
            return;
        }
        let why = self.why(&manifest, record);
        if why.is_some() {
            // What is about to be sent is not what is remembered of it any more.
            plan.write_ahead.remember(&manifest.id, None);
        }
        let stage = plan.stage(Stage::of(&manifest.id, &self.options.custom_stage));
        match why {
            None => stage.unchanged.push(manifest.id),
            Some(why) => {
                let force = policy.force || self.options.force;
                stage.to_apply.push(Step { manifest, why, force, ssa: policy.ssa });
            }
        }
    }

    /// Says why an object has to be sent; nothing when it is as desired.
    fn why(&self, manifest: &Manifest, record: Option<&Record>) -> Option<Why> {
        let known = record.and_then(|record| Some((record, record.applied.as_ref()?)));
        let Some((record, applied)) = known else {
            return Some(if self.inventory.contains(&manifest.id) { Why::Unknown } else { Why::New });
        };
        if applied.digest != manifest.digest || applied.version != manifest.version {
            return Some(Why::Changed);
        }
        match record.standing() {
            Standing::Settled if self.options.recheck && self.is_unwatchable(&manifest.id) => {
                Some(Why::Unknown)
            }
            Standing::Settled => None,
            Standing::Unknown | Standing::Left => Some(Why::Unknown),
            Standing::Changed if matches!(&record.seen, Sight::Present(seen) if seen.untouched) => None,
            Standing::Missing | Standing::Replaced | Standing::Changed | Standing::Foreign(_) => {
                Some(Why::Drifted)
            }
        }
    }

    fn is_unwatchable(&self, id: &ObjectId) -> bool {
        self.snapshot.unwatchable.contains(&id.group_kind())
    }
}

/// Tells whether an object is known to exist, from its watch or from an earlier look.
fn is_there(record: Option<&Record>) -> bool {
    record.is_some_and(|record| match record.seen {
        Sight::Present(_) => true,
        Sight::Missing(_) => false,
        Sight::Unseen => record.left == Some(Left::WhilePresent) || record.applied.is_some(),
    })
}

// === impl Plan ===

impl Plan {
    /// Tells whether the cluster holds what is desired, so that nothing has to be sent.
    pub fn is_settled(&self) -> bool {
        self.prune.is_empty() && self.stages.iter().all(|stage| stage.to_apply.is_empty())
    }

    /// Tells whether policy says not to touch an object.
    pub fn is_skipped(&self, id: &ObjectId) -> bool {
        self.skipped.iter().any(|(skipped, _)| skipped == id)
    }

    /// Counts the objects to send.
    pub fn to_apply(&self) -> usize {
        self.stages.iter().map(|stage| stage.to_apply.len()).sum()
    }

    /// Returns the stage of this name; manifests come in kind order, stages are kept in theirs.
    fn stage(&mut self, stage: Stage) -> &mut StagePlan {
        let at = self.stages.binary_search_by_key(&stage, |plan| plan.stage).unwrap_or_else(|at| {
            self.stages.insert(at, StagePlan { stage, to_apply: Vec::new(), unchanged: Vec::new() });
            at
        });
        &mut self.stages[at]
    }
}

// === impl Scopes ===

impl Scopes {
    /// Makes scopes from kinds and whether they are namespaced.
    pub fn new(kinds: impl IntoIterator<Item = (GroupKind, bool)>) -> Self {
        Self(kinds.into_iter().collect())
    }

    pub(crate) fn is_namespaced(&self, id: &ObjectId) -> Option<bool> {
        self.0.get(&id.group_kind()).copied()
    }

    fn with(&self, definitions: &[Definition]) -> Self {
        let mut scopes = self.clone();
        for definition in definitions {
            scopes.0.entry(definition.kind.clone()).or_insert(definition.namespaced);
        }
        scopes
    }

    /// Takes the namespace from cluster-scoped entries: Flux keeps the one that the manifest happened to have.
    fn settle_inventory(&self, inventory: &Inventory) -> Inventory {
        inventory.map_ids(|id| {
            let mut id = id.clone();
            if self.is_namespaced(&id) == Some(false) {
                id.namespace.clear();
            }
            id
        })
    }
}

// === impl Definition ===

impl Definition {
    /// Returns the kind as it will be served.
    pub(crate) fn api_kind(&self, version: &str) -> ApiKind {
        ApiKind {
            group: self.kind.group.clone(),
            version: version.to_owned(),
            kind: self.kind.kind.clone(),
            plural: self.plural.clone(),
            namespaced: self.namespaced,
            watchable: true,
        }
    }

    fn read(manifest: &Manifest) -> Option<Self> {
        if !manifest.id.is("apiextensions.k8s.io", "CustomResourceDefinition") {
            return None;
        }
        let spec = manifest.object.get("spec")?;
        let text = |pointer| spec.pointer(pointer).and_then(Value::as_str);
        let served = |version: &Value| version.get("served").and_then(Value::as_bool).unwrap_or(true);
        let versions = spec.get("versions")?.as_array()?.iter().filter(|version| served(version));
        Some(Self {
            crd: ObjectId { namespace: String::new(), ..manifest.id.clone() },
            kind: GroupKind::new(text("/group")?, text("/names/kind")?),
            plural: text("/names/plural")?.to_owned(),
            namespaced: text("/scope")? == "Namespaced",
            versions: versions.filter_map(|v| Some(v.get("name")?.as_str()?.to_owned())).collect(),
        })
    }
}

#[cfg(test)]
mod tests;
