//! Reading one object of a watch: as much as the ledger keeps, and nothing more.
//! An object that does not decode is skipped; the watch goes on.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    conventions::Conventions,
    entry,
    health::{self, Health, HealthStatus},
    ledger::{ResourceVersion, Seen},
    metadata::{Metadata, Partial},
    object::{GroupKind, ObjectId},
    policy::Policy,
};

/// How much of each object a watch carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Metadata.
    Metadata,
    /// Everything.
    Whole,
}

/// What one event tells of an object.
#[derive(Debug)]
pub(super) struct Sighting {
    pub(super) id: ObjectId,
    pub(super) seen: Seen,
    pub(super) health: Option<Health>,
}

/// Reads an object of this kind.
pub(super) fn read(
    text: &str,
    kind: &GroupKind,
    depth: Depth,
    conventions: &Conventions,
) -> Option<Sighting> {
    let (metadata, health) = match depth {
        Depth::Metadata => {
            let metadata = serde_json::from_str::<Partial>(text).ok()?.metadata;
            let health = health_of_metadata(&metadata, kind);
            (metadata, health)
        }
        Depth::Whole => {
            let object: Value = serde_json::from_str(text).ok()?;
            (Metadata::deserialize(object.get("metadata")?).ok()?, Some(health::of(&typed(object, kind))))
        }
    };
    if metadata.name.is_empty() {
        return None;
    }
    let seen = see(&metadata, conventions);
    let id = ObjectId {
        namespace: metadata.namespace,
        name: metadata.name,
        group: kind.group.clone(),
        kind: kind.kind.clone(),
    };
    Some(Sighting { id, seen, health })
}

fn see(metadata: &Metadata, conventions: &Conventions) -> Seen {
    Seen {
        resource_version: ResourceVersion::parse(&metadata.resource_version),
        uid: metadata.uid.as_str().into(),
        entry: entry::read(metadata, &conventions.field_manager, &conventions.take_over).hash,
        owner: conventions.owner_of(&metadata.labels),
        deleting: metadata.deletion_timestamp.is_some(),
        untouched: Policy::of_metadata(metadata, &conventions.prefix).is_untouched(),
    }
}

/// Metadata alone tells the health only where nothing else counts.
fn health_of_metadata(metadata: &Metadata, kind: &GroupKind) -> Option<Health> {
    if metadata.deletion_timestamp.is_some() {
        return Some(Health::new(HealthStatus::Terminating, "the object is being deleted"));
    }
    (!health::has_status(kind)).then(|| Health::current("the object exists"))
}

/// Items of a list do not name their kind.
fn typed(mut object: Value, kind: &GroupKind) -> Value {
    if object.get("kind").is_none() {
        object["kind"] = kind.kind.as_str().into();
        object["apiVersion"] = format!("{}/v1", kind.group).trim_start_matches('/').into();
    }
    object
}
