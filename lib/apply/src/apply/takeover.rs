//! Taking over fields: a patch of `metadata.managedFields` that makes other managers' entries part of ours.
//! Pure. Finalizers and status are never taken over: the next apply would remove them.

use serde_json::{Map, Value, json};

use crate::{
    conventions::Conventions,
    entry::{is_ours, is_taken_over},
    metadata::{FieldsEntry, Metadata},
};

/// Marks that tools before us left on objects, as section of the metadata and key; the prefix stands for our own.
const LEFT_OVER: [(&str, &str); 4] = [
    ("annotations", "kubectl.kubernetes.io/last-applied-configuration"),
    ("annotations", "<prefix>checksum"),
    ("annotations", "fluxcd.io/sync-checksum"),
    ("labels", "fluxcd.io/sync-gc-mark"),
];

/// Finds marks of tools before us that no apply of ours removes: nobody whose fields we take over owns them, nor do we.
pub(super) fn left_over(metadata: &Metadata, conventions: &Conventions) -> Vec<(&'static str, String)> {
    let known =
        |entry: &&FieldsEntry| is_ours(entry, &conventions.field_manager) || is_taken(entry, conventions);
    let owned = |section: &str, key: &str| {
        let field = |entry: &FieldsEntry| {
            let section = entry.fields_v1.get("f:metadata")?.get(format!("f:{section}"))?;
            section.get(format!("f:{key}")).map(drop)
        };
        metadata.managed_fields.iter().filter(known).any(|entry| field(entry).is_some())
    };
    let marks = LEFT_OVER.map(|(section, key)| (section, key.replace("<prefix>", &conventions.prefix)));
    let there = |(section, key): &(&str, String)| {
        let found = if *section == "labels" { &metadata.labels } else { &metadata.annotations };
        found.contains_key(key) && !owned(section, key)
    };
    marks.into_iter().filter(there).collect()
}

/// Makes the JSON patch for an object's metadata; nothing when there is nothing to take over.
pub(super) fn patch(metadata: &Metadata, conventions: &Conventions, api_version: &str) -> Option<Value> {
    let removals = left_over(metadata, conventions).into_iter().map(|(section, key)| {
        let key = key.replace('~', "~0").replace('/', "~1");
        json!({ "op": "remove", "path": format!("/metadata/{section}/{key}") })
    });
    let fields = fields(metadata, conventions, api_version);
    let replacement =
        fields.map(|fields| json!({ "op": "replace", "path": "/metadata/managedFields", "value": fields }));
    let changes: Vec<Value> = removals.chain(replacement).collect();
    let test =
        json!({ "op": "test", "path": "/metadata/resourceVersion", "value": metadata.resource_version });
    (!changes.is_empty()).then(|| std::iter::once(test).chain(changes).collect())
}

/// Makes the managed fields as they are once ours include those that are taken over; nothing when there are none.
fn fields(metadata: &Metadata, conventions: &Conventions, api_version: &str) -> Option<Vec<FieldsEntry>> {
    let (taken, mut kept): (Vec<_>, Vec<_>) =
        metadata.managed_fields.iter().cloned().partition(|entry| is_taken(entry, conventions));
    let first = taken.first()?;
    let ours = kept.iter_mut().find(|entry| is_ours(entry, &conventions.field_manager));
    match ours {
        Some(ours) => ours.absorb(&taken),
        None => {
            let mut ours = FieldsEntry {
                manager: conventions.field_manager.clone(),
                operation: "Apply".to_owned(),
                api_version: if first.api_version.is_empty() { api_version } else { &first.api_version }
                    .to_owned(),
                fields_type: "FieldsV1".to_owned(),
                fields_v1: Value::Object(Map::new()),
                time: first.time.clone(),
                subresource: String::new(),
            };
            ours.absorb(&taken);
            kept.push(ours);
        }
    }
    Some(kept)
}

fn is_taken(entry: &FieldsEntry, conventions: &Conventions) -> bool {
    !is_ours(entry, &conventions.field_manager) && is_taken_over(entry, &conventions.take_over)
}

impl FieldsEntry {
    fn absorb(&mut self, others: &[Self]) {
        for other in others {
            let mut fields = other.fields_v1.clone();
            if let Some(fields) = fields.as_object_mut() {
                fields.remove("f:status");
                if let Some(metadata) = fields.get_mut("f:metadata").and_then(Value::as_object_mut) {
                    metadata.remove("f:finalizers");
                }
            }
            merge(&mut self.fields_v1, fields);
        }
    }
}

/// Merges two sets of fields; the depth of both is bounded by the parser that read them.
fn merge(into: &mut Value, from: Value) {
    let (Value::Object(into), Value::Object(from)) = (into, from) else { return };
    for (key, value) in from {
        match into.get_mut(&key) {
            Some(known) => merge(known, value),
            None => drop(into.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests;
