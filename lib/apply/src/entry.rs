//! Our entry in `metadata.managedFields`, the signal that tells whether somebody touched a field of ours.
//! The API server takes a field out of it as soon as anyone else changes the value; its time moves when anyone applies
//! other values under our name. Entries whose fields we take over count as well, because they are to vanish.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::{
    metadata::{FieldsEntry, Metadata},
    object::digest_feed,
};

/// A hash over our entry (fields and time) and over the entries we would take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntryHash(pub [u8; 16]);

/// A manager whose fields we take over: all managers whose name begins with the prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeOver {
    /// How the manager's name begins.
    pub prefix: String,
    /// Whether entries of operation Apply are meant.
    pub apply: bool,
    /// Whether entries of operation Update are meant.
    pub update: bool,
}

/// What the managed fields of an object say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ownership {
    /// The hash; nothing when we have no entry.
    pub(crate) hash: Option<EntryHash>,
    /// When our entry changed last.
    pub(crate) time: Option<Timestamp>,
    /// Whether fields are there to be taken over.
    pub(crate) to_take_over: bool,
}

/// Tells whether an entry is ours.
pub(crate) fn is_ours(entry: &FieldsEntry, manager: &str) -> bool {
    entry.manager == manager && entry.operation == "Apply" && entry.subresource.is_empty()
}

/// Tells whether the fields of an entry are to be taken over.
pub(crate) fn is_taken_over(entry: &FieldsEntry, rules: &[TakeOver]) -> bool {
    let wanted = |rule: &TakeOver| match entry.operation.as_str() {
        "Apply" => rule.apply,
        "Update" => rule.update,
        _ => false,
    };
    entry.subresource.is_empty()
        && rules.iter().any(|rule| wanted(rule) && entry.manager.starts_with(&rule.prefix))
}

/// Reads the managed fields of an object.
pub(crate) fn read(metadata: &Metadata, manager: &str, rules: &[TakeOver]) -> Ownership {
    let mut hasher = Sha256::new();
    let mut found = Ownership::default();
    let mut ours = false;
    for entry in &metadata.managed_fields {
        if is_ours(entry, manager) {
            ours = true;
            found.time = entry.time.as_deref().and_then(|time| time.parse().ok());
        } else if is_taken_over(entry, rules) {
            found.to_take_over = true;
        } else {
            continue;
        }
        digest_feed(&mut hasher, &entry.fields_v1);
        hasher.update(entry.time.as_deref().unwrap_or_default().as_bytes());
    }
    let digest: [u8; 32] = hasher.finalize().into();
    found.hash = ours.then(|| EntryHash(std::array::from_fn(|at| digest[at])));
    found
}

#[cfg(test)]
mod tests;
