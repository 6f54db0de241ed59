//! An interval that finds nothing to do asks nothing of the API server; and whatever somebody does to a managed object is
//! seen at once, without any interval.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::api::{ObjectMeta, PostParams};
use kube::core::DynamicObject;
use serde_json::{Value, json};
use sluice_control_plane::{ControlPlane, Options};
use sluice_journeys::manifest::{config_map, deployment, service, service_account};
use sluice_journeys::world::{
    CONFIG_MAP, DEPLOYMENT, GIT_REPOSITORY, KUSTOMIZATION, PATIENCE, SERVICE_ACCOUNT, at, text, uid,
};
use sluice_journeys::{Crew, World};
use tokio::time::{interval, timeout};

/// The user that the controllers are, so that the audit log tells them from us.
const USER: &str = "sluice-under-test";
/// How many intervals have to pass in silence.
const INTERVALS: u64 = 5;

/// Counts the reconciles of a controller, by object.
fn reconciles(metrics: &str, namespace: &str) -> BTreeMap<String, u64> {
    let ours = format!("namespace=\"{namespace}\"");
    let lines = metrics.lines().filter(|line| line.starts_with("gotk_reconcile_duration_seconds_count{"));
    lines
        .filter(|line| line.contains(&ours))
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(series, count)| (series.to_owned(), count.parse().unwrap_or_default()))
        .collect()
}

async fn all_reconciles(world: &World) -> BTreeMap<String, u64> {
    let fleet = world.crew.fleet().await;
    let mut all = reconciles(&fleet.source.scrape().await.expect("metrics"), &world.namespace);
    all.extend(reconciles(&fleet.kustomize.scrape().await.expect("metrics"), &world.namespace));
    all
}

/// Waits until every object was reconciled so many times more; there is nothing to watch when nothing is written.
async fn pass_intervals(world: &World, objects: usize, count: u64) {
    let start = all_reconciles(world).await;
    assert_eq!(start.len(), objects, "{start:?}");
    let mut ticks = interval(Duration::from_millis(200));
    let passed = timeout(PATIENCE, async {
        loop {
            ticks.tick().await;
            let now = all_reconciles(world).await;
            if start.iter().all(|(series, before)| now.get(series).is_some_and(|now| *now >= before + count))
            {
                return;
            }
        }
    });
    passed.await.expect("intervals pass");
}

