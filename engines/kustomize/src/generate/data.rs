//! The data of ConfigMaps and Secrets: filled from pairs, and merged.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sluice_yaml::{Mapping, Node};

use crate::resource::Resource;

/// Base64 is broken into lines of this length.
const LINE: usize = 70;

/// Texts go to `data`, all else as Base64 to `binaryData`.
pub(super) fn fill_config_map(node: &mut Node, pairs: &BTreeMap<String, Bytes>) {
    for (key, value) in pairs {
        match std::str::from_utf8(value) {
            Ok(text) => put(node, "data", key, text),
            Err(_) => put(node, "binaryData", key, &encoded(value)),
        }
    }
}

/// Everything goes to `data` as Base64.
pub(super) fn fill_secret(node: &mut Node, pairs: &BTreeMap<String, Bytes>) {
    if let Some(root) = node.as_mapping_mut() {
        root.set("data", Node::mapping());
    }
    for (key, value) in pairs {
        put(node, "data", key, &encoded(value));
    }
}

/// Lays the data of a resource over that of an old one.
pub(crate) fn merge(resource: &mut Resource, old: &Resource) {
    for field in ["data", "binaryData"] {
        let mut merged = texts(&old.node, field);
        merged.extend(texts(&resource.node, field));
        let Some(root) = resource.node.as_mapping_mut() else { return };
        root.remove(field);
        for (key, value) in &merged {
            put(&mut resource.node, field, key, value);
        }
    }
}

fn put(node: &mut Node, field: &str, key: &str, value: &str) {
    let Some(root) = node.as_mapping_mut() else { return };
    if let Some(data) = root.entry(field, Node::mapping).as_mapping_mut() {
        data.set(key, Node::string(value));
    }
}

fn texts(node: &Node, field: &str) -> BTreeMap<String, String> {
    let text = |node: &Node| node.text().unwrap_or_default().to_owned();
    let entries = node.get(field).and_then(Node::as_mapping).into_iter().flat_map(Mapping::iter);
    entries.map(|(key, value)| (text(key), text(value))).collect()
}

fn encoded(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    if text.len() < LINE {
        return text;
    }
    let lines = text.as_bytes().chunks(LINE).map(|line| String::from_utf8_lossy(line).into_owned() + "\n");
    lines.collect()
}
