//! The health of an object, from its own status by the published kstatus rules.
//! Pure, and without a clock: what only time can turn into a failure stays in progress.

use std::fmt;

use serde_json::Value;

use crate::object::GroupKind;

mod builtin;
mod custom;
mod object;
mod workload;

pub use custom::{ExpressionError, Expressions};
use object::Object;

/// Kinds whose objects are current as soon as they exist; their watches need no contents.
const STATELESS: [(&str, &str); 33] = [
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "ServiceAccount"),
    ("", "LimitRange"),
    ("", "Endpoints"),
    ("", "PodTemplate"),
    ("", "Event"),
    ("", "ResourceQuota"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("apps", "ControllerRevision"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("batch", "CronJob"),
    ("coordination.k8s.io", "Lease"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "IngressClass"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("node.k8s.io", "RuntimeClass"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "StorageClass"),
    ("notification.toolkit.fluxcd.io", "Alert"),
    ("notification.toolkit.fluxcd.io", "Provider"),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
];

/// How far an object is from what its specification says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HealthStatus {
    /// It does what it should.
    Current,
    /// It is on its way.
    InProgress,
    /// It does not get there by itself.
    Failed,
    /// It is being deleted.
    Terminating,
    /// It is not there.
    NotFound,
}

/// The health of an object, with a reason in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The verdict.
    pub status: HealthStatus,
    /// The reason in a few words.
    pub message: String,
}

/// Tells whether objects of a kind can be anything but current while they exist.
pub fn has_status(kind: &GroupKind) -> bool {
    !STATELESS.iter().any(|(group, name)| kind.group == *group && kind.kind == *name)
}

/// Computes the health of a whole object.
pub fn of(object: &Value) -> Health {
    let object = Object(object);
    if object.text("/metadata/deletionTimestamp").is_some() {
        return Health::new(HealthStatus::Terminating, "the object is being deleted");
    }
    if let Some(health) = generic(object) {
        return health;
    }
    builtin::of(object).unwrap_or_else(|| by_ready_condition(object))
}

/// The conventions that every kind may follow; nothing when they leave the verdict to the kind.
fn generic(object: Object<'_>) -> Option<Health> {
    let generation = object.number("/metadata/generation");
    let observed = object.number("/status/observedGeneration");
    if let (Some(generation), Some(observed)) = (generation, observed)
        && generation != observed
    {
        let message = format!("generation is {generation}, observed generation is {observed}");
        return Some(Health::new(HealthStatus::InProgress, message));
    }
    if let Some(condition) = object.condition("Reconciling").filter(|condition| condition.is("True")) {
        return Some(Health::new(HealthStatus::InProgress, condition.message("reconciling")));
    }
    let stalled = object.condition("Stalled").filter(|condition| condition.is("True"))?;
    Some(Health::new(HealthStatus::Failed, stalled.message("stalled")))
}

fn by_ready_condition(object: Object<'_>) -> Health {
    match object.condition("Ready") {
        None => Health::current("the object exists"),
        Some(ready) if ready.is("True") => Health::current("the object is ready"),
        Some(ready) => Health::new(HealthStatus::InProgress, ready.message("not ready")),
    }
}

// === impl Health ===

impl Health {
    /// Makes a health.
    pub fn new(status: HealthStatus, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// Makes the health of an object that is not there.
    pub fn not_found() -> Self {
        Self::new(HealthStatus::NotFound, "the object does not exist")
    }

    /// Tells whether nothing is left to wait for.
    pub fn is_current(&self) -> bool {
        self.status == HealthStatus::Current
    }

    /// Tells whether a waiting owner wants to know: the verdict changed, or a failure has another reason.
    ///
    /// The steps of a rollout are no news; there are many of them, and none changes what the owner does.
    pub(crate) fn is_news_after(&self, before: Option<&Self>) -> bool {
        let Some(before) = before else { return true };
        self.status != before.status || self.status == HealthStatus::Failed && self.message != before.message
    }

    pub(crate) fn current(message: &str) -> Self {
        Self::new(HealthStatus::Current, message)
    }

    pub(crate) fn in_progress(message: impl Into<String>) -> Self {
        Self::new(HealthStatus::InProgress, message)
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(HealthStatus::Failed, message)
    }
}

/// Writes the status as the kstatus names do.
impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Current => "Current",
            Self::InProgress => "InProgress",
            Self::Failed => "Failed",
            Self::Terminating => "Terminating",
            Self::NotFound => "NotFound",
        })
    }
}

#[cfg(test)]
mod tests;
