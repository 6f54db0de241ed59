//! OpenAPI 2 documents: definitions, the kinds they stand for, and the merge keys of their lists.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json};
use sluice_yaml::parse_documents;

use super::{ClusterKinds, Schema, Shape};
use crate::error::Result;

const KIND: &str = "x-kubernetes-group-version-kind";
const STRATEGY: &str = "x-kubernetes-patch-strategy";
const KEY: &str = "x-kubernetes-patch-merge-key";
const KEYS: &str = "x-kubernetes-list-map-keys";

/// Deeper types are taken for plain values.
const MAX_DEPTH: usize = 64;

pub(super) fn read(bytes: &[u8]) -> Result<Schema> {
    let documents = parse_documents(bytes)?;
    let Some(document) = documents.first() else { return Ok(Schema::default()) };
    let json = document.to_json()?;
    let mut schema = Schema { cluster: cluster_kinds(&json), ..Schema::default() };
    let Some(definitions) = json.get("definitions") else { return Ok(schema) };
    for (name, definition) in definitions.as_object().into_iter().flatten() {
        let name = short_name(name);
        for (api_version, kind) in kinds(definition) {
            schema.kinds.insert((api_version, kind), name.clone());
        }
        schema.definitions.insert(name, shape(definition, 0));
    }
    Ok(schema)
}

/// Kinds that can be read, and never below a namespace.
fn cluster_kinds(json: &Json) -> Option<ClusterKinds> {
    let (mut inside, mut all) = (HashSet::new(), HashSet::new());
    for (path, item) in json.get("paths")?.as_object()? {
        let Some(entry) = item.get("get").and_then(|get| get.get(KIND)) else { continue };
        let kind = kind_of(entry);
        if path.contains("namespaces/{namespace}") {
            inside.insert(kind.clone());
        }
        all.insert(kind);
    }
    let cluster: HashSet<_> = all.difference(&inside).cloned().collect();
    (!cluster.is_empty()).then(|| Arc::new(cluster))
}

fn kind_of(entry: &Json) -> (String, String) {
    let text = |key: &str| entry.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let (group, version) = (text("group"), text("version"));
    let api_version = if group.is_empty() { version } else { format!("{group}/{version}") };
    (api_version, text("kind"))
}

/// Definitions of Kubernetes itself are named in the embedded table without what all their names begin with.
fn short_name(name: &str) -> String {
    let name = name.strip_prefix("io.k8s.").unwrap_or(name);
    name.strip_prefix("api.").unwrap_or(name).to_owned()
}

fn kinds(definition: &Json) -> Vec<(String, String)> {
    let entries = definition.get(KIND).and_then(Json::as_array);
    entries.into_iter().flatten().map(kind_of).collect()
}

fn shape(json: &Json, depth: usize) -> Shape {
    let Some(map) = json.as_object().filter(|_| depth < MAX_DEPTH) else { return Shape::default() };
    let below = |json: &Json| Box::new(shape(json, depth + 1));
    let reference = map.get("$ref").and_then(Json::as_str);
    let fields = map.get("properties").and_then(Json::as_object).into_iter().flatten();
    let is_array = map.get("type").and_then(Json::as_str) == Some("array");
    Shape {
        reference: reference.map(|path| short_name(path.trim_start_matches("#/definitions/"))),
        fields: fields.map(|(name, json)| (name.clone(), shape(json, depth + 1))).collect(),
        additional: map.get("additionalProperties").filter(|json| json.is_object()).map(below),
        elements: map.get("items").filter(|_| is_array).map(below),
        merge: merge(map),
    }
}

fn merge(map: &Map<String, Json>) -> Option<Vec<String>> {
    let strategy = map.get(STRATEGY).and_then(Json::as_str)?;
    if !strategy.split(',').any(|part| part == "merge") {
        return None;
    }
    if let Some(keys) = map.get(KEYS).and_then(Json::as_array) {
        return Some(keys.iter().filter_map(Json::as_str).map(str::to_owned).collect());
    }
    Some(map.get(KEY).and_then(Json::as_str).map(str::to_owned).into_iter().collect())
}
