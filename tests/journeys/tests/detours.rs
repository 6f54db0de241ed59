//! What happens besides commits: specifications change, sources and namespaces go, rights are taken away, history is
//! rewritten. Objects follow what is wanted, and nothing is deleted because something is unknown.

use kube::ResourceExt as _;
use kube::core::DynamicObject;
use serde_json::{Value, json};
use sluice_git_server::{Change, Repository};
use sluice_journeys::World;
use sluice_journeys::manifest::{config_map, deployment, service_account};
use sluice_journeys::world::{
    CONFIG_MAP, DEPLOYMENT, GIT_REPOSITORY, KUSTOMIZATION, SERVICE_ACCOUNT, at, has_failed, is_ready,
    message, text,
};

const KINDS: [&str; 3] = [CONFIG_MAP, SERVICE_ACCOUNT, DEPLOYMENT];
const NAMESPACE: &str = "v1/Namespace";
const ROLE: &str = "rbac.authorization.k8s.io/v1/Role";

async fn world(prefix: &str, files: &[(&str, &str)]) -> (World, Repository, String) {
    let world = World::start(prefix).await;
    let (repository, commit) = world.repository("app", files);
    world.git_repository("app", &world.git.url("app"), Value::Null).await;
    (world, repository, commit)
}

async fn names(world: &World, owner: &str) -> Vec<String> {
    world.owned(owner, &KINDS).await.into_keys().map(|(_, name)| name).collect()
}

