//! Writes the status subresource: only what differs, and nothing when nothing does.

use std::sync::Arc;

use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::{Context, watch::Watched};

/// What must hold for a status write to happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing: what others wrote in between stays where the difference does not touch it.
    #[default]
    None,
    /// The object is still at the resource version the caller saw.
    Unchanged,
}

/// A status that could not be written.
#[derive(Debug, Error)]
pub enum StatusError {
    /// The status does not serialize to JSON.
    #[error("status does not serialize")]
    Serialize(#[from] serde_json::Error),
    /// The API server refused, or could not be reached.
    #[error("status could not be written")]
    Api(#[from] kube::Error),
}

impl StatusError {
    /// Returns whether the object is gone, so that there is nothing left to write to.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Api(kube::Error::Api(status)) if status.code == 404)
    }
}

/// Writes the difference between the object's status and `status`, and returns the object as it then is.
///
/// No request is made when they are equal. Hand the result to [`crate::controller::Objects::record`].
///
/// # Errors
/// When the API server refuses or is not reached.
pub async fn patch<K, S>(
    context: &Context,
    current: &Arc<K>,
    status: &S,
    precondition: Precondition,
) -> Result<Arc<K>, StatusError>
where
    K: Watched + Serialize,
    S: Serialize,
{
    let old = serde_json::to_value(current.as_ref())?;
    let new = serde_json::to_value(status)?;
    let Some(difference) = merge_difference(old.get("status").unwrap_or(&Value::Null), &new) else {
        return Ok(current.clone());
    };
    // The identity keeps the status of one object from being written to a new one of the same name.
    let mut patch = json!({ "metadata": { "uid": current.uid() }, "status": difference });
    if precondition == Precondition::Unchanged {
        patch["metadata"]["resourceVersion"] = json!(current.resource_version());
    }
    let api: Api<K> = Api::namespaced(context.client.clone(), &current.namespace().unwrap_or_default());
    let params = PatchParams { field_manager: Some(context.manager.clone()), ..PatchParams::default() };
    let mut written = api.patch_status(&current.name_any(), &params, &Patch::Merge(patch)).await?;
    // Who owns which field is of no use here, and half of what an object weighs.
    written.meta_mut().managed_fields = None;
    Ok(Arc::new(written))
}

/// Returns the JSON merge patch that turns `old` into `new`, or nothing when they are equal.
///
/// Keys that are null in `new` count as absent, as a merge patch cannot say otherwise.
#[must_use]
pub fn merge_difference(old: &Value, new: &Value) -> Option<Value> {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return (old != new).then(|| new.clone());
    };
    let mut difference = Map::new();
    for (key, value) in new {
        if let Some(change) = merge_difference(old.get(key).unwrap_or(&Value::Null), value) {
            difference.insert(key.clone(), change);
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key) && !old[*key].is_null()) {
        difference.insert(key.clone(), Value::Null);
    }
    (!difference.is_empty()).then_some(Value::Object(difference))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_differences_are_sent() {
        for (old, new, patch) in [
            (json!({"a": 1}), json!({"a": 1}), None),
            (json!({"a": 1, "b": 2}), json!({"a": 1, "b": 3}), Some(json!({"b": 3}))),
            (json!({"a": 1, "b": 2}), json!({"a": 1}), Some(json!({"b": null}))),
            (json!({"a": {"x": 1, "y": 2}}), json!({"a": {"x": 1}}), Some(json!({"a": {"y": null}}))),
            (json!({"a": [1, 2]}), json!({"a": [1]}), Some(json!({"a": [1]}))),
            (json!(null), json!({"a": 1}), Some(json!({"a": 1}))),
            (json!({"a": null}), json!({}), None),
            (json!({}), json!({"a": null}), None),
            (json!({"a": 1}), json!({"a": {"x": 1}}), Some(json!({"a": {"x": 1}}))),
            (json!({}), json!({"a": {}}), Some(json!({"a": {}}))),
        ] {
            assert_eq!(merge_difference(&old, &new), patch, "{old} to {new}");
        }
    }
}
