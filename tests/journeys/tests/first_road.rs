//! The main road: a commit becomes objects, later ones change and remove them, and each field of a Kustomization that
//! belongs to it does what it says. Refuses to look at status alone: contents and identities are read from the cluster.

use kube::ResourceExt as _;
use kube::core::DynamicObject;
use serde_json::{Value, json};
use sluice_control_plane::Play;
use sluice_git_server::{Repository, SshServer};
use sluice_journeys::World;
use sluice_journeys::manifest::{
    annotated_config_map, config_map, deployment, immutable_config_map, kustomization, playing_deployment,
    secret, service, service_account,
};
use sluice_journeys::world::{
    CONFIG_MAP, DEPLOYMENT, GIT_REPOSITORY, KUSTOMIZATION, SECRET, SERVICE, SERVICE_ACCOUNT, at, condition,
    is_ready, message, text, uid,
};

const KINDS: [&str; 5] = [CONFIG_MAP, SECRET, SERVICE_ACCOUNT, SERVICE, DEPLOYMENT];
const ROLE: &str = "rbac.authorization.k8s.io/v1/Role";

/// Commits files to `main`, `None` removing one.
fn commit(repository: &Repository, files: &[(&str, Option<&str>)]) -> String {
    repository.commit("main", files, "Change").expect("git commits")
}

/// Commits files and waits until the source `app` has published them.
async fn publish(world: &World, repository: &Repository, files: &[(&str, Option<&str>)]) -> String {
    let commit = commit(repository, files);
    world.ask(GIT_REPOSITORY, "app").await;
    let published = |object: &DynamicObject| text(object, "/status/artifact/revision").ends_with(&commit);
    world.until(GIT_REPOSITORY, "app", "published", published).await;
    commit
}

/// Starts a world with a repository `app` that is published as the source `app`.
async fn world(prefix: &str, files: &[(&str, &str)]) -> (World, Repository, String) {
    let world = World::start(prefix).await;
    let (repository, commit) = world.repository("app", files);
    world.git_repository("app", &world.git.url("app"), Value::Null).await;
    (world, repository, commit)
}

async fn value(world: &World, name: &str) -> String {
    text(&world.get(CONFIG_MAP, name).await, "/data/value").to_owned()
}

fn field<'a>(entry: &'a Value, name: &str) -> &'a str {
    entry[name].as_str().unwrap_or_default()
}

