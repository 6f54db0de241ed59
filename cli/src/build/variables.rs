//! The variables of a Kustomization, with files standing for the ConfigMaps and Secrets of the cluster.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sluice_crds::kustomize::{Kustomization, SubstituteReference};
use sluice_render::substitution::Variables;

use super::object;
use crate::failure::Failure;

/// The variables of `object`; what it refers to is looked for in `files`.
///
/// # Errors
/// A reference that is not optional leads to nothing, or a name is not that of a variable.
pub fn read(object: &Kustomization, files: &[PathBuf], strict: bool) -> Result<Variables, Failure> {
    let Some(post_build) = &object.spec.post_build else { return Ok(Variables::default()) };
    let mut known = Vec::new();
    for file in files {
        known.extend(object::documents(file)?);
    }
    let namespace = object.metadata.namespace.as_deref().unwrap_or_default();
    let mut held = Vec::new();
    for reference in &post_build.substitute_from {
        match known.iter().rev().find(|candidate| is_named(candidate, reference, namespace)) {
            Some(found) => held.push(values(found)?),
            None if reference.optional => {}
            None => return Err(missing(reference)),
        }
    }
    Variables::compose(post_build, &held, strict)
        .map_err(|error| Failure::Argument(format!("spec.postBuild: {error}")))
}

fn missing(reference: &SubstituteReference) -> Failure {
    Failure::Argument(format!(
        "spec.postBuild.substituteFrom: {}/{} is in none of the files that --substitute-from names",
        reference.kind, reference.name
    ))
}

fn is_named(candidate: &Value, reference: &SubstituteReference, namespace: &str) -> bool {
    let metadata = &candidate["metadata"];
    candidate["apiVersion"] == "v1"
        && candidate["kind"] == reference.kind.to_string()
        && metadata["name"] == reference.name.as_str()
        && metadata["namespace"].as_str().is_none_or(|own| own == namespace)
}

/// What a ConfigMap or Secret holds; `stringData` wins, as in the API server.
fn values(object: &Value) -> Result<BTreeMap<String, String>, Failure> {
    let entries = |field: &str| {
        let entries = object[field].as_object().into_iter().flatten();
        entries
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect::<Vec<_>>()
    };
    let mut values = BTreeMap::new();
    for (name, value) in entries("data") {
        let value = if object["kind"] == "Secret" { decoded(&name, &value)? } else { value };
        values.insert(name, value);
    }
    values.extend(entries("stringData"));
    Ok(values)
}

fn decoded(name: &str, value: &str) -> Result<String, Failure> {
    let bytes = STANDARD
        .decode(value)
        .map_err(|_| Failure::Argument(format!("data.{name} of a Secret is not base64")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
