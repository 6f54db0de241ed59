//! The only place that makes conditions, status and events out of what happened. Pure (reference 01.1, 06.10).

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use kube::api::ObjectMeta;
use sluice_crds::{
    Artifact,
    meta::{self, Condition, reason},
};
use sluice_runtime::{
    conditions::{self, Said},
    controller::Next,
    events::{Event, Kind as EventKind},
};

use super::{Success, observe::Observed};
use crate::{
    failure::{Failure, Then},
    kinds::{Desired, Outdated, Recorded},
};

/// Conditions that are true when something is wrong; at most one of them stands.
const NEGATIVE: [&str; 3] = [meta::STORAGE_OPERATION_FAILED, meta::FETCH_FAILED, meta::INCLUDE_UNAVAILABLE];

/// The object that is reported on.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    /// Its API group, the prefix of event metadata.
    pub(super) group: String,
    /// Its generation.
    pub(super) generation: Option<i64>,
    /// The request for a reconcile it carries.
    pub(super) requested_at: Option<String>,
    /// What its spec says.
    pub(super) desired: Desired,
    /// When a wait for another object is looked at again.
    pub(super) requeue: Duration,
}

/// What the status said before.
pub(super) struct Before<I> {
    /// The common part.
    pub(super) recorded: Recorded,
    /// What the artifact was made from.
    pub(super) inputs: I,
}

/// How a reconcile ended.
pub(super) enum Outcome<I> {
    /// The object is suspended.
    Suspended,
    /// It has not ended yet.
    Progressing,
    /// A step failed.
    Failed(Failure),
    /// The artifact is what the object means.
    Done(Success<I>),
}

/// What is to be written and told.
pub(super) struct Report<I> {
    /// The common part of the new status.
    pub(super) recorded: Recorded,
    /// What its artifact was made from.
    pub(super) inputs: I,
    /// What happened.
    pub(super) events: Vec<Event>,
    /// When to look again.
    pub(super) next: Next,
}

/// Reads the request for a reconcile.
pub(super) fn requested_at(meta: &ObjectMeta) -> Option<String> {
    meta.annotations.as_ref()?.get(meta::REQUESTED_AT).cloned()
}

/// Turns an outcome into status, events and schedule.
pub(super) fn report<I>(
    subject: &Subject,
    before: Before<I>,
    observed: &Observed,
    outcome: Outcome<I>,
    now: Timestamp,
) -> Report<I> {
    let Before { recorded: before, inputs: made_from } = before;
    let mut writer = Writer { subject, recorded: before.clone(), now };
    let mut events = loss(&before, observed);
    let (inputs, next) = match outcome {
        Outcome::Suspended => {
            writer.suspended();
            (made_from, Next::OnWake)
        }
        Outcome::Progressing => {
            writer.progressing(observed);
            (made_from, Next::OnWake)
        }
        Outcome::Failed(failure) => {
            writer.failed(&failure, observed);
            events.push(event(EventKind::Warning, failure.reason, &failure.message));
            (made_from, after_failure(subject, failure.then))
        }
        Outcome::Done(success) => {
            events.extend(success_event(subject, &before, &success));
            writer.done(success.artifact);
            (success.inputs, every(subject.desired.interval))
        }
    };
    sort(&mut writer.recorded.conditions);
    Report { recorded: writer.recorded, inputs, events, next }
}

/// Tells of an artifact that is not in storage as status promised.
fn loss(before: &Recorded, observed: &Observed) -> Vec<Event> {
    let lost = observed.lost.as_deref().filter(|_| before.artifact.is_some());
    let told = |why| event(EventKind::Warning, reason::ARTIFACT_VERIFICATION_FAILED, why);
    lost.map(told).into_iter().collect()
}

fn after_failure(subject: &Subject, then: Then) -> Next {
    match then {
        Then::Retry => Next::Retry,
        Then::Wait => Next::After(subject.requeue),
        Then::Stall => Next::OnWake,
        Then::StallAndRecheck => every(subject.desired.interval),
    }
}

/// An interval of zero means no interval at all, not a loop.
fn every(interval: Duration) -> Next {
    if interval.is_zero() { Next::OnWake } else { Next::After(interval) }
}

fn event(kind: EventKind, reason: &str, message: &str) -> Event {
    Event { kind, reason: reason.to_owned(), message: message.to_owned(), metadata: BTreeMap::new() }
}

