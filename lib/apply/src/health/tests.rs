//! Objects as real clusters show them, and their health.

use serde_json::{Value, json};

use super::*;

fn check(cases: &[(&str, Value, HealthStatus)]) {
    for (what, object, status) in cases {
        let health = of(object);
        assert_eq!(health.status, *status, "{what}: {}", health.message);
        assert!(!health.message.is_empty(), "{what} has no message");
    }
}

fn object(api_version: &str, kind: &str, spec: Value, status: Value) -> Value {
    let mut object =
        json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "generation": 2}});
    object["spec"] = spec;
    object["status"] = status;
    object
}

fn condition(name: &str, status: &str, reason: &str) -> Value {
    json!({"type": name, "status": status, "reason": reason, "message": format!("{reason} happened")})
}

use HealthStatus::{Current, Failed, InProgress, Terminating};

#[test]
fn deployments() {
    let spec = json!({"replicas": 2, "progressDeadlineSeconds": 600});
    let deployment = |status: Value| object("apps/v1", "Deployment", spec.clone(), status);
    let done = json!({
        "observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
        "conditions": [condition("Available", "True", "MinimumReplicasAvailable"), condition("Progressing", "True", "NewReplicaSetAvailable")],
    });
    let with = |change: Value| {
        let mut status = done.clone();
        status.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        deployment(status)
    };
    let stuck = json!([
        condition("Available", "True", "x"),
        condition("Progressing", "False", "ProgressDeadlineExceeded")
    ]);
    let unavailable = json!([
        condition("Available", "False", "x"),
        condition("Progressing", "True", "NewReplicaSetAvailable")
    ]);
    let zero = json!({"observedGeneration": 2, "conditions": done["conditions"]});
    check(&[
        ("rolled out", deployment(done.clone()), Current),
        ("no status yet", deployment(json!({})), InProgress),
        ("not observed", with(json!({"observedGeneration": 1})), InProgress),
        ("too few", with(json!({"replicas": 1})), InProgress),
        ("not updated", with(json!({"updatedReplicas": 1})), InProgress),
        ("surplus", with(json!({"replicas": 3})), InProgress),
        ("not ready", with(json!({"readyReplicas": 1})), InProgress),
        ("not available", with(json!({"availableReplicas": 1})), InProgress),
        ("stuck", with(json!({"conditions": stuck})), Failed),
        ("condition not available", with(json!({"conditions": unavailable})), InProgress),
        (
            "zero replicas",
            object("apps/v1", "Deployment", json!({"replicas": 0, "progressDeadlineSeconds": 600}), zero),
            Current,
        ),
        (
            "nonsense",
            deployment(json!({"observedGeneration": "x", "conditions": {"a": 1}, "replicas": []})),
            InProgress,
        ),
    ]);
    let message = of(&with(json!({"readyReplicas": 1}))).message;
    assert_eq!(message, "1 of 2 replicas ready");
}

#[test]
fn other_workloads() {
    let set = |spec: Value, status: Value| object("apps/v1", "StatefulSet", spec, status);
    let rolled = json!({
        "observedGeneration": 2, "replicas": 2, "readyReplicas": 2, "currentReplicas": 2, "updatedReplicas": 2,
        "currentRevision": "a", "updateRevision": "a",
    });
    let mut rolling = rolled.clone();
    rolling["updateRevision"] = "b".into();
    let partition = json!({"replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": 1}}});
    let daemons = json!({
        "observedGeneration": 2, "desiredNumberScheduled": 2, "currentNumberScheduled": 2, "updatedNumberScheduled": 2,
        "numberAvailable": 2, "numberReady": 2,
    });
    let mut fewer = daemons.clone();
    fewer["numberReady"] = 1.into();
    let replicas = json!({"observedGeneration": 2, "replicas": 1, "fullyLabeledReplicas": 1, "availableReplicas": 1, "readyReplicas": 1});
    check(&[
        ("stateful set", set(json!({"replicas": 2}), rolled.clone()), Current),
        ("rolling", set(json!({"replicas": 2}), rolling.clone()), InProgress),
        ("scaling up", set(json!({"replicas": 3}), rolled), InProgress),
        ("partition", set(partition, rolling.clone()), Current),
        ("by hand", set(json!({"replicas": 2, "updateStrategy": {"type": "OnDelete"}}), rolling), Current),
        ("unobserved", set(json!({"replicas": 0}), json!({})), InProgress),
        ("daemon set", object("apps/v1", "DaemonSet", json!({}), daemons), Current),
        ("daemon not ready", object("apps/v1", "DaemonSet", json!({}), fewer), InProgress),
        ("daemon unobserved", object("apps/v1", "DaemonSet", json!({}), json!({})), InProgress),
        ("replica set", object("apps/v1", "ReplicaSet", json!({}), replicas), Current),
    ]);
}

