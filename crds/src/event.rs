//! What controllers post to the notification controller when something happened to an object.

use std::collections::BTreeMap;

use k8s_openapi::{api::core::v1::ObjectReference, apimachinery::pkg::apis::meta::v1::Time};
use serde::{Deserialize, Serialize};

use crate::schema::{is_default, string_enum};

/// Prefix of annotations that the emitter copies into an event's metadata.
pub const ANNOTATION_PREFIX: &str = "event.toolkit.fluxcd.io/";
/// Longest message that an event may carry, in bytes.
pub const MAX_MESSAGE: usize = 39_000;

/// One happening, as JSON on the wire (`event.toolkit.fluxcd.io/v1beta1`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The object that the event is about; the group of its apiVersion prefixes metadata keys.
    pub involved_object: ObjectReference,
    /// How much it matters.
    pub severity: Severity,
    /// When it happened.
    pub timestamp: Time,
    /// What happened, for people; at most [`MAX_MESSAGE`] bytes.
    pub message: String,
    /// What happened, in CamelCase.
    pub reason: String,
    /// Revision, token, commit status and whatever the user attached, by prefixed key.
    #[serde(default, skip_serializing_if = "is_default")]
    pub metadata: BTreeMap<String, String>,
    /// Name of the controller, such as `kustomize-controller`.
    pub reporting_controller: String,
    /// Host name of the controller's process.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reporting_instance: String,
}

string_enum! {
    /// How much an event matters.
    #[derive(Default)]
    pub enum Severity {
        /// Recorded, never delivered.
        Trace = "trace",
        /// Worth telling.
        #[default]
        Info = "info",
        /// Something failed.
        Error = "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_wire_form() {
        let text = concat!(
            r#"{"involvedObject":{"apiVersion":"kustomize.toolkit.fluxcd.io/v1","kind":"Kustomization","name":"app","#,
            r#""namespace":"apps","uid":"1"},"severity":"error","timestamp":"2026-01-02T03:04:05Z","message":"build failed","#,
            r#""reason":"BuildFailed","metadata":{"kustomize.toolkit.fluxcd.io/revision":"main@sha1:1"},"#,
            r#""reportingController":"kustomize-controller","reportingInstance":"pod-0"}"#,
        );
        let event: Event = serde_json::from_str(text).unwrap();
        assert_eq!(event.severity, Severity::Error);
        assert_eq!(serde_json::to_string(&event).unwrap(), text);
    }
}
