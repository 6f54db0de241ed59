//! Brings an object into the form that server-side apply merges well: what the API server would fill in or turn
//! around on its own is written out, what belongs to the cluster is left out (reference 04.4, "Normalise").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::{RenderError, describe};

/// With the value `Disabled`, a Secret is applied as it is, encrypted or not.
const DECRYPT_ANNOTATION: &str = "kustomize.toolkit.fluxcd.io/decrypt";

/// Normalizes one object in place.
///
/// # Errors
/// Refuses an object that is still encrypted, and a Secret whose `stringData` does not hold strings.
pub(super) fn normalize(object: &mut Value) -> Result<(), RenderError> {
    refuse_encrypted(object)?;
    drop_cluster_fields(object);
    match (text(object, "apiVersion"), text(object, "kind")) {
        ("v1", "Secret") => settle_secret(object)?,
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

/// SOPS leaves its own block at the top of a Secret, or its marker in the values.
///
/// Other kinds may carry such a block by right: there are operators that decrypt in the cluster.
fn refuse_encrypted(object: &Value) -> Result<(), RenderError> {
    if text(object, "kind") != "Secret" || text(object, "apiVersion") != "v1" || stays_encrypted(object) {
        return Ok(());
    }
    let marked = |field: &str| {
        object[field]
            .as_object()
            .is_some_and(|data| data.values().filter_map(Value::as_str).any(is_sops_value))
    };
    if object.get("sops").is_some() || marked("stringData") || marked("data") {
        return Err(RenderError::Encrypted(describe(object)));
    }
    Ok(())
}

fn stays_encrypted(object: &Value) -> bool {
    let annotations = object.pointer("/metadata/annotations");
    let decrypt = annotations.and_then(|annotations| annotations[DECRYPT_ANNOTATION].as_str());
    decrypt.is_some_and(|value| value.eq_ignore_ascii_case("disabled"))
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
fn settle_secret(object: &mut Value) -> Result<(), RenderError> {
    let Some(fields) = object.as_object_mut() else { return Ok(()) };
    // No field of a Secret: the API server would refuse it.
    fields.remove("sops");
    let Some(strings) = fields.remove("stringData") else { return Ok(()) };
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
