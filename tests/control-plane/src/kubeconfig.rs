//! Kubeconfig files: one cluster, one user, everything inside the file.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::config::Kubeconfig;
use serde_json::{Value, json};

use crate::certificates::Identity;
use crate::error::{Error, OnFile};

/// Answers a kubeconfig whose user shows a certificate.
pub(crate) fn with_certificate(server: &str, authority: &str, identity: &Identity) -> String {
    let user = json!({
        "client-certificate-data": STANDARD.encode(&identity.certificate),
        "client-key-data": STANDARD.encode(&identity.key),
    });
    write(server, authority, &user)
}

/// Answers a kubeconfig whose user sends a bearer token.
pub(crate) fn with_token(server: &str, authority: &str, token: &str) -> String {
    write(server, authority, &json!({ "token": token }))
}

/// Answers a kubeconfig whose user shows nothing.
pub(crate) fn anonymous(server: &str, authority: &str) -> String {
    write(server, authority, &json!({}))
}

/// Answers the client configuration that a kubeconfig file describes.
pub(crate) async fn read(path: &Path) -> Result<kube::Config, Error> {
    load(&tokio::fs::read_to_string(path).await.on("read", path)?).await
}

/// Answers the client configuration that a kubeconfig describes.
pub(crate) async fn load(text: &str) -> Result<kube::Config, Error> {
    let kubeconfig = Kubeconfig::from_yaml(text)?;
    Ok(kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await?)
}

/// JSON is YAML enough for every reader of kubeconfigs.
fn write(server: &str, authority: &str, user: &Value) -> String {
    let name = "control-plane";
    let cluster = json!({ "server": server, "certificate-authority-data": STANDARD.encode(authority) });
    let kubeconfig = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": name, "cluster": cluster }],
        "users": [{ "name": name, "user": user }],
        "contexts": [{ "name": name, "context": { "cluster": name, "user": name } }],
        "current-context": name,
    });
    format!("{kubeconfig:#}\n")
}
