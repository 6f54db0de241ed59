//! The records of all managed objects of a cluster and their transitions.
//! Pure: events and results go in, wakes come out; nothing here reads or writes the cluster.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use crate::{
    conventions::Owner,
    health::{Health, HealthStatus},
    inventory::{Inventory, Memo},
    ledger::record::{Applied, Left, Record, ResourceVersion, Seen, Sight, Standing, Wake, WakeReason},
    object::{GroupKind, ObjectId},
};

/// All records, by object and by owner.
#[derive(Debug, Default)]
pub struct Book {
    records: HashMap<Arc<ObjectId>, Record>,
    inventories: HashMap<Owner, BTreeSet<Arc<ObjectId>>>,
    unwatchable: HashSet<GroupKind>,
    /// Kinds whose watch has said for the first time what it sees, or that it cannot see anything.
    answered: HashSet<GroupKind>,
    /// Owners that are to be woken when the watches of all their kinds have answered.
    expectant: HashSet<Owner>,
    /// What watches told of objects that nobody has named yet; they will not tell it again.
    unclaimed: HashMap<ObjectId, (Seen, Option<Health>)>,
    /// Single objects outside the inventories, each watched for one owner.
    guests: HashMap<Owner, BTreeMap<ObjectId, Option<Health>>>,
}

/// What a watch reports of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The object is there; the health is told by watches that see whole objects.
    Present(Seen, Option<Health>),
    /// The object was deleted, or no longer matches the watch.
    Deleted {
        /// The resource version of the event.
        resource_version: ResourceVersion,
        /// The uid of the object that left.
        uid: Arc<str>,
    },
    /// A list taken at this resource version does not hold the object.
    NotListed {
        /// The resource version of the list.
        resource_version: ResourceVersion,
    },
}

/// What an owner's objects look like at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The records of the objects; those that another owner applied last are there as foreign.
    pub records: BTreeMap<ObjectId, Record>,
    /// Kinds whose objects cannot be watched, so that silence proves nothing.
    pub unwatchable: HashSet<GroupKind>,
}

impl Book {
    /// Makes an owner's inventory known; records of objects that nobody names any more go.
    pub fn register(&mut self, owner: &Owner, ids: impl IntoIterator<Item = ObjectId>) {
        let mut inventory = BTreeSet::new();
        for id in ids {
            let id = match self.records.get_key_value(&id) {
                Some((known, _)) => Arc::clone(known),
                None => Arc::new(id),
            };
            if !self.records.contains_key(&id) {
                let record = Record::new(owner.clone(), self.unclaimed.remove(&*id));
                self.records.insert(Arc::clone(&id), record);
            }
            inventory.insert(id);
        }
        let before = self.inventories.insert(owner.clone(), inventory).unwrap_or_default();
        self.release(owner, before);
    }

    /// Forgets an owner and the records that nobody else names.
    pub fn forget(&mut self, owner: &Owner) {
        let before = self.inventories.remove(owner).unwrap_or_default();
        self.release(owner, before);
        self.guests.remove(owner);
        self.expectant.remove(owner);
    }

    /// Says which objects an owner waits for; all others of its inventory are not waited for.
    ///
    /// Wakes at once for those whose health got a verdict while the owner was making up its mind.
    pub fn wait_for(&mut self, owner: &Owner, ids: &BTreeSet<ObjectId>) -> Vec<Wake> {
        let mut wakes = Vec::new();
        for id in self.inventories.get(owner).into_iter().flatten() {
            let Some(record) = self.records.get_mut(id).filter(|record| record.owner == *owner) else {
                continue;
            };
            let waited = std::mem::replace(&mut record.waited, ids.contains(&**id));
            if !waited && record.waited && record.has_verdict() {
                wakes.push(record.wake(id, WakeReason::Health));
            }
        }
        wakes
    }

