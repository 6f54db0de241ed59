//! Decisions by table.

use serde_json::{Value, json};

use super::*;
use crate::memory::Memory;
use crate::reconcile::observe::Unmet;

fn kustomization(metadata: &Value, spec: &Value, status: &Value) -> Kustomization {
    let merge = |mut base: Value, more: &Value| {
        base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        base
    };
    let meta = json!({ "name": "app", "namespace": "team", "uid": "u1", "generation": 2 });
    let base =
        json!({ "interval": "10m", "prune": true, "sourceRef": { "kind": "GitRepository", "name": "repo" } });
    serde_json::from_value(json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": merge(meta, metadata), "spec": merge(base, spec), "status": status,
    }))
    .unwrap()
}

fn artifact(revision: &str) -> Artifact {
    serde_json::from_value(json!({
        "path": "p", "url": "http://s/p", "revision": revision, "digest": "sha256:00",
        "lastUpdateTime": "2026-01-01T00:00:00Z",
    }))
    .unwrap()
}

fn observed() -> Observed {
    Observed {
        source: SourceState::Artifact(Box::new(artifact("main@sha1:1"))),
        dependencies: Vec::new(),
        cycle: None,
        memory: Memory::default(),
        intact: true,
        variables: NO_VARIABLES(),
    }
}

/// A decision in a word, with its message where it has one.
fn word(decision: &Decision) -> String {
    match decision {
        Decision::Rest => "rest".to_owned(),
        Decision::Delete(deletion) => format!("delete {deletion:?}"),
        Decision::Refuse(refusal) => format!("refuse {}: {}", refusal.reason, refusal.message),
        Decision::Hold(hold) => format!("hold {}: {}", hold.reason, hold.message),
        Decision::Settled => "settled".to_owned(),
        Decision::Compare(compared) => format!(
            "compare {} with {}{}",
            compared.plan.attempt.inputs.revision,
            compared.settled.inputs.revision,
            compared.hold.as_ref().map(|hold| format!(", else hold {}", hold.reason)).unwrap_or_default(),
        ),
        Decision::Renew(plan) => format!("renew {}", plan.attempt.inputs.revision),
        Decision::Apply(plan) => format!("apply {}", plan.attempt.inputs.revision),
    }
}

fn check(object: &Kustomization, observed: &Observed, settings: &Settings, expected: &str) {
    let found = word(&decide(object, observed, settings, Timestamp::UNIX_EPOCH));
    assert!(found.starts_with(expected), "expected `{expected}`, found `{found}`");
}

#[test]
fn what_is_in_the_way_comes_first() {
    let settings = Settings::default();
    let strict = Settings { no_cross_namespace_refs: true, ..Settings::default() };
    let dependency = |unmet| {
        vec![Dependency { name: "other/db".to_owned(), namespace: "other".to_owned(), unmet, invalid: None }]
    };
    let plain = kustomization(&json!({}), &json!({}), &json!(null));
    check(&plain, &observed(), &settings, "apply main@sha1:1");
    check(
        &kustomization(&json!({}), &json!({ "suspend": true }), &json!(null)),
        &observed(),
        &settings,
        "rest",
    );

    let missing = Observed { source: SourceState::Missing, ..observed() };
    check(&plain, &missing, &settings, "hold ArtifactFailed: source 'GitRepository/team/repo' not found");
    let empty = Observed { source: SourceState::NoArtifact, ..observed() };
    check(
        &plain,
        &empty,
        &settings,
        "hold ArtifactFailed: source 'GitRepository/team/repo' has no artifact yet",
    );

    for (unmet, expected) in [
        (Some(Unmet::Missing), "hold DependencyNotReady: dependency 'other/db' not found"),
        (Some(Unmet::NotReady), "hold DependencyNotReady: dependency 'other/db' is not ready"),
        (
            Some(Unmet::Outdated),
            "hold DependencyNotReady: dependency 'other/db' has not applied the current revision",
        ),
        (None, "apply"),
    ] {
        check(&plain, &Observed { dependencies: dependency(unmet), ..observed() }, &settings, expected);
    }
    let crossing = Observed { dependencies: dependency(None), ..observed() };
    check(&plain, &crossing, &strict, "refuse AccessDenied: can't access 'other/db'");

    let elsewhere = json!({ "sourceRef": { "kind": "GitRepository", "name": "repo", "namespace": "other" } });
    let elsewhere = kustomization(&json!({}), &elsewhere, &json!(null));
    check(&elsewhere, &observed(), &strict, "refuse AccessDenied: can't access 'GitRepository/other/repo'");
    check(&elsewhere, &observed(), &settings, "apply");

    let external = json!({ "sourceRef": { "kind": "ExternalArtifact", "name": "repo" } });
    let external = kustomization(&json!({}), &external, &json!(null));
    check(&external, &observed(), &settings, "refuse AccessDenied");
    check(&external, &observed(), &Settings { external_artifacts: true, ..Settings::default() }, "apply");

    let circle =
        Observed { cycle: Some(vec!["team/app".into(), "team/b".into(), "team/app".into()]), ..observed() };
    check(
        &plain,
        &circle,
        &settings,
        "refuse DependencyNotReady: dependency cycle: team/app -> team/b -> team/app",
    );
}

