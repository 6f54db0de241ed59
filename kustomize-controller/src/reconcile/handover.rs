//! Before anything is deleted: may another Kustomization be about to take it over? Pure.
//!
//! A commit that moves an object from one Kustomization to another removes it here and adds it there, in any order. So
//! an object stays as long as the plan of another Kustomization wants it. As long as others that build from the same
//! source have not planned the same revision, the pass waits for them, for half a minute at most; what they might want
//! after that is kept, in the inventory, unless they had been failing before. A Kustomization that is being deleted can
//! keep nothing: after the same wait it deletes what nobody is known to want.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use kube::runtime::reflector::ObjectRef;
use sluice_apply::object::ObjectId;
use sluice_crds::kustomize::{Kustomization, KustomizationStatus};
use sluice_crds::meta::{READY, STALLED, reason};
use sluice_runtime::conditions;

use crate::claims::{Claim, Claims};
use crate::sources::Source;

/// How long a pass waits for others to plan the same revision.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How many Kustomizations a sentence names.
const NAMED: usize = 3;
/// How young a Kustomization is that may have come with the commit that moved an object to it.
const YOUNG: Duration = Duration::from_secs(3600);

/// What an examination is about.
pub struct Question<'a> {
    /// The Kustomization that no longer wants some objects.
    pub object: &'a Kustomization,
    /// The revision that it applies, or would.
    pub revision: Option<&'a str>,
    /// The objects it no longer wants.
    pub stale: &'a [(ObjectId, String)],
    /// All Kustomizations.
    pub all: &'a [Arc<Kustomization>],
    /// What is known of their plans.
    pub claims: &'a Claims,
    /// The time.
    pub now: Timestamp,
    /// Whether others may be waited for.
    pub patient: bool,
}

/// What came of an examination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The objects that must not be deleted, with the reason in words.
    pub reserved: BTreeMap<ObjectId, String>,
    /// The Kustomizations that have yet to say what they want.
    pub pending: HashSet<ObjectRef<Kustomization>>,
    /// The others whose news may change the answer.
    pub concerned: HashSet<ObjectRef<Kustomization>>,
}

/// What is known of what another Kustomization wants of a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It wants what it has claimed, and nothing else.
    Known,
    /// It is going to say it.
    Pending,
    /// It cannot say it at the moment.
    Unknown,
    /// It has nothing to do with the revision.
    Apart,
}

/// Whether `object` has once applied the revision as it is now specified; since then it waits for nobody.
pub fn has_succeeded(object: &Kustomization, revision: &str) -> bool {
    object.status.as_ref().is_some_and(|status| {
        status.last_applied_revision.as_deref() == Some(revision)
            && status.observed_generation == object.metadata.generation
    })
}

/// Finds out which stale objects others want or may want.
pub fn examine(question: &Question<'_>) -> Answer {
    let mut answer = Answer::default();
    if question.stale.is_empty() {
        return answer;
    }
    let mut unknown = Vec::new();
    let own = ObjectRef::from_obj(question.object);
    for other in question.all.iter().filter(|other| other.metadata.deletion_timestamp.is_none()) {
        let name = ObjectRef::from_obj(other.as_ref());
        if name == own {
            continue;
        }
        let claim = question.claims.of(&name).filter(|claim| other.uid().as_ref() == Some(&claim.inputs.uid));
        if let Some(claim) = &claim {
            reserve_claimed(question, other, claim, &mut answer);
        }
        match standing(question, other, claim.as_ref()) {
            Standing::Pending if question.patient => drop(answer.pending.insert(name)),
            Standing::Pending | Standing::Unknown => {
                answer.concerned.insert(name);
                unknown.push(other);
            }
            Standing::Known | Standing::Apart => {}
        }
    }
    if question.object.metadata.deletion_timestamp.is_none() {
        reserve_for_unknown(question, &unknown, &mut answer);
    }
    answer
}

fn reserve_claimed(question: &Question<'_>, other: &Kustomization, claim: &Claim, answer: &mut Answer) {
    for (id, _) in question.stale.iter().filter(|(id, _)| claim.wanted.contains(id)) {
        answer.concerned.insert(ObjectRef::from_obj(other));
        answer.reserved.insert(id.clone(), format!("wanted by Kustomization {}", full_name(other)));
    }
}

/// What may be wanted by those who cannot say it stays, unless they had been failing before it left.
fn reserve_for_unknown(question: &Question<'_>, unknown: &[&Arc<Kustomization>], answer: &mut Answer) {
    let spared = question.claims.spared(&ObjectRef::from_obj(question.object));
    let fresh = unknown.iter().find(|other| failed_only_now(question, other));
    for (id, _) in question.stale {
        let by = fresh.or_else(|| unknown.first().filter(|_| spared.contains(id)));
        if let Some(by) = by {
            let why = || format!("Kustomization {} may want it at this revision", full_name(by));
            answer.reserved.entry(id.clone()).or_insert_with(why);
        }
    }
}

