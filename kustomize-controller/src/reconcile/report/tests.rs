//! Reports by table: what people and tools see of an outcome.

use serde_json::{Value, json};
use sluice_apply::apply::{Action, Change};
use sluice_apply::entry::EntryHash;
use sluice_apply::inventory::Memo;
use sluice_apply::object::{Digest, ObjectId};
use sluice_apply::plan::Why;

use super::*;

fn kustomization(status: &Value) -> Kustomization {
    serde_json::from_value(json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": { "name": "app", "namespace": "team", "generation": 2,
            "annotations": { "reconcile.fluxcd.io/requestedAt": "token" } },
        "spec": { "interval": "10m", "retryInterval": "1m", "prune": true,
            "sourceRef": { "kind": "GitRepository", "name": "repo" } },
        "status": status,
    }))
    .unwrap()
}

fn at(second: i64) -> Moment {
    Moment { now: Timestamp::from_second(second).unwrap(), interval: Duration::from_secs(600) }
}

fn attempted(changes: &[Action]) -> Attempted {
    let id = ObjectId::from_inventory("team_web_apps_Deployment").unwrap();
    Attempted {
        checksum: Some("sha256:ab".to_owned()),
        inventory: Some([(id.clone(), "v1".to_owned())].into_iter().collect()),
        changes: changes
            .iter()
            .map(|action| Change { id: id.clone(), action: *action, why: Why::New })
            .collect(),
        ..Attempted::new("main@sha1:1", Timestamp::from_second(100).unwrap())
    }
}

fn waiting(since: i64) -> Waiting {
    let since = Timestamp::from_second(since).unwrap();
    Waiting { message: "waiting for web".to_owned(), checking: false, since, again: Duration::from_secs(60) }
}

/// The conditions as `Type=Status/Reason`.
fn conditions_of(report: &Report) -> String {
    let mut all: Vec<String> = report
        .status
        .conditions
        .iter()
        .map(|condition| format!("{}={}/{}", condition.type_, condition.status, condition.reason))
        .collect();
    all.sort();
    all.join(" ")
}

fn reasons(report: &Report) -> Vec<&str> {
    report.events.iter().map(|event| event.reason.as_str()).collect()
}

#[test]
fn success_says_what_was_applied() {
    let report = report(
        &kustomization(
            &json!({ "conditions": [{ "type": "Reconciling", "status": "True", "reason": "Progressing",
            "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z" }] }),
        ),
        &Outcome::Succeeded(attempted(&[Action::Created]), Health::Passed(Duration::from_millis(1234))),
        at(102),
    );
    assert_eq!(conditions_of(&report), "Healthy=True/Succeeded Ready=True/ReconciliationSucceeded");
    assert_eq!(
        report.status.conditions.iter().find(|c| c.type_ == READY).unwrap().message,
        "Applied revision: main@sha1:1"
    );
    assert_eq!(report.status.last_applied_revision.as_deref(), Some("main@sha1:1"));
    assert_eq!(report.status.observed_generation, Some(2));
    assert_eq!(report.status.last_handled_reconcile_at.as_deref(), Some("token"));
    assert_eq!(report.status.inventory.as_ref().unwrap().entries[0].id, "team_web_apps_Deployment");
    assert_eq!(report.status.history.len(), 1);
    assert_eq!(report.next, Next::After(Duration::from_secs(600)));
    assert_eq!(reasons(&report), ["Progressing", "ReconciliationSucceeded"]);
    assert_eq!(report.events[0].message, "Deployment/team/web created");
    assert_eq!(report.events[1].message, "Reconciliation finished in 2s, next run in 10m0s");
    assert_eq!(report.events[1].metadata["kustomize.toolkit.fluxcd.io/commit_status"], "update");
}

#[test]
fn the_same_success_again_says_nothing() {
    let first =
        report(&kustomization(&json!(null)), &Outcome::Succeeded(attempted(&[]), Health::Unchecked), at(102));
    let known = kustomization(&serde_json::to_value(&first.status).unwrap());
    for outcome in [Outcome::Succeeded(attempted(&[]), Health::Unchecked), Outcome::Settled, Outcome::Rested]
    {
        let again = report(&known, &outcome, at(900));
        assert_eq!(again.status, first.status, "{outcome:?}");
        assert!(again.events.is_empty(), "{outcome:?}");
    }
}

