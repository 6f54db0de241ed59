//! The kinds of Kubernetes whose status has a meaning of its own, except workloads with replicas.

use serde_json::Value;

use super::{Health, HealthStatus, object::Object, workload};

/// Computes the health of a built-in kind; nothing for all others.
pub(super) fn of(object: Object<'_>) -> Option<Health> {
    Some(match object.group_kind() {
        ("apps", "Deployment") => workload::deployment(object),
        ("apps", "StatefulSet") => workload::stateful_set(object),
        ("apps", "DaemonSet") => workload::daemon_set(object),
        ("apps", "ReplicaSet") => workload::replica_set(object),
        ("batch", "Job") => job(object),
        ("batch", "CronJob") => Health::current("the schedule is in place"),
        ("", "Pod") => pod(object),
        ("", "PersistentVolumeClaim") => claim(object),
        ("", "Service") => service(object),
        ("", "Namespace") => namespace(object),
        ("policy", "PodDisruptionBudget") => disruption_budget(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        ("apiregistration.k8s.io", "APIService") => api_service(object),
        _ => return None,
    })
}

fn job(object: Object<'_>) -> Health {
    let holds = |name| object.condition(name).filter(|condition| condition.is("True"));
    if let Some(failed) = holds("Failed") {
        return Health::failed(failed.message("the job failed"));
    }
    if holds("Complete").is_some() {
        return Health::current("the job completed");
    }
    if holds("Suspended").is_some() || object.is_true("/spec/suspend") {
        return Health::current("the job is suspended");
    }
    let (active, succeeded) = (object.count("/status/active"), object.count("/status/succeeded"));
    Health::in_progress(format!("the job is running: {active} active, {succeeded} succeeded"))
}

fn pod(object: Object<'_>) -> Health {
    let ready = object.condition("Ready");
    match object.text("/status/phase").unwrap_or_default() {
        "Succeeded" => Health::current("the pod completed"),
        "Failed" => Health::failed(format!("the pod failed{}", reason_of(object))),
        "Running" if ready.is_some_and(|ready| ready.is("True")) => Health::current("the pod is ready"),
        "Running" => match crashing(object) {
            Some(container) => Health::failed(format!("container {container:?} is in CrashLoopBackOff")),
            None => Health::in_progress("the pod is running but not ready"),
        },
        _ => match object.condition("PodScheduled").filter(|scheduled| scheduled.is("False")) {
            Some(scheduled) => Health::in_progress(scheduled.message("the pod is not scheduled")),
            None => Health::in_progress("the pod is pending"),
        },
    }
}

fn reason_of(object: Object<'_>) -> String {
    let said = ["/status/message", "/status/reason"].into_iter().find_map(|pointer| object.text(pointer));
    said.map(|said| format!(": {said}")).unwrap_or_default()
}

fn crashing(object: Object<'_>) -> Option<&str> {
    let crashes = |status: &&Value| {
        status.pointer("/state/waiting/reason").and_then(Value::as_str) == Some("CrashLoopBackOff")
    };
    object.list("/status/containerStatuses").iter().find(crashes)?.get("name")?.as_str()
}

fn claim(object: Object<'_>) -> Health {
    match object.text("/status/phase") {
        Some("Bound") => Health::current("the claim is bound"),
        Some(phase) => Health::in_progress(format!("the claim is {phase}")),
        None => Health::in_progress("the claim is not bound"),
    }
}

fn service(object: Object<'_>) -> Health {
    let balanced = object.text("/spec/type") == Some("LoadBalancer");
    if balanced && object.text("/spec/clusterIP").is_none_or(str::is_empty) {
        return Health::in_progress("the service has no IP address yet");
    }
    Health::current("the service is ready")
}

fn namespace(object: Object<'_>) -> Health {
    match object.text("/status/phase") {
        Some("Terminating") => Health::new(HealthStatus::Terminating, "the namespace is being deleted"),
        _ => Health::current("the namespace is active"),
    }
}

fn disruption_budget(object: Object<'_>) -> Health {
    match object.number("/status/observedGeneration") {
        Some(_) => Health::current("the allowed disruptions have been computed"),
        None => Health::in_progress("the allowed disruptions have not been computed yet"),
    }
}

fn definition(object: Object<'_>) -> Health {
    if let Some(refused) = object.condition("NamesAccepted").filter(|accepted| accepted.is("False")) {
        return Health::failed(refused.message("the names are taken"));
    }
    match object.condition("Established") {
        Some(established) if established.is("True") => Health::current("the definition is established"),
        Some(established) if established.is("False") && established.reason() != "Installing" => {
            Health::failed(established.message("the definition is not established"))
        }
        _ => Health::in_progress("the definition is being installed"),
    }
}

fn api_service(object: Object<'_>) -> Health {
    match object.condition("Available") {
        Some(available) if available.is("True") => Health::current("the API is available"),
        Some(available) => Health::in_progress(available.message("the API is not available")),
        None => Health::in_progress("the API is not available yet"),
    }
}
