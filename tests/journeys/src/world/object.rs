//! Reading and naming objects whose types are known only at run time.

use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::Value;

/// GitRepositories.
pub const GIT_REPOSITORY: &str = "source.toolkit.fluxcd.io/v1/GitRepository";
/// Kustomizations.
pub const KUSTOMIZATION: &str = "kustomize.toolkit.fluxcd.io/v1/Kustomization";
/// ConfigMaps.
pub const CONFIG_MAP: &str = "v1/ConfigMap";
/// Secrets.
pub const SECRET: &str = "v1/Secret";
/// ServiceAccounts.
pub const SERVICE_ACCOUNT: &str = "v1/ServiceAccount";
/// Services.
pub const SERVICE: &str = "v1/Service";
/// Deployments.
pub const DEPLOYMENT: &str = "apps/v1/Deployment";

/// Kinds without a namespace that journeys use.
const CLUSTER_WIDE: [&str; 4] =
    ["Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"];

/// Returns how a kind, written `group/version/Kind` or `version/Kind`, is reached.
///
/// # Panics
/// When it is not written so.
#[must_use]
pub fn resource(kind: &str) -> ApiResource {
    let mut parts = kind.rsplitn(3, '/');
    let (name, version) = (parts.next().expect("a kind"), parts.next().expect("a version"));
    ApiResource::from_gvk(&GroupVersionKind::gvk(parts.next().unwrap_or_default(), version, name))
}

/// Whether objects of a kind stand in no namespace.
pub(super) fn is_cluster_wide(resource: &ApiResource) -> bool {
    CLUSTER_WIDE.contains(&resource.kind.as_str())
}

/// Returns what stands at a JSON pointer; null where nothing does.
#[must_use]
pub fn at<'a>(object: &'a DynamicObject, pointer: &str) -> &'a Value {
    object.data.pointer(pointer).unwrap_or(&Value::Null)
}

/// Returns the text that stands at a JSON pointer; empty where none does.
#[must_use]
pub fn text<'a>(object: &'a DynamicObject, pointer: &str) -> &'a str {
    at(object, pointer).as_str().unwrap_or_default()
}

/// Returns a condition; null where it is not set.
#[must_use]
pub fn condition<'a>(object: &'a DynamicObject, kind: &str) -> &'a Value {
    let all = at(object, "/status/conditions").as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().find(|condition| condition["type"] == kind).unwrap_or(&Value::Null)
}

/// Returns the message of a condition; empty where it is not set.
#[must_use]
pub fn message<'a>(object: &'a DynamicObject, kind: &str) -> &'a str {
    condition(object, kind)["message"].as_str().unwrap_or_default()
}

/// Whether an object is ready as it is now specified.
#[must_use]
pub fn is_ready(object: &DynamicObject) -> bool {
    at(object, "/status/observedGeneration").as_i64() == object.metadata.generation
        && condition(object, "Ready")["status"] == "True"
}

/// Whether an object is not ready, for this reason.
#[must_use]
pub fn has_failed(object: &DynamicObject, reason: &str) -> bool {
    let ready = condition(object, "Ready");
    ready["status"] == "False"
        && ready["reason"] == reason
        && ready["observedGeneration"].as_i64() == object.metadata.generation
}

/// Returns the identity of an object.
#[must_use]
pub fn uid(object: &DynamicObject) -> &str {
    object.metadata.uid.as_deref().unwrap_or_default()
}
