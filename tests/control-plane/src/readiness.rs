//! What has to be there before a control plane is worth using.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, ServiceAccount};
use kube::Client;
use kube::api::{Api, PostParams};
use kube::runtime::wait::{await_condition, conditions};
use serde_json::json;

use crate::error::Error;

/// The fake nodes that kwok plays.
const NODES: [&str; 2] = ["node-a", "node-b"];

/// How long a controller may take for something small.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often to ask an API server that does not listen yet, and so cannot be watched.
const ASK: Duration = Duration::from_millis(50);

/// Waits until the API server says that it is ready; the caller sets the deadline.
pub(crate) async fn api_server(client: &Client) {
    let mut pace = tokio::time::interval(ASK);
    loop {
        pace.tick().await;
        let request = http::Request::get("/readyz").body(Vec::new()).expect("a path and no body are valid");
        if client.request_text(request).await.is_ok() {
            return;
        }
    }
}

/// Waits for the service account that Pods of the namespace run as.
pub(crate) async fn service_account(client: &Client, namespace: &str) -> Result<(), Error> {
    let accounts = Api::<ServiceAccount>::namespaced(client.clone(), namespace);
    let created = await_condition(accounts, "default", conditions::is_created());
    within(&format!("service account default of namespace {namespace}"), created).await
}

/// Creates the fake nodes and waits until Pods can be placed on them.
pub(crate) async fn nodes(client: &Client) -> Result<(), Error> {
    let nodes = Api::<Node>::all(client.clone());
    for name in NODES {
        nodes.create(&PostParams::default(), &node(name)).await?;
    }
    for name in NODES {
        let usable = await_condition(nodes.clone(), name, |node: Option<&Node>| node.is_some_and(is_usable));
        within(&format!("node {name}"), usable).await?;
    }
    Ok(())
}

async fn within<T>(
    what: &str,
    wait: impl Future<Output = Result<T, kube::runtime::wait::Error>>,
) -> Result<(), Error> {
    match tokio::time::timeout(DEADLINE, wait).await {
        Ok(done) => Ok(done.map(drop)?),
        Err(_) => Err(Error::Late { what: what.to_owned(), after: DEADLINE }),
    }
}

fn node(name: &str) -> Node {
    let labels = json!({
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "type": "kwok",
    });
    let node = json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": name, "labels": labels } });
    serde_json::from_value(node).expect("the manifest above is a Node")
}

/// Ready alone is not enough: the taint of a new node goes a little later.
fn is_usable(node: &Node) -> bool {
    let tainted = node.spec.as_ref().is_some_and(|spec| spec.taints.iter().flatten().next().is_some());
    let conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    !tainted
        && conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}
