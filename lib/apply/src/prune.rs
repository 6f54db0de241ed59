//! Pruning: deleting what an owner no longer wants, and only that.
//! Whatever is not known for certain stays in the inventory: a failed discovery, a refusal, a timeout drop nothing.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use futures::{StreamExt, stream};

use crate::{
    apply::{Context, Deletion, delete, names},
    cluster::{ApiKind, Call, Failure, METADATA},
    conventions::Owner,
    error::{ApplyError, Cause},
    inventory::Inventory,
    metadata::{Metadata, Partial},
    object::ObjectId,
    order,
    plan::deletion_order,
    policy::Policy,
};

/// How often a deletion is tried against others who write at the same time.
const ATTEMPTS: u32 = 3;

/// What became of the objects to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The objects with their versions and fates, in the order of deletion.
    pub fates: Vec<(ObjectId, String, Fate)>,
}

/// What became of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was deleted and is gone.
    Deleted,
    /// It did not exist any more.
    Absent,
    /// It is being deleted; its end wakes the owner.
    Terminating {
        /// The finalizers that hold it.
        finalizers: Vec<String>,
        /// Whether it was sent for deletion now, and not before.
        now: bool,
    },
    /// Its labels name another owner, or none, or it is wanted under another name; it is dropped, not deleted.
    HandedOver(Option<Owner>),
    /// Its annotations say to keep it; it is dropped, not deleted.
    Kept,
    /// Another owner is to take it over, or may be; until then it stays in the inventory.
    Spared,
    /// It could not be deleted, or it is not known whether it exists; it stays in the inventory.
    Failed(ApplyError),
}

impl Pruned {
    /// Returns the objects that stay in the inventory.
    pub fn survivors(&self) -> Inventory {
        let stays = |fate: &Fate| matches!(fate, Fate::Terminating { .. } | Fate::Spared | Fate::Failed(_));
        let fates = self.fates.iter().filter(|(_, _, fate)| stays(fate));
        fates.map(|(id, version, _)| (id.clone(), version.clone())).collect()
    }

    /// Walks over the failures.
    pub fn errors(&self) -> impl Iterator<Item = &ApplyError> {
        self.fates.iter().filter_map(|(_, _, fate)| match fate {
            Fate::Failed(error) => Some(error),
            _ => None,
        })
    }

    /// Walks over the objects that are being deleted, with the finalizers that hold them.
    pub fn terminating(&self) -> impl Iterator<Item = (&ObjectId, &[String])> {
        self.fates.iter().filter_map(|(id, _, fate)| match fate {
            Fate::Terminating { finalizers, .. } => Some((id, finalizers.as_slice())),
            _ => None,
        })
    }

    /// Walks over the objects that were left because another owner may take them over.
    pub fn spared(&self) -> impl Iterator<Item = &ObjectId> {
        self.fates.iter().filter(|(_, _, fate)| *fate == Fate::Spared).map(|(id, ..)| id)
    }

    /// Walks over the objects that were sent for deletion in this pass.
    pub fn deleted(&self) -> impl Iterator<Item = &ObjectId> {
        let sent = |fate: &Fate| matches!(fate, Fate::Deleted | Fate::Terminating { now: true, .. });
        self.fates.iter().filter(move |(_, _, fate)| sent(fate)).map(|(id, ..)| id)
    }
}

/// Deletes objects in this order; those of equal rank several at a time. Of spared ones it is only found out whether
/// they have changed hands.
pub async fn prune(
    context: &Context<'_>,
    owner: &Owner,
    objects: &[(ObjectId, String)],
    spared: &BTreeSet<ObjectId>,
) -> Pruned {
    let doomed: Inventory = objects.iter().cloned().collect();
    let wanted = context.ledger.book().uids(owner, &doomed);
    let run = Run { context, owner, wanted: &wanted, spared };
    let mut pruned = Pruned::default();
    for group in objects.chunk_by(|a, b| order::rank(&a.0) == order::rank(&b.0)) {
        let deletions: Vec<_> = group
            .iter()
            .map(|(id, version)| async {
                let fate = run.prune_one(id, version).await;
                (id.clone(), version.clone(), fate)
            })
            .collect();
        let fates: Vec<_> = stream::iter(deletions).buffered(context.concurrency.max(1)).collect().await;
        pruned.fates.extend(fates);
    }
    pruned
}

