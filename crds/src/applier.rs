//! Pieces shared by the two kinds that apply objects to a cluster: Kustomization and HelmRelease.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    meta::{LocalObjectReference, SecretKeyReference},
    schema::{is_default, string_enum},
};

/// Labels and annotations that every applied object receives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommonMetadata {
    /// Labels to set.
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: BTreeMap<String, String>,
    /// Annotations to set.
    #[serde(default, skip_serializing_if = "is_default")]
    pub annotations: BTreeMap<String, String>,
}

/// Names an object of the same kind that must be ready first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DependencyReference {
    /// Name of the dependency.
    pub name: String,
    /// Namespace of the dependency; that of the dependent when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespace: Option<String>,
    /// CEL expression over `self` and `dep` that decides whether the dependency is ready.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ready_expr: Option<String>,
}

/// Says how to reach another cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {
        "rule": "has(self.configMapRef) || has(self.secretRef)",
        "message": "exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified",
    },
    {
        "rule": "!has(self.configMapRef) || !has(self.secretRef)",
        "message": "exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified",
    },
]))]
pub struct KubeConfigReference {
    /// ConfigMap with the address of the cluster and the cloud identity to use.
    #[serde(default, skip_serializing_if = "is_default")]
    pub config_map_ref: Option<LocalObjectReference>,
    /// Secret with a kubeconfig; the key defaults to `value` or `value.yaml`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret_ref: Option<SecretKeyReference>,
}

/// Tells with CEL how healthy the objects of a kind are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthCheckExpression {
    /// Group and version of the objects.
    pub api_version: String,
    /// Kind of the objects; every kind of the group when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: Option<String>,
    /// Expression that is true while the object is still on its way.
    #[serde(default, skip_serializing_if = "is_default")]
    pub in_progress: Option<String>,
    /// Expression that is true when the object has failed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub failed: Option<String>,
    /// Expression that is true when the object is healthy.
    pub current: String,
}

/// Selects objects; an absent field selects all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Selector {
    /// API group.
    #[serde(default, skip_serializing_if = "is_default")]
    pub group: Option<String>,
    /// API version.
    #[serde(default, skip_serializing_if = "is_default")]
    pub version: Option<String>,
    /// Kind, as an anchored regular expression.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: Option<String>,
    /// Name, as an anchored regular expression.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: Option<String>,
    /// Namespace, as an anchored regular expression.
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespace: Option<String>,
    /// Label selector in Kubernetes' text form.
    #[serde(default, skip_serializing_if = "is_default")]
    pub label_selector: Option<String>,
    /// Selector over annotations in the text form of label selectors.
    #[serde(default, skip_serializing_if = "is_default")]
    pub annotation_selector: Option<String>,
}

/// Changes objects by strategic merge or JSON patch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Patch {
    /// Patch as YAML: a partial object, or a list of JSON patch operations.
    pub patch: String,
    /// Objects to patch; the object that the patch names when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: Option<Selector>,
}

/// Replaces an image's name, tag or digest wherever it occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// Image to look for, without tag.
    pub name: String,
    /// Name to use instead.
    #[serde(default, skip_serializing_if = "is_default")]
    pub new_name: Option<String>,
    /// Tag to use instead.
    #[serde(default, skip_serializing_if = "is_default")]
    pub new_tag: Option<String>,
    /// Digest to use instead; it wins over a tag.
    #[serde(default, skip_serializing_if = "is_default")]
    pub digest: Option<String>,
}

/// Excludes fields from apply and drift detection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IgnoreRule {
    /// JSON pointers (RFC 6901) of the fields.
    pub paths: Vec<String>,
    /// Objects that the rule holds for; all when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: Option<Selector>,
}

/// Lists the objects that belong to a Kustomization or a HelmRelease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceInventory {
    /// The objects.
    pub entries: Vec<ResourceReference>,
}

/// Identifies one managed object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct ResourceReference {
    /// Namespace, name, group and kind, joined by underscores.
    pub id: String,
    /// Version of the object's API.
    pub v: String,
    /// Digest of the manifest that was applied last; Sluice's own, so that a restart need not ask about the object.
    #[serde(default, skip_serializing_if = "is_default")]
    pub digest: Option<String>,
    /// Hash of the fields that Sluice then owned.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fields: Option<String>,
}

string_enum! {
    /// Kind of object that values come from.
    #[derive(Default)]
    pub enum ValuesSourceKind {
        /// A Secret.
        Secret = "Secret",
        /// A ConfigMap.
        #[default]
        ConfigMap = "ConfigMap",
    }
}