fn inventory(object: &DynamicObject) -> Vec<String> {
    let entries = at(object, "/status/inventory/entries").as_array().cloned().unwrap_or_default();
    let mut ids: Vec<String> =
        entries.iter().map(|entry| format!("{} {}", field(entry, "id"), field(entry, "v"))).collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_becomes_objects_and_later_ones_change_and_remove_them() {
    let first = deployment("web", 2) + &service("web", 80) + &service_account("web");
    let list = kustomization(&["web.yaml", "settings.yaml"]);
    let files = [
        ("web.yaml", first.as_str()),
        ("settings.yaml", &config_map("settings", "one")),
        ("kustomization.yaml", &list),
    ];
    let (world, repository, commit) = world("road", &files).await;
    let namespace = world.namespace.clone();
    let source = world.ready(GIT_REPOSITORY, "app").await;
    assert_eq!(text(&source, "/status/artifact/revision"), format!("main@sha1:{commit}"));
    world.kustomization("app", json!({ "wait": true })).await;

    let app = world.applied("app", &commit).await;
    assert_eq!(message(&app, "Ready"), format!("Applied revision: main@sha1:{commit}"));
    assert_eq!(condition(&app, "Healthy")["status"], "True");
    assert_eq!(condition(&app, "Reconciling"), &Value::Null);
    assert_eq!(text(&app, "/status/lastAttemptedRevision"), format!("main@sha1:{commit}"));
    let entry = |name: &str, group: &str, kind: &str| format!("{namespace}_{name}_{group}_{kind} v1");
    let kept = [
        entry("settings", "", "ConfigMap"),
        entry("web", "", "ServiceAccount"),
        entry("web", "apps", "Deployment"),
    ];
    let mut all = [kept.as_slice(), &[entry("web", "", "Service")]].concat();
    all.sort();
    assert_eq!(inventory(&app), all);
    assert_eq!(value(&world, "settings").await, "one");
    let web = world.get(DEPLOYMENT, "web").await;
    assert_eq!(at(&web, "/status/readyReplicas"), 2, "wait means that it runs");
    assert_eq!(web.labels()["kustomize.toolkit.fluxcd.io/name"], "app");
    assert_eq!(web.labels()["kustomize.toolkit.fluxcd.io/namespace"], namespace);
    assert!(
        web.managed_fields().iter().any(|entry| entry.manager.as_deref() == Some("kustomize-controller"))
    );
    let before = world.owned("app", &KINDS).await;
    assert_eq!(before.len(), 4);

    let second = deployment("web", 1) + &service_account("web") + &secret("login", "x");
    let changes =
        [("web.yaml", Some(second.as_str())), ("settings.yaml", Some(&config_map("settings", "two")))];
    let commit = publish(&world, &repository, &changes).await;
    let app = world.applied("app", &commit).await;
    assert_eq!(value(&world, "settings").await, "two");
    assert_eq!(at(&world.get(DEPLOYMENT, "web").await, "/spec/replicas"), 1);
    assert!(world.find(SERVICE, "web").await.is_none(), "what the commit removed is pruned");
    let mut all = [kept.as_slice(), &[entry("login", "", "Secret")]].concat();
    all.sort();
    assert_eq!(inventory(&app), all);
    let after = world.owned("app", &KINDS).await;
    assert_eq!(after.len(), 4);
    for (id, uid) in &after {
        assert!(before.get(id).is_none_or(|before| before == uid), "{id:?} was recreated");
    }
    let told = world.event("app", "Progressing", "web deleted").await;
    assert!(told.contains("configured"), "{told}");
    world.event("app", "ReconciliationSucceeded", "Reconciliation finished in").await;

    world.delete(KUSTOMIZATION, "app").await;
    world.gone(KUSTOMIZATION, "app").await;
    for (kind, name) in after.keys() {
        world.gone(kind, name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_policy_decides_what_becomes_of_the_objects() {
    let (world, _, commit) =
        world("policy", &[("app.yaml", &(config_map("map", "x") + &service_account("account")))]).await;
    let rows = [
        ("default", json!({}), false),
        ("unpruned", json!({ "prune": false }), true),
        ("mirror", json!({ "deletionPolicy": "MirrorPrune" }), false),
        ("orphan", json!({ "deletionPolicy": "Orphan" }), true),
        ("delete", json!({ "deletionPolicy": "Delete", "prune": false }), false),
        ("wait", json!({ "deletionPolicy": "WaitForTermination" }), false),
        ("suspended", json!({}), true),
    ];
    let check = async |name: &str, mut spec: Value, stays: bool| {
        spec["namePrefix"] = json!(format!("{name}-"));
        world.kustomization(name, spec).await;
        world.applied(name, &commit).await;
        let before = world.owned(name, &KINDS).await;
        assert_eq!(before.len(), 2, "{name}");
        if name == "suspended" {
            world.patch(KUSTOMIZATION, name, json!({ "spec": { "suspend": true } })).await;
        }
        world.delete(KUSTOMIZATION, name).await;
        world.gone(KUSTOMIZATION, name).await;
        if stays {
            assert_eq!(world.owned(name, &KINDS).await, before, "{name}");
        } else {
            world.gone(CONFIG_MAP, &format!("{name}-map")).await;
            world.gone(SERVICE_ACCOUNT, &format!("{name}-account")).await;
        }
    };
    futures::future::join_all(rows.map(|(name, spec, stays)| check(name, spec, stays))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_suspended_rests_until_it_is_resumed() {
    let (world, repository, first) = world("rest", &[("app.yaml", &config_map("map", "one"))]).await;
    let suspend = |suspend: bool| json!({ "spec": { "suspend": suspend } });
    for name in ["resting", "witness"] {
        world.kustomization(name, json!({ "namePrefix": format!("{name}-") })).await;
        world.applied(name, &first).await;
    }
    world.patch(KUSTOMIZATION, "resting", suspend(true)).await;
    let second = publish(&world, &repository, &[("app.yaml", Some(&config_map("map", "two")))]).await;
    world.applied("witness", &second).await;
    assert_eq!(value(&world, "witness-map").await, "two");
    assert_eq!(value(&world, "resting-map").await, "one");
    world.patch(KUSTOMIZATION, "resting", suspend(false)).await;
    world.applied("resting", &second).await;
    assert_eq!(value(&world, "resting-map").await, "two");

    world.patch(GIT_REPOSITORY, "app", suspend(true)).await;
    let third = commit(&repository, &[("app.yaml", Some(&config_map("map", "three")))]);
    world.ask(GIT_REPOSITORY, "app").await;
    world.git_repository("other", &world.git.url("app"), Value::Null).await;
    let published = |object: &DynamicObject| text(object, "/status/artifact/revision").ends_with(&third);
    world.until(GIT_REPOSITORY, "other", "published", published).await;
    let resting = world.get(GIT_REPOSITORY, "app").await;
    assert!(text(&resting, "/status/artifact/revision").ends_with(&second), "a suspended source rests");
    world.patch(GIT_REPOSITORY, "app", suspend(false)).await;
    world.applied("resting", &third).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dependencies_are_ready_first() {
    let base = playing_deployment("base", Play::Slow, "2s");
    let (world, _, commit) =
        world("order", &[("base/x.yaml", &base), ("app/x.yaml", &config_map("late", "x"))]).await;
    world.kustomization("app", json!({ "path": "./app", "dependsOn": [{ "name": "base" }] })).await;
    let (_, told) = world.failed(KUSTOMIZATION, "app", "DependencyNotReady").await;
    assert!(told.contains("base"), "{told}");
    world.event("app", "DependencyNotReady", "base").await;
    assert!(world.find(CONFIG_MAP, "late").await.is_none());

    world.kustomization("base", json!({ "path": "./base", "wait": true })).await;
    let base = world.applied("base", &commit).await;
    world.applied("app", &commit).await;
    let late = world.get(CONFIG_MAP, "late").await;
    let version = |object: &DynamicObject| object.resource_version().unwrap().parse::<u64>().unwrap();
    assert!(version(&late) > version(&base), "the object was created before its dependency was ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_target_namespace_replaces_others() {
    let elsewhere =
        config_map("elsewhere", "x").replace("metadata:\n", "metadata:\n  namespace: kube-public\n");
    let (world, _, commit) = world("target", &[("app.yaml", &(config_map("plain", "x") + &elsewhere))]).await;
    world.kustomization("app", Value::Null).await;
    world.applied("app", &commit).await;
    assert_eq!(value(&world, "plain").await, "x");
    assert_eq!(value(&world, "elsewhere").await, "x");

    let (_, commit) = world.repository(
        "own",
        &[(
            "own.yaml",
            &config_map("own", "x")
                .replace("metadata:\n", &format!("metadata:\n  namespace: {}\n", world.namespace)),
        )],
    );
    world.git_repository("own", &world.git.url("own"), Value::Null).await;
    let source = json!({ "kind": "GitRepository", "name": "own" });
    world.kustomization("own", json!({ "targetNamespace": null, "sourceRef": source })).await;
    world.applied("own", &commit).await;
    assert_eq!(value(&world, "own").await, "x");
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_ends_when_all_is_healthy_or_one_has_failed() {
    let slow = playing_deployment("web", Play::Slow, "7s")
        .replace("progressDeadlineSeconds: 5", "progressDeadlineSeconds: 60");
    let (world, repository, commit) = world("health", &[("app.yaml", &slow)]).await;
    world.kustomization("app", json!({ "wait": true, "timeout": "2m", "retryInterval": "1h" })).await;
    let checking = |object: &DynamicObject| {
        condition(object, "Ready")["status"] == "Unknown" && message(object, "Ready").contains("web")
    };
    let app = world.until(KUSTOMIZATION, "app", "checking the health of web", checking).await;
    assert_eq!(condition(&app, "Reconciling")["status"], "True");
    let app = world.applied("app", &commit).await;
    assert_eq!(at(&world.get(DEPLOYMENT, "web").await, "/status/readyReplicas"), 1);
    assert_eq!(condition(&app, "Healthy")["status"], "True");

    let crashing = playing_deployment("web", Play::Crash, "1s");
    let second = publish(&world, &repository, &[("app.yaml", Some(&crashing))]).await;
    let (app, told) = world.failed(KUSTOMIZATION, "app", "HealthCheckFailed").await;
    assert!(told.contains("Deployment") && told.contains("web"), "{told}");
    assert_eq!(condition(&app, "Healthy")["status"], "False");
    assert!(text(&app, "/status/lastAttemptedRevision").ends_with(&second));
    assert!(text(&app, "/status/lastAppliedRevision").ends_with(&commit));
    world.event("app", "HealthCheckFailed", "web").await;

    let third = publish(&world, &repository, &[("app.yaml", Some(&deployment("web", 1)))]).await;
    world.applied("app", &third).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_checks_look_at_the_named_objects_alone() {
    let files = playing_deployment("never", Play::Never, "1s") + &deployment("web", 1);
    let (world, _, commit) = world("checks", &[("app.yaml", &files)]).await;
    let checks = json!([{ "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": world.namespace }]);
    world.kustomization("app", json!({ "healthChecks": checks })).await;
    world.applied("app", &commit).await;
    assert_eq!(at(&world.get(DEPLOYMENT, "web").await, "/status/readyReplicas"), 1);
    assert_eq!(at(&world.get(DEPLOYMENT, "never").await, "/status/readyReplicas"), &Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn force_recreates_what_cannot_be_changed_and_nothing_else() {
    let forced = |value: &str| {
        immutable_config_map("forced", value).replace(
            "  name: forced\n",
            "  name: forced\n  annotations:\n    kustomize.toolkit.fluxcd.io/force: Enabled\n",
        )
    };
    let whole = |value: &str| immutable_config_map("fixed", value) + &config_map("free", value);
    let (world, repository, first) =
        world("force", &[("all/x.yaml", &whole("one")), ("one/x.yaml", &forced("one"))]).await;
    world.kustomization("all", json!({ "path": "./all", "retryInterval": "1h" })).await;
    world.kustomization("one", json!({ "path": "./one", "retryInterval": "1h" })).await;
    world.applied("all", &first).await;
    world.applied("one", &first).await;
    let before = world.owned("all", &KINDS).await;
    let forced_before = uid(&world.get(CONFIG_MAP, "forced").await).to_owned();

    let changes = [("all/x.yaml", Some(whole("two"))), ("one/x.yaml", Some(forced("two")))];
    let second = repository.commit("main", &changes, "Change").unwrap();
    world.ask(GIT_REPOSITORY, "app").await;
    let (_, told) = world.failed(KUSTOMIZATION, "all", "ReconciliationFailed").await;
    assert!(told.contains("fixed") && told.contains("immutable"), "{told}");
    assert_eq!(value(&world, "free").await, "one", "nothing of a stage is applied when one of it is refused");
    world.applied("one", &second).await;
    assert_eq!(value(&world, "forced").await, "two");
    assert_ne!(uid(&world.get(CONFIG_MAP, "forced").await), forced_before);

    world.patch(KUSTOMIZATION, "all", json!({ "spec": { "force": true } })).await;
    world.applied("all", &second).await;
    let after = world.owned("all", &KINDS).await;
    let id = |name: &str| (CONFIG_MAP.to_owned(), name.to_owned());
    assert_eq!((value(&world, "fixed").await, value(&world, "free").await), ("two".into(), "two".into()));
    assert_ne!(before[&id("fixed")], after[&id("fixed")]);
    assert_eq!(before[&id("free")], after[&id("free")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_and_its_objects_come_and_go_together() {
    let world = World::start("crd").await;
    let group = format!("{}.example.org", world.namespace);
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": { "name": format!("gadgets.{group}") },
        "spec": {
            "group": group, "scope": "Namespaced", "names": { "kind": "Gadget", "plural": "gadgets" },
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } },
            }],
        },
    });
    let space = format!("{}-inner", world.namespace);
    let gadget = json!({ "apiVersion": format!("{group}/v1"), "kind": "Gadget", "metadata": { "name": "one", "namespace": space }, "size": 1 });
    let inner = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": space } });
    let (repository, first) = world.repository(
        "app",
        &[
            ("a/gadget.yaml", &gadget.to_string()),
            ("b/definition.yaml", &definition.to_string()),
            ("c/space.yaml", &inner.to_string()),
        ],
    );
    world.git_repository("app", &world.git.url("app"), Value::Null).await;
    world.kustomization("app", json!({ "targetNamespace": null })).await;
    world.applied("app", &first).await;
    let kind = format!("{group}/v1/Gadget");
    let gadgets = kube::Api::<DynamicObject>::namespaced_with(
        world.client(),
        &space,
        &sluice_journeys::world::resource(&kind),
    );
    let one = gadgets.get("one").await.unwrap();
    assert_eq!(one.data["size"], 1);

    let commit = commit(
        &repository,
        &[("a/gadget.yaml", Some(gadget.to_string().replace("\"size\":1", "\"size\":2").as_str()))],
    );
    world.ask(GIT_REPOSITORY, "app").await;
    world.applied("app", &commit).await;
    let same = gadgets.get("one").await.unwrap();
    assert_eq!((same.uid(), &same.data["size"]), (one.uid(), &json!(2)));

    world.delete(KUSTOMIZATION, "app").await;
    world.gone(KUSTOMIZATION, "app").await;
    world.gone("apiextensions.k8s.io/v1/CustomResourceDefinition", &format!("gadgets.{group}")).await;
    world.gone("v1/Namespace", &space).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_annotation_keeps_an_object_from_being_pruned() {
    let kept = annotated_config_map("kept", "x", "kustomize.toolkit.fluxcd.io/prune: disabled");
    let files = [
        ("kept.yaml", kept.as_str()),
        ("gone.yaml", &config_map("gone", "x")),
        ("rest.yaml", &config_map("rest", "x")),
    ];
    let (world, repository, first) = world("prune", &files).await;
    world.kustomization("app", Value::Null).await;
    world.applied("app", &first).await;
    let before = uid(&world.get(CONFIG_MAP, "kept").await).to_owned();
    let second = publish(&world, &repository, &[("kept.yaml", None), ("gone.yaml", None)]).await;
    world.applied("app", &second).await;
    world.gone(CONFIG_MAP, "gone").await;
    assert_eq!(uid(&world.get(CONFIG_MAP, "kept").await), before);
    world.delete(KUSTOMIZATION, "app").await;
    world.gone(KUSTOMIZATION, "app").await;
    world.gone(CONFIG_MAP, "rest").await;
    assert_eq!(uid(&world.get(CONFIG_MAP, "kept").await), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_another_has_taken_over_is_not_pruned() {
    let map = config_map("moving", "x");
    let files = [
        ("old/map.yaml", map.as_str()),
        ("old/old.yaml", &config_map("old", "x")),
        ("new/new.yaml", &config_map("new", "x")),
    ];
    let (world, repository, first) = world("move", &files).await;
    // The new owner comes first in each revision.
    world.kustomization("new", json!({ "path": "./new" })).await;
    world.kustomization("old", json!({ "path": "./old", "dependsOn": [{ "name": "new" }] })).await;
    let old = world.applied("old", &first).await;
    assert_eq!(inventory(&old).len(), 2);
    let before = uid(&world.get(CONFIG_MAP, "moving").await).to_owned();
    let second = publish(&world, &repository, &[("old/map.yaml", None), ("new/map.yaml", Some(&map))]).await;
    let (new, old) = (world.applied("new", &second).await, world.applied("old", &second).await);
    let moved = world.get(CONFIG_MAP, "moving").await;
    assert_eq!(uid(&moved), before);
    assert_eq!(moved.labels()["kustomize.toolkit.fluxcd.io/name"], "new");
    assert_eq!((inventory(&new).len(), inventory(&old).len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_directory_is_applied_as_it_stands() {
    let files = [
        ("deploy/a.yaml", config_map("a", "x")),
        ("deploy/more/b.yml", config_map("b", "x") + &config_map("c", "x")),
        ("deploy/README.md", "kind: not a manifest".to_owned()),
        ("deploy/kustomized/kustomization.yaml", kustomization(&["d.yaml"]) + "namePrefix: pre-\n"),
        ("deploy/kustomized/d.yaml", config_map("d", "x")),
        ("deploy/kustomized/unlisted.yaml", config_map("unlisted", "x")),
        ("other/e.yaml", config_map("e", "x")),
    ];
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let (world, _, commit) = world("plain", &files).await;
    world.kustomization("app", json!({ "path": "./deploy" })).await;
    world.applied("app", &commit).await;
    let names: Vec<_> = world.owned("app", &KINDS).await.into_keys().map(|(_, name)| name).collect();
    assert_eq!(names, ["a", "b", "c", "pre-d"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_account_bounds_what_is_applied() {
    let (world, _, commit) = world("tenant", &[("app.yaml", &config_map("map", "x"))]).await;
    world
        .apply(json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "tenant" } }))
        .await;
    world.kustomization("app", json!({ "serviceAccountName": "tenant", "retryInterval": "1h" })).await;
    let (_, told) = world.failed(KUSTOMIZATION, "app", "ReconciliationFailed").await;
    let account = format!("system:serviceaccount:{}:tenant", world.namespace);
    assert!(
        told.to_lowercase().contains("forbidden") && told.contains(&account) && told.contains("map"),
        "{told}"
    );
    world.event("app", "ReconciliationFailed", &account).await;
    assert!(world.find(CONFIG_MAP, "map").await.is_none());

    let api_version = "rbac.authorization.k8s.io/v1";
    let rule = json!({ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "create", "patch", "delete"] });
    world.apply(json!({ "apiVersion": api_version, "kind": "Role", "metadata": { "name": "tenant" }, "rules": [rule] })).await;
    world
        .apply(json!({
            "apiVersion": api_version, "kind": "RoleBinding", "metadata": { "name": "tenant" },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "tenant" },
            "subjects": [{ "kind": "ServiceAccount", "name": "tenant", "namespace": world.namespace }],
        }))
        .await;
    world.request(KUSTOMIZATION, "app").await;
    world.applied("app", &commit).await;
    assert_eq!(value(&world, "map").await, "x");

    // What one account applied proves nothing for the next, though not one object differs.
    world.kustomization("app", json!({ "serviceAccountName": "nobody", "retryInterval": "1h" })).await;
    let (_, told) = world.failed(KUSTOMIZATION, "app", "ReconciliationFailed").await;
    assert!(told.contains(&format!("system:serviceaccount:{}:nobody", world.namespace)), "{told}");
    assert_eq!(value(&world, "map").await, "x");
    world.kustomization("app", json!({ "serviceAccountName": "tenant", "retryInterval": "1h" })).await;
    world.applied("app", &commit).await;
    world.get(ROLE, "tenant").await;

    world.delete(KUSTOMIZATION, "app").await;
    world.gone(KUSTOMIZATION, "app").await;
    world.gone(CONFIG_MAP, "map").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_read_over_ssh() {
    let world = World::start("ssh").await;
    let server = SshServer::start().await.unwrap();
    let repository = server.repository("app").unwrap();
    let first = repository.commit("main", &[("app.yaml", Some(config_map("map", "one")))], "First").unwrap();
    let data =
        json!({ "identity": server.identity().unwrap(), "known_hosts": server.known_hosts().unwrap() });
    world.apply(json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "key" }, "stringData": data })).await;
    world.git_repository("app", &server.url("app"), json!({ "secretRef": { "name": "key" } })).await;
    world.kustomization("app", Value::Null).await;
    world.applied("app", &first).await;
    let second =
        repository.commit("main", &[("app.yaml", Some(config_map("map", "two")))], "Second").unwrap();
    world.ask(GIT_REPOSITORY, "app").await;
    world.applied("app", &second).await;
    assert_eq!(value(&world, "map").await, "two");
    assert!(is_ready(&world.get(GIT_REPOSITORY, "app").await));
}
