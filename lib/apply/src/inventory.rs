//! The set of objects an owner has in the cluster, and its form in `status.inventory.entries`.
//! Pure; never decides what may be deleted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::object::{Manifest, ObjectId, ParseIdError};

mod memo;

pub use memo::Memo;

/// What a whole object may weigh: etcd and the API server refuse more than 1.5 MiB, and status is not all of it.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Object ids with the API version they were last applied in, and what else is remembered of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory(BTreeMap<ObjectId, Held>);

/// What the inventory holds of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    version: String,
    memo: Option<Memo>,
}

/// One entry of `status.inventory.entries`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The object id, `<namespace>_<name>_<group>_<kind>`.
    pub id: String,
    /// The API version without the group.
    pub v: String,
    /// The digest of the manifest that was applied last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The hash of our entry in `metadata.managedFields` after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<String>,
}

impl Inventory {
    /// Makes an empty inventory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads ids and versions; an id that does not parse is an error, because dropping it would orphan its object.
    pub fn from_entries<'a>(
        entries: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ParseIdError> {
        entries.into_iter().map(|(id, v)| Ok((ObjectId::from_inventory(id)?, v.to_owned()))).collect()
    }

    /// Reads status entries with what they remember; an id that does not parse is an error.
    pub fn read(entries: impl IntoIterator<Item = Entry>) -> Result<Self, ParseIdError> {
        let held = |entry: Entry| {
            let memo = Memo::read(entry.digest.as_deref(), entry.fields.as_deref());
            Ok((ObjectId::from_inventory(&entry.id)?, Held { version: entry.v, memo }))
        };
        entries.into_iter().map(held).collect::<Result<_, _>>().map(Self)
    }

    /// Writes status entries, sorted by object id; memos are left out where status could not hold them.
    pub fn to_entries(&self) -> Vec<Entry> {
        let remembers = self.estimated_bytes() + self.memo_bytes() <= MAX_BYTES;
        let entry = |(id, held): (&ObjectId, &Held)| {
            let memo = held.memo.filter(|_| remembers).map(|memo| memo.write()).unzip();
            Entry { id: id.to_inventory(), v: held.version.clone(), digest: memo.0, fields: memo.1 }
        };
        self.0.iter().map(entry).collect()
    }

    /// Adds an object or moves it to another version; what was remembered of it goes.
    pub fn insert(&mut self, id: ObjectId, version: String) {
        self.0.insert(id, Held { version, memo: None });
    }

    /// Takes an object out.
    pub fn remove(&mut self, id: &ObjectId) -> Option<String> {
        self.0.remove(id).map(|held| held.version)
    }

    /// Returns the API version of an object.
    pub fn version(&self, id: &ObjectId) -> Option<&str> {
        self.0.get(id).map(|held| held.version.as_str())
    }

    /// Returns what is remembered of an object.
    pub fn memo(&self, id: &ObjectId) -> Option<&Memo> {
        self.0.get(id)?.memo.as_ref()
    }

    /// Sets or clears what is remembered of an object that is in the inventory.
    pub fn remember(&mut self, id: &ObjectId, memo: Option<Memo>) {
        if let Some(held) = self.0.get_mut(id) {
            held.memo = memo;
        }
    }

    /// Tells whether the object is in the inventory.
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.0.contains_key(id)
    }

    /// Returns the number of objects.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there are no objects.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Walks over ids and versions in order.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectId, &str)> {
        self.0.iter().map(|(id, held)| (id, held.version.as_str()))
    }

    /// Returns all objects of both; where both have one, `newer` counts, and what it does not remember `self` does.
    pub fn union(&self, newer: &Self) -> Self {
        let mut all = self.clone();
        for (id, held) in &newer.0 {
            let memo = held.memo.or_else(|| all.memo(id).copied());
            all.0.insert(id.clone(), Held { version: held.version.clone(), memo });
        }
        all
    }

    /// Returns the objects that `other` does not have in any version.
    pub fn difference(&self, other: &Self) -> Self {
        let only_here = self.0.iter().filter(|(id, _)| !other.contains(id));
        Self(only_here.map(|(id, held)| (id.clone(), held.clone())).collect())
    }

    /// Returns the inventory with other ids.
    pub(crate) fn map_ids(&self, map: impl Fn(&ObjectId) -> ObjectId) -> Self {
        Self(self.0.iter().map(|(id, held)| (map(id), held.clone())).collect())
    }

    /// Estimates the bytes of ids and versions in a status, from above.
    pub fn estimated_bytes(&self) -> usize {
        // {"id":"___","v":""}, and each colon of a name is written as two characters
        let frame = 24;
        self.iter()
            .map(|(id, version)| {
                let colons = id.name.matches(':').count();
                let id = id.namespace.len() + id.name.len() + colons + id.group.len() + id.kind.len();
                frame + id + version.len()
            })
            .sum()
    }

    /// Estimates the bytes that memos add in a status.
    fn memo_bytes(&self) -> usize {
        // ,"digest":"","fields":""
        let frame = 24;
        self.0.values().filter(|held| held.memo.is_some()).count() * (frame + memo::CHARACTERS)
    }

    /// Tells whether the inventory is too big for a status, even without memos; to be asked before the first write.
    pub fn is_too_big(&self) -> bool {
        self.estimated_bytes() > MAX_BYTES
    }
}

impl FromIterator<(ObjectId, String)> for Inventory {
    fn from_iter<T: IntoIterator<Item = (ObjectId, String)>>(objects: T) -> Self {
        Self(objects.into_iter().map(|(id, version)| (id, Held { version, memo: None })).collect())
    }
}

impl<'a> FromIterator<&'a Manifest> for Inventory {
    fn from_iter<T: IntoIterator<Item = &'a Manifest>>(manifests: T) -> Self {
        manifests.into_iter().map(|manifest| (manifest.id.clone(), manifest.version.clone())).collect()
    }
}

#[cfg(test)]
mod tests;
