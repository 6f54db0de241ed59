//! What a source publishes: a tarball or chart at an address, with its revision and digest.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::{self, is_default};

/// A file that a source controller serves over HTTP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// Path of the file below the root of the storage: kind, namespace, name and file name.
    pub path: String,
    /// HTTP address of the file.
    pub url: String,
    /// Revision of the origin, such as `main@sha1:…`, `6.5.0` or `latest@sha256:…`.
    pub revision: String,
    /// Digest of the file, as `algorithm:hex`.
    #[schemars(extend("pattern" = r"^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$"))]
    pub digest: String,
    /// When the file was last written.
    #[schemars(schema_with = "schema::time")]
    pub last_update_time: Time,
    /// Number of bytes in the file.
    #[serde(default, skip_serializing_if = "is_default")]
    pub size: Option<i64>,
    /// Facts about the origin, such as the annotations of an OCI manifest.
    #[serde(default, skip_serializing_if = "is_default")]
    pub metadata: BTreeMap<String, String>,
}