    /// Notes that a write of ours is about to start.
    pub fn begin(&mut self, id: &ObjectId) {
        if let Some(record) = self.records.get_mut(id) {
            record.in_flight = true;
            record.missed = match record.seen {
                Sight::Missing(when) => Some(when),
                _ => None,
            };
        }
    }

    /// Notes that a write of ours ended without telling what it left; the next pass has to look.
    pub fn abandon(&mut self, id: &ObjectId) {
        if let Some(record) = self.records.get_mut(id) {
            record.in_flight = false;
            record.applied = None;
            record.doubted = true;
        }
    }

    /// Notes that a write of ours ended without any effect.
    ///
    /// Wakes nobody: the owner learns of the failure and tries again by its own clock, or it would never rest.
    pub fn rejected(&mut self, id: &ObjectId) {
        if let Some(record) = self.records.get_mut(id) {
            record.in_flight = false;
        }
    }

    /// Notes what an apply left; wakes when the watch has already seen it contradicted.
    pub fn record_applied(
        &mut self,
        owner: &Owner,
        id: &ObjectId,
        applied: Applied,
        health: Option<Health>,
    ) -> Option<Wake> {
        let known = self.unclaimed.remove(id);
        let new = || Record::new(owner.clone(), known);
        let record = self.records.entry(Arc::new(id.clone())).or_insert_with(new);
        if record.owner != *owner {
            record.owner = owner.clone();
            record.waited = false;
        }
        let newer_seen = matches!(&record.seen, Sight::Present(seen)
            if applied.resource_version.is_older_than(seen.resource_version));
        if health.is_some() && !newer_seen {
            record.health = health;
            record.health_of = applied.resource_version;
        }
        if let Sight::Missing(when) = record.seen
            && (when.is_older_than(applied.resource_version) || record.missed.take() == Some(when))
        {
            record.seen = Sight::Unseen;
        }
        record.in_flight = false;
        record.left = None;
        record.doubted = false;
        record.applied = Some(applied);
        record.standing().is_drift().then(|| record.wake(id, WakeReason::Drift))
    }

    /// Notes that an object was sent for deletion; its end wakes the owner, also when it came before the answer.
    pub fn record_deleting(&mut self, id: &ObjectId) -> Option<Wake> {
        let record = self.records.get_mut(id)?;
        record.applied = None;
        record.in_flight = false;
        match &mut record.seen {
            Sight::Present(seen) => {
                seen.deleting = true;
                None
            }
            Sight::Missing(when) if record.missed != Some(*when) => Some(record.wake(id, WakeReason::Gone)),
            _ => None,
        }
    }

    /// Notes that an object is gone for good, so that the event of its end wakes nobody.
    pub fn record_gone(&mut self, owner: &Owner, id: &ObjectId) {
        if self.records.get(id).is_some_and(|record| record.owner == *owner) {
            self.records.remove(id);
        }
        if let Some(inventory) = self.inventories.get_mut(owner) {
            inventory.remove(id);
        }
    }

    /// Takes in what a watch reports.
    pub fn observe(&mut self, id: &ObjectId, observation: Observation) -> Option<Wake> {
        let Some(record) = self.records.get_mut(id) else {
            self.observe_unclaimed(id, observation);
            return None;
        };
        let why = match observation {
            Observation::Present(seen, health) => record.see(seen, health),
            Observation::Deleted { resource_version, uid } => record.see_deleted(resource_version, &uid),
            Observation::NotListed { resource_version } => record.see_missing(resource_version),
        }?;
        Some(record.wake(id, why))
    }

    /// Takes in what a complete list taken at a resource version does not hold.
    pub fn observe_list(
        &mut self,
        kind: &GroupKind,
        resource_version: ResourceVersion,
        listed: &HashSet<ObjectId>,
    ) -> Vec<Wake> {
        let absent = |id: &ObjectId| id.is(&kind.group, &kind.kind) && !listed.contains(id);
        self.unclaimed.retain(|id, _| !absent(id));
        let records = self.records.iter_mut().filter(|(id, _)| absent(id));
        records
            .filter_map(|(id, record)| {
                let why = record.see_missing(resource_version)?;
                Some(record.wake(id, why))
            })
            .collect()
    }