#[test]
fn fields_that_are_not_served_are_refused_by_name() {
    for (spec, field) in [
        (json!({ "kubeConfig": { "secretRef": { "name": "k" } } }), "spec.kubeConfig"),
        (json!({ "decryption": { "provider": "sops" } }), "spec.decryption"),
    ] {
        let object = kustomization(&json!({}), &spec, &json!(null));
        let expected =
            format!("refuse UnsupportedField: not supported by this version of the controller: {field}");
        check(&object, &observed(), &Settings::default(), &expected);
    }
}

#[test]
fn expressions_that_cannot_be_used_stall() {
    let health = |current: &str| json!({ "healthCheckExprs": [{ "apiVersion": "x/v1", "kind": "X", "current": current }] });
    let dependency = |invalid: Option<&str>| Dependency {
        name: "team/db".to_owned(),
        namespace: "team".to_owned(),
        unmet: invalid.map(|_| Unmet::Unfulfilled),
        invalid: invalid.map(str::to_owned),
    };
    for (spec, invalid, expected) in [
        (health("true"), None, "apply"),
        (health("status."), None, "refuse InvalidCELExpression: spec.healthCheckExprs[0].current: "),
        (
            json!({}),
            Some("spec.dependsOn[].readyExpr: x"),
            "refuse InvalidCELExpression: spec.dependsOn[].readyExpr: x",
        ),
    ] {
        let seen = Observed { dependencies: vec![dependency(invalid)], ..observed() };
        check(&kustomization(&json!({}), &spec, &json!(null)), &seen, &Settings::default(), expected);
    }
}

#[test]
fn deletion_follows_the_policy() {
    let deleted = json!({ "deletionTimestamp": "2026-01-01T00:00:00Z" });
    for (spec, expected) in [
        (json!({}), "delete Prune"),
        (json!({ "prune": false }), "delete Release"),
        (json!({ "prune": false, "deletionPolicy": "Delete" }), "delete Prune"),
        (json!({ "deletionPolicy": "Orphan" }), "delete Release"),
        (json!({ "deletionPolicy": "WaitForTermination" }), "delete PruneAndWait"),
        (json!({ "suspend": true }), "delete Release"),
        (
            json!({ "kubeConfig": { "secretRef": { "name": "k" } } }),
            "refuse UnsupportedField: objects on the cluster",
        ),
        (
            json!({ "kubeConfig": { "secretRef": { "name": "k" } }, "deletionPolicy": "Orphan" }),
            "delete Release",
        ),
    ] {
        let inventory =
            json!({ "inventory": { "entries": [{ "id": "team_web_apps_Deployment", "v": "v1" }] } });
        check(&kustomization(&deleted, &spec, &inventory), &observed(), &Settings::default(), expected);
        let nothing = json!({ "inventory": { "entries": [] } });
        for status in [json!(null), nothing] {
            let object = kustomization(&deleted, &spec, &status);
            check(&object, &observed(), &Settings::default(), "delete Release");
        }
    }
}

const NO_VARIABLES: fn() -> Result<Arc<Variables>, String> = || Ok(Arc::default());

#[test]
fn other_variables_ask_for_something_else() {
    let object = ready_at("main@sha1:1");
    let mut values = Variables::default();
    values.set("A", "b").unwrap();
    for (variables, expected) in [
        (NO_VARIABLES(), "settled"),
        (Ok(Arc::new(values)), "apply"),
        (Err("ConfigMap/x not found".to_owned()), "apply"),
    ] {
        let mut seen = Observed { variables, ..observed() };
        seen.memory.settled = Some(settled(inputs(&object, &artifact("main@sha1:1"), &NO_VARIABLES())));
        check(&object, &seen, &Settings::default(), expected);
    }
}

fn settled(inputs: Inputs) -> Settled {
    Settled { inputs, checksum: "sha256:00".to_owned(), read_set: std::sync::Arc::default(), unsaid: None }
}

fn ready_at(revision: &str) -> Kustomization {
    let ready = json!({ "type": "Ready", "status": "True", "reason": "R", "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z" });
    let status = json!({ "observedGeneration": 2, "lastAppliedRevision": revision, "conditions": [ready] });
    kustomization(&json!({}), &json!({}), &status)
}

