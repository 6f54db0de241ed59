//! Writes the object's own fields into the kustomization file before it is built (reference 04.4, "Mutations").

use serde_json::{Map, Value, json};
use sluice_crds::kustomize::{Image, KustomizationSpec};

use super::{RenderError, amends};

/// Returns `content` with the fields of `spec` written in.
///
/// Namespace, prefix, suffix and build metadata replace what the file says; patches and components are appended;
/// images are merged by name. `exists` tells whether a component's folder is there.
///
/// # Errors
/// Refuses a file whose lists are not lists, and components that are not relative paths.
pub(super) fn amend(
    mut content: Value,
    spec: &KustomizationSpec,
    exists: impl Fn(&str) -> Result<bool, RenderError>,
) -> Result<Value, RenderError> {
    if !amends(spec) {
        return Ok(content);
    }
    for (field, value) in [
        ("namespace", &spec.target_namespace),
        ("namePrefix", &spec.name_prefix),
        ("nameSuffix", &spec.name_suffix),
    ] {
        if let Some(value) = value {
            content[field] = value.as_str().into();
        }
    }
    append(&mut content, "patches", patches(spec)?)?;
    append(&mut content, "components", components(spec, exists)?)?;
    merge_images(&mut content, &spec.images)?;
    if !spec.build_metadata.is_empty() {
        content["buildMetadata"] = to_value(&spec.build_metadata)?;
    }
    Ok(content)
}

/// Whether the file asks for nothing at all: the engine refuses to build such a file, Flux applies zero objects.
pub(super) fn is_empty(content: &Value) -> bool {
    let says_something = |(key, value): (&String, &Value)| {
        !matches!(
            key.as_str(),
            "apiVersion" | "kind" | "metadata" | "namespace" | "namePrefix" | "nameSuffix"
        ) && !is_blank(value)
    };
    !content.as_object().is_some_and(|fields| fields.iter().any(says_something))
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn patches(spec: &KustomizationSpec) -> Result<Vec<Value>, RenderError> {
    spec.patches.iter().map(to_value).collect()
}

fn components(
    spec: &KustomizationSpec,
    exists: impl Fn(&str) -> Result<bool, RenderError>,
) -> Result<Vec<Value>, RenderError> {
    let mut present = Vec::new();
    for component in &spec.components {
        if component.starts_with('/') || component.contains("://") {
            return Err(RenderError::Component(component.clone()));
        }
        if !spec.ignore_missing_components || exists(component)? {
            present.push(component.as_str().into());
        }
    }
    Ok(present)
}

fn to_value(value: &impl serde::Serialize) -> Result<Value, RenderError> {
    serde_json::to_value(value)
        .map_err(|error| RenderError::Object { object: "spec".to_owned(), message: error.to_string() })
}

fn append(content: &mut Value, field: &str, items: Vec<Value>) -> Result<(), RenderError> {
    if !items.is_empty() {
        list(content, field)?.extend(items);
    }
    Ok(())
}

fn list<'a>(content: &'a mut Value, field: &str) -> Result<&'a mut Vec<Value>, RenderError> {
    let entry = &mut content[field];
    if entry.is_null() {
        *entry = json!([]);
    }
    entry.as_array_mut().ok_or_else(|| RenderError::Object {
        object: "the kustomization file".to_owned(),
        message: format!("{field} must be a list"),
    })
}

/// Tag and digest are one choice and replaced together; the name is replaced on its own.
fn merge_images(content: &mut Value, images: &[Image]) -> Result<(), RenderError> {
    if images.is_empty() {
        return Ok(());
    }
    let present = list(content, "images")?;
    for image in images {
        let position = present.iter().position(|entry| entry["name"] == image.name.as_str());
        match position.and_then(|position| present[position].as_object_mut()) {
            Some(entry) => override_image(entry, image),
            None => present.push(to_value(image)?),
        }
    }
    Ok(())
}

fn override_image(entry: &mut Map<String, Value>, image: &Image) {
    if let Some(name) = &image.new_name {
        entry.insert("newName".to_owned(), name.as_str().into());
    }
    if image.new_tag.is_none() && image.digest.is_none() {
        return;
    }
    for (field, value) in [("newTag", &image.new_tag), ("digest", &image.digest)] {
        entry.remove(field);
        if let Some(value) = value {
            entry.insert(field.to_owned(), value.as_str().into());
        }
    }
}
