//! 100 small applications in one repository, one Kustomization each.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use k8s_openapi::api::apps::v1::Deployment;
use kube::ResourceExt as _;
use kube::api::{Api, ListParams};
use kube::core::{DynamicObject, GroupVersionKind};
use kube::runtime::{WatchStreamExt as _, watcher};
use serde_json::json;
use sluice_git_server::Repository;

use crate::cluster::{Cluster, resource};
use crate::failure::Failure;

/// The namespace of everything.
pub(super) const NAMESPACE: &str = "bench";
const INTERVAL: &str = "20s";
const READY_WITHIN: Duration = Duration::from_secs(300);
const SOURCE_WITHIN: Duration = Duration::from_secs(60);
const CHECK: Duration = Duration::from_secs(1);
/// How many Kustomizations are applied at once.
const PARALLEL: usize = 20;

/// Commits one directory with four objects for each application.
pub(super) fn commit(repository: &Repository, applications: usize) -> Result<(), Failure> {
    let files: Vec<(String, String)> =
        (0..applications).map(name).flat_map(|name| manifests(&name)).collect();
    let files: Vec<(&str, Option<&str>)> =
        files.iter().map(|(path, text)| (path.as_str(), Some(text.as_str()))).collect();
    repository.commit("main", &files, "Add applications")?;
    Ok(())
}

pub(super) fn name(number: usize) -> String {
    format!("app-{number:03}")
}

/// The path and text of an application's ConfigMap.
pub(super) fn settings(name: &str, value: &str) -> (String, String) {
    let text =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  name: {value}\n");
    (format!("apps/{name}/settings.yaml"), text)
}

fn manifests(name: &str) -> [(String, String); 4] {
    let head = |api, kind| format!("apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: {name}\n");
    let file = |kind: &str, text: String| (format!("apps/{name}/{kind}.yaml"), text);
    [
        file("account", head("v1", "ServiceAccount")),
        settings(name, name),
        file(
            "service",
            format!(
                "{}spec:\n  selector:\n    app: {name}\n  ports:\n    - port: 80\n",
                head("v1", "Service")
            ),
        ),
        file(
            "deployment",
            format!(
                "{}spec:\n  replicas: 0\n  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      \
                 labels:\n        app: {name}\n    spec:\n      serviceAccountName: {name}\n      containers:\n        - \
                 name: main\n          image: registry.k8s.io/pause:3.10\n",
                head("apps/v1", "Deployment")
            ),
        ),
    ]
}

/// Creates the namespace and the source, and waits until it is ready.
pub(super) async fn declare_source(cluster: &Cluster, url: &str) -> Result<(), Failure> {
    cluster.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})).await?;
    let source = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": "bench", "namespace": NAMESPACE},
        "spec": {"interval": INTERVAL, "url": url, "ref": {"branch": "main"}},
    });
    cluster.apply(source).await?;
    let kind = GroupVersionKind::gvk("source.toolkit.fluxcd.io", "v1", "GitRepository");
    wait(cluster, &kind, 1, SOURCE_WITHIN).await
}

/// Creates the Kustomizations.
pub(super) async fn apply(cluster: &Cluster, applications: usize) -> Result<(), Failure> {
    let created = stream::iter((0..applications).map(name)).map(|name| {
        cluster.apply(json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {
                "interval": INTERVAL, "timeout": "5m", "prune": true, "wait": true,
                "path": format!("./apps/{name}"), "targetNamespace": NAMESPACE,
                "sourceRef": {"kind": "GitRepository", "name": "bench"},
            },
        }))
    });
    created.buffer_unordered(PARALLEL).try_for_each(|_| async { Ok(()) }).await
}

/// Waits until all Kustomizations are ready; `check` says meanwhile whether the controllers still run.
pub(super) async fn all_ready(
    cluster: &Cluster,
    applications: usize,
    mut check: impl FnMut() -> Result<(), sluice_journeys::Error>,
) -> Result<(), Failure> {
    let kind = GroupVersionKind::gvk("kustomize.toolkit.fluxcd.io", "v1", "Kustomization");
    let ready = wait(cluster, &kind, applications, READY_WITHIN);
    tokio::pin!(ready);
    let mut ticks = tokio::time::interval(CHECK);
    loop {
        tokio::select! {
            ready = &mut ready => return ready,
            _ = ticks.tick() => check()?,
        }
    }
}

/// Watches a kind until so many objects of it are ready.
async fn wait(
    cluster: &Cluster,
    kind: &GroupVersionKind,
    wanted: usize,
    within: Duration,
) -> Result<(), Failure> {
    let api: Api<DynamicObject> = cluster.api(&resource(kind), Some(NAMESPACE));
    let mut ready = BTreeSet::new();
    let mut last = String::from("nothing is ready");
    let waiting = async {
        let mut objects =
            watcher(api, watcher::Config::default()).default_backoff().applied_objects().boxed();
        while ready.len() < wanted {
            let Some(Ok(object)) = objects.next().await else { continue };
            match readiness(&object) {
                Some((true, _)) => {
                    ready.insert(object.name_any());
                }
                Some((false, message)) => last = format!("{}: {message}", object.name_any()),
                None => {}
            }
        }
    };
    let waited = tokio::time::timeout(within, waiting).await;
    waited.map_err(|_| Failure::Late {
        what: format!("readiness of {wanted} objects of kind {}", kind.kind),
        after: within,
        state: format!("{} are ready; the last that is not: {last}", ready.len()),
    })
}

fn readiness(object: &DynamicObject) -> Option<(bool, &str)> {
    let current = object.data["status"]["observedGeneration"].as_i64() == object.metadata.generation;
    let conditions = object.data["status"]["conditions"].as_array()?;
    let ready = conditions.iter().find(|condition| condition["type"] == "Ready")?;
    Some((current && ready["status"] == "True", ready["message"].as_str().unwrap_or_default()))
}

/// Checks that the objects are really there.
pub(super) async fn verify(cluster: &Cluster, applications: usize) -> Result<(), Failure> {
    let api = Api::<Deployment>::namespaced(cluster.client.clone(), NAMESPACE);
    let found =
        api.list(&ListParams::default()).await.map_err(Failure::kubernetes("list Deployments"))?.items.len();
    if found == applications {
        return Ok(());
    }
    Err(Failure::Wrong(format!(
        "{found} Deployments are there instead of {applications}, and yet all is ready"
    )))
}
