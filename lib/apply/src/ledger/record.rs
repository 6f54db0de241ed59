//! What is known of one object, and what that means for its owner.
//! Pure; resource versions are compared as numbers, as Kubernetes has declared them comparable.

use std::sync::Arc;

use crate::{
    conventions::Owner,
    entry::EntryHash,
    health::Health,
    object::{Digest, ObjectId},
};

/// A resource version as a number; zero when the server sent none or something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceVersion(pub u64);

/// What our last apply of an object left in the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The API version that was applied.
    pub version: String,
    /// The digest of the manifest that was applied.
    pub digest: Digest,
    /// Our entry after the apply; nothing when the server reports no managed fields.
    pub entry: Option<EntryHash>,
    /// The resource version after the apply.
    pub resource_version: ResourceVersion,
    /// The object's uid.
    pub uid: Arc<str>,
}

/// What a watch told of an object last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The resource version of the event.
    pub resource_version: ResourceVersion,
    /// The object's uid.
    pub uid: Arc<str>,
    /// Our entry, if the object has one.
    pub entry: Option<EntryHash>,
    /// The owner that the labels name.
    pub owner: Option<Owner>,
    /// Whether the object is being deleted.
    pub deleting: bool,
    /// Whether annotations on the live object switch us off.
    pub untouched: bool,
}

/// How an object looks to its watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sight {
    /// No watch has told yet.
    #[default]
    Unseen,
    /// The object is there.
    Present(Seen),
    /// The object was gone at this resource version, or had lost the label that the watch selects.
    Missing(ResourceVersion),
}

/// What an object's record says about the next apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// We do not remember an apply, so nothing can be concluded.
    Unknown,
    /// Nobody contradicted our last apply.
    Settled,
    /// The object is gone or has lost its label.
    Missing,
    /// The object was deleted and created again by somebody.
    Replaced,
    /// Fields of ours were changed, or fields to take over appeared.
    Changed,
    /// The labels name another owner, or none.
    Foreign(Option<Owner>),
    /// Policy says not to touch it.
    Left,
}

/// For how long policy says not to touch an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Left {
    /// Whatever becomes of it.
    Always,
    /// As long as it exists.
    WhilePresent,
}

/// All that is known of one managed object.
#[derive(Clone, Debug)]
pub struct Record {
    /// Whom the object belongs to: who applied it last, else who registered it first.
    pub owner: Owner,
    /// What our last apply left.
    pub applied: Option<Applied>,
    /// What the watch told last.
    pub seen: Sight,
    /// Whether policy says not to touch the object.
    pub left: Option<Left>,
    /// The health that the watch or the last apply told.
    pub health: Option<Health>,
    /// The resource version of the object whose health it is.
    pub(crate) health_of: ResourceVersion,
    /// Whether the owner waits for the object's health.
    pub waited: bool,
    /// Whether a write of ours is on its way, so that events prove nothing.
    pub(crate) in_flight: bool,
    /// Whether a write of ours may have changed the object without telling.
    pub(crate) doubted: bool,
    /// When the object was missing as the write started; an answer that holds it is newer than that.
    pub(crate) missed: Option<ResourceVersion>,
}

// === impl ResourceVersion ===

impl ResourceVersion {
    /// Reads a resource version.
    pub fn parse(text: &str) -> Self {
        Self(text.parse().unwrap_or(0))
    }

    /// Tells whether this one is certainly older than the other.
    pub fn is_older_than(self, other: Self) -> bool {
        self.0 != 0 && other.0 != 0 && self.0 < other.0
    }
}

// === impl Standing ===

impl Standing {
    /// Tells whether somebody contradicted our last apply.
    pub fn is_drift(&self) -> bool {
        matches!(self, Self::Missing | Self::Replaced | Self::Changed)
    }
}

// === impl Record ===

impl Record {
    pub(crate) fn new(owner: Owner, known: Option<(Seen, Option<Health>)>) -> Self {
        let health_of = known.as_ref().map(|(seen, _)| seen.resource_version).unwrap_or_default();
        let (seen, health) = match known {
            Some((seen, health)) => (Sight::Present(seen), health),
            None => (Sight::Unseen, None),
        };
        Self {
            owner,
            applied: None,
            seen,
            left: None,
            health,
            health_of,
            waited: false,
            in_flight: false,
            doubted: false,
            missed: None,
        }
    }

    /// Concludes from what we applied and what the watch saw.
    pub fn standing(&self) -> Standing {
        match (self.left, &self.seen) {
            (Some(Left::Always), _) | (Some(Left::WhilePresent), Sight::Present(_)) => return Standing::Left,
            (Some(Left::WhilePresent), Sight::Missing(_)) => return Standing::Missing,
            // An object without our label is in no watch; it has to be looked for.
            (Some(Left::WhilePresent), Sight::Unseen) => return Standing::Unknown,
            (None, _) => {}
        }
        let Some(applied) = &self.applied else { return Standing::Unknown };
        match &self.seen {
            Sight::Unseen => Standing::Settled,
            Sight::Missing(when) if when.is_older_than(applied.resource_version) => Standing::Settled,
            Sight::Missing(_) => Standing::Missing,
            Sight::Present(seen) => self.compare(applied, seen),
        }
    }

    fn compare(&self, applied: &Applied, seen: &Seen) -> Standing {
        if seen.resource_version.is_older_than(applied.resource_version) {
            Standing::Settled
        } else if seen.owner.as_ref() != Some(&self.owner) {
            Standing::Foreign(seen.owner.clone())
        } else if seen.uid != applied.uid {
            Standing::Replaced
        } else if seen.entry != applied.entry {
            Standing::Changed
        } else {
            Standing::Settled
        }
    }

    /// Tells whether a watch has told that the object exists.
    pub(crate) fn is_sighted(&self) -> bool {
        matches!(self.seen, Sight::Present(_))
    }

    /// Tells whether an event of this resource version is older than what is known already.
    pub(crate) fn knows_better_than(&self, resource_version: ResourceVersion) -> bool {
        let applied = self.applied.as_ref().map(|applied| applied.resource_version);
        let seen = match &self.seen {
            Sight::Present(seen) => Some(seen.resource_version),
            _ => None,
        };
        applied.into_iter().chain(seen).any(|known| resource_version.is_older_than(known))
    }

    /// Returns the uid of the object, from the apply or from the watch.
    pub fn uid(&self) -> Option<&Arc<str>> {
        match (&self.applied, &self.seen) {
            (Some(applied), _) => Some(&applied.uid),
            (None, Sight::Present(seen)) => Some(&seen.uid),
            (None, _) => None,
        }
    }
}

/// Tells an owner that something happened to an object of its inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wake {
    /// Who has something to do.
    pub owner: Owner,
    /// Which object it is about.
    pub id: ObjectId,
    /// What happened.
    pub why: WakeReason,
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WakeReason {
    /// Somebody contradicted our last apply; a dry-run tells whether it matters.
    Drift,
    /// The object is gone, or no longer carries the owner's label.
    Gone,
    /// The health of an object that the owner waits for is another than before.
    Health,
    /// An object that the owner waits for changed, and its health has to be read.
    Changed,
    /// The watches have said for the first time what they see of the owner's objects; this is one of them.
    Sight,
}