    /// Notes whether objects of a kind can be watched; what was seen before a gap is no longer sure to hold.
    pub fn set_watchable(&mut self, kind: &GroupKind, watchable: bool) {
        if watchable {
            self.unwatchable.remove(kind);
        } else {
            self.unwatchable.insert(kind.clone());
        }
    }

    /// Notes that the watch of a kind has said what it sees, or that it sees nothing; wakes those who wait for that.
    pub fn answer(&mut self, kind: &GroupKind) -> Vec<Wake> {
        if !self.answered.insert(kind.clone()) {
            return Vec::new();
        }
        let mut expectant = std::mem::take(&mut self.expectant);
        let satisfied = expectant.extract_if(|owner| self.unanswered(owner).is_none());
        let wakes = satisfied.filter_map(|owner| {
            let id = self.inventories.get(&owner)?.first()?;
            Some(Wake { id: (**id).clone(), why: WakeReason::Sight, owner })
        });
        let wakes = wakes.collect();
        self.expectant = expectant;
        wakes
    }

    /// Notes that the watch of a kind begins anew and will answer again.
    pub fn question(&mut self, kind: &GroupKind) {
        self.answered.remove(kind);
    }

    /// Tells whether an inventory of the owner is known.
    pub fn knows(&self, owner: &Owner) -> bool {
        self.inventories.contains_key(owner)
    }

    /// Tells whether watches have yet to answer what they see of objects that nobody here remembers to have applied.
    pub fn awaits_sight(&mut self, owner: &Owner) -> bool {
        let awaits = self.unanswered(owner).is_some();
        if awaits {
            self.expectant.insert(owner.clone());
        }
        awaits
    }

    /// Finds an object of an owner whose last apply is not known and whose kind's watch has not answered.
    fn unanswered(&self, owner: &Owner) -> Option<&Arc<ObjectId>> {
        let unknown = |id: &ObjectId| {
            let record = self.records.get(id);
            record.is_none_or(|record| record.owner != *owner || record.applied.is_none())
        };
        let mut ids = self.inventories.get(owner).into_iter().flatten();
        ids.find(|id| !self.answered.contains(&id.group_kind()) && unknown(id))
    }

    /// Believes memos of objects that a watch sees exactly as they say, and whose labels name the owner.
    pub fn recall(&mut self, owner: &Owner, inventory: &Inventory, account: &str) {
        for (id, version) in inventory.iter() {
            let Some(memo) = inventory.memo(id) else { continue };
            let Some(record) = self.records.get_mut(id) else { continue };
            record.recall(owner, version, memo, account);
        }
    }

    /// Puts memos of what was applied and not contradicted into an inventory, and takes all others out.
    pub fn memorize(&self, owner: &Owner, inventory: &mut Inventory, account: &str) {
        let ids: Vec<ObjectId> = inventory.iter().map(|(id, _)| id.clone()).collect();
        for id in ids {
            let record = self.records.get(&id).filter(|record| record.owner == *owner);
            inventory.remember(&id, record.and_then(|record| record.memo(account)));
        }
    }

    /// Notes that policy says not to touch an object.
    pub fn leave(&mut self, owner: &Owner, id: &ObjectId, left: Left) {
        if let Some(record) = self.records.get_mut(id).filter(|record| record.owner == *owner) {
            record.left = Some(left);
            record.applied = None;
        }
    }

    /// Notes that a kind is not watched any more: what its watch told holds no longer.
    pub fn unwatch(&mut self, kind: &GroupKind) {
        self.answered.remove(kind);
        self.unwatchable.remove(kind);
        self.unclaimed.retain(|id, _| !id.is(&kind.group, &kind.kind));
    }