#[test]
fn jobs_and_pods() {
    let job =
        |spec: Value, conditions: Value| object("batch/v1", "Job", spec, json!({"conditions": conditions}));
    let pod = |status: Value| object("v1", "Pod", json!({}), status);
    let crash = json!([{"name": "app", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]);
    let unready = json!([condition("Ready", "False", "ContainersNotReady")]);
    check(&[
        ("complete", job(json!({}), json!([condition("Complete", "True", "")])), Current),
        ("failed", job(json!({}), json!([condition("Failed", "True", "BackoffLimitExceeded")])), Failed),
        ("suspended", job(json!({"suspend": true}), json!([])), Current),
        ("running", job(json!({}), json!([])), InProgress),
        (
            "ready pod",
            pod(json!({"phase": "Running", "conditions": [condition("Ready", "True", "")]})),
            Current,
        ),
        ("completed pod", pod(json!({"phase": "Succeeded"})), Current),
        ("failed pod", pod(json!({"phase": "Failed", "reason": "Evicted"})), Failed),
        (
            "crashing pod",
            pod(json!({"phase": "Running", "conditions": unready, "containerStatuses": crash})),
            Failed,
        ),
        ("starting pod", pod(json!({"phase": "Running", "conditions": unready})), InProgress),
        ("pending pod", pod(json!({"phase": "Pending"})), InProgress),
        ("new pod", pod(json!({})), InProgress),
    ]);
    let failed = of(&job(json!({}), json!([condition("Failed", "True", "BackoffLimitExceeded")])));
    assert_eq!(failed.message, "BackoffLimitExceeded happened");
}

#[test]
fn other_kinds() {
    let crd = |conditions: Value| {
        object(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            json!({}),
            json!({"conditions": conditions}),
        )
    };
    let service = |spec: Value| object("v1", "Service", spec, json!({"loadBalancer": {}}));
    let claim = |phase: &str| object("v1", "PersistentVolumeClaim", json!({}), json!({"phase": phase}));
    let api = |status: &str| {
        let conditions = json!({"conditions": [condition("Available", status, "x")]});
        object("apiregistration.k8s.io/v1", "APIService", json!({}), conditions)
    };
    check(&[
        (
            "established",
            crd(json!([condition("NamesAccepted", "True", ""), condition("Established", "True", "")])),
            Current,
        ),
        ("names taken", crd(json!([condition("NamesAccepted", "False", "Conflict")])), Failed),
        ("installing", crd(json!([condition("Established", "False", "Installing")])), InProgress),
        ("new definition", crd(json!([])), InProgress),
        ("cluster IP", service(json!({"type": "ClusterIP", "clusterIP": "None"})), Current),
        ("balancer", service(json!({"type": "LoadBalancer", "clusterIP": "10.0.0.1"})), Current),
        ("balancer without address", service(json!({"type": "LoadBalancer"})), InProgress),
        ("bound", claim("Bound"), Current),
        ("unbound", claim("Pending"), InProgress),
        ("available API", api("True"), Current),
        ("unavailable API", api("False"), InProgress),
        ("namespace", object("v1", "Namespace", json!({}), json!({"phase": "Active"})), Current),
        (
            "dying namespace",
            object("v1", "Namespace", json!({}), json!({"phase": "Terminating"})),
            Terminating,
        ),
        (
            "budget",
            object("policy/v1", "PodDisruptionBudget", json!({}), json!({"observedGeneration": 2})),
            Current,
        ),
        ("new budget", object("policy/v1", "PodDisruptionBudget", json!({}), json!({})), InProgress),
        ("config map", json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}), Current),
    ]);
}

#[test]
fn conventions_of_any_kind() {
    let custom = |status: Value| object("example.org/v1", "Gadget", json!({}), status);
    let with = |conditions: Value| custom(json!({"observedGeneration": 2, "conditions": conditions}));
    let mut deleting = with(json!([condition("Ready", "True", "")]));
    deleting["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    check(&[
        ("no status", custom(json!({})), Current),
        ("flux before its first pass", custom(json!({"observedGeneration": -1})), InProgress),
        ("ready", with(json!([condition("Ready", "True", "")])), Current),
        ("not ready", with(json!([condition("Ready", "False", "Broken")])), InProgress),
        ("unknown", with(json!([condition("Ready", "Unknown", "Progressing")])), InProgress),
        (
            "reconciling",
            with(json!([condition("Ready", "True", ""), condition("Reconciling", "True", "New")])),
            InProgress,
        ),
        (
            "stalled",
            with(json!([condition("Ready", "False", ""), condition("Stalled", "True", "Bad")])),
            Failed,
        ),
        ("deleting", deleting, Terminating),
        ("nothing at all", json!(null), Current),
    ]);
}