#[test]
fn a_newer_revision_is_compared_before_it_is_built() {
    let object = ready_at("main@sha1:1");
    let newer = |unsaid: Option<&str>, unmet: Option<Unmet>, intact: bool| {
        let mut settled = settled(inputs(&object, &artifact("main@sha1:1"), &NO_VARIABLES()));
        settled.unsaid = unsaid.map(|revision| inputs(&object, &artifact(revision), &NO_VARIABLES()));
        let source = SourceState::Artifact(Box::new(artifact("main@sha1:3")));
        let dependency =
            Dependency { name: "team/db".to_owned(), namespace: "team".to_owned(), unmet, invalid: None };
        let memory = crate::memory::Memory { settled: Some(settled), attempt: None };
        Observed { source, memory, intact, dependencies: vec![dependency], ..observed() }
    };
    let settings = Settings::default();
    for (unsaid, unmet, intact, expected) in [
        (None, None, true, "compare main@sha1:3 with main@sha1:1"),
        // What a revision in between came to says nothing about this one.
        (Some("main@sha1:2"), None, true, "compare main@sha1:3 with main@sha1:1"),
        (Some("main@sha1:3"), None, true, "renew main@sha1:3"),
        // Nothing to apply is nothing to wait for.
        (Some("main@sha1:3"), Some(Unmet::Outdated), true, "renew main@sha1:3"),
        (
            None,
            Some(Unmet::Outdated),
            true,
            "compare main@sha1:3 with main@sha1:1, else hold DependencyNotReady",
        ),
        (None, Some(Unmet::NotReady), true, "hold DependencyNotReady"),
        (Some("main@sha1:3"), None, false, "apply main@sha1:3"),
    ] {
        check(&object, &newer(unsaid, unmet, intact), &settings, expected);
    }
    check(&ready_at("main@sha1:0"), &newer(None, None, true), &settings, "apply main@sha1:3");
}

#[test]
fn what_is_settled_rests_until_something_speaks_against_it() {
    let status = |ready: &str| {
        json!({ "observedGeneration": 2, "lastAppliedRevision": "main@sha1:1", "conditions": [{ "type": "Ready", "status": ready, "reason": "R", "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z" }] })
    };
    let ready = kustomization(&json!({}), &json!({}), &status("True"));
    let settled_at = |revision: &str| {
        let mut seen = observed();
        seen.memory.settled = Some(settled(inputs(&ready, &artifact(revision), &NO_VARIABLES())));
        seen
    };
    let settings = Settings::default();
    check(&ready, &settled_at("main@sha1:1"), &settings, "settled");
    check(&ready, &settled_at("main@sha1:0"), &settings, "apply");
    // Everything was applied, and then status could not be written.
    let source = SourceState::Artifact(Box::new(artifact("main@sha1:2")));
    let unsaid = Observed { source, ..settled_at("main@sha1:2") };
    check(&ready, &unsaid, &settings, "apply main@sha1:2");
    check(&ready, &Observed { intact: false, ..settled_at("main@sha1:1") }, &settings, "apply");
    check(&ready, &observed(), &settings, "apply");
    for (unmet, expected) in [
        (None, "settled"),
        (Some(Unmet::Progressing), "settled"),
        (Some(Unmet::Unobserved), "settled"),
        (Some(Unmet::NotReady), "hold DependencyNotReady"),
        (Some(Unmet::Missing), "hold DependencyNotReady"),
    ] {
        let dependency =
            Dependency { name: "team/db".to_owned(), namespace: "team".to_owned(), unmet, invalid: None };
        let seen = Observed { dependencies: vec![dependency], ..settled_at("main@sha1:1") };
        check(&ready, &seen, &settings, expected);
    }
    let failed = kustomization(&json!({}), &json!({}), &status("False"));
    check(&failed, &settled_at("main@sha1:1"), &settings, "apply");
    let changed = kustomization(&json!({ "generation": 3 }), &json!({}), &status("True"));
    check(&changed, &settled_at("main@sha1:1"), &settings, "apply");
}

#[test]
fn time_limits_follow_the_spec() {
    for (spec, expected) in [
        (json!({}), 570),
        (json!({ "interval": "20s" }), 30),
        (json!({ "timeout": "5s" }), 30),
        (json!({ "timeout": "2m" }), 120),
    ] {
        let object = kustomization(&json!({}), &spec, &json!(null));
        assert_eq!(timeout(&object.spec), Duration::from_secs(expected));
    }
}

#[test]
fn a_new_try_has_its_own_time() {
    let (then, now) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(900).unwrap());
    let built = std::sync::Arc::new(crate::reconcile::build::Built {
        manifests: Vec::new(),
        checksum: "sha256:00".to_owned(),
        size: 0,
        read_set: std::sync::Arc::default(),
    });
    let asked = json!({ "annotations": { "reconcile.fluxcd.io/requestedAt": "token" } });
    let answered = json!({ "lastHandledReconcileAt": "token" });
    for (what, metadata, status, built, since, checking_since) in [
        ("parked", json!({}), json!(null), Some(built), then, Some(then)),
        ("failed", json!({}), json!(null), None, now, Some(then)),
        ("asked for", asked.clone(), json!(null), None, now, None),
        ("answered", asked, answered, None, now, Some(then)),
    ] {
        let object = kustomization(&metadata, &json!({}), &status);
        let inputs = inputs(&object, &artifact("main@sha1:1"), &NO_VARIABLES());
        let mut seen = observed();
        seen.memory.attempt =
            Some(Attempt { inputs, since: then, held: None, checking_since: Some(then), built });
        let Decision::Apply(plan) = decide(&object, &seen, &Settings::default(), now) else {
            panic!("{what}")
        };
        assert_eq!((plan.attempt.since, plan.attempt.checking_since), (since, checking_since), "{what}");
    }
}
