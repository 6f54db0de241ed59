//! Alert: which events go to which provider.

use std::collections::BTreeMap;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CrossNamespaceObjectReference;
use crate::{
    meta::LocalObjectReference,
    schema::{is_default, string_enum},
};

/// Desired state of an Alert.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "notification.toolkit.fluxcd.io",
    version = "v1beta3",
    kind = "Alert",
    namespaced,
    derive = "Default",
    derive = "PartialEq",
    doc = "Sends events of some objects to a provider.",
    category = "all",
    category = "fluxcd",
    category = "fluxcd-notifications",
    annotation("kustomize.toolkit.fluxcd.io/substitute", "disabled"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct AlertSpec {
    /// Provider to send events to, in the same namespace.
    pub provider_ref: LocalObjectReference,
    /// Least severity of the events to send.
    #[serde(default)]
    pub event_severity: EventSeverity,
    /// Objects whose events to send.
    pub event_sources: Vec<CrossNamespaceObjectReference>,
    /// Regular expressions of which one must match the message; none lets all pass.
    #[serde(default, skip_serializing_if = "is_default")]
    pub inclusion_list: Vec<String>,
    /// Regular expressions of which none may match the message.
    #[serde(default, skip_serializing_if = "is_default")]
    pub exclusion_list: Vec<String>,
    /// Facts to add to every event.
    #[serde(default, skip_serializing_if = "is_default")]
    pub event_metadata: BTreeMap<String, String>,
    /// Deprecated: text to add to every event.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(max = 255))]
    pub summary: Option<String>,
    /// Whether to send nothing until further notice.
    #[serde(default, skip_serializing_if = "is_default")]
    pub suspend: bool,
}

string_enum! {
    /// Least severity of events.
    #[derive(Default)]
    pub enum EventSeverity {
        /// All events.
        #[default]
        Info = "info",
        /// Failures only.
        Error = "error",
    }
}