/// Lists what the controllers asked of the API server from this line of the audit log on, leases and watches apart.
fn asked(log: &Path, from: usize) -> Vec<String> {
    let text = fs::read_to_string(log).expect("there is an audit log");
    let entries = text.lines().skip(from).filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ours = entries.filter(|entry| entry["user"]["username"] == USER);
    ours.filter(|entry| entry["verb"] != "watch" && entry["objectRef"]["resource"] != "leases")
        .map(|entry| {
            let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
            format!("{} {}", text("verb"), text("requestURI"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interval_that_finds_nothing_to_do_asks_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("audit.log");
    let options = Options { audit_log: Some(log.clone()), ..Options::default() };
    let plane = ControlPlane::start(options).await.unwrap();
    let access = plane.user(USER, Some("system:masters")).await.unwrap();
    let kubeconfig = directory.path().join("kubeconfig");
    fs::write(&kubeconfig, access.kubeconfig).unwrap();
    // As installed: with leader election, in the namespace of Flux.
    let metadata = ObjectMeta { name: Some("flux-system".to_owned()), ..ObjectMeta::default() };
    let home = Namespace { metadata, ..Namespace::default() };
    Api::all(plane.client()).create(&PostParams::default(), &home).await.unwrap();
    let arguments = ["--interval-jitter-percentage=0", "--enable-leader-election"];
    let crew = Crew::start(&kubeconfig, &plane.client(), &arguments).await;
    let world = World::on(plane, crew, "quiet").await;

    let files =
        config_map("map", "x") + &deployment("web", 1) + &service("web", 80) + &service_account("web");
    let (repository, commit) = world.repository("app", &[("app.yaml", &files)]);
    world.git_repository("app", &world.git.url("app"), json!({ "interval": "2s" })).await;
    let rows = [
        ("plain", json!({})),
        ("waiting", json!({ "wait": true })),
        ("tenant", json!({ "serviceAccountName": "admin" })),
        ("dependent", json!({ "dependsOn": [{ "name": "plain" }, { "name": "waiting" }] })),
    ];
    let account = json!({ "kind": "ServiceAccount", "name": "admin", "namespace": world.namespace });
    let role =
        json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin" });
    world
        .apply(json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "admin" } }))
        .await;
    world.apply(json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": { "name": "admin" },
        "roleRef": role, "subjects": [account] })).await;
    for (name, mut spec) in rows.clone() {
        spec["interval"] = json!("2s");
        spec["namePrefix"] = json!(format!("{name}-"));
        world.kustomization(name, spec).await;
    }
    for (name, _) in &rows {
        world.applied(name, &commit).await;
    }
    // What belongs to the start, such as events, is over when every object has been looked at again.
    pass_intervals(&world, 5, 2).await;

    let from = fs::read_to_string(&log).unwrap().lines().count();
    let before = world.git.requests();
    pass_intervals(&world, 5, INTERVALS).await;
    let silence = asked(&log, from);
    assert!(silence.is_empty(), "{} requests: {silence:#?}", silence.len());
    assert!(asked(&log, 0).len() > 20, "the log tells what the controllers ask");
    let after = world.git.requests();
    assert!(after.ls_refs - before.ls_refs >= INTERVALS, "the source is asked");
    assert_eq!(after.fetches, before.fetches, "an unchanged source is not fetched");

    // A commit that touches no file of theirs costs each of them one write of status, whatever it depends on.
    let from = fs::read_to_string(&log).unwrap().lines().count();
    let commit = repository.commit("main", &[("README.md", Some("x"))], "Say what this is").unwrap();
    for (name, _) in &rows {
        world.applied(name, &commit).await;
    }
    pass_intervals(&world, 5, 1).await;
    let kustomizations: Vec<_> =
        asked(&log, from).into_iter().filter(|line| !line.contains("gitrepositories")).collect();
    let mut expected: Vec<_> = rows.iter().map(|(name, _)| status_patch(&world.namespace, name)).collect();
    expected.push(format!("create /api/v1/namespaces/{}/events?", world.namespace));
    expected.sort();
    assert_eq!(sorted(kustomizations), expected, "the only event is the source's");

    // A new process looks once at each kind, by its watch, and neither reads nor writes a single object.
    let from = fs::read_to_string(&log).unwrap().lines().count();
    {
        let mut fleet = world.crew.fleet().await;
        fleet.kustomize.stop().await.unwrap();
        fleet.kustomize.start().await.unwrap();
    }
    let mut ticks = interval(Duration::from_millis(200));
    while all_reconciles(&world).await.len() < 5 {
        ticks.tick().await;
    }
    pass_intervals(&world, 5, 2).await;
    let asked = asked(&log, from);
    let about_one = |line: &&String| line.contains("/namespaces/") && !line.contains("/leases");
    let objects: Vec<_> = asked.iter().filter(about_one).collect();
    assert!(objects.is_empty(), "{} requests: {objects:#?}", objects.len());
}

