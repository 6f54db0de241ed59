//! GitRepository: an artifact from a Git repository.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{default_timeout, is_default_timeout};
use crate::{
    artifact::Artifact,
    duration::{self, Duration},
    meta::{Condition, LocalObjectReference},
    schema::{self, is_default, string_enum},
};

/// Desired state of a GitRepository.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "source.toolkit.fluxcd.io",
    version = "v1",
    kind = "GitRepository",
    plural = "gitrepositories",
    namespaced,
    status = "GitRepositoryStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "Publishes a revision of a Git repository as an artifact.",
    shortname = "gitrepo",
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
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || self.provider == 'aws'))",
    "message": "serviceAccountName can only be set when provider is 'azure' or 'aws'",
}]))]
pub struct GitRepositorySpec {
    /// Address of the repository: https, http or ssh.
    #[schemars(extend("pattern" = "^(http|https|ssh)://.*$"))]
    pub url: String,
    /// How often to look for a new revision.
    pub interval: Duration,
    /// Time limit of Git operations.
    #[serde(default = "default_timeout", skip_serializing_if = "is_default_timeout")]
    #[schemars(schema_with = "duration::timeout_schema", extend("default" = "60s"))]
    pub timeout: Duration,
    /// What to check out; the branch master when absent.
    #[serde(default, rename = "ref", skip_serializing_if = "is_default")]
    pub reference: Option<GitRepositoryRef>,
    /// Secret with the credentials.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret_ref: Option<LocalObjectReference>,
    /// How to obtain credentials; generic when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub provider: GitProvider,
    /// ServiceAccount whose cloud identity reads the repository.
    #[serde(default, skip_serializing_if = "is_default")]
    pub service_account_name: Option<String>,
    /// Secret with the address and credentials of a proxy.
    #[serde(default, skip_serializing_if = "is_default")]
    pub proxy_secret_ref: Option<LocalObjectReference>,
    /// Signatures that the commit or tag must bear.
    #[serde(default, skip_serializing_if = "is_default")]
    pub verify: Option<GitRepositoryVerification>,
    /// Patterns in gitignore notation that replace the default exclusions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore: Option<String>,
    /// Whether to stop looking for new revisions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub suspend: bool,
    /// Whether to check out submodules, with the same credentials.
    #[serde(default, skip_serializing_if = "is_default")]
    pub recurse_submodules: bool,
    /// Artifacts of other Git repositories to put into this one's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub include: Vec<GitRepositoryInclude>,
    /// Directories to check out; everything when empty.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sparse_checkout: Vec<String>,
}

/// Observed state of a GitRepository.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GitRepositoryStatus {
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
    /// Artifact of the last revision that was fetched with success.
    #[serde(default, skip_serializing_if = "is_default")]
    pub artifact: Option<Artifact>,
    /// Artifacts that were put into this one, in order.
    #[serde(default, skip_serializing_if = "is_default")]
    pub included_artifacts: Vec<Artifact>,
    /// Exclusions that the artifact was made with.
    #[serde(default, skip_serializing_if = "is_default")]
    pub observed_ignore: Option<String>,
    /// Inclusions that the artifact was made with.
    #[serde(default, skip_serializing_if = "is_default")]
    pub observed_include: Vec<GitRepositoryInclude>,
    /// Whether the artifact was made with submodules.
    #[serde(default, skip_serializing_if = "is_default")]
    pub observed_recurse_submodules: bool,
    /// Directories that the artifact was made from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub observed_sparse_checkout: Vec<String>,
    /// Mode in which signatures were last verified.
    #[serde(default, skip_serializing_if = "is_default")]
    pub source_verification_mode: Option<String>,
}

/// Names what to check out. A commit wins over a name, then tag, version range and branch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GitRepositoryRef {
    /// Branch.
    #[serde(default, skip_serializing_if = "is_default")]
    pub branch: Option<String>,
    /// Tag.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tag: Option<String>,
    /// Range of semantic versions that selects the newest matching tag.
    #[serde(default, skip_serializing_if = "is_default")]
    pub semver: Option<String>,
    /// Full name of a reference, such as `refs/pull/420/head`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: Option<String>,
    /// Commit, as a full hash.
    #[serde(default, skip_serializing_if = "is_default")]
    pub commit: Option<String>,
}

/// Puts the artifact of another Git repository into this one's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GitRepositoryInclude {
    /// GitRepository to include, in the same namespace.
    pub repository: LocalObjectReference,
    /// Directory to copy; the whole artifact when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from_path: Option<String>,
    /// Where to put it; a directory of the repository's name when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub to_path: Option<String>,
}

/// Signatures that must be valid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GitRepositoryVerification {
    /// Whose signature to verify.
    #[serde(default)]
    pub mode: GitVerificationMode,
    /// Secret with the public keys of trusted authors.
    pub secret_ref: LocalObjectReference,
}

string_enum! {
    /// How credentials for a Git repository are obtained.
    #[derive(Default)]
    pub enum GitProvider {
        /// From a Secret.
        #[default]
        Generic = "generic",
        /// From an AWS identity.
        Aws = "aws",
        /// From an Azure identity.
        Azure = "azure",
        /// From a GitHub App.
        GitHub = "github",
    }
}

string_enum! {
    /// Which Git objects must be signed.
    #[derive(Default)]
    pub enum GitVerificationMode {
        /// The commit, in the old spelling.
        LowercaseHead = "head",
        /// The commit.
        #[default]
        Head = "HEAD",
        /// The tag.
        Tag = "Tag",
        /// Both tag and commit.
        TagAndHead = "TagAndHEAD",
    }
}
