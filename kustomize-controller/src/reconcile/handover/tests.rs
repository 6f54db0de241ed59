//! Hand-overs by table: what another Kustomization is known to have done decides about an object that left this one.

use serde_json::{Value, json};
use sluice_apply::inventory::Inventory;

use super::*;
use crate::memory::Inputs;

const NEW: &str = "main@sha1:2";
const OLD: &str = "main@sha1:1";

fn kustomization(name: &str, spec: &Value, status: &Value) -> Arc<Kustomization> {
    let mut object = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": { "name": name, "namespace": "team", "generation": 1, "uid": name,
            "creationTimestamp": "2026-01-01T00:00:00Z" },
        "spec": { "interval": "10m", "prune": true, "sourceRef": { "kind": "GitRepository", "name": "repo" } },
        "status": status,
    });
    for (key, value) in spec.as_object().unwrap() {
        object["spec"][key] = value.clone();
    }
    Arc::new(serde_json::from_value(object).unwrap())
}

fn status(ready: &str, reason: &str, attempted: &str, applied: &str) -> Value {
    let applied = Some(applied).filter(|applied| !applied.is_empty());
    json!({
        "observedGeneration": 1, "lastAttemptedRevision": attempted, "lastAppliedRevision": applied,
        "conditions": [{ "type": "Ready", "status": ready, "reason": reason, "message": "",
            "observedGeneration": 1, "lastTransitionTime": "2026-01-01T00:00:00Z" }],
    })
}

fn wanting(claims: &Claims, name: &str, revision: &str, objects: &[&str]) {
    let entries: Vec<String> = objects.iter().map(|object| format!("team_{object}")).collect();
    let wanted = Inventory::from_entries(entries.iter().map(|id| (id.as_str(), "v1"))).unwrap();
    let inputs = Inputs {
        uid: name.to_owned(),
        generation: 1,
        revision: revision.to_owned(),
        digest: String::new(),
        variables: [0; 32],
    };
    claims.plan(&ObjectRef::new(name).within("team"), &inputs, &wanted);
}

/// `wait`, `keep` or `delete`, for one object `x` that `old` no longer wants at the new revision.
fn verdict(old: &Kustomization, new: &Arc<Kustomization>, claims: &Claims, patient: bool) -> &'static str {
    let stale = [(ObjectId::from_inventory("team_x__ConfigMap").unwrap(), "v1".to_owned())];
    let answer = examine(&Question {
        object: old,
        revision: Some(NEW),
        stale: &stale,
        all: &[Arc::new(old.clone()), new.clone()],
        claims,
        now: "2026-06-01T00:00:00Z".parse().unwrap(),
        patient,
    });
    match (answer.pending.is_empty(), answer.reserved.is_empty()) {
        (false, _) => "wait",
        (true, false) => "keep",
        (true, true) => "delete",
    }
}

#[test]
fn what_others_are_known_to_have_done_decides() {
    let old = kustomization("old", &json!({}), &status("True", "ReconciliationSucceeded", OLD, OLD));
    let ready = |applied: &str| status("True", "ReconciliationSucceeded", applied, applied);
    let failed = |attempted: &str, applied: &str| status("False", "BuildFailed", attempted, applied);
    let held = |applied: &str| status("False", "DependencyNotReady", applied, applied);
    let elsewhere = json!({ "sourceRef": { "kind": "GitRepository", "name": "other" } });
    let dependent = json!({ "dependsOn": [{ "name": "old" }] });
    // who it is, its specification and status, what its plan says, and the verdict while patient and afterwards
    let cases = [
        ("has applied the revision", json!({}), ready(NEW), None, ["delete", "delete"]),
        ("has yet to begin", json!({}), ready(OLD), None, ["wait", "keep"]),
        ("wants it", json!({}), ready(OLD), Some((NEW, "x__ConfigMap")), ["keep", "keep"]),
        ("wants something else", json!({}), ready(OLD), Some((NEW, "y__ConfigMap")), ["delete", "delete"]),
        (
            "wanted it and is to say more",
            json!({}),
            ready(OLD),
            Some((OLD, "x__ConfigMap")),
            ["wait", "keep"],
        ),
        ("fails since this revision", json!({}), failed(NEW, OLD), None, ["keep", "keep"]),
        ("failed before", json!({}), failed(NEW, "main@sha1:0"), None, ["delete", "delete"]),
        ("fails and wants it", json!({}), failed(NEW, OLD), Some((NEW, "x__ConfigMap")), ["keep", "keep"]),
        ("has been held for long", json!({}), held("main@sha1:0"), None, ["delete", "delete"]),
        ("is held", json!({}), held(OLD), None, ["wait", "keep"]),
        ("waits for this one", dependent, ready(OLD), None, ["keep", "keep"]),
        ("builds from elsewhere", elsewhere.clone(), ready(OLD), None, ["delete", "delete"]),
        (
            "builds from elsewhere and wants it",
            elsewhere,
            ready(OLD),
            Some((OLD, "x__ConfigMap")),
            ["keep", "keep"],
        ),
        ("is suspended", json!({ "suspend": true }), ready(OLD), None, ["delete", "delete"]),
        (
            "is about to make Kustomizations",
            json!({}),
            ready(OLD),
            Some((NEW, "y_kustomize.toolkit.fluxcd.io_Kustomization")),
            ["wait", "keep"],
        ),
    ];
    for (what, spec, status, plan, expected) in cases {
        let new = kustomization("new", &spec, &status);
        let claims = Claims::default();
        if let Some((revision, object)) = plan {
            wanting(&claims, "new", revision, &[object]);
        }
        let verdicts = [true, false].map(|patient| verdict(&old, &new, &claims, patient));
        assert_eq!(verdicts, expected, "{what}");
    }
}

#[test]
fn what_was_spared_once_is_spared_as_long_as_nobody_can_say_more() {
    let failed = status("False", "BuildFailed", NEW, "main@sha1:0");
    let new = kustomization("new", &json!({}), &failed);
    let old = kustomization("old", &json!({}), &status("True", "ReconciliationSucceeded", OLD, OLD));
    let claims = Claims::default();
    assert_eq!(verdict(&old, &new, &claims, true), "delete");
    let spared = BTreeSet::from([ObjectId::from_inventory("team_x__ConfigMap").unwrap()]);
    let name = ObjectRef::from_obj(&*old);
    claims.wait(&name, crate::claims::Waiting::for_nobody(), spared);
    assert_eq!(verdict(&old, &new, &claims, true), "keep");
    // In a new process, success with the object still there says the same.
    let old = kustomization("old", &json!({}), &status("True", "ReconciliationSucceeded", NEW, NEW));
    assert_eq!(verdict(&old, &new, &Claims::default(), false), "keep");
}

#[test]
fn who_is_deleted_keeps_only_what_is_known_to_be_wanted() {
    let mut old = (*kustomization("old", &json!({}), &status("True", "S", OLD, OLD))).clone();
    old.metadata.deletion_timestamp = serde_json::from_value(json!("2026-06-01T00:00:00Z")).unwrap();
    let new = kustomization("new", &json!({}), &status("False", "BuildFailed", NEW, OLD));
    let claims = Claims::default();
    assert_eq!(verdict(&old, &new, &claims, true), "delete");
    wanting(&claims, "new", NEW, &["x__ConfigMap"]);
    assert_eq!(verdict(&old, &new, &claims, true), "keep");
}