/// The one request that says that a Kustomization is at another revision.
fn status_patch(namespace: &str, name: &str) -> String {
    format!(
        "patch /apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{namespace}/kustomizations/{name}/status?&fieldManager=\
         gotk-kustomize-controller"
    )
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_changes_nothing() {
    let plane = ControlPlane::shared().await.unwrap();
    let crew = Crew::start(plane.kubeconfig(), &plane.client(), &[]).await;
    let world = World::on(plane, crew, "restart").await;
    let files = config_map("map", "x") + &deployment("web", 1) + &service_account("web");
    let (_, commit) = world.repository("app", &[("app.yaml", &files)]);
    world.git_repository("app", &world.git.url("app"), Value::Null).await;
    world.kustomization("app", json!({ "wait": true })).await;
    world.applied("app", &commit).await;
    let kinds = [
        (CONFIG_MAP, "map"),
        (DEPLOYMENT, "web"),
        (SERVICE_ACCOUNT, "web"),
        (GIT_REPOSITORY, "app"),
        (KUSTOMIZATION, "app"),
    ];
    let before = versions(&world, &kinds).await;
    let fetches = world.git.requests().fetches;
    {
        let mut fleet = world.crew.fleet().await;
        fleet.kustomize.kill().await.unwrap();
        fleet.source.kill().await.unwrap();
        fleet.source.start().await.unwrap();
        fleet.kustomize.start().await.unwrap();
    }
    let mut ticks = interval(Duration::from_millis(200));
    while all_reconciles(&world).await.len() < 2 {
        ticks.tick().await;
    }
    assert_eq!(versions(&world, &kinds).await, before);
    assert_eq!(world.git.requests().fetches, fetches, "the mirror outlives the process");
}

async fn versions(world: &World, objects: &[(&str, &str)]) -> Vec<Option<String>> {
    let mut versions = Vec::new();
    for (kind, name) in objects {
        versions.push(world.get(kind, name).await.metadata.resource_version);
    }
    versions
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_to_managed_objects_is_undone_at_once() {
    let world = World::start("drift").await;
    let files = config_map("map", "good") + &deployment("web", 1) + &service_account("account");
    let (_, commit) = world.repository("app", &[("app.yaml", &files)]);
    world.git_repository("app", &world.git.url("app"), Value::Null).await;
    world.kustomization("app", Value::Null).await;
    world.applied("app", &commit).await;
    let map = world.get(CONFIG_MAP, "map").await;

    // What is not ours is left alone, whoever brings it.
    let theirs =
        json!({ "metadata": { "annotations": { "note": "theirs" } }, "data": { "other": "theirs" } });
    world.patch_as("somebody", CONFIG_MAP, "map", theirs).await;
    // What is ours is put back, and tells that the edit before it has been seen.
    for manager in ["somebody", "kubectl-edit", "kustomize-controller"] {
        let edited = world.patch_as(manager, CONFIG_MAP, "map", json!({ "data": { "value": "bad" } })).await;
        let reverted = |object: &DynamicObject| {
            object.metadata.resource_version != edited.metadata.resource_version
                && text(object, "/data/value") == "good"
        };
        let map_now = world.until(CONFIG_MAP, "map", &format!("put back after {manager}"), reverted).await;
        assert_eq!(map_now.metadata.uid, map.metadata.uid);
        assert_eq!(text(&map_now, "/data/other"), "theirs", "{manager}");
        assert_eq!(
            map_now.metadata.annotations.as_ref().map(|all| all["note"].as_str()),
            Some("theirs"),
            "{manager}"
        );
    }

    world.patch_as("somebody", DEPLOYMENT, "web", json!({ "spec": { "replicas": 3 } })).await;
    world.until(DEPLOYMENT, "web", "scaled back", |web| at(web, "/spec/replicas") == 1).await;
    let labels = json!({ "metadata": { "labels": { "kustomize.toolkit.fluxcd.io/name": null } } });
    world.patch_as("somebody", DEPLOYMENT, "web", labels).await;
    let labelled = |web: &DynamicObject| {
        web.metadata
            .labels
            .as_ref()
            .is_some_and(|labels| labels.contains_key("kustomize.toolkit.fluxcd.io/name"))
    };
    world.until(DEPLOYMENT, "web", "labelled again", labelled).await;

    for (kind, name) in [(CONFIG_MAP, "map"), (SERVICE_ACCOUNT, "account"), (DEPLOYMENT, "web")] {
        let before = uid(&world.get(kind, name).await).to_owned();
        world.delete(kind, name).await;
        world.until(kind, name, "made again", |object| uid(object) != before).await;
    }
    world.event("app", "Progressing", "map").await;
    let app = world.get(KUSTOMIZATION, "app").await;
    assert!(text(&app, "/status/lastAppliedRevision").ends_with(&commit));
    assert!(world.find(GIT_REPOSITORY, "app").await.is_some());
}