    /// Says which single objects outside its inventory an owner looks at.
    pub fn set_guests<'a>(&mut self, owner: &Owner, ids: impl Iterator<Item = &'a ObjectId>) {
        let mut before = self.guests.remove(owner).unwrap_or_default();
        let now: BTreeMap<_, _> = ids.map(|id| (id.clone(), before.remove(id).flatten())).collect();
        if !now.is_empty() {
            self.guests.insert(owner.clone(), now);
        }
    }

    /// Takes in the health of a single object outside an owner's inventory.
    pub fn observe_guest(&mut self, owner: &Owner, id: &ObjectId, health: Health) -> Option<Wake> {
        let known = self.guests.get_mut(owner)?.get_mut(id)?;
        let news = health.is_news_after(known.as_ref());
        *known = Some(health);
        news.then(|| Wake { owner: owner.clone(), id: id.clone(), why: WakeReason::Health })
    }

    /// Returns the health of an object of an owner's inventory, or of one that is watched for the owner alone.
    pub fn health_for(&self, owner: &Owner, id: &ObjectId) -> Option<Health> {
        if self.inventories.get(owner).is_some_and(|ids| ids.contains(id)) {
            return self.records.get(id)?.health.clone();
        }
        self.guests.get(owner)?.get(id)?.clone()
    }

    /// Takes in health that was read outside of watches, with the resource version of the object that was read.
    pub fn record_health(&mut self, id: &ObjectId, resource_version: ResourceVersion, health: Health) {
        let record = self.records.get_mut(id);
        if let Some(record) = record.filter(|record| !record.knows_better_than(resource_version)) {
            record.health = Some(health);
            record.health_of = resource_version;
        }
    }

    /// Returns what is known of an owner's objects.
    pub fn snapshot(&self, owner: &Owner) -> Snapshot {
        let ids = self.inventories.get(owner).into_iter().flatten();
        let records =
            ids.filter_map(|id| Some(((**id).clone(), self.records.get(id)?.as_seen_by(owner)))).collect();
        Snapshot { records, unwatchable: self.unwatchable.clone() }
    }

    /// Returns the record of an object.
    pub fn record(&self, id: &ObjectId) -> Option<&Record> {
        self.records.get(id)
    }

    /// Returns the uids of an owner's applied objects except those given.
    pub(crate) fn uids(&self, owner: &Owner, except: &Inventory) -> HashSet<Arc<str>> {
        let ids = self.inventories.get(owner).into_iter().flatten().filter(|id| !except.contains(id));
        ids.filter_map(|id| self.records.get(id)?.applied.as_ref())
            .map(|applied| applied.uid.clone())
            .collect()
    }

    /// Counts the objects of all owners.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Tells whether no object is known.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    fn observe_unclaimed(&mut self, id: &ObjectId, observation: Observation) {
        match observation {
            Observation::Present(seen, health) => drop(self.unclaimed.insert(id.clone(), (seen, health))),
            _ => drop(self.unclaimed.remove(id)),
        }
    }

    /// Drops records that an owner named before and nobody names now; others pass to whoever still names them.
    fn release(&mut self, owner: &Owner, before: BTreeSet<Arc<ObjectId>>) {
        for id in before {
            if self.inventories.get(owner).is_some_and(|now| now.contains(&id)) {
                continue;
            }
            let Some(record) = self.records.get_mut(&id).filter(|record| record.owner == *owner) else {
                continue;
            };
            match self.inventories.iter().find(|(_, ids)| ids.contains(&id)) {
                Some((heir, _)) => record.pass_to(heir),
                None => {
                    if let Some(Record { seen: Sight::Present(seen), health, .. }) = self.records.remove(&id)
                    {
                        self.unclaimed.insert((*id).clone(), (seen, health));
                    }
                }
            }
        }
    }
}

// === transitions of one record ===

