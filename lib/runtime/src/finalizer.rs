//! The one finalizer that holds an object until its controller has cleaned up.

use std::sync::Arc;

use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
};
use serde_json::json;
use sluice_crds::meta::FINALIZER;

use crate::{Context, watch::Watched};

/// Returns whether the object carries our finalizer.
#[must_use]
pub fn present<K: ResourceExt>(object: &K) -> bool {
    object.finalizers().iter().any(|finalizer| finalizer == FINALIZER)
}

/// Adds our finalizer, unless the object has it, and returns the object as it then is.
///
/// # Errors
/// When the API server refuses, is not reached, or the object has changed meanwhile (a conflict: try again).
pub async fn add<K: Watched>(context: &Context, object: &Arc<K>) -> Result<Arc<K>, kube::Error> {
    if present(object.as_ref()) {
        return Ok(object.clone());
    }
    let mut finalizers = object.finalizers().to_vec();
    finalizers.push(FINALIZER.to_owned());
    write(context, object, &finalizers).await.map(Arc::new)
}

/// Removes our finalizer; an object that is gone already is fine.
///
/// # Errors
/// When the API server refuses, is not reached, or the object has changed meanwhile (a conflict: try again).
pub async fn remove<K: Watched>(context: &Context, object: &Arc<K>) -> Result<(), kube::Error> {
    if !present(object.as_ref()) {
        return Ok(());
    }
    let finalizers: Vec<_> = object.finalizers().iter().filter(|f| *f != FINALIZER).cloned().collect();
    match write(context, object, &finalizers).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error),
    }
}

/// Replaces the list, guarded by the resource version so that nobody else's finalizer is lost.
async fn write<K: Watched>(
    context: &Context,
    object: &Arc<K>,
    finalizers: &[String],
) -> Result<K, kube::Error> {
    let api: Api<K> = Api::namespaced(context.client.clone(), &object.namespace().unwrap_or_default());
    let patch = json!({
        "metadata": { "finalizers": finalizers, "resourceVersion": object.resource_version() }
    });
    let params = PatchParams { field_manager: Some(context.manager.clone()), ..PatchParams::default() };
    let mut written = api.patch(&object.name_any(), &params, &Patch::Merge(patch)).await?;
    written.meta_mut().managed_fields = None;
    Ok(written)
}
