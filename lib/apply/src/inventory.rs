//! The set of objects an owner has in the cluster, and its form in `status.inventory.entries`.
//! Pure; never decides what may be deleted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::object::{Manifest, ObjectId, ParseIdError};

/// What a whole object may weigh: etcd and the API server refuse more than 1.5 MiB, and status is not all of it.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Object ids with the API version they were last applied in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory(BTreeMap<ObjectId, String>);

/// One entry of `status.inventory.entries`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The object id, `<namespace>_<name>_<group>_<kind>`.
    pub id: String,
    /// The API version without the group.
    pub v: String,
}

impl Inventory {
    /// Makes an empty inventory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads status entries; an entry that does not parse is an error, because dropping it would orphan its object.
    pub fn from_entries<'a>(
        entries: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ParseIdError> {
        entries.into_iter().map(|(id, v)| Ok((ObjectId::from_inventory(id)?, v.to_owned()))).collect()
    }

    /// Writes status entries, sorted by object id.
    pub fn to_entries(&self) -> Vec<Entry> {
        self.iter().map(|(id, v)| Entry { id: id.to_inventory(), v: v.to_owned() }).collect()
    }

    /// Adds an object or moves it to another version.
    pub fn insert(&mut self, id: ObjectId, version: String) {
        self.0.insert(id, version);
    }

    /// Takes an object out.
    pub fn remove(&mut self, id: &ObjectId) -> Option<String> {
        self.0.remove(id)
    }

    /// Returns the API version of an object.
    pub fn version(&self, id: &ObjectId) -> Option<&str> {
        self.0.get(id).map(String::as_str)
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
        self.0.iter().map(|(id, version)| (id, version.as_str()))
    }

    /// Returns all objects of both; where both have one, the version of `newer` counts.
    pub fn union(&self, newer: &Self) -> Self {
        let mut all = self.clone();
        all.0.extend(newer.0.iter().map(|(id, version)| (id.clone(), version.clone())));
        all
    }

    /// Returns the objects that `other` does not have in any version.
    pub fn difference(&self, other: &Self) -> Self {
        self.iter().filter(|(id, _)| !other.contains(id)).map(|(id, v)| (id.clone(), v.to_owned())).collect()
    }

    /// Estimates the bytes of the inventory in a status, from above.
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

    /// Tells whether the inventory is too big for a status; to be asked before the first write.
    pub fn is_too_big(&self) -> bool {
        self.estimated_bytes() > MAX_BYTES
    }
}

impl FromIterator<(ObjectId, String)> for Inventory {
    fn from_iter<T: IntoIterator<Item = (ObjectId, String)>>(objects: T) -> Self {
        Self(objects.into_iter().collect())
    }
}

impl<'a> FromIterator<&'a Manifest> for Inventory {
    fn from_iter<T: IntoIterator<Item = &'a Manifest>>(manifests: T) -> Self {
        manifests.into_iter().map(|manifest| (manifest.id.clone(), manifest.version.clone())).collect()
    }
}

#[cfg(test)]
mod tests;
