//! Pods as the kubelet and the scheduler report them.

use serde_json::{Value, json};

use super::{explain, selector};

fn waiting(reason: &str, message: &str, last_exit: Option<i64>) -> Value {
    let last = last_exit.map_or(
        json!({}),
        |code| json!({ "terminated": { "exitCode": code, "reason": "Error", "message": "s3cret" } }),
    );
    json!({ "status": { "phase": "Running", "containerStatuses": [{ "name": "app", "ready": false, "restartCount": 4,
        "state": { "waiting": { "reason": reason, "message": message } }, "lastState": last }] } })
}

fn running(ready: bool) -> Value {
    json!({ "status": { "phase": "Running", "containerStatuses": [{ "name": "app", "ready": ready, "restartCount": 0,
        "state": { "running": {} } }] } })
}

#[test]
fn the_sentence_names_the_container_and_the_cause() {
    let crash = || waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container", Some(1));
    let pull = waiting("ImagePullBackOff", "Back-off pulling image \"x.io/app:1\"", None);
    let unschedulable = json!({ "status": { "phase": "Pending", "conditions": [{ "type": "PodScheduled", "status": "False",
        "reason": "Unschedulable", "message": "0/3 nodes are available: 3 Insufficient cpu." }] } });
    let killed = json!({ "status": { "phase": "Failed", "containerStatuses": [{ "name": "job", "restartCount": 0,
        "state": { "terminated": { "exitCode": 137, "reason": "OOMKilled", "message": "s3cret" } } }] } });
    let evicted = json!({ "status": { "phase": "Failed", "reason": "Evicted", "message": "s3cret" } });
    let init = json!({ "status": { "initContainerStatuses": [{ "name": "migrate", "restartCount": 1,
        "state": { "waiting": { "reason": "CrashLoopBackOff" } }, "lastState": { "terminated": { "exitCode": 2 } } }],
        "containerStatuses": [{ "name": "app", "state": { "waiting": { "reason": "PodInitializing" } } }] } });
    for (pods, expected) in [
        (vec![], None),
        (vec![running(true)], None),
        (vec![waiting("ContainerCreating", "", None)], None),
        (
            vec![running(true), running(true), crash()],
            Some("1 of 3 pods failing: container \"app\" CrashLoopBackOff (exit 1, 4 restarts)"),
        ),
        (
            vec![pull],
            Some(
                "1 of 1 pod failing: container \"app\" ImagePullBackOff (Back-off pulling image \"x.io/app:1\")",
            ),
        ),
        (
            vec![unschedulable],
            Some("1 of 1 pod failing: unschedulable: 0/3 nodes are available: 3 Insufficient cpu."),
        ),
        (vec![killed], Some("1 of 1 pod failing: container \"job\" ended (OOMKilled, exit 137, 0 restarts)")),
        (vec![evicted], Some("1 of 1 pod failing: Evicted")),
        (vec![init], Some("1 of 1 pod failing: container \"migrate\" CrashLoopBackOff (exit 2, 1 restarts)")),
        (
            vec![running(false), crash(), crash()],
            Some("3 of 3 pods failing: container \"app\" CrashLoopBackOff (exit 1, 4 restarts)"),
        ),
        (vec![running(false)], Some("1 of 1 pod failing: container \"app\" runs and is not ready")),
        (vec![json!({}), json!({ "status": null })], None),
    ] {
        assert_eq!(explain(&pods).as_deref(), expected);
    }
}

#[test]
fn selectors_become_queries() {
    for (selector, expected) in [
        (json!({}), None),
        (json!({ "matchLabels": { "app": "web", "a.io/x": "1" } }), Some("a.io%2Fx%3D1%2Capp%3Dweb")),
        (
            json!({ "matchExpressions": [{ "key": "a", "operator": "In", "values": ["b", "c"] }] }),
            Some("a%20in%20%28b%2Cc%29"),
        ),
        (json!({ "matchExpressions": [{ "key": "a", "operator": "DoesNotExist" }] }), Some("%21a")),
        (json!({ "matchExpressions": [{ "key": "a", "operator": "Near" }] }), None),
    ] {
        assert_eq!(selector::of(&json!({ "spec": { "selector": selector } })).as_deref(), expected);
    }
}
