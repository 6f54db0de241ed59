//! What came of a pass, as plain data: what the steps found out, nothing of how it is shown.

use std::time::Duration;

use jiff::Timestamp;
use sluice_apply::apply::Change;
use sluice_apply::inventory::Inventory;
use sluice_apply::object::ObjectId;

use super::decide::{Hold, Refusal};

/// What came of a pass.
#[derive(Debug)]
pub enum Outcome {
    /// The object is suspended.
    Rested,
    /// The object cannot be served until it is changed.
    Refused(Refusal),
    /// Something else must come first.
    Held(Hold),
    /// Everything is as it was applied.
    Settled,
    /// A newer revision changes nothing of what is applied; said once all others have been looked at.
    Unchanged,
    /// What is applied is that of a newer revision, which changes nothing of it.
    Renewed(Attempted),
    /// The watches have yet to tell for the first time what they see; nothing is said of that.
    Looking(Duration),
    /// The attempt waits for the cluster.
    Parked(Attempted, Waiting),
    /// A step failed.
    Failed(Attempted, Failure),
    /// Everything is applied, pruned, and healthy where that was asked for.
    Succeeded(Attempted, Health),
    /// The object is being deleted and has let go of what it managed.
    Released(Farewell),
}

/// How a deleted object let go of what it managed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Farewell {
    /// The objects that were deleted.
    pub deleted: Vec<ObjectId>,
    /// Why some stay behind, if they do.
    pub left_behind: Option<String>,
}

/// What an attempt did so far.
#[derive(Clone, Debug)]
pub struct Attempted {
    /// The source's revision.
    pub revision: String,
    /// The revision of the source's own origin, where the artifact tells.
    pub origin_revision: Option<String>,
    /// The checksum of what was built, once it is.
    pub checksum: Option<String>,
    /// The objects that may exist in the cluster, where this attempt changed them.
    pub inventory: Option<Inventory>,
    /// What was created or changed in this pass.
    pub changes: Vec<Change>,
    /// What was deleted in this pass.
    pub deleted: Vec<ObjectId>,
    /// The objects that are no longer wanted here but may be wanted by another Kustomization, with the reason.
    pub spared: Vec<(ObjectId, String)>,
    /// When the attempt began.
    pub since: Timestamp,
}

/// What a parked attempt waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// A sentence for people.
    pub message: String,
    /// Whether it is for the health of what is applied already.
    pub checking: bool,
    /// When the wait began.
    pub since: Timestamp,
    /// When the pass is to look again, unless it is woken before.
    pub again: Duration,
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The reason of the Ready condition.
    pub reason: &'static str,
    /// What went wrong, naming object and file.
    pub message: String,
    /// Whether trying again soon may help with nothing changed.
    pub transient: bool,
}

/// What the health checks of a successful attempt say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// None were asked for.
    Unchecked,
    /// All objects were healthy after this time.
    Passed(Duration),
}

impl Attempted {
    /// An attempt that has done nothing yet.
    pub fn new(revision: &str, since: Timestamp) -> Self {
        Self {
            revision: revision.to_owned(),
            origin_revision: None,
            checksum: None,
            inventory: None,
            changes: Vec::new(),
            deleted: Vec::new(),
            spared: Vec::new(),
            since,
        }
    }

    /// Whether this pass changed the cluster.
    pub fn changed_something(&self) -> bool {
        !(self.changes.is_empty() && self.deleted.is_empty())
    }
}

impl Failure {
    /// A failure that stays until something changes.
    pub fn new(reason: &'static str, message: String) -> Self {
        Self { reason, message, transient: false }
    }
}

impl Outcome {
    /// Logs what people look for in a controller's log: failures, refusals and changes.
    pub fn log(&self) {
        match self {
            Self::Refused(refusal) => tracing::warn!(reason = refusal.reason, "{}", refusal.message),
            Self::Held(hold) => tracing::info!(reason = hold.reason, "{}", hold.message),
            Self::Failed(attempted, failure) => {
                tracing::error!(
                    reason = failure.reason,
                    revision = attempted.revision,
                    "{}",
                    failure.message
                );
            }
            Self::Parked(attempted, waiting) => {
                tracing::debug!(revision = attempted.revision, "{}", waiting.message);
            }
            Self::Succeeded(attempted, _) if attempted.changed_something() => {
                let (changed, deleted) = (attempted.changes.len(), attempted.deleted.len());
                tracing::info!(revision = attempted.revision, changed, deleted, "applied");
            }
            Self::Released(farewell) => tracing::info!(deleted = farewell.deleted.len(), "released"),
            Self::Renewed(attempted) => tracing::debug!(revision = attempted.revision, "unchanged"),
            Self::Rested | Self::Settled | Self::Unchanged | Self::Looking(_) | Self::Succeeded(..) => {}
        }
    }
}