/// Deletes a whole inventory, but for spared objects.
pub async fn delete_all(
    context: &Context<'_>,
    owner: &Owner,
    inventory: &Inventory,
    spared: &BTreeSet<ObjectId>,
) -> Pruned {
    prune(context, owner, &deletion_order(inventory), spared).await
}

#[derive(Clone, Copy)]
struct Run<'a> {
    context: &'a Context<'a>,
    owner: &'a Owner,
    /// The uids of objects that the owner applied under other names; the same object may have two groups.
    wanted: &'a HashSet<Arc<str>>,
    spared: &'a BTreeSet<ObjectId>,
}

impl Run<'_> {
    async fn prune_one(self, id: &ObjectId, version: &str) -> Fate {
        let fail = |cause| Fate::Failed(ApplyError { id: id.clone(), source: None, cause });
        let kind = match self.context.cluster.locate(id, version).await {
            Ok(Some(kind)) => kind,
            Ok(None) => return self.absent(id),
            Err(error) => return fail(Cause::from(error)),
        };
        for attempt in 1.. {
            let metadata = match self.look(&kind, id).await {
                Ok(Some(metadata)) => metadata,
                Ok(None) => return self.absent(id),
                Err(Failure::Refused(status)) if status.code == 404 => {
                    return self.unserved(id, version).await.unwrap_or_else(fail);
                }
                Err(failure) => return fail(Cause::of(failure, id)),
            };
            if let Some(fate) = self.spare(&metadata) {
                return fate;
            }
            if self.spared.contains(id) {
                return Fate::Spared;
            }
            match self.delete(&kind, id, &metadata).await {
                Ok(fate) => return fate,
                Err(Failure::Refused(status)) if status.code == 409 && attempt < ATTEMPTS => {}
                Err(failure) => return fail(Cause::of(failure, id)),
            }
        }
        fail(Cause::Conflict("the object changed again and again".to_owned()))
    }

    /// Reads the metadata of an object; nothing only when the server says that this very object is not there.
    async fn look(self, kind: &ApiKind, id: &ObjectId) -> Result<Option<Metadata>, Failure> {
        let call = Call::get(kind.path(id), METADATA);
        match self.context.cluster.call(&call, self.context.deadline).await {
            Ok(answer) => {
                let partial: Result<Partial, _> = serde_json::from_slice(&answer.body);
                let unreadable = |_| Failure::NoAnswer("the answer holds no readable metadata".to_owned());
                partial.map(|partial| Some(partial.metadata)).map_err(unreadable)
            }
            Err(Failure::Refused(status)) if status.code == 404 && names(&status, id) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The path of an object is not served: only a new discovery can tell whether its kind is gone, and it with it.
    async fn unserved(self, id: &ObjectId, version: &str) -> Result<Fate, Cause> {
        match self.context.cluster.mapper().asked_anew(&id.group_kind(), version).await? {
            None => Ok(self.absent(id)),
            Some(_) => {
                let message = "its kind is not served at the moment".to_owned();
                Err(Cause::Refused { code: 404, message })
            }
        }
    }

    /// Says why a live object is not to be deleted; nothing when it is.
    fn spare(self, metadata: &Metadata) -> Option<Fate> {
        let conventions = self.context.conventions;
        let policy = Policy::of_metadata(metadata, &conventions.prefix);
        let owner = conventions.owner_of(&metadata.labels);
        let foreign = owner.as_ref() != Some(self.owner);
        if foreign || self.wanted.contains(metadata.uid.as_str()) {
            Some(Fate::HandedOver(owner))
        } else if policy.keep || policy.disabled {
            Some(Fate::Kept)
        } else if metadata.deletion_timestamp.is_some() {
            Some(Fate::Terminating { finalizers: metadata.finalizers.clone(), now: false })
        } else {
            None
        }
    }

    async fn delete(self, kind: &ApiKind, id: &ObjectId, metadata: &Metadata) -> Result<Fate, Failure> {
        let flight = self.context.ledger.begin(id);
        let deletion =
            delete(self.context, kind, id, &metadata.uid, Some(&metadata.resource_version)).await?;
        Ok(match deletion {
            Deletion::Gone => {
                flight.gone(self.owner);
                Fate::Deleted
            }
            Deletion::Terminating { finalizers } => {
                flight.deleting();
                Fate::Terminating { finalizers, now: true }
            }
        })
    }

    fn absent(self, id: &ObjectId) -> Fate {
        self.context.ledger.book().record_gone(self.owner, id);
        Fate::Absent
    }
}
