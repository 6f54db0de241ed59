//! Objects that leave a Kustomization: they change hands where another one wants them, whichever comes first, and never
//! vanish because of who fails, who is killed, or how many they are.

use std::collections::BTreeMap;

use kube::api::{Patch, PatchParams};
use kube::core::DynamicObject;
use serde_json::{Value, json};
use sluice_control_plane::ControlPlane;
use sluice_git_server::Repository;
use sluice_journeys::manifest::config_map;
use sluice_journeys::world::{
    CONFIG_MAP, GIT_REPOSITORY, KUSTOMIZATION, SHARD, at, condition, is_ready, message, text, uid,
};
use sluice_journeys::{Crew, World};

/// Commits files to `main`, `None` removing one, and waits until the source `app` has published them.
async fn publish(world: &World, repository: &Repository, files: &[(&str, Option<&str>)]) -> String {
    let commit = repository.commit("main", files, "Change").expect("git commits");
    world.ask(GIT_REPOSITORY, "app").await;
    let published = |object: &DynamicObject| text(object, "/status/artifact/revision").ends_with(&commit);
    world.until(GIT_REPOSITORY, "app", "published", published).await;
    commit
}

fn holds(object: &DynamicObject, name: &str) -> bool {
    let entries = at(object, "/status/inventory/entries").as_array();
    let is = |entry: &Value| entry["id"].as_str().is_some_and(|id| id.contains(&format!("_{name}__")));
    entries.into_iter().flatten().any(is)
}

fn owner(object: &DynamicObject) -> &str {
    let labels = object.metadata.labels.as_ref();
    labels.and_then(|labels| labels.get("kustomize.toolkit.fluxcd.io/name")).map_or("", String::as_str)
}

