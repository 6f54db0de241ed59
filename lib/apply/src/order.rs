//! In which order kinds are applied: four stages, and an order of kinds inside each; pruning goes the other way.
//! Pure; the tables follow the order Flux users rely on.

use std::cmp::Ordering;

use crate::object::{GroupKind, ObjectId};

/// Kinds with a place of their own, first to last.
const FIRST: [&str; 23] = [
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ClusterRoleBinding",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that come after all others: a webhook must not stand before what answers it.
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// A group of kinds that is applied as a whole before the next one starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Definitions, namespaces and cluster roles; the next stage waits for them.
    Definitions,
    /// Kinds whose name ends in `Class`; the next stage waits for them.
    Classes,
    /// Kinds the operator named; nothing waits for them.
    Custom,
    /// All others.
    Rest,
}

impl Stage {
    /// Returns the stage of a kind.
    pub fn of(id: &ObjectId, custom: &[GroupKind]) -> Self {
        match id.kind.as_str() {
            "CustomResourceDefinition" | "Namespace" | "ClusterRole" => Self::Definitions,
            kind if kind.ends_with("Class") => Self::Classes,
            _ if custom.iter().any(|gk| id.is(&gk.group, &gk.kind)) => Self::Custom,
            _ => Self::Rest,
        }
    }

    /// Tells whether later stages wait until the objects of this one are current.
    pub fn waits(self) -> bool {
        matches!(self, Self::Definitions | Self::Classes)
    }
}

/// Returns the place of a kind; objects of equal rank may be applied at the same time.
pub fn rank(id: &ObjectId) -> usize {
    let place = |table: &[&str]| table.iter().position(|kind| *kind == id.kind);
    place(&FIRST).or_else(|| place(&LAST).map(|at| FIRST.len() + 1 + at)).unwrap_or(FIRST.len())
}

/// Compares two objects in the order of applying: by rank, group and kind, then namespace and name.
pub fn compare(a: &ObjectId, b: &ObjectId) -> Ordering {
    let key = |id: &ObjectId| rank(id);
    key(a).cmp(&key(b)).then_with(|| {
        (&a.group, &a.kind, &a.namespace, &a.name).cmp(&(&b.group, &b.kind, &b.namespace, &b.name))
    })
}

#[cfg(test)]
mod tests;
