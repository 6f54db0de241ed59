//! The group `source.toolkit.fluxcd.io`: where manifests and charts come from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Duration,
    meta::LocalObjectReference,
    schema::{is_default, string_enum},
};

mod bucket;
mod external_artifact;
mod git_repository;
pub(crate) mod helm_chart;
mod helm_repository;
mod oci_repository;

pub use bucket::*;
pub use external_artifact::*;
pub use git_repository::*;
pub use helm_chart::*;
pub use helm_repository::*;
pub use oci_repository::*;

/// API group of this module's kinds.
pub const GROUP: &str = "source.toolkit.fluxcd.io";

string_enum! {
    /// How credentials for a registry or bucket are obtained.
    #[derive(Default)]
    pub enum CloudProvider {
        /// From a Secret.
        #[default]
        Generic = "generic",
        /// From an AWS identity.
        Aws = "aws",
        /// From an Azure identity.
        Azure = "azure",
        /// From a Google Cloud identity.
        Gcp = "gcp",
    }
}

/// Signatures that an image must bear.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("required" = ["provider"]))]
pub struct OciVerification {
    /// Technology of the signatures.
    #[serde(default)]
    pub provider: VerificationProvider,
    /// Secret with the public keys or the trust policy.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret_ref: Option<LocalObjectReference>,
    /// Identities of which one must have signed, when signing is keyless.
    #[serde(default, rename = "matchOIDCIdentity", skip_serializing_if = "is_default")]
    pub match_oidc_identity: Vec<OidcIdentityMatch>,
    /// Secret with a trusted root of one's own, under the key `trusted_root.json`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub trusted_root_secret_ref: Option<LocalObjectReference>,
}

string_enum! {
    /// Technology of signatures.
    #[derive(Default)]
    pub enum VerificationProvider {
        /// Cosign.
        #[default]
        Cosign = "cosign",
        /// Notation.
        Notation = "notation",
    }
}

/// Describes who may have signed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OidcIdentityMatch {
    /// Regular expression that the issuer of the identity must match.
    pub issuer: String,
    /// Regular expression that the subject of the identity must match.
    pub subject: String,
}

/// Returns the time limit of the kinds whose definition sets one.
pub(crate) fn default_timeout() -> Duration {
    Duration::from_secs(60)
}

/// Tells whether a time limit is the one that the definition sets.
pub(crate) fn is_default_timeout(timeout: &Duration) -> bool {
    *timeout == default_timeout()
}
