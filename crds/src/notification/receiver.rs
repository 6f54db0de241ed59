//! Receiver: a webhook that makes objects reconcile.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CrossNamespaceObjectReference;
use crate::{
    duration::Duration,
    meta::{Condition, LocalObjectReference},
    schema::{self, is_default, string_enum},
};

/// Desired state of a Receiver.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "notification.toolkit.fluxcd.io",
    version = "v1",
    kind = "Receiver",
    namespaced,
    status = "ReceiverStatus",
    derive = "Default",
    derive = "PartialEq",
    doc = "Offers a webhook that makes objects reconcile.",
    category = "all",
    category = "fluxcd",
    category = "fluxcd-notifications",
    annotation("kustomize.toolkit.fluxcd.io/substitute", "disabled"),
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
        "rule": "self.type != 'generic-oidc' || (has(self.oidcProviders) && size(self.oidcProviders) > 0)",
        "message": "generic-oidc receivers must define at least one oidcProvider",
    },
    {
        "rule": "self.type == 'generic-oidc' || !has(self.oidcProviders) || size(self.oidcProviders) == 0",
        "message": "oidcProviders can only be set when type is generic-oidc",
    },
    {
        "rule": "self.type != 'generic-oidc' || !has(self.secretRef)",
        "message": "secretRef cannot be set when type is generic-oidc",
    },
    {
        "rule": "self.type == 'generic-oidc' || has(self.secretRef)",
        "message": "secretRef is required when type is not generic-oidc",
    },
]))]
pub struct ReceiverSpec {
    /// Who calls the webhook, which decides how a call is verified.
    #[serde(rename = "type")]
    pub type_: ReceiverType,
    /// How often to look at this object, changes apart.
    #[serde(default = "ten_minutes", skip_serializing_if = "is_ten_minutes")]
    #[schemars(extend("default" = "10m"))]
    pub interval: Duration,
    /// Events to react to, in the caller's words; none stands for all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub events: Vec<String>,
    /// Objects to reconcile.
    pub resources: Vec<ReceiverResource>,
    /// CEL expression over `req` and `res` that decides whether an object is reconciled.
    #[serde(default, skip_serializing_if = "is_default")]
    pub resource_filter: Option<String>,
    /// Secret with the token that calls are verified with.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret_ref: Option<LocalObjectReference>,
    /// Issuers of identity tokens to trust.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["issuerURL"]))]
    pub oidc_providers: Vec<OidcProvider>,
    /// Whether to react to no call until further notice.
    #[serde(default, skip_serializing_if = "is_default")]
    pub suspend: bool,
}

/// Observed state of a Receiver.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiverStatus {
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
    /// Path of the webhook, which is as good as a password.
    #[serde(default, skip_serializing_if = "is_default")]
    pub webhook_path: Option<String>,
}

/// Names objects that a webhook makes reconcile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiverResource {
    /// The objects.
    #[serde(flatten)]
    pub reference: CrossNamespaceObjectReference,
    /// CEL expression over `req` and `res` that decides whether the object is reconciled.
    #[serde(default, skip_serializing_if = "is_default")]
    pub filter: Option<String>,
}

/// Describes an issuer of identity tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OidcProvider {
    /// Address of the issuer.
    #[serde(rename = "issuerURL")]
    #[schemars(extend("pattern" = "^https?://"))]
    pub issuer_url: String,
    /// Audience that a token must name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub audience: Option<String>,
    /// Named CEL expressions for use in validations.
    #[serde(default, skip_serializing_if = "is_default")]
    pub variables: Vec<OidcVariable>,
    /// CEL expressions that must all hold.
    #[schemars(length(min = 1))]
    pub validations: Vec<OidcValidation>,
}

/// Names a CEL expression.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OidcVariable {
    /// Name of the variable.
    pub name: String,
    /// Expression over `claims` and earlier variables.
    pub expression: String,
}

/// States what must hold for a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OidcValidation {
    /// Expression over `claims` and `vars`.
    pub expression: String,
    /// What to tell the caller when it does not hold.
    pub message: String,
}

string_enum! {
    /// Who calls a webhook.
    #[derive(Default)]
    pub enum ReceiverType {
        /// A webhook with no check but its address.
        #[default]
        Generic = "generic",
        /// A webhook that signs its body.
        GenericHmac = "generic-hmac",
        /// A webhook that presents an identity token.
        GenericOidc = "generic-oidc",
        /// GitHub.
        GitHub = "github",
        /// GitLab.
        GitLab = "gitlab",
        /// Bitbucket.
        Bitbucket = "bitbucket",
        /// Harbor.
        Harbor = "harbor",
        /// Docker Hub.
        DockerHub = "dockerhub",
        /// Quay.
        Quay = "quay",
        /// Google Container Registry.
        Gcr = "gcr",
        /// Nexus.
        Nexus = "nexus",
        /// Azure Container Registry.
        Acr = "acr",
        /// CDEvents.
        CdEvents = "cdevents",
    }
}

fn ten_minutes() -> Duration {
    Duration::from_secs(600)
}

fn is_ten_minutes(interval: &Duration) -> bool {
    *interval == ten_minutes()
}
