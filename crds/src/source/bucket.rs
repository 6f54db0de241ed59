//! Bucket: an artifact from the objects in a bucket.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CloudProvider, default_timeout, is_default_timeout};
use crate::{
    artifact::Artifact,
    duration::{self, Duration},
    meta::{Condition, LocalObjectReference},
    schema::{self, is_default, string_enum},
};

/// Desired state of a Bucket.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "source.toolkit.fluxcd.io",
    version = "v1",
    kind = "Bucket",
    namespaced,
    status = "BucketStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "Publishes the objects in a bucket as an artifact.",
    category = "all",
    category = "fluxcd",
    category = "fluxcd-sources",
    annotation("kustomize.toolkit.fluxcd.io/substitute", "disabled"),
    printcolumn(name = "Endpoint", type_ = "string", json_path = ".spec.endpoint"),
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
#[schemars(extend("x-kubernetes-validations" = [
    {
        "rule": "self.provider == 'aws' || self.provider == 'generic' || !has(self.sts)",
        "message": "STS configuration is only supported for the 'aws' and 'generic' Bucket providers",
    },
    {
        "rule": "self.provider != 'aws' || !has(self.sts) || self.sts.provider == 'aws'",
        "message": "'aws' is the only supported STS provider for the 'aws' Bucket provider",
    },
    {
        "rule": "self.provider != 'generic' || !has(self.sts) || self.sts.provider == 'ldap'",
        "message": "'ldap' is the only supported STS provider for the 'generic' Bucket provider",
    },
    {
        "rule": "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.secretRef)",
        "message": "spec.sts.secretRef is not required for the 'aws' STS provider",
    },
    {
        "rule": "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.certSecretRef)",
        "message": "spec.sts.certSecretRef is not required for the 'aws' STS provider",
    },
    {
        "rule": "self.provider != 'generic' || !has(self.serviceAccountName)",
        "message": "ServiceAccountName is not supported for the 'generic' Bucket provider",
    },
    {
        "rule": "!has(self.secretRef) || !has(self.serviceAccountName)",
        "message": "cannot set both .spec.secretRef and .spec.serviceAccountName",
    },
]))]
pub struct BucketSpec {
    /// Kind of service that holds the bucket.
    #[serde(default)]
    pub provider: CloudProvider,
    /// Name of the bucket.
    pub bucket_name: String,
    /// Host, and perhaps port, of the service.
    pub endpoint: String,
    /// How often to look for changes.
    pub interval: Duration,
    /// Time limit of fetching the objects.
    #[serde(default = "default_timeout", skip_serializing_if = "is_default_timeout")]
    #[schemars(schema_with = "duration::timeout_schema", extend("default" = "60s"))]
    pub timeout: Duration,
    /// How to obtain short-lived credentials.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sts: Option<BucketStsSpec>,
    /// Whether to talk to the service over plain HTTP.
    #[serde(default, skip_serializing_if = "is_default")]
    pub insecure: bool,
    /// Region of the bucket.
    #[serde(default, skip_serializing_if = "is_default")]
    pub region: Option<String>,
    /// Text that keys must begin with.
    #[serde(default, skip_serializing_if = "is_default")]
    pub prefix: Option<String>,
    /// Secret with the credentials.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret_ref: Option<LocalObjectReference>,
    /// ServiceAccount whose cloud identity reads the bucket.
    #[serde(default, skip_serializing_if = "is_default")]
    pub service_account_name: Option<String>,
    /// Secret with a certificate authority and a client certificate, for the generic provider.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cert_secret_ref: Option<LocalObjectReference>,
    /// Secret with the address and credentials of a proxy.
    #[serde(default, skip_serializing_if = "is_default")]
    pub proxy_secret_ref: Option<LocalObjectReference>,
    /// Patterns in gitignore notation that replace the default exclusions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore: Option<String>,
    /// Whether to stop looking for new revisions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub suspend: bool,
}

/// Observed state of a Bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BucketStatus {
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
}

/// Says how to obtain short-lived credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BucketStsSpec {
    /// Protocol of the service that issues credentials.
    pub provider: StsProvider,
    /// Address of that service.
    #[schemars(extend("pattern" = "^(http|https)://.*$"))]
    pub endpoint: String,
    /// Secret with a user name and password for LDAP.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret_ref: Option<LocalObjectReference>,
    /// Secret with a certificate authority and a client certificate.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cert_secret_ref: Option<LocalObjectReference>,
}

string_enum! {
    /// Protocol of a service that issues short-lived credentials.
    #[derive(Default)]
    pub enum StsProvider {
        /// AWS.
        #[default]
        Aws = "aws",
        /// LDAP.
        Ldap = "ldap",
    }
}
