//! Statuses and events as tables: what was before, what happened, what is told.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;

pub(in crate::reconcile) fn artifact(revision: &str) -> Artifact {
    Artifact {
        path: "gitrepository/n/a/f.tar.gz".into(),
        url: "http://localhost/gitrepository/n/a/f.tar.gz".into(),
        revision: revision.into(),
        digest: format!("sha256:{revision}"),
        last_update_time: Time(Timestamp::UNIX_EPOCH),
        size: Some(1),
        metadata: BTreeMap::new(),
    }
}

fn subject() -> Subject {
    Subject {
        group: "source.toolkit.fluxcd.io".into(),
        generation: Some(3),
        requested_at: Some("token".into()),
        desired: Desired { interval: Duration::from_secs(60), suspend: false },
        requeue: Duration::from_secs(30),
    }
}

fn observed(stored: Option<&str>) -> Observed {
    Observed { artifact: stored.map(artifact), ..Observed::default() }
}

fn done(revision: &str, title: Option<&str>) -> Outcome<()> {
    Outcome::Done(Success { artifact: artifact(revision), inputs: (), title: title.map(str::to_owned) })
}

fn from(recorded: &Recorded) -> Before<()> {
    Before { recorded: recorded.clone(), inputs: () }
}

fn run(before: &Recorded, observed: &Observed, outcome: Outcome<()>) -> Report<()> {
    report(&subject(), from(before), observed, outcome, Timestamp::UNIX_EPOCH)
}

/// Conditions as `Type=Status/Reason`.
fn conditions_of(report: &Report<()>) -> Vec<String> {
    let text = |c: &Condition| format!("{}={}/{}", c.type_, c.status, c.reason);
    report.recorded.conditions.iter().map(text).collect()
}

fn events_of(report: &Report<()>) -> Vec<(EventKind, String, String)> {
    report.events.iter().map(|e| (e.kind, e.reason.clone(), e.message.clone())).collect()
}

fn ready(revision: &str) -> Recorded {
    run(&Recorded::default(), &observed(None), done(revision, Some("commit 'x'"))).recorded
}

#[test]
fn a_first_artifact() {
    let report = run(&Recorded::default(), &observed(None), done("r1", Some("commit 'first'")));
    assert_eq!(conditions_of(&report), ["Ready=True/Succeeded", "ArtifactInStorage=True/Succeeded"]);
    let ready = conditions::find(&report.recorded.conditions, "Ready").unwrap();
    assert_eq!(ready.message, "stored artifact for revision 'r1'");
    assert_eq!((ready.observed_generation, report.recorded.observed_generation), (Some(3), Some(3)));
    assert_eq!(report.recorded.last_handled.as_deref(), Some("token"));
    let told = (EventKind::Normal, "NewArtifact".to_owned(), "stored artifact for commit 'first'".to_owned());
    assert_eq!(events_of(&report), [told]);
    let metadata: Vec<_> = report.events[0].metadata.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(
        metadata,
        ["source.toolkit.fluxcd.io/digest=sha256:r1", "source.toolkit.fluxcd.io/revision=r1"]
    );
    assert_eq!(report.next, Next::After(Duration::from_secs(60)));
}

#[test]
fn an_unchanged_interval_changes_and_tells_nothing() {
    let before = ready("r1");
    let later = Timestamp::from_second(1000).unwrap();
    let report = report(&subject(), from(&before), &observed(Some("r1")), done("r1", None), later);
    assert_eq!(report.recorded, before);
    assert!(report.events.is_empty());
}

#[test]
fn a_failure_keeps_the_artifact_and_the_observed_generation() {
    let before = Recorded { observed_generation: Some(2), ..ready("r1") };
    let failure = Failure::fetch(reason::GIT_OPERATION_FAILED, "branch 'x' not found");
    let report = run(&before, &observed(Some("r1")), Outcome::Failed(failure));
    assert_eq!(
        conditions_of(&report),
        [
            "Ready=False/GitOperationFailed",
            "ArtifactInStorage=True/Succeeded",
            "FetchFailed=True/GitOperationFailed",
            "Reconciling=True/ProgressingWithRetry",
        ]
    );
    assert_eq!(report.recorded.artifact, Some(artifact("r1")));
    assert_eq!(report.recorded.observed_generation, Some(2));
    assert_eq!(report.recorded.last_handled.as_deref(), Some("token"));
    let told = (EventKind::Warning, "GitOperationFailed".to_owned(), "branch 'x' not found".to_owned());
    assert_eq!(events_of(&report), [told]);
    assert_eq!(report.next, Next::Retry);
}

