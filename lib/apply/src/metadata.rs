//! The part of an object's metadata that applying, pruning and watching look at.
//! Everything else of an object is skipped while it is parsed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An object of which only the metadata is kept.
#[derive(Debug, Deserialize)]
pub(crate) struct Partial {
    pub(crate) metadata: Metadata,
}

/// Metadata as the API server sends it; what is missing is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Metadata {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) uid: String,
    pub(crate) resource_version: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) finalizers: Vec<String>,
    pub(crate) deletion_timestamp: Option<String>,
    pub(crate) managed_fields: Vec<FieldsEntry>,
}

/// One entry of `metadata.managedFields`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct FieldsEntry {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) manager: String,
    pub(crate) operation: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) subresource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) api_version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) fields_type: String,
    pub(crate) fields_v1: Value,
}
