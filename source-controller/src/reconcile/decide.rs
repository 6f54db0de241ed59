//! What to do, from what is known. Pure.

use kube::api::ObjectMeta;
use sluice_crds::{Artifact, meta::reason};

use super::observe::Observed;
use crate::kinds::{Desired, Outdated, Recorded};

/// The first fork: what is to happen to the object at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// It is being deleted.
    Remove,
    /// It is suspended.
    Rest,
    /// It is to be brought up to date.
    Work,
}

/// The second fork: what is to happen to the artifact.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Decision {
    /// It stays.
    Keep(Artifact),
    /// It is made, for the reason given.
    Make(Outdated),
}

/// Decides the object's course; deletion goes before suspension.
pub(super) fn course(meta: &ObjectMeta, desired: Desired) -> Course {
    if meta.deletion_timestamp.is_some() {
        Course::Remove
    } else if desired.suspend {
        Course::Rest
    } else {
        Course::Work
    }
}

/// Tells whether this generation of the object has not been reconciled to an end yet.
pub(super) fn is_new(meta: &ObjectMeta, recorded: &Recorded) -> bool {
    recorded.observed_generation != meta.generation
}

/// Decides whether the artifact in storage still is what the object means.
pub(super) fn decide(observed: &Observed, revision: &str, changed: Option<Outdated>) -> Decision {
    let Some(artifact) = &observed.artifact else {
        return Decision::Make(match &observed.lost {
            Some(_) => outdated("disappeared from storage".to_owned()),
            None => outdated(format!("new upstream revision '{revision}'")),
        });
    };
    if artifact.revision != revision {
        return Decision::Make(outdated(format!("new upstream revision '{revision}'")));
    }
    match changed {
        Some(outdated) => Decision::Make(outdated),
        None => Decision::Keep(artifact.clone()),
    }
}

fn outdated(message: String) -> Outdated {
    Outdated { reason: reason::NEW_REVISION, message }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

    use super::*;

    #[test]
    fn deletion_goes_before_suspension() {
        let suspended = Desired { suspend: true, ..Desired::default() };
        let deleted =
            ObjectMeta { deletion_timestamp: Some(Time(Timestamp::UNIX_EPOCH)), ..ObjectMeta::default() };
        let alive = ObjectMeta::default();
        for (meta, desired, expected) in [
            (&deleted, suspended, Course::Remove),
            (&deleted, Desired::default(), Course::Remove),
            (&alive, suspended, Course::Rest),
            (&alive, Desired::default(), Course::Work),
        ] {
            assert_eq!(course(meta, desired), expected);
        }
    }

    #[test]
    fn an_artifact_is_kept_only_when_nothing_differs() {
        let changed = Outdated { reason: "IncludeChange", message: "m".into() };
        for (stored, lost, changed, expected) in [
            (Some("r1"), None, None, Some("new upstream revision 'r2'")),
            (Some("r2"), None, None, None),
            (Some("r2"), None, Some(changed.clone()), Some("m")),
            (Some("r1"), None, Some(changed), Some("new upstream revision 'r2'")),
            (None, Some("gone"), None, Some("disappeared from storage")),
            (None, None, None, Some("new upstream revision 'r2'")),
        ] {
            let observed = Observed {
                artifact: stored.map(super::super::report::tests::artifact),
                lost: lost.map(str::to_owned),
                ..Observed::default()
            };
            let message = match decide(&observed, "r2", changed) {
                Decision::Keep(_) => None,
                Decision::Make(outdated) => Some(outdated.message),
            };
            assert_eq!(message.as_deref(), expected);
        }
    }
}