#[test]
fn a_refusal_stalls_until_the_object_changes() {
    let failure = Failure::refusal("UnsupportedField", "spec.verify is not supported");
    let report = run(&Recorded::default(), &observed(None), Outcome::Failed(failure));
    assert_eq!(
        conditions_of(&report),
        [
            "Ready=False/UnsupportedField",
            "FetchFailed=True/UnsupportedField",
            "Stalled=True/UnsupportedField"
        ]
    );
    assert_eq!((report.recorded.observed_generation, report.next), (Some(3), Next::OnWake));
}

#[test]
fn what_follows_a_failure() {
    for (then, next) in [
        (Then::Retry, Next::Retry),
        (Then::Wait, Next::After(Duration::from_secs(30))),
        (Then::Stall, Next::OnWake),
        (Then::StallAndRecheck, Next::After(Duration::from_secs(60))),
    ] {
        assert_eq!(after_failure(&subject(), then), next);
    }
    assert_eq!(every(Duration::ZERO), Next::OnWake);
}

#[test]
fn a_recovery_is_told_and_leaves_no_trace_of_the_failure() {
    let failure = Failure::include(reason::NOT_FOUND, "no 'lib'");
    let failed = run(&ready("r1"), &observed(Some("r1")), Outcome::Failed(failure)).recorded;
    let report = run(&failed, &observed(Some("r1")), done("r1", None));
    assert_eq!(conditions_of(&report), ["Ready=True/Succeeded", "ArtifactInStorage=True/Succeeded"]);
    let told = (EventKind::Normal, "Succeeded".to_owned(), "stored artifact for revision 'r1'".to_owned());
    assert_eq!(events_of(&report), [told]);
}

#[test]
fn one_failure_replaces_another() {
    let first = Failure::fetch(reason::GIT_OPERATION_FAILED, "a");
    let second = Failure::storage(reason::ARCHIVE_OPERATION_FAILED, "b");
    let failed = run(&ready("r1"), &observed(Some("r1")), Outcome::Failed(first)).recorded;
    let report = run(&failed, &observed(Some("r1")), Outcome::Failed(second));
    let conditions = conditions_of(&report);
    assert!(
        conditions.contains(&"StorageOperationFailed=True/ArchiveOperationFailed".to_owned()),
        "{conditions:?}"
    );
    assert!(!conditions.iter().any(|c| c.starts_with("FetchFailed")), "{conditions:?}");
}

#[test]
fn a_lost_artifact_is_not_promised_while_it_cannot_be_made_again() {
    let lost = Observed {
        lost: Some("artifact is not in storage".into()),
        outdated: Some(Outdated { reason: "NewRevision", message: "disappeared from storage".into() }),
        ..Observed::default()
    };
    let failure = Failure::fetch(reason::GIT_OPERATION_FAILED, "down");
    let report = run(&ready("r1"), &lost, Outcome::Failed(failure));
    assert_eq!(report.recorded.artifact, None);
    assert!(!conditions_of(&report).iter().any(|c| c.starts_with("ArtifactInStorage")));
    let reasons: Vec<_> = report.events.iter().map(|event| event.reason.as_str()).collect();
    assert_eq!(reasons, ["ArtifactVerificationFailed", "GitOperationFailed"]);
    let again = run(&report.recorded, &observed(None), done("r1", Some("commit 'x'")));
    assert_eq!(conditions_of(&again), ["Ready=True/Succeeded", "ArtifactInStorage=True/Succeeded"]);
}

#[test]
fn a_slow_fetch_is_announced_without_taking_the_artifact_away() {
    let outdated = Outdated { reason: "NewRevision", message: "new upstream revision 'r2'".into() };
    let observed = Observed { outdated: Some(outdated), ..observed(Some("r1")) };
    let report = run(&ready("r1"), &observed, Outcome::Progressing);
    assert_eq!(
        conditions_of(&report),
        [
            "Ready=Unknown/Progressing",
            "ArtifactInStorage=True/Succeeded",
            "ArtifactOutdated=True/NewRevision",
            "Reconciling=True/Progressing",
        ]
    );
    assert_eq!(report.recorded.artifact, Some(artifact("r1")));
    assert!(report.events.is_empty());
}

#[test]
fn suspension_is_acknowledged_and_nothing_else() {
    let before = Recorded { observed_generation: Some(2), ..ready("r1") };
    let report = run(&before, &Observed::default(), Outcome::Suspended);
    let expected = Recorded { observed_generation: Some(3), last_handled: Some("token".into()), ..before };
    assert_eq!((report.recorded, report.next), (expected, Next::OnWake));
}