#[test]
fn a_revision_that_changes_nothing_is_told_to_notifications_alone() {
    let settled =
        report(&kustomization(&json!(null)), &Outcome::Succeeded(attempted(&[]), Health::Unchecked), at(102));
    let known = kustomization(&serde_json::to_value(&settled.status).unwrap());
    let looked = report(&known, &Outcome::Unchanged, at(200));
    assert_eq!((looked.status, looked.events.len()), (settled.status.clone(), 0));
    assert_eq!(looked.next, Next::After(Duration::ZERO));

    let newer = Attempted { revision: "main@sha1:2".to_owned(), inventory: None, ..attempted(&[]) };
    let renewed = report(&known, &Outcome::Renewed(newer), at(200));
    assert_eq!(renewed.status.last_applied_revision.as_deref(), Some("main@sha1:2"));
    assert_eq!(renewed.status.last_attempted_revision.as_deref(), Some("main@sha1:2"));
    assert_eq!(renewed.status.inventory, settled.status.inventory);
    let history = &renewed.status.history;
    assert_eq!((history.len(), history[0].total_reconciliations), (1, 2));
    assert_eq!(conditions_of(&renewed), "Ready=True/ReconciliationSucceeded");
    assert_eq!((renewed.events.len(), renewed.events[0].kind), (1, Kind::Notice));
    assert_eq!(renewed.events[0].metadata["kustomize.toolkit.fluxcd.io/commit_status"], "update");
    assert_eq!(renewed.events[0].metadata["kustomize.toolkit.fluxcd.io/revision"], "main@sha1:2");
}

#[test]
fn failures_keep_what_was_applied_and_are_told_once() {
    let before = json!({ "lastAppliedRevision": "main@sha1:0", "observedGeneration": 1 });
    let failure = || Failure::new("BuildFailed", "a.yaml: broken".to_owned());
    let first = report(&kustomization(&before), &Outcome::Failed(attempted(&[]), failure()), at(102));
    assert_eq!(conditions_of(&first), "Ready=False/BuildFailed Reconciling=True/ProgressingWithRetry");
    assert_eq!(first.status.last_applied_revision.as_deref(), Some("main@sha1:0"));
    assert_eq!(first.status.last_attempted_revision.as_deref(), Some("main@sha1:1"));
    assert_eq!(first.status.observed_generation, Some(1));
    assert_eq!(first.next, Next::After(Duration::from_secs(60)));
    assert_eq!((first.events.len(), first.events[0].kind), (1, Kind::Warning));

    let known = kustomization(&serde_json::to_value(&first.status).unwrap());
    let again = report(&known, &Outcome::Failed(attempted(&[]), failure()), at(162));
    assert_eq!(again.status, first.status);
    assert!(again.events.is_empty());
}

#[test]
fn refusals_stall_and_holds_retry() {
    let refusal = Refusal { reason: "UnsupportedField", message: "spec.decryption".to_owned() };
    let refused = report(&kustomization(&json!(null)), &Outcome::Refused(refusal), at(1));
    assert_eq!(conditions_of(&refused), "Ready=False/UnsupportedField Stalled=True/UnsupportedField");
    assert_eq!((refused.status.observed_generation, refused.next), (Some(2), Next::OnWake));

    let hold = Hold {
        reason: "DependencyNotReady",
        message: "db".to_owned(),
        again: Duration::from_secs(30),
        event: Kind::Normal,
    };
    let held =
        report(&kustomization(&serde_json::to_value(&refused.status).unwrap()), &Outcome::Held(hold), at(2));
    assert_eq!(conditions_of(&held), "Ready=False/DependencyNotReady Reconciling=True/ProgressingWithRetry");
    assert_eq!(held.next, Next::After(Duration::from_secs(30)));
}

