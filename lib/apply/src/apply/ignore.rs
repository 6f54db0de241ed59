//! Leaving fields to others: what is sent for an object whose manifest sets fields that are to be ignored.
//! Pure. A field that another manager applies is left out, so that it belongs to that manager alone; any other one is sent
//! with the value that it has, so that it stays. Objects that do not exist yet are made with all fields.

use serde_json::{Map, Value};

use crate::metadata::{FieldsEntry, Metadata};

/// Makes what is sent for a manifest, given the live object and the pointers (RFC 6901) of ignored fields.
pub(super) fn adapt(
    manifest: &Value,
    live: &Value,
    metadata: &Metadata,
    ours: &str,
    paths: &[String],
) -> Value {
    let mut adapted = manifest.clone();
    let others: Vec<&FieldsEntry> = metadata
        .managed_fields
        .iter()
        .filter(|entry| entry.operation == "Apply" && entry.manager != ours)
        .collect();
    for path in paths {
        let Some(segments) = segments(path) else { continue };
        let owners = others.iter().map(|entry| &entry.fields_v1).collect();
        let at = Place { live: Some(live), owners: Owners::Fields(owners) };
        leave(&mut adapted, &segments, &at);
    }
    adapted
}

/// Tells whether a dry-run changes anything of an object but what the server notes about it.
pub(super) fn is_same(live: &Value, dry_run: &Value) -> bool {
    let (Some(live), Some(dry_run)) = (live.as_object(), dry_run.as_object()) else { return live == dry_run };
    let besides = |key: &&String| !matches!(key.as_str(), "metadata" | "status");
    let keys = live.keys().chain(dry_run.keys()).filter(besides);
    let notes = |object: &Map<String, Value>, key: &str| {
        let found = object.get("metadata").and_then(|metadata| metadata.get(key)).cloned();
        found.unwrap_or_else(|| Value::Object(Map::new()))
    };
    keys.into_iter().all(|key| live.get(key) == dry_run.get(key))
        && ["labels", "annotations"].into_iter().all(|key| notes(live, key) == notes(dry_run, key))
}

/// One place of the manifest, with what stands there in the live object and who applies it.
struct Place<'a> {
    live: Option<&'a Value>,
    owners: Owners<'a>,
}

/// What the field sets of other appliers say about a place.
enum Owners<'a> {
    /// The sets below this place.
    Fields(Vec<&'a Value>),
    /// One of them has all that is here.
    All,
}

/// Reads a pointer; nothing when it is none, or points to the whole object or what identifies it.
fn segments(path: &str) -> Option<Vec<String>> {
    let rest = path.strip_prefix('/')?;
    let segments: Vec<String> =
        rest.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    let identity =
        matches!(names[..], ["apiVersion" | "kind" | "metadata"] | ["metadata", "name" | "namespace", ..]);
    (!identity).then_some(segments)
}

/// Goes to where a pointer points, and leaves what is there to others. Depth is bounded by the manifest's own.
fn leave(value: &mut Value, segments: &[String], at: &Place<'_>) {
    let [segment, rest @ ..] = segments else { return };
    match value {
        Value::Object(fields) => {
            let Some(inner) = fields.get_mut(segment) else { return };
            let below = at.field(segment);
            if !rest.is_empty() {
                leave(inner, rest, &below);
            } else if !keep(inner, &below) {
                fields.remove(segment);
            }
        }
        Value::Array(items) => {
            let Some(index) = segment.parse::<usize>().ok().filter(|index| *index < items.len()) else {
                return;
            };
            let below = at.item(index, &items[index]);
            if !rest.is_empty() {
                leave(&mut items[index], rest, &below);
            } else if !keep(&mut items[index], &below) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

/// Puts in the live value, or says that nothing of it is to be sent. Fields of a map are judged each by itself.
fn keep(value: &mut Value, at: &Place<'_>) -> bool {
    if let Value::Object(fields) = value
        && !fields.is_empty()
        && matches!((&at.owners, at.live), (Owners::Fields(_), Some(Value::Object(_))))
    {
        let names: Vec<String> = fields.keys().cloned().collect();
        for name in names {
            let below = at.field(&name);
            if fields.get_mut(&name).is_some_and(|inner| !keep(inner, &below)) {
                fields.remove(&name);
            }
        }
        return !fields.is_empty();
    }
    match at.live {
        Some(live) if !at.is_owned() => {
            *value = live.clone();
            true
        }
        _ => false,
    }
}

impl<'a> Place<'a> {
    fn field(&self, name: &str) -> Self {
        let live = self.live.and_then(|live| live.get(name));
        Self { live, owners: self.owners.below(|key| key.strip_prefix("f:") == Some(name)) }
    }

    /// Items of a list are found by what identifies them, or else by their place.
    fn item(&self, index: usize, item: &Value) -> Self {
        let items = self.live.and_then(Value::as_array);
        let name = item.get("name");
        let named =
            items.and_then(|items| items.iter().find(|live| name.is_some() && live.get("name") == name));
        let live = named.or_else(|| items?.get(index).filter(|_| name.is_none()));
        let is_it = |key: &str| match (key.strip_prefix("k:"), key.strip_prefix("v:"), key.strip_prefix("i:"))
        {
            (Some(keys), ..) => has_keys(keys, live.unwrap_or(item)),
            (_, Some(value), _) => serde_json::from_str::<Value>(value).is_ok_and(|value| value == *item),
            (.., Some(at)) => at.parse() == Ok(index),
            _ => false,
        };
        Self { live, owners: self.owners.below(is_it) }
    }

    fn is_owned(&self) -> bool {
        match &self.owners {
            Owners::All => true,
            Owners::Fields(sets) => !sets.is_empty(),
        }
    }
}

impl<'a> Owners<'a> {
    fn below(&self, is_it: impl Fn(&str) -> bool) -> Self {
        let Self::Fields(sets) = self else { return Self::All };
        let fields = sets.iter().filter_map(|set| set.as_object()).flatten();
        let found: Vec<&'a Value> = fields.filter(|(key, _)| is_it(key)).map(|(_, below)| below).collect();
        // What has nothing below it is owned as a whole.
        match found.iter().any(|below| below.as_object().is_none_or(Map::is_empty)) {
            true => Self::All,
            false => Self::Fields(found),
        }
    }
}

fn has_keys(keys: &str, item: &Value) -> bool {
    let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
    !keys.is_empty() && keys.iter().all(|(key, value)| item.get(key) == Some(value))
}

#[cfg(test)]
mod tests;
