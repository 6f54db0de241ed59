//! One application of many changes: how soon its object follows, and how soon all report the new revision.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use kube::ResourceExt as _;
use kube::api::{Api, Patch, PatchParams};
use kube::core::{DynamicObject, GroupVersionKind};
use kube::runtime::{WatchStreamExt as _, watcher};
use serde_json::json;
use sluice_git_server::Repository;

use super::workload::{self, NAMESPACE};
use crate::cluster::{Cluster, resource};
use crate::failure::Failure;

const WITHIN: Duration = Duration::from_secs(120);

/// What was seen, from the moment the artifact was published.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reaction {
    /// Until the changed object is in the cluster.
    pub(super) object: Duration,
    /// Until every Kustomization reports the revision.
    pub(super) all: Duration,
}

/// Commits a change of the last application and waits until everybody knows.
pub(super) async fn one(
    cluster: &Cluster,
    repository: &Repository,
    applications: usize,
) -> Result<Reaction, Failure> {
    let name = workload::name(applications.saturating_sub(1));
    let (path, text) = workload::settings(&name, "changed");
    let commit = repository.commit("main", &[(path.as_str(), Some(text.as_str()))], "Change one")?;
    let of_commit =
        |revision: &serde_json::Value| revision.as_str().is_some_and(|text| text.ends_with(&commit));
    let published = first(cluster, "source.toolkit.fluxcd.io", "GitRepository", |object| {
        of_commit(&object.data["status"]["artifact"]["revision"])
    });
    let changed = first(cluster, "", "ConfigMap", |object| {
        object.name_any() == name && object.data["data"]["name"] == "changed"
    });
    let mut told = BTreeSet::new();
    let all = first(cluster, "kustomize.toolkit.fluxcd.io", "Kustomization", |object| {
        if of_commit(&object.data["status"]["lastAppliedRevision"]) {
            told.insert(object.name_any());
        }
        told.len() == applications
    });
    let ask = request(cluster);
    let (asked, published, changed, all) = futures::join!(ask, published, changed, all);
    asked?;
    let since = published?;
    Ok(Reaction { object: changed?.duration_since(since), all: all?.duration_since(since) })
}

/// The moment at which `seen` first says yes.
async fn first(
    cluster: &Cluster,
    group: &str,
    kind: &str,
    mut seen: impl FnMut(&DynamicObject) -> bool,
) -> Result<Instant, Failure> {
    let api: Api<DynamicObject> =
        cluster.api(&resource(&GroupVersionKind::gvk(group, "v1", kind)), Some(NAMESPACE));
    let waiting = async {
        let mut objects =
            watcher(api, watcher::Config::default()).default_backoff().applied_objects().boxed();
        loop {
            if let Some(Ok(object)) = objects.next().await
                && seen(&object)
            {
                return Instant::now();
            }
        }
    };
    tokio::time::timeout(WITHIN, waiting).await.map_err(|_| Failure::Late {
        what: format!("the change in objects of kind {kind}"),
        after: WITHIN,
        state: "it is not there".to_owned(),
    })
}

/// Asks the source to look at once.
async fn request(cluster: &Cluster) -> Result<(), Failure> {
    let kind = GroupVersionKind::gvk("source.toolkit.fluxcd.io", "v1", "GitRepository");
    let api: Api<DynamicObject> = cluster.api(&resource(&kind), Some(NAMESPACE));
    let asked = json!({ "metadata": { "annotations": { "reconcile.fluxcd.io/requestedAt": "change" } } });
    let asked = api.patch("bench", &PatchParams::default(), &Patch::Merge(asked)).await;
    asked.map(drop).map_err(Failure::kubernetes("ask the source"))
}