#[test]
fn a_short_wait_is_not_mentioned() {
    let ahead = write_ahead(
        &kustomization(&json!(null)),
        "main@sha1:1",
        &attempted(&[]).inventory.unwrap(),
        at(100).now,
    );
    let object = kustomization(&serde_json::to_value(&ahead).unwrap());
    let short = report(&object, &Outcome::Parked(attempted(&[]), waiting(100)), at(102));
    assert_eq!(short.status.conditions, ahead.conditions);
    assert_eq!(short.next, Next::After(Duration::from_secs(3)));

    let mut remembering = attempted(&[]);
    if let Some(inventory) = &mut remembering.inventory {
        let id = inventory.iter().next().unwrap().0.clone();
        inventory.remember(&id, Some(Memo::new(Digest([1; 16]), EntryHash([2; 16]), "")));
    }
    let short = report(&object, &Outcome::Parked(remembering.clone(), waiting(100)), at(102));
    assert_eq!(short.status.inventory, ahead.inventory, "memos are not worth a write of their own");
    let done = report(&object, &Outcome::Succeeded(remembering, Health::Unchecked), at(103));
    assert!(done.status.inventory.unwrap().entries[0].fields.is_some());
    let looking = report(&object, &Outcome::Looking(Duration::from_secs(1)), at(103));
    assert_eq!((looking.status, looking.events.len()), (ahead, 0));
    let long = report(&object, &Outcome::Parked(attempted(&[]), waiting(100)), at(106));
    assert_eq!(conditions_of(&long), "Ready=Unknown/Progressing Reconciling=True/Progressing");
    assert!(long.status.conditions.iter().all(|condition| condition.message == "waiting for web"));
    assert_eq!(long.next, Next::After(Duration::from_secs(60)));
}

#[test]
fn a_wait_that_follows_an_earlier_success_shows_at_once() {
    let settled =
        report(&kustomization(&json!(null)), &Outcome::Succeeded(attempted(&[]), Health::Unchecked), at(1));
    let object = kustomization(&serde_json::to_value(&settled.status).unwrap());
    let parked = report(&object, &Outcome::Parked(attempted(&[]), waiting(100)), at(100));
    assert_eq!(conditions_of(&parked), "Ready=Unknown/Progressing Reconciling=True/Progressing");

    let checking = Waiting { checking: true, ..waiting(100) };
    let parked = report(&object, &Outcome::Parked(attempted(&[]), checking), at(100));
    assert_eq!(
        conditions_of(&parked),
        "Healthy=Unknown/Progressing Ready=Unknown/Progressing Reconciling=True/Progressing"
    );
}

#[test]
fn history_counts_repeated_outcomes() {
    let mut status = json!(null);
    for (checksum, moment) in [("sha256:a", 110), ("sha256:b", 120), ("sha256:a", 130)] {
        let mut tried = attempted(&[Action::Configured]);
        tried.checksum = Some(checksum.to_owned());
        let report =
            report(&kustomization(&status), &Outcome::Succeeded(tried, Health::Unchecked), at(moment));
        status = serde_json::to_value(&report.status).unwrap();
    }
    let history = status["history"].as_array().unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!((&history[0]["digest"], &history[0]["totalReconciliations"]), (&json!("sha256:a"), &json!(2)));
    assert_eq!(history[0]["metadata"]["revision"], "main@sha1:1");
}

#[test]
fn no_interval_keeps_a_worker_busy() {
    for (interval, next) in [
        (0, Next::OnWake),
        (1, Next::After(Duration::from_secs(1))),
        (90_000, Next::After(Duration::from_secs(90))),
    ] {
        let moment = Moment { interval: Duration::from_millis(interval), ..at(1) };
        assert_eq!(report(&kustomization(&json!(null)), &Outcome::Settled, moment).next, next);
    }
    let mut hasty = kustomization(&json!(null));
    hasty.spec.retry_interval = Some("0s".parse().unwrap());
    let failure = Failure::new("BuildFailed", "broken".to_owned());
    assert_eq!(report(&hasty, &Outcome::Failed(attempted(&[]), failure), at(1)).next, Next::OnWake);
}

#[test]
fn a_message_that_is_too_long_is_told_once() {
    let failure = || Failure::new("BuildFailed", "x".repeat(conditions::MAX_MESSAGE + 1));
    let first = report(&kustomization(&json!(null)), &Outcome::Failed(attempted(&[]), failure()), at(1));
    let known = kustomization(&serde_json::to_value(&first.status).unwrap());
    assert!(report(&known, &Outcome::Failed(attempted(&[]), failure()), at(2)).events.is_empty());
}