/// Tells of a new artifact, or of a recovery; an unchanged one is nothing to tell.
fn success_event<I>(subject: &Subject, before: &Recorded, success: &Success<I>) -> Option<Event> {
    let artifact = &success.artifact;
    let fresh = before.artifact.as_ref().is_none_or(|old| old.digest != artifact.digest);
    let recovered = conditions::is_false(&before.conditions, meta::READY);
    let reason = match (fresh, recovered) {
        (true, _) => reason::NEW_ARTIFACT,
        (false, true) => reason::SUCCEEDED,
        (false, false) => return None,
    };
    let message = match &success.title {
        Some(title) => format!("stored artifact for {title}"),
        None => stored(artifact),
    };
    let key = |name: &str| format!("{}/{name}", subject.group);
    let metadata = BTreeMap::from([
        (key("revision"), artifact.revision.clone()),
        (key("digest"), artifact.digest.clone()),
    ]);
    Some(Event { metadata, ..event(EventKind::Normal, reason, &message) })
}

fn stored(artifact: &Artifact) -> String {
    format!("stored artifact for revision '{}'", artifact.revision)
}

/// Changes a status step by step.
struct Writer<'a> {
    subject: &'a Subject,
    recorded: Recorded,
    now: Timestamp,
}

impl Writer<'_> {
    fn set(&mut self, kind: &str, status: &str, reason: &str, message: &str) {
        let said = Said { kind, status, reason, message };
        conditions::set(&mut self.recorded.conditions, &said, self.subject.generation, self.now);
    }

    fn remove(&mut self, kind: &str) {
        conditions::remove(&mut self.recorded.conditions, kind);
    }

    fn handled(&mut self) {
        if self.subject.requested_at.is_some() {
            self.recorded.last_handled = self.subject.requested_at.clone();
        }
    }

    /// An artifact that is not in storage is not promised to anybody; the present URL is told of one that is.
    fn lose_artifact(&mut self, observed: &Observed) {
        self.recorded.artifact = observed.artifact.clone();
        if self.recorded.artifact.is_none() {
            self.remove(meta::ARTIFACT_IN_STORAGE);
        }
    }

    fn outdated(&mut self, outdated: Option<&Outdated>) {
        match outdated {
            Some(outdated) => {
                self.set(meta::ARTIFACT_OUTDATED, meta::TRUE, outdated.reason, &outdated.message);
            }
            None => self.remove(meta::ARTIFACT_OUTDATED),
        }
    }

    fn suspended(&mut self) {
        self.handled();
        self.recorded.observed_generation = self.subject.generation;
    }

    fn progressing(&mut self, observed: &Observed) {
        self.lose_artifact(observed);
        let outdated = observed.outdated.as_ref();
        let message = match outdated {
            Some(outdated) => format!("building artifact: {}", outdated.message),
            None => "reconciliation in progress".to_owned(),
        };
        self.outdated(outdated);
        self.remove(meta::STALLED);
        self.set(meta::RECONCILING, meta::TRUE, reason::PROGRESSING, &message);
        self.set(meta::READY, meta::UNKNOWN, reason::PROGRESSING, &message);
    }

    fn failed(&mut self, failure: &Failure, observed: &Observed) {
        self.handled();
        self.lose_artifact(observed);
        for kind in NEGATIVE.into_iter().filter(|kind| *kind != failure.condition) {
            self.remove(kind);
        }
        self.outdated(observed.outdated.as_ref());
        let Failure { condition, reason, message, then } = failure;
        self.set(condition, meta::TRUE, reason, message);
        self.set(meta::READY, meta::FALSE, reason, message);
        if matches!(then, Then::Stall | Then::StallAndRecheck) {
            self.remove(meta::RECONCILING);
            self.set(meta::STALLED, meta::TRUE, reason, message);
            self.recorded.observed_generation = self.subject.generation;
        } else {
            self.remove(meta::STALLED);
            self.set(meta::RECONCILING, meta::TRUE, reason::PROGRESSING_WITH_RETRY, message);
        }
    }

    fn done(&mut self, artifact: Artifact) {
        self.handled();
        for kind in NEGATIVE.into_iter().chain([meta::ARTIFACT_OUTDATED, meta::RECONCILING, meta::STALLED]) {
            self.remove(kind);
        }
        let message = stored(&artifact);
        for kind in [meta::READY, meta::ARTIFACT_IN_STORAGE] {
            self.set(kind, meta::TRUE, reason::SUCCEEDED, &message);
        }
        self.recorded.artifact = Some(artifact);
        self.recorded.observed_generation = self.subject.generation;
    }
}

/// Ready goes first, as people and tools expect; the rest keeps its order.
fn sort(conditions: &mut [Condition]) {
    conditions.sort_by_key(|condition| condition.type_ != meta::READY);
}

#[cfg(test)]
pub(super) mod tests;
