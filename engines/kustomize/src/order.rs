//! The order of the result: as named, or kinds that others need first. Refuses options that contradict each other.

use std::collections::HashMap;

use crate::Reorder;
use crate::error::{Result, invalid};
use crate::kustomization::{LegacySortOptions, SortOptions};
use crate::resource::{Gvk, Resource};

const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Puts resources in the order that the kustomization, or else the options of the build, ask for.
pub(crate) fn sort(resources: &mut [Resource], wanted: Option<&SortOptions>, reorder: Reorder) -> Result<()> {
    let Some(options) = wanted else {
        if reorder == Reorder::Legacy {
            sort_by_kind(resources, &default_options());
        }
        return Ok(());
    };
    match (options.order.as_str(), &options.legacy) {
        ("fifo", None) => Ok(()),
        ("fifo", Some(_)) => {
            Err(invalid("only the order legacy has options").field("sortOptions.legacySortOptions"))
        }
        ("legacy", legacy) => {
            sort_by_kind(resources, &legacy.clone().unwrap_or_else(default_options));
            Ok(())
        }
        _ => Err(invalid("expected fifo or legacy").field("sortOptions.order")),
    }
}

/// Orders kinds as the default does; for configuration.
pub(crate) fn kind_key(gvk: &Gvk) -> (i64, String) {
    (rank(&gvk.kind), group_key(gvk))
}

fn default_options() -> LegacySortOptions {
    let owned = |kinds: &[&str]| kinds.iter().map(|&kind| kind.to_owned()).collect();
    LegacySortOptions { first: owned(&FIRST), last: owned(&LAST) }
}

fn rank(kind: &str) -> i64 {
    let index =
        |kinds: &[&str]| kinds.iter().position(|&other| other == kind).and_then(|at| i64::try_from(at).ok());
    match (index(&FIRST), index(&LAST)) {
        (Some(at), _) => at - FIRST.len() as i64,
        (_, Some(at)) => at + 1,
        _ => 0,
    }
}

fn or<'t>(text: &'t str, none: &'t str) -> &'t str {
    if text.is_empty() { none } else { text }
}

fn group_key(gvk: &Gvk) -> String {
    format!("{}_{}_{}", or(&gvk.group, "~G"), or(&gvk.version, "~V"), or(&gvk.kind, "~K"))
}

fn sort_by_kind(resources: &mut [Resource], options: &LegacySortOptions) {
    let mut ranks: HashMap<&str, i64> = HashMap::new();
    for (at, kind) in options.first.iter().enumerate() {
        ranks.insert(kind, at as i64 - options.first.len() as i64);
    }
    for (at, kind) in options.last.iter().enumerate() {
        ranks.insert(kind, at as i64 + 1);
    }
    resources.sort_by_cached_key(|resource| {
        let id = resource.id();
        let name = format!("{}|{}|{}", id.gvk, or(&id.namespace, "~X"), or(&id.name, "~N"));
        // Namespaces of Kubernetes itself stand before those of any other group.
        let is_foreign = id.gvk.kind == "Namespace" && !id.gvk.group.is_empty();
        (ranks.get(id.gvk.kind.as_str()).copied().unwrap_or(0), is_foreign, group_key(&id.gvk), name)
    });
}
