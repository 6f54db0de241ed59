//! Provider: a service that events are sent to.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    duration::{self, Duration},
    meta::LocalObjectReference,
    schema::{is_default, string_enum},
};

/// Desired state of a Provider.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "notification.toolkit.fluxcd.io",
    version = "v1beta3",
    kind = "Provider",
    namespaced,
    derive = "Default",
    derive = "PartialEq",
    doc = "Describes a service that events are sent to.",
    category = "all",
    category = "fluxcd",
    category = "fluxcd-notifications",
    annotation("kustomize.toolkit.fluxcd.io/substitute", "disabled"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "self.type == 'github' || self.type == 'gitlab' || self.type == 'gitea' || self.type == 'bitbucketserver' || self.type == 'bitbucket' || self.type == 'azuredevops' || !has(self.commitStatusExpr)",
    "message": "spec.commitStatusExpr is only supported for the 'github', 'gitlab', 'gitea', 'bitbucketserver', 'bitbucket', 'azuredevops' provider types",
}]))]
pub struct ProviderSpec {
    /// Kind of service.
    #[serde(rename = "type")]
    pub type_: ProviderType,
    /// Deprecated: without effect.
    #[serde(default, skip_serializing_if = "is_default")]
    pub interval: Option<Duration>,
    /// Channel, room or topic to send to.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(max = 2048))]
    pub channel: Option<String>,
    /// Name to send under.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(max = 2048))]
    pub username: Option<String>,
    /// Address of the service.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(max = 2048))]
    pub address: Option<String>,
    /// Time limit of sending; fifteen seconds when absent.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "duration::timeout_schema")]
    pub timeout: Option<Duration>,
    /// Deprecated: address of a proxy.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(length(max = 2048), extend("pattern" = "^(http|https)://.*$"))]
    pub proxy: Option<String>,
    /// Secret with the address and credentials of a proxy.
    #[serde(default, skip_serializing_if = "is_default")]
    pub proxy_secret_ref: Option<LocalObjectReference>,
    /// Secret with the credentials, and perhaps the address.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret_ref: Option<LocalObjectReference>,
    /// ServiceAccount whose cloud identity sends.
    #[serde(default, skip_serializing_if = "is_default")]
    pub service_account_name: Option<String>,
    /// Secret with a certificate authority and a client certificate.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cert_secret_ref: Option<LocalObjectReference>,
    /// Whether to send nothing until further notice.
    #[serde(default, skip_serializing_if = "is_default")]
    pub suspend: bool,
    /// CEL expression over `event`, `alert` and `provider` that names the commit status.
    #[serde(default, skip_serializing_if = "is_default")]
    pub commit_status_expr: Option<String>,
}

string_enum! {
    /// Kind of service that events are sent to.
    #[derive(Default)]
    pub enum ProviderType {
        /// Slack.
        Slack = "slack",
        /// Discord.
        Discord = "discord",
        /// Microsoft Teams.
        MsTeams = "msteams",
        /// Rocket.Chat.
        Rocket = "rocket",
        /// A webhook that takes the event as JSON.
        #[default]
        Generic = "generic",
        /// A webhook that takes the event as JSON, signed.
        GenericHmac = "generic-hmac",
        /// GitHub commit status.
        GitHub = "github",
        /// GitLab commit status.
        GitLab = "gitlab",
        /// Gitea commit status.
        Gitea = "gitea",
        /// Comments on Gitea pull requests.
        GiteaPullRequestComment = "giteapullrequestcomment",
        /// Bitbucket Server commit status.
        BitbucketServer = "bitbucketserver",
        /// Bitbucket commit status.
        Bitbucket = "bitbucket",
        /// Azure DevOps commit status.
        AzureDevOps = "azuredevops",
        /// Google Chat.
        GoogleChat = "googlechat",
        /// Google Pub/Sub.
        GooglePubSub = "googlepubsub",
        /// Webex.
        Webex = "webex",
        /// Sentry.
        Sentry = "sentry",
        /// Azure Event Hubs.
        AzureEventHub = "azureeventhub",
        /// Telegram.
        Telegram = "telegram",
        /// Lark.
        Lark = "lark",
        /// Matrix.
        Matrix = "matrix",
        /// Opsgenie.
        Opsgenie = "opsgenie",
        /// Prometheus Alertmanager.
        Alertmanager = "alertmanager",
        /// Grafana annotations.
        Grafana = "grafana",
        /// GitHub repository dispatch.
        GitHubDispatch = "githubdispatch",
        /// Comments on GitHub pull requests.
        GitHubPullRequestComment = "githubpullrequestcomment",
        /// Comments on GitLab merge requests.
        GitLabMergeRequestComment = "gitlabmergerequestcomment",
        /// PagerDuty.
        PagerDuty = "pagerduty",
        /// Datadog.
        DataDog = "datadog",
        /// NATS.
        Nats = "nats",
        /// Zulip.
        Zulip = "zulip",
        /// OpenTelemetry.
        Otel = "otel",
        /// Zoom.
        Zoom = "zoom",
        /// incident.io.
        IncidentIo = "incident.io",
    }
}
