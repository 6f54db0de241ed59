//! HelmRepository: the index of a chart repository, or a prefix of charts in an OCI registry.

use std::collections::BTreeMap;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CloudProvider;
use crate::{
    artifact::Artifact,
    duration::{self, Duration},
    meta::{Condition, LocalObjectReference},
    schema::{self, is_default, string_enum},
};

/// Desired state of a HelmRepository.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "source.toolkit.fluxcd.io",
    version = "v1",
    kind = "HelmRepository",
    plural = "helmrepositories",
    namespaced,
    status = "HelmRepositoryStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "Publishes the index of a Helm chart repository as an artifact.",
    shortname = "helmrepo",
    category = "all",
    category = "fluxcd",
    category = "fluxcd-sources",
    annotation("kustomize.toolkit.fluxcd.io/substitute", "disabled"),
    printcolumn(name = "URL", type_ = "string", json_path = ".spec.url"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#
    ),
    printcolumn(
        name = "Status",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#
    )
)]
#[serde(rename_all = "camelCase")]
pub struct HelmRepositorySpec {
    /// Address of the repository: http, https or oci.
    #[schemars(extend("pattern" = "^(http|https|oci)://.*$"))]
    pub url: String,
    /// Kind of repository; default when absent.
    #[serde(default, rename = "type", skip_serializing_if = "is_default")]
    pub type_: Option<HelmRepositoryType>,
    /// How often to look for a new index; one minute when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub interval: Option<Duration>,
    /// Time limit of downloads; one minute when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "duration::timeout_schema")]
    pub timeout: Option<Duration>,
    /// Secret with the credentials.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret_ref: Option<LocalObjectReference>,
    /// Secret with a certificate authority and a client certificate.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cert_secret_ref: Option<LocalObjectReference>,
    /// Whether to send the credentials to other hosts that charts are on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pass_credentials: bool,
    /// Whether to talk to an OCI registry over plain HTTP.
    #[serde(default, skip_serializing_if = "is_default")]
    pub insecure: bool,
    /// How to obtain credentials for an OCI registry.
    #[serde(default)]
    pub provider: CloudProvider,
    /// Whether to stop looking for new revisions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub suspend: bool,
    /// Namespaces whose objects may use this one; declared by the API, without effect.
    #[serde(default, skip_serializing_if = "is_default")]
    pub access_from: Option<AccessFrom>,
}

/// Observed state of a HelmRepository.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelmRepositoryStatus {
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
}

string_enum! {
    /// Kind of chart repository.
    #[derive(Default)]
    pub enum HelmRepositoryType {
        /// A web server with an index.
        #[default]
        Default = "default",
        /// An OCI registry.
        Oci = "oci",
    }
}

/// Says whose objects may use a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessFrom {
    /// Selectors of namespaces, one of which must match.
    pub namespace_selectors: Vec<NamespaceSelector>,
}

/// Selects namespaces by their labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceSelector {
    /// Labels that a namespace must have; none selects all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub match_labels: BTreeMap<String, String>,
}