/// Waits until a Kustomization has applied a commit and holds nothing that it does not want.
async fn clean(world: &World, name: &str, commit: &str) -> DynamicObject {
    let revision = format!("main@sha1:{commit}");
    let said = format!("Applied revision: {revision}");
    let is = |object: &DynamicObject| is_ready(object) && message(object, "Ready") == said;
    world.until(KUSTOMIZATION, name, &format!("clean at {revision}"), is).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_moves_whoever_comes_first() {
    let world = World::start("move").await;
    let rows = ["any", "leaving", "joining"];
    let moved: BTreeMap<&str, String> =
        rows.map(|row| (row, config_map(&format!("{row}-moved"), "x"))).into();
    let stays = |name: &str| config_map(name, "x");
    let mut files: Vec<(String, String)> = Vec::new();
    for row in rows {
        files.push((format!("{row}/old/moved.yaml"), moved[row].clone()));
        files.push((format!("{row}/old/stays.yaml"), stays(&format!("{row}-old"))));
        files.push((format!("{row}/new/stays.yaml"), stays(&format!("{row}-new"))));
    }
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let (repository, commit) = world.repository("app", &files);
    world.git_repository("app", &world.git.url("app"), Value::Null).await;
    for row in rows {
        let after = |what: &str, first: &str| match what == row {
            true => json!([{ "name": format!("{row}-{first}") }]),
            false => Value::Null,
        };
        let spec = |part: &str, depends_on: Value| json!({ "path": format!("{row}/{part}"), "dependsOn": depends_on });
        world.kustomization(&format!("{row}-old"), spec("old", after("joining", "new"))).await;
        world.kustomization(&format!("{row}-new"), spec("new", after("leaving", "old"))).await;
    }
    let mut before = BTreeMap::new();
    for row in rows {
        world.applied(&format!("{row}-old"), &commit).await;
        world.applied(&format!("{row}-new"), &commit).await;
        before.insert(row, uid(&world.get(CONFIG_MAP, &format!("{row}-moved")).await).to_owned());
    }

    let mut changes: Vec<(String, Option<&str>)> = Vec::new();
    for row in rows {
        changes.push((format!("{row}/old/moved.yaml"), None));
        changes.push((format!("{row}/new/moved.yaml"), Some(&moved[row])));
    }
    let changes: Vec<_> = changes.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let commit = publish(&world, &repository, &changes).await;
    for row in rows {
        let (old, new) = (format!("{row}-old"), format!("{row}-new"));
        assert!(holds(&clean(&world, &new, &commit).await, &format!("{row}-moved")), "{row}");
        assert!(!holds(&clean(&world, &old, &commit).await, &format!("{row}-moved")), "{row}");
        let object = world.get(CONFIG_MAP, &format!("{row}-moved")).await;
        assert_eq!(uid(&object), before[row], "{row} was deleted on its way");
        assert_eq!(owner(&object), new, "{row}");
    }

    // What nobody takes over goes, and the Kustomization is not ready before.
    let commit = publish(
        &world,
        &repository,
        &[("any/old/stays.yaml", None), ("any/old/more.yaml", Some(&stays("more")))],
    )
    .await;
    clean(&world, "any-old", &commit).await;
    assert!(world.find(CONFIG_MAP, "any-old").await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_owner_that_fails_loses_nothing() {
    let plane = ControlPlane::shared().await.unwrap();
    let crew = Crew::start(plane.kubeconfig(), &plane.client(), &[]).await;
    let world = World::on(plane, crew, "failing").await;
    let (unbuilt, refused) = (config_map("unbuilt", "x"), config_map("refused", "x"));
    let files = [
        ("old/unbuilt.yaml", unbuilt.as_str()),
        ("old/refused.yaml", refused.as_str()),
        ("old/stays.yaml", &config_map("stays", "x")),
        ("one/own.yaml", &config_map("one", "x")),
        ("two/own.yaml", &config_map("two", "x")),
    ];
    let (repository, commit) = world.repository("app", &files);
    world.git_repository("app", &world.git.url("app"), Value::Null).await;
    for name in ["old", "one", "two"] {
        world.kustomization(name, json!({ "path": name })).await;
        world.applied(name, &commit).await;
    }
    let before = [
        uid(&world.get(CONFIG_MAP, "unbuilt").await).to_owned(),
        uid(&world.get(CONFIG_MAP, "refused").await).to_owned(),
    ];

    let broken = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: UPPER\n";
    let changes = [
        ("old/unbuilt.yaml", None),
        ("old/refused.yaml", None),
        ("one/unbuilt.yaml", Some(unbuilt.as_str())),
        ("one/kustomization.yaml", Some("resources: [own.yaml, unbuilt.yaml, nowhere.yaml]\n")),
        ("two/refused.yaml", Some(refused.as_str())),
        ("two/broken.yaml", Some(broken)),
    ];
    let commit = publish(&world, &repository, &changes).await;
    world.failed(KUSTOMIZATION, "one", "BuildFailed").await;
    world.failed(KUSTOMIZATION, "two", "ReconciliationFailed").await;
    let left = |object: &DynamicObject| {
        is_ready(object) && text(object, "/status/lastAppliedRevision").ends_with(&commit)
    };
    let old = world.until(KUSTOMIZATION, "old", "ready all the same", left).await;
    assert!(message(&old, "Ready").contains("not deleted yet"), "{}", message(&old, "Ready"));
    assert!(holds(&old, "unbuilt") && holds(&old, "refused"), "the inventory holds what is not deleted");

    {
        let mut fleet = world.crew.fleet().await;
        fleet.kustomize.kill().await.unwrap();
        fleet.kustomize.start().await.unwrap();
    }
    world.request(KUSTOMIZATION, "old").await;
    let fix = [("one/kustomization.yaml", None), ("two/broken.yaml", None)];
    let commit = publish(&world, &repository, &fix).await;
    for name in ["one", "two"] {
        clean(&world, name, &commit).await;
    }
    let old = clean(&world, "old", &commit).await;
    assert!(!holds(&old, "unbuilt") && !holds(&old, "refused"));
    for (at, (name, new)) in [("unbuilt", "one"), ("refused", "two")].into_iter().enumerate() {
        let object = world.get(CONFIG_MAP, name).await;
        assert_eq!((uid(&object), owner(&object)), (before[at].as_str(), new));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kustomization_that_is_renamed_keeps_its_objects() {
    let world = World::start("rename").await;
    let child = |name: &str| {
        json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": { "name": name, "labels": { SHARD: world.crew.shard() } },
            "spec": { "interval": "1h", "prune": true, "path": "./app", "targetNamespace": world.namespace,
                "sourceRef": { "kind": "GitRepository", "name": "app" } },
        })
        .to_string()
    };
    let files = [("app/map.yaml", config_map("kept", "x")), ("root/first.yaml", child("first"))];
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let (repository, commit) = world.repository("app", &files);
    world.git_repository("app", &world.git.url("app"), Value::Null).await;
    world.kustomization("root", json!({ "path": "./root" })).await;
    world.applied("first", &commit).await;
    let before = uid(&world.get(CONFIG_MAP, "kept").await).to_owned();

    let changes = [("root/first.yaml", None), ("root/second.yaml", Some(child("second")))];
    let changes: Vec<_> = changes.iter().map(|(path, text)| (*path, text.as_deref())).collect();
    let commit = publish(&world, &repository, &changes).await;
    clean(&world, "second", &commit).await;
    world.gone(KUSTOMIZATION, "first").await;
    let object = world.get(CONFIG_MAP, "kept").await;
    assert_eq!((uid(&object), owner(&object)), (before.as_str(), "second"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_stops_a_revision_that_deletes_too_much() {
    let world = World::start("budget").await;
    let names: Vec<String> = (0..5).map(|at| format!("map-{at}")).collect();
    let files: Vec<_> =
        names.iter().map(|name| (format!("app/{name}.yaml"), config_map(name, "x"))).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let (repository, commit) = world.repository("app", &files);
    world.git_repository("app", &world.git.url("app"), Value::Null).await;
    let spec = |budget: Value| json!({ "path": "./app", "sluice": { "pruneBudget": budget } });
    world.kustomization("app", spec(json!("20%"))).await;
    world.applied("app", &commit).await;
    for refused in [json!("20"), json!("120%"), json!(-1), json!("a lot")] {
        let patch = json!({ "spec": spec(refused.clone()) });
        let (api, params) = (world.api(KUSTOMIZATION), PatchParams::default());
        assert!(api.patch("app", &params, &Patch::Merge(patch)).await.is_err(), "{refused}");
    }

    // One of five is within the budget.
    let commit = publish(&world, &repository, &[("app/map-0.yaml", None)]).await;
    clean(&world, "app", &commit).await;
    assert!(world.find(CONFIG_MAP, "map-0").await.is_none());
    // Two of four are not, and what else the revision says is applied.
    let changes =
        [("app/map-1.yaml", None), ("app/map-2.yaml", None), ("app/new.yaml", Some(config_map("new", "x")))];
    let changes: Vec<_> = changes.iter().map(|(path, text)| (*path, text.as_deref())).collect();
    let commit = publish(&world, &repository, &changes).await;
    let (app, said) = world.failed(KUSTOMIZATION, "app", "PruneBudgetExceeded").await;
    assert!(
        said.contains("2 of 4") && said.contains("20%") && said.contains("sluice.dev/allow-prune"),
        "{said}"
    );
    assert!(holds(&app, "map-1") && holds(&app, "map-2"));
    for name in ["map-1", "map-2", "new"] {
        assert!(world.find(CONFIG_MAP, name).await.is_some(), "{name}");
    }
    let allow =
        json!({ "metadata": { "annotations": { "sluice.dev/allow-prune": format!("main@sha1:{commit}") } } });
    world.patch(KUSTOMIZATION, "app", allow).await;
    let app = clean(&world, "app", &commit).await;
    assert_eq!(condition(&app, "Reconciling"), &Value::Null);
    for name in ["map-1", "map-2"] {
        assert!(world.find(CONFIG_MAP, name).await.is_none(), "{name}");
    }
}
