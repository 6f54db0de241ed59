//! Brings an object into the form that server-side apply merges well: what the API server would fill in or turn
//! around on its own is written out, what belongs to the cluster is left out (reference 04.4, "Normalise").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::{RenderError, describe};

/// Normalizes one object in place.
///
/// # Errors
/// Refuses an object that is still encrypted, and a Secret whose `stringData` does not hold strings.
pub(super) fn normalize(object: &mut Value) -> Result<(), RenderError> {
    refuse_encrypted(object)?;
    drop_cluster_fields(object);
    match (text(object, "apiVersion"), text(object, "kind")) {
        ("v1", "Secret") => merge_string_data(object)?,
        ("v1", "Service") => default_protocol(object.pointer_mut("/spec/ports")),
        ("v1", "Pod") => default_container_ports(object.pointer_mut("/spec")),
        ("apps/v1" | "batch/v1", "CronJob") => {
            default_container_ports(object.pointer_mut("/spec/jobTemplate/spec/template/spec"));
        }
        ("apps/v1" | "batch/v1", _) => default_container_ports(object.pointer_mut("/spec/template/spec")),
        _ => {}
    }
    Ok(())
}

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

/// SOPS leaves its own block at the top, or its marker in the values of a Secret.
fn refuse_encrypted(object: &Value) -> Result<(), RenderError> {
    let marked = |field: &str| {
        object[field]
            .as_object()
            .is_some_and(|data| data.values().filter_map(Value::as_str).any(is_sops_value))
    };
    let block = object.pointer("/sops/mac").is_some();
    if block || (text(object, "kind") == "Secret" && (marked("stringData") || marked("data"))) {
        return Err(RenderError::Encrypted(describe(object)));
    }
    Ok(())
}

fn is_sops_value(value: &str) -> bool {
    value.starts_with("ENC[AES256_GCM,")
}

fn drop_cluster_fields(object: &mut Value) {
    let is_definition = text(object, "kind") == "CustomResourceDefinition";
    let Some(fields) = object.as_object_mut() else { return };
    if !is_definition {
        fields.remove("status");
    }
    if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in
            ["creationTimestamp", "managedFields", "resourceVersion", "uid", "generation", "selfLink"]
        {
            metadata.remove(field);
        }
        metadata
            .retain(|field, value| !(value.is_null() && matches!(field.as_str(), "labels" | "annotations")));
    }
}

/// `stringData` is write-only: left in, server-side apply would own a field that never shows.
fn merge_string_data(object: &mut Value) -> Result<(), RenderError> {
    let Some(strings) = object.as_object_mut().and_then(|fields| fields.remove("stringData")) else {
        return Ok(());
    };
    let Value::Object(strings) = strings else { return Ok(()) };
    let mut encoded = Map::new();
    for (key, value) in strings {
        let Value::String(value) = value else {
            let message = format!("stringData.{key} must be a string");
            return Err(RenderError::Object { object: describe(object), message });
        };
        encoded.insert(key, STANDARD.encode(value).into());
    }
    match &mut object["data"] {
        Value::Object(data) => data.extend(encoded),
        other => *other = Value::Object(encoded),
    }
    Ok(())
}

fn default_container_ports(pod: Option<&mut Value>) {
    let Some(pod) = pod else { return };
    for field in ["containers", "initContainers"] {
        for container in pod.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
            default_protocol(container.get_mut("ports"));
        }
    }
}

/// Ports are merged by port and protocol; without the protocol the key is incomplete.
fn default_protocol(ports: Option<&mut Value>) {
    for port in ports.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(port) = port.as_object_mut() {
            port.entry("protocol").or_insert_with(|| "TCP".into());
        }
    }
}