impl Record {
    fn see(&mut self, seen: Seen, health: Option<Health>) -> Option<WakeReason> {
        if self.knows_better_than(seen.resource_version) {
            return None;
        }
        let moved = match &self.seen {
            Sight::Present(before) => before.resource_version != seen.resource_version,
            _ => true,
        };
        let before = (self.standing(), self.seen_entry());
        let other_health = health.as_ref().is_some_and(|health| health.is_news_after(self.health.as_ref()));
        let read_needed = health.is_none() && moved && self.waited;
        // What metadata cannot tell is unknown as soon as the object is another than the one whose health is known.
        if health.is_some() || self.health_of.is_older_than(seen.resource_version) {
            self.health = health;
            self.health_of = seen.resource_version;
        }
        self.seen = Sight::Present(seen);
        if self.in_flight {
            return None;
        }
        let after = (self.standing(), self.seen_entry());
        let drifted = after.0.is_drift() && before != after && !self.is_untouched();
        if drifted {
            Some(WakeReason::Drift)
        } else if self.waited && other_health {
            Some(WakeReason::Health)
        } else {
            read_needed.then_some(WakeReason::Changed)
        }
    }

    fn see_deleted(&mut self, resource_version: ResourceVersion, uid: &str) -> Option<WakeReason> {
        let other = self.applied.as_ref().is_some_and(|applied| *applied.uid != *uid);
        let told = matches!(self.seen, Sight::Missing(when) if !when.is_older_than(resource_version));
        if other || told || self.knows_better_than(resource_version) {
            return None;
        }
        self.lose(resource_version)
    }

    fn see_missing(&mut self, resource_version: ResourceVersion) -> Option<WakeReason> {
        if self.knows_better_than(resource_version) || matches!(self.seen, Sight::Missing(_)) {
            return None;
        }
        // Objects that never carried the label (not ours, or not applied yet) are in no list of the watch.
        if self.applied.is_none() && self.seen == Sight::Unseen {
            self.seen = Sight::Missing(resource_version);
            return None;
        }
        self.lose(resource_version)
    }

    fn lose(&mut self, when: ResourceVersion) -> Option<WakeReason> {
        self.seen = Sight::Missing(when);
        self.health = Some(Health::not_found());
        (!self.in_flight).then_some(WakeReason::Gone)
    }

    fn recall(&mut self, owner: &Owner, version: &str, memo: &Memo, account: &str) {
        let Sight::Present(seen) = &self.seen else { return };
        let as_remembered =
            seen.entry == Some(memo.entry) && seen.owner.as_ref() == Some(owner) && !seen.deleting;
        if self.applied.is_some() || self.doubted || self.in_flight || !as_remembered {
            return;
        }
        self.owner = owner.clone();
        self.applied = Some(Applied {
            version: version.to_owned(),
            digest: memo.digest(account),
            entry: seen.entry,
            resource_version: seen.resource_version,
            uid: seen.uid.clone(),
        });
    }

    fn memo(&self, account: &str) -> Option<Memo> {
        let applied = self.applied.as_ref().filter(|_| self.standing() == Standing::Settled)?;
        Some(Memo::new(applied.digest, applied.entry?, account))
    }

    fn has_verdict(&self) -> bool {
        self.health.as_ref().is_some_and(|health| health.status != HealthStatus::InProgress)
    }

    fn seen_entry(&self) -> Option<crate::entry::EntryHash> {
        match &self.seen {
            Sight::Present(seen) => seen.entry,
            _ => None,
        }
    }

    fn is_untouched(&self) -> bool {
        matches!(&self.seen, Sight::Present(seen) if seen.untouched)
    }

    fn wake(&self, id: &ObjectId, why: WakeReason) -> Wake {
        Wake { owner: self.owner.clone(), id: id.clone(), why }
    }

    fn pass_to(&mut self, heir: &Owner) {
        self.owner = heir.clone();
        self.applied = None;
        self.left = None;
        self.waited = false;
    }

    fn as_seen_by(&self, owner: &Owner) -> Self {
        let mut record = self.clone();
        if record.owner != *owner {
            record.pass_to(owner);
        }
        record
    }
}
