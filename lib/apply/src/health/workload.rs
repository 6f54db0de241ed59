//! Workloads with replicas: current when all replicas are of the newest template, ready and alone.

use super::{Health, object::Object};

/// A deployment without a progress deadline carries this.
const NO_DEADLINE: i64 = 2_147_483_647;

pub(super) fn deployment(object: Object<'_>) -> Health {
    if let Some(health) = not_observed(object) {
        return health;
    }
    let progressing = object.condition("Progressing");
    if let Some(stuck) = progressing.filter(|condition| condition.reason() == "ProgressDeadlineExceeded") {
        return Health::failed(stuck.message("the progress deadline is exceeded"));
    }
    let wanted = object.number("/spec/replicas").unwrap_or(1);
    let [replicas, updated, ready, available] =
        ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"]
            .map(|name| object.count(&format!("/status/{name}")));
    let steps = [
        (replicas >= wanted, "created", replicas, wanted),
        (updated >= wanted, "updated", updated, wanted),
        (replicas <= wanted, "old replicas pending termination", replicas - wanted, 0),
        (available >= updated, "available", available, updated),
        (ready >= wanted, "ready", ready, wanted),
    ];
    if let Some(health) = first_open(&steps) {
        return health;
    }
    let has_deadline =
        object.number("/spec/progressDeadlineSeconds").is_some_and(|seconds| seconds != NO_DEADLINE);
    if has_deadline && progressing.is_none_or(|condition| condition.reason() != "NewReplicaSetAvailable") {
        return Health::in_progress("the new replica set is not available yet");
    }
    match object.condition("Available").is_some_and(|condition| condition.is("True")) {
        true => Health::current("all replicas are available"),
        false => Health::in_progress("the deployment is not available"),
    }
}

pub(super) fn stateful_set(object: Object<'_>) -> Health {
    if let Some(health) = not_observed(object) {
        return health;
    }
    if object.text("/spec/updateStrategy/type") == Some("OnDelete") {
        return Health::current("updates are left to the deletion of pods");
    }
    let wanted = object.number("/spec/replicas").unwrap_or(1);
    let [replicas, ready, current, updated] =
        ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas"]
            .map(|name| object.count(&format!("/status/{name}")));
    let steps = [
        (replicas >= wanted, "created", replicas, wanted),
        (ready >= wanted, "ready", ready, wanted),
        (replicas <= wanted, "old replicas pending termination", replicas - wanted, 0),
    ];
    if let Some(health) = first_open(&steps) {
        return health;
    }
    let partition = object.count("/spec/updateStrategy/rollingUpdate/partition");
    if partition > 0 {
        let wanted = (wanted - partition).max(0);
        let step = [(updated >= wanted, "updated in this partition", updated, wanted)];
        return first_open(&step).unwrap_or_else(|| Health::current("the partition is rolled out"));
    }
    if let Some(health) = first_open(&[(current >= wanted, "current", current, wanted)]) {
        return health;
    }
    match object.text("/status/currentRevision") == object.text("/status/updateRevision") {
        true => Health::current("all replicas are ready"),
        false => Health::in_progress(format!("{updated} of {wanted} replicas updated")),
    }
}

pub(super) fn daemon_set(object: Object<'_>) -> Health {
    if let Some(health) = not_observed(object) {
        return health;
    }
    let by_hand = object.text("/spec/updateStrategy/type") == Some("OnDelete");
    let wanted = object.count("/status/desiredNumberScheduled");
    let [scheduled, updated, available, ready] =
        ["currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady"]
            .map(|name| object.count(&format!("/status/{name}")));
    let steps = [
        (scheduled >= wanted, "scheduled", scheduled, wanted),
        (by_hand || updated >= wanted, "updated", updated, wanted),
        (available >= wanted, "available", available, wanted),
        (ready >= wanted, "ready", ready, wanted),
    ];
    first_open(&steps).unwrap_or_else(|| Health::current("all replicas are available"))
}

pub(super) fn replica_set(object: Object<'_>) -> Health {
    if let Some(health) = not_observed(object) {
        return health;
    }
    if let Some(failure) = object.condition("ReplicaFailure").filter(|condition| condition.is("True")) {
        return Health::in_progress(failure.message("pods cannot be created"));
    }
    let wanted = object.number("/spec/replicas").unwrap_or(1);
    let [replicas, labelled, available, ready] =
        ["replicas", "fullyLabeledReplicas", "availableReplicas", "readyReplicas"]
            .map(|name| object.count(&format!("/status/{name}")));
    let steps = [
        (labelled >= wanted, "labelled", labelled, wanted),
        (available >= wanted, "available", available, wanted),
        (ready >= wanted, "ready", ready, wanted),
        (replicas <= wanted, "old replicas pending termination", replicas - wanted, 0),
    ];
    first_open(&steps).unwrap_or_else(|| Health::current("all replicas are available"))
}

/// A workload whose controller has not looked at it yet has counters that mean nothing.
fn not_observed(object: Object<'_>) -> Option<Health> {
    let observed = object.number("/status/observedGeneration").is_some();
    (!observed).then(|| Health::in_progress("its controller has not observed it yet"))
}

fn first_open(steps: &[(bool, &str, i64, i64)]) -> Option<Health> {
    let (_, what, have, wanted) = steps.iter().find(|(done, ..)| !done)?;
    Some(match wanted {
        0 => Health::in_progress(format!("{have} {what}")),
        _ => Health::in_progress(format!("{have} of {wanted} replicas {what}")),
    })
}
