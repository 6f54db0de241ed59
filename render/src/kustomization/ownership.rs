//! Marks every object with its owner and the Kustomization's common metadata.

use serde_json::{Map, Value};
use sluice_crds::kustomize::Kustomization;

/// Names the managing Kustomization.
pub const OWNER_NAME_LABEL: &str = "kustomize.toolkit.fluxcd.io/name";
/// Names the managing Kustomization's namespace.
pub const OWNER_NAMESPACE_LABEL: &str = "kustomize.toolkit.fluxcd.io/namespace";

/// Sets `spec.commonMetadata`, then the owner labels; what is set here wins over what the object says.
///
/// The owner labels come last: an object that named another owner would never be pruned.
pub(super) fn mark(object: &mut Value, kustomization: &Kustomization) {
    if let Some(common) = &kustomization.spec.common_metadata {
        set(object, "labels", common.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        set(
            object,
            "annotations",
            common.annotations.iter().map(|(key, value)| (key.as_str(), value.as_str())),
        );
    }
    let owner = &kustomization.metadata;
    let labels = [
        (OWNER_NAME_LABEL, owner.name.as_deref().unwrap_or_default()),
        (OWNER_NAMESPACE_LABEL, owner.namespace.as_deref().unwrap_or_default()),
    ];
    set(object, "labels", labels);
}

fn set<'a>(object: &mut Value, field: &str, entries: impl IntoIterator<Item = (&'a str, &'a str)>) {
    let mut entries = entries.into_iter().peekable();
    if entries.peek().is_none() {
        return;
    }
    let target = mapping(mapping(object, "metadata"), field);
    if let Value::Object(target) = target {
        for (key, value) in entries {
            target.insert(key.to_owned(), value.into());
        }
    }
}

/// The mapping under `key`, made where there is none.
fn mapping<'a>(parent: &'a mut Value, key: &str) -> &'a mut Value {
    if !parent[key].is_object() {
        parent[key] = Value::Object(Map::new());
    }
    &mut parent[key]
}
