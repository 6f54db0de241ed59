//! The CustomResourceDefinitions, derived from the types and brought into the shape that Flux's tools write.
//!
//! Derivation marks optional fields as nullable, requires `spec`, and leaves out the parts of the root that every
//! object has. The API would be another one with these, so they are put right here for all kinds alike.

use std::collections::BTreeMap;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;

use crate::{helm, kustomize, notification, source};

/// Returns the definition of every kind, sorted by name.
pub fn all() -> Vec<CustomResourceDefinition> {
    let mut definitions = vec![
        of::<source::GitRepository>(),
        of::<source::OCIRepository>(),
        of::<source::HelmRepository>(),
        of::<source::HelmChart>(),
        of::<source::Bucket>(),
        of::<source::ExternalArtifact>(),
        of::<kustomize::Kustomization>(),
        of::<helm::HelmRelease>(),
        of::<notification::Provider>(),
        of::<notification::Alert>(),
        of::<notification::Receiver>(),
    ];
    definitions.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    definitions
}

/// Returns the definition of one kind.
pub fn of<K: CustomResourceExt>() -> CustomResourceDefinition {
    let mut definition = K::crd();
    let names = &mut definition.spec.names;
    names.list_kind = Some(format!("{}List", names.kind));
    let schemas = definition.spec.versions.iter_mut().filter_map(|version| version.schema.as_mut());
    for root in schemas.filter_map(|schema| schema.open_api_v3_schema.as_mut()) {
        tidy(root);
        finish_root(root);
    }
    definition
}

/// Removes, from a schema and all below it, what the derivation adds for optional fields.
fn tidy(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    schema.title = None;
    if let Some(words) = &mut schema.enum_ {
        words.retain(|word| !word.0.is_null());
    }
    children(schema).for_each(tidy);
}

fn children(schema: &mut JSONSchemaProps) -> impl Iterator<Item = &mut JSONSchemaProps> {
    let items = match &mut schema.items {
        Some(JSONSchemaPropsOrArray::Schema(items)) => Some(items.as_mut()),
        _ => None,
    };
    let values = match &mut schema.additional_properties {
        Some(JSONSchemaPropsOrBool::Schema(values)) => Some(values.as_mut()),
        _ => None,
    };
    let properties = schema.properties.iter_mut().flat_map(BTreeMap::values_mut);
    properties.chain(items).chain(values)
}

fn finish_root(root: &mut JSONSchemaProps) {
    root.required = None;
    let properties = root.properties.get_or_insert_default();
    properties.insert("apiVersion".into(), described("string", "Group and version of this object's schema."));
    properties.insert("kind".into(), described("string", "Kind of this object."));
    properties
        .insert("metadata".into(), JSONSchemaProps { type_: Some("object".into()), ..Default::default() });
    if let Some(status) = properties.get_mut("status") {
        finish_status(status);
    }
}

fn described(type_: &str, description: &str) -> JSONSchemaProps {
    JSONSchemaProps { type_: Some(type_.into()), description: Some(description.into()), ..Default::default() }
}

/// Makes a fresh object say that nobody has looked at it yet.
fn finish_status(status: &mut JSONSchemaProps) {
    if status.properties.as_ref().is_some_and(|properties| properties.contains_key("observedGeneration")) {
        status.default = Some(JSON(serde_json::json!({ "observedGeneration": -1 })));
    }
}
