//! OCIRepository: an artifact from an image in an OCI registry.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CloudProvider, OciVerification, default_timeout, is_default_timeout};
use crate::{
    artifact::Artifact,
    duration::{self, Duration},
    meta::{Condition, LocalObjectReference},
    schema::{self, is_default, string_enum},
};

/// Desired state of an OCIRepository.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "source.toolkit.fluxcd.io",
    version = "v1",
    kind = "OCIRepository",
    plural = "ocirepositories",
    namespaced,
    status = "OCIRepositoryStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "Publishes a layer of an OCI image as an artifact.",
    shortname = "ocirepo",
    category = "all",
    category = "fluxcd",
    category = "fluxcd-sources",
    annotation("kustomize.toolkit.fluxcd.io/substitute", "disabled"),
    printcolumn(name = "URL", type_ = "string", json_path = ".spec.url"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#
    ),
    printcolumn(
        name = "Status",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct OCIRepositorySpec {
    /// Address of the image without tag or digest: `oci://registry/path`.
    #[schemars(extend("pattern" = "^oci://.*$"))]
    pub url: String,
    /// How often to look for a new revision.
    pub interval: Duration,
    /// Time limit of registry operations.
    #[serde(default = "default_timeout", skip_serializing_if = "is_default_timeout")]
    #[schemars(schema_with = "duration::timeout_schema", extend("default" = "60s"))]
    pub timeout: Duration,
    /// What to pull; the tag latest when absent.
    #[serde(default, rename = "ref", skip_serializing_if = "is_default")]
    pub reference: Option<OCIRepositoryRef>,
    /// Which layer to take, and how; the first, extracted, when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub layer_selector: Option<OciLayerSelector>,
    /// How to obtain credentials.
    #[serde(default)]
    pub provider: CloudProvider,
    /// Secret with registry credentials in Docker's format.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret_ref: Option<LocalObjectReference>,
    /// ServiceAccount whose image pull secrets or cloud identity read the registry.
    #[serde(default, skip_serializing_if = "is_default")]
    pub service_account_name: Option<String>,
    /// Secret with a certificate authority and a client certificate.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cert_secret_ref: Option<LocalObjectReference>,
    /// Secret with the address and credentials of a proxy.
    #[serde(default, skip_serializing_if = "is_default")]
    pub proxy_secret_ref: Option<LocalObjectReference>,
    /// Signatures that the image must bear.
    #[serde(default, skip_serializing_if = "is_default")]
    pub verify: Option<OciVerification>,
    /// Patterns in gitignore notation that replace the default exclusions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore: Option<String>,
    /// Whether to talk to the registry over plain HTTP.
    #[serde(default, skip_serializing_if = "is_default")]
    pub insecure: bool,
    /// Whether to stop looking for new revisions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub suspend: bool,
}

/// Observed state of an OCIRepository.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OCIRepositoryStatus {
    /// Last generation that was reconciled.
    #[serde(default, skip_serializing_if = "is_default")]
    pub observed_generation: Option<i64>,
    /// Conditions of this object.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Vec<Condition>,
    /// Value of the last handled reconcile request.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_handled_reconcile_at: Option<String>,
    /// Address under which the storage serves the newest artifact.
    #[serde(default, skip_serializing_if = "is_default")]
    pub url: Option<String>,
    /// Artifact of the last revision that was fetched with success.
    #[serde(default, skip_serializing_if = "is_default")]
    pub artifact: Option<Artifact>,
    /// Exclusions that the artifact was made with.
    #[serde(default, skip_serializing_if = "is_default")]
    pub observed_ignore: Option<String>,
    /// Layer selection that the artifact was made with.
    #[serde(default, skip_serializing_if = "is_default")]
    pub observed_layer_selector: Option<OciLayerSelector>,
}

/// Names what to pull. A digest wins over a version range, and that over a tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OCIRepositoryRef {
    /// Digest of the image, such as `sha256:…`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub digest: Option<String>,
    /// Range of semantic versions that selects the newest matching tag.
    #[serde(default, skip_serializing_if = "is_default")]
    pub semver: Option<String>,
    /// Regular expression that tags must match before the range is looked at.
    #[serde(default, skip_serializing_if = "is_default")]
    pub semver_filter: Option<String>,
    /// Tag.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tag: Option<String>,
}

/// Selects a layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OciLayerSelector {
    /// Media type of the layer; the first layer when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub media_type: Option<String>,
    /// What to do with the layer; extract when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub operation: Option<OciLayerOperation>,
}

string_enum! {
    /// What to do with a layer.
    #[derive(Default)]
    pub enum OciLayerOperation {
        /// Unpack it and publish what it holds.
        #[default]
        Extract = "extract",
        /// Publish its bytes as they are.
        Copy = "copy",
    }
}