/// Gives a ServiceAccount these verbs on ConfigMaps.
async fn allow(world: &World, verbs: &[&str]) {
    let api_version = "rbac.authorization.k8s.io/v1";
    let rule = json!({ "apiGroups": [""], "resources": ["configmaps"], "verbs": verbs });
    let role = json!({ "apiVersion": api_version, "kind": "Role", "metadata": { "name": "tenant" }, "rules": [rule] });
    world.apply(role).await;
    let subject = json!({ "kind": "ServiceAccount", "name": "tenant", "namespace": world.namespace });
    let reference = json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "tenant" });
    let metadata = json!({ "name": "tenant" });
    world
        .apply(json!({ "apiVersion": api_version, "kind": "RoleBinding", "metadata": metadata, "roleRef": reference,
            "subjects": [subject] }))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_specification_moves_the_objects() {
    let files = [("one/x.yaml", config_map("map", "one")), ("two/x.yaml", config_map("map", "two"))];
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let (world, _, commit) = world("spec", &files).await;
    world.kustomization("app", json!({ "path": "./one" })).await;
    world.applied("app", &commit).await;
    let before = world.get(CONFIG_MAP, "map").await;
    for (change, expected, value) in [
        (json!({ "path": "./two" }), "map", "two"),
        (json!({ "namePrefix": "pre-" }), "pre-map", "two"),
        (json!({ "nameSuffix": "-post" }), "pre-map-post", "two"),
        (json!({ "namePrefix": null, "nameSuffix": null, "path": "./one" }), "map", "one"),
    ] {
        world.patch(KUSTOMIZATION, "app", json!({ "spec": change })).await;
        world.applied("app", &commit).await;
        assert_eq!(names(&world, "app").await, [expected]);
        assert_eq!(text(&world.get(CONFIG_MAP, expected).await, "/data/value"), value);
    }
    assert_ne!(before.uid(), world.get(CONFIG_MAP, "map").await.uid(), "it was renamed away and came back");
    let metadata = json!({ "labels": { "team": "red" }, "annotations": { "note": "x" } });
    world.patch(KUSTOMIZATION, "app", json!({ "spec": { "commonMetadata": metadata } })).await;
    world.applied("app", &commit).await;
    let map = world.get(CONFIG_MAP, "map").await;
    assert_eq!((map.labels()["team"].as_str(), map.annotations()["note"].as_str()), ("red", "x"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewritten_history_is_followed() {
    let (world, repository, first) = world("force", &[("x.yaml", &config_map("one", "x"))]).await;
    world.kustomization("app", Value::Null).await;
    world.applied("app", &first).await;
    let changes = [("y.yaml", Change::File(config_map("two", "x").into_bytes()))];
    let other = repository.force("main", None, &changes, "Anew").unwrap();
    world.ask(GIT_REPOSITORY, "app").await;
    world.applied("app", &other).await;
    assert_eq!(names(&world, "app").await, ["two"]);
    repository.set_reference("refs/heads/main", &first).unwrap();
    world.ask(GIT_REPOSITORY, "app").await;
    world.applied("app", &first).await;
    assert_eq!(names(&world, "app").await, ["one"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_source_a_kustomization_keeps_its_objects() {
    let (world, repository, first) = world("gone", &[("x.yaml", &config_map("map", "x"))]).await;
    world.kustomization("app", Value::Null).await;
    world.applied("app", &first).await;
    let before = world.owned("app", &KINDS).await;
    world.delete(GIT_REPOSITORY, "app").await;
    world.gone(GIT_REPOSITORY, "app").await;
    world.request(KUSTOMIZATION, "app").await;
    let (app, told) = world.failed(KUSTOMIZATION, "app", "ArtifactFailed").await;
    assert!(told.contains("app") && told.contains("not found"), "{told}");
    assert_eq!(at(&app, "/status/inventory/entries").as_array().map(Vec::len), Some(1));
    assert_eq!(world.owned("app", &KINDS).await, before);

    let second = repository.commit("main", &[("x.yaml", Some(config_map("map", "y")))], "Second").unwrap();
    world.git_repository("app", &world.git.url("app"), Value::Null).await;
    world.applied("app", &second).await;
    assert_eq!(world.owned("app", &KINDS).await, before, "none was made again");

    // An emptied path prunes everything; a broken repository nothing.
    let third =
        repository.commit("main", &[("x.yaml", None), ("README.md", Some("x".to_owned()))], "Third").unwrap();
    world.ask(GIT_REPOSITORY, "app").await;
    world.applied("app", &third).await;
    assert!(names(&world, "app").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_deleted_stays_known_until_it_may() {
    let files = [("x.yaml", config_map("kept", "x")), ("y.yaml", config_map("doomed", "x"))];
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let (world, repository, first) = world("rights", &files).await;
    let (most, all) = (["get", "create", "patch"], ["get", "create", "patch", "delete"]);
    world
        .apply(json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "tenant" } }))
        .await;
    allow(&world, &most).await;
    world.kustomization("app", json!({ "serviceAccountName": "tenant", "retryInterval": "1h" })).await;
    world.applied("app", &first).await;

    repository.commit("main", &[("y.yaml", None::<&str>)], "Remove").unwrap();
    world.ask(GIT_REPOSITORY, "app").await;
    let (app, told) = world.failed(KUSTOMIZATION, "app", "PruneFailed").await;
    assert!(told.contains("doomed") && told.contains("forbidden"), "{told}");
    assert_eq!(at(&app, "/status/inventory/entries").as_array().map(Vec::len), Some(2));
    world.event("app", "PruneFailed", "doomed").await;
    allow(&world, &all).await;
    world.request(KUSTOMIZATION, "app").await;
    world.until(KUSTOMIZATION, "app", "ready", is_ready).await;
    assert_eq!(names(&world, "app").await, ["kept"]);

    allow(&world, &most).await;
    world.delete(KUSTOMIZATION, "app").await;
    let failed = |object: &DynamicObject| {
        has_failed(object, "PruneFailed") && message(object, "Ready").contains("kept")
    };
    world.until(KUSTOMIZATION, "app", "not able to prune", failed).await;
    assert_eq!(names(&world, "app").await, ["kept"]);
    allow(&world, &all).await;
    world.ask(KUSTOMIZATION, "app").await;
    world.gone(KUSTOMIZATION, "app").await;
    world.gone(CONFIG_MAP, "kept").await;
    world.get(ROLE, "tenant").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_can_be_deleted_with_everything_in_it() {
    let files = config_map("map", "x") + &deployment("web", 1) + &service_account("account");
    let (world, _, commit) = world("space", &[("x.yaml", &files)]).await;
    world
        .apply(json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "tenant" } }))
        .await;
    allow(&world, &["*"]).await;
    world.kustomization("app", json!({ "wait": true })).await;
    world.applied("app", &commit).await;
    world.kustomization("tenant", json!({ "path": "./nothing", "serviceAccountName": "tenant" })).await;
    world.failed(KUSTOMIZATION, "tenant", "ArtifactFailed").await;
    world.delete(NAMESPACE, &world.namespace.clone()).await;
    world.gone(NAMESPACE, &world.namespace.clone()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_is_missing_is_named_and_its_arrival_awaited() {
    let (world, _, commit) = world("later", &[("x.yaml", &config_map("map", "x"))]).await;
    let space = format!("{}-later", world.namespace);
    world.kustomization("app", json!({ "targetNamespace": space, "retryInterval": "1s" })).await;
    let (_, told) = world.failed(KUSTOMIZATION, "app", "ReconciliationFailed").await;
    assert!(told.contains(&space), "{told}");
    world.apply(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": space } })).await;
    world.applied("app", &commit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_come_from_the_cluster_and_change_with_it() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${NAME}\ndata:\n  value: ${GREETING}, ${WHO:=nobody}\n";
    let (world, repository, commit) = world("variables", &[("map.yaml", map)]).await;
    let greeting = |value: &str, labels: Value| {
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "greeting", "labels": labels },
            "data": { "GREETING": value, "NAME": "never" } })
    };
    world.apply(greeting("hello", json!({ "reconcile.fluxcd.io/watch": "Enabled" }))).await;
    let who = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "who" }, "stringData": { "WHO": "world" } });
    let from = json!([
        { "kind": "ConfigMap", "name": "greeting" },
        { "kind": "Secret", "name": "who", "optional": true },
    ]);
    let post_build = json!({ "substituteFrom": from, "substitute": { "NAME": "map" } });
    world.kustomization("app", json!({ "postBuild": post_build })).await;
    world.applied("app", &commit).await;
    assert_eq!(text(&world.get(CONFIG_MAP, "map").await, "/data/value"), "hello, nobody");

    // What is labelled is followed; what is not is looked at with the next pass.
    world.apply(greeting("bye", json!({ "reconcile.fluxcd.io/watch": "Enabled" }))).await;
    world.until(CONFIG_MAP, "map", "changed", |map| text(map, "/data/value") == "bye, nobody").await;
    world.apply(who).await;
    world.ask(KUSTOMIZATION, "app").await;
    world.until(CONFIG_MAP, "map", "changed again", |map| text(map, "/data/value") == "bye, world").await;

    let spoilt = map.replace("${WHO:=nobody}", "${WHO} ${MISSING}");
    repository.commit("main", &[("map.yaml", Some(spoilt.as_str()))], "Misspell").unwrap();
    world.request(GIT_REPOSITORY, "app").await;
    let (_, why) = world.failed(KUSTOMIZATION, "app", "BuildFailed").await;
    assert!(why.contains("map.yaml:6: ConfigMap/"), "{why}");
    assert!(why.contains("data.value: variable ${MISSING} is not set"), "{why}");
    assert!(!why.contains("world"), "{why}");
    world.delete(CONFIG_MAP, "greeting").await;
    world.ask(KUSTOMIZATION, "app").await;
    let missing = |app: &DynamicObject| message(app, "Ready").contains("ConfigMap/greeting not found");
    world.until(KUSTOMIZATION, "app", "told what is missing", missing).await;
    assert_eq!(text(&world.get(CONFIG_MAP, "map").await, "/data/value"), "bye, world");
}

#[tokio::test(flavor = "multi_thread")]
async fn expressions_tell_readiness_and_health() {
    let map = |ready: &str| format!("{}  ready: \"{ready}\"\n", config_map("map", "x"));
    let (world, repository, commit) = world("expressions", &[("map.yaml", &map("no"))]).await;
    let health = json!([{ "apiVersion": "v1", "kind": "ConfigMap", "current": "data.ready == 'yes'",
        "failed": "data.ready == 'broken'" }]);
    world.kustomization("app", json!({ "wait": true, "timeout": "5m", "healthCheckExprs": health })).await;
    let ready_expr = "dep.metadata.labels['stage'] == 'open'";
    let depends = json!([{ "name": "app", "readyExpr": ready_expr }]);
    world.kustomization("next", json!({ "namePrefix": "next-", "dependsOn": depends })).await;
    let waits =
        |app: &DynamicObject| message(app, "Ready").contains("no expression of healthCheckExprs holds");
    world.until(KUSTOMIZATION, "app", "waiting for its expression", waits).await;
    let (_, why) = world.failed(KUSTOMIZATION, "next", "DependencyNotReady").await;
    assert!(why.contains("is not ready by its readyExpr"), "{why}");

    // The dependency is not ready, and yet the expression about it holds.
    world.patch(KUSTOMIZATION, "app", json!({ "metadata": { "labels": { "stage": "open" } } })).await;
    world.applied("next", &commit).await;
    // What somebody else changes in the object is seen by its watch.
    let commit = repository.commit("main", &[("map.yaml", Some(map("yes")))], "Be ready").unwrap();
    world.request(GIT_REPOSITORY, "app").await;
    world.applied("app", &commit).await;
    repository.commit("main", &[("map.yaml", Some(map("broken")))], "Break").unwrap();
    world.request(GIT_REPOSITORY, "app").await;
    let (_, why) = world.failed(KUSTOMIZATION, "app", "HealthCheckFailed").await;
    assert!(why.contains("the expression `failed` of healthCheckExprs holds"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_wait_names_the_culprit() {
    let stuck = deployment("web", 1)
        .replace("      containers:", "      nodeSelector:\n        no: such\n      containers:");
    let (world, _, _) = world("culprit", &[("web.yaml", &stuck)]).await;
    world.kustomization("app", json!({ "wait": true, "timeout": "5m" })).await;
    let named =
        |app: &DynamicObject| message(app, "Ready").contains("/web: 1 of 1 pod failing: unschedulable: ");
    world.until(KUSTOMIZATION, "app", "told why it waits", named).await;
}