fn standing(question: &Question<'_>, other: &Kustomization, claim: Option<&Claim>) -> Standing {
    let Some(revision) = question.revision else { return Standing::Apart };
    let empty = KustomizationStatus::default();
    let status = other.status.as_ref().unwrap_or(&empty);
    let apart = Source::of(other) != Source::of(question.object)
        || other.spec.suspend
        || conditions::is_true(&status.conditions, STALLED);
    if apart {
        return Standing::Apart;
    }
    let ready = conditions::find(&status.conditions, READY);
    let current = |generation: Option<i64>| generation == other.metadata.generation;
    let failed = ready.is_some_and(|ready| ready.status == "False" && current(ready.observed_generation))
        && status.last_attempted_revision.as_deref() == Some(revision);
    let planned =
        claim.filter(|claim| claim.inputs.revision == revision && current(Some(claim.inputs.generation)));
    match planned {
        // What it is about to make may be a Kustomization that wants something.
        Some(claim) if claim.makes_kustomizations() && !claim.applied && !failed => return Standing::Pending,
        Some(claim) if claim.makes_kustomizations() && !claim.applied => return Standing::Unknown,
        Some(_) => return Standing::Known,
        None => {}
    }
    let held = || ready.is_some_and(|ready| ready.reason == reason::DEPENDENCY_NOT_READY);
    if has_succeeded(other, revision) {
        Standing::Known
    } else if failed || held() && !failed_only_now(question, other) {
        Standing::Unknown
    } else if depends_on(other, question.object, question.all) {
        // It waits for this one, so this one cannot wait for it.
        Standing::Unknown
    } else {
        Standing::Pending
    }
}

/// Whether it last succeeded when the objects were still wanted here, so that this very revision may have moved them.
fn failed_only_now(question: &Question<'_>, other: &Kustomization) -> bool {
    let own = question.object.status.as_ref();
    let applied = own.and_then(|status| status.last_applied_revision.as_deref());
    // After success the objects would be gone, had they not been spared before.
    if question.revision.is_some_and(|revision| has_succeeded(question.object, revision)) {
        return true;
    }
    let Some(theirs) = other.status.as_ref().and_then(|status| status.last_applied_revision.as_deref())
    else {
        let created = other.creation_timestamp().map(|time| time.0);
        return created.is_none_or(|created| super::elapsed(created, question.now) < YOUNG);
    };
    let history = own.map(|status| status.history.as_slice()).unwrap_or_default();
    let mut revisions = history.iter().filter_map(|entry| entry.metadata.get("revision"));
    applied == Some(theirs) || revisions.any(|revision| revision == theirs)
}

/// Whether `other` waits for `object`, directly or through others.
fn depends_on(other: &Kustomization, object: &Kustomization, all: &[Arc<Kustomization>]) -> bool {
    let target = key(object);
    let mut seen = BTreeSet::new();
    let mut open = dependencies(other);
    while let Some(next) = open.pop() {
        if next == target {
            return true;
        }
        if seen.insert(next.clone())
            && let Some(found) = all.iter().find(|found| key(found) == next)
        {
            open.extend(dependencies(found));
        }
    }
    false
}

fn dependencies(object: &Kustomization) -> Vec<(String, String)> {
    let own = object.namespace().unwrap_or_default();
    let all = object.spec.depends_on.iter();
    all.map(|to| (to.namespace.clone().unwrap_or_else(|| own.clone()), to.name.clone())).collect()
}

fn key(object: &Kustomization) -> (String, String) {
    (object.namespace().unwrap_or_default(), object.name_any())
}

/// Names some Kustomizations.
pub fn list(objects: &HashSet<ObjectRef<Kustomization>>) -> String {
    let name = |object: &ObjectRef<Kustomization>| {
        format!("{}/{}", object.namespace.as_deref().unwrap_or_default(), object.name)
    };
    let names: BTreeSet<String> = objects.iter().map(name).collect();
    let names: Vec<String> = names.into_iter().collect();
    let more = names.len().saturating_sub(NAMED);
    let named = names[..names.len() - more].join(", ");
    if more == 0 {
        format!("Kustomization {named}")
    } else {
        format!("Kustomization {named} and {more} more")
    }
}

fn full_name(object: &Kustomization) -> String {
    let (namespace, name) = key(object);
    format!("{namespace}/{name}")
}

#[cfg(test)]
mod tests;
