//! The group `notification.toolkit.fluxcd.io`: where events go, and which webhooks wake whom.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::is_default;

mod alert;
mod provider;
mod receiver;

pub use alert::*;
pub use provider::*;
pub use receiver::*;

/// API group of this module's kinds.
pub const GROUP: &str = "notification.toolkit.fluxcd.io";

/// Names objects that events come from.
// The kind is a text, because other operators widen the list of kinds in an installed definition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CrossNamespaceObjectReference {
    /// Group and version of the object.
    #[serde(default, skip_serializing_if = "is_default")]
    pub api_version: Option<String>,
    /// Kind of the object.
    #[schemars(extend("enum" = [
        "Bucket", "GitRepository", "Kustomization", "HelmRelease", "HelmChart", "HelmRepository", "ImageRepository",
        "ImagePolicy", "ImageUpdateAutomation", "OCIRepository", "ArtifactGenerator", "ExternalArtifact",
    ]))]
    pub kind: String,
    /// Name of the object; `*` for all that have the labels.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Namespace of the object; that of the referrer when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(min = 1, max = 253))]
    pub namespace: Option<String>,
    /// Labels that the object must have.
    #[serde(default, skip_serializing_if = "is_default")]
    pub match_labels: BTreeMap<String, String>,
}
