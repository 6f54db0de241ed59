//! The crate against a real API server: what the mechanism relies on, and the stories of one pass after another.

mod world {
    pub(crate) mod fixture;
    pub(crate) mod objects;
}

use std::collections::BTreeMap;

use serde_json::json;
use sluice_apply::{Action, Cause, Fate, HealthStatus, ParkedFor, WakeReason};
use sluice_control_plane::{PLAY, Play};
use world::{
    fixture::{Edit, World},
    objects::{config_map, custom_resource, definition, deployment, named, service_account},
};

#[tokio::test]
async fn a_second_pass_costs_no_request() {
    let mut world = World::new("idle").await;
    let desired = vec![config_map("one", "1"), service_account("two"), deployment("three", 0)];
    let first = world.pass(&desired).await;
    assert_eq!(first.actions(), [Action::Created; 3]);
    world.watched(3).await;

    world.forget_requests();
    let second = world.pass(&desired).await;
    assert!(second.plan.is_settled());
    assert_eq!(world.requests(), Vec::<String>::new());
    assert_eq!(world.wakes(), []);
}

#[tokio::test]
async fn a_changed_manifest_sends_that_object_only() {
    let mut world = World::new("change").await;
    world.pass(&[config_map("one", "1"), config_map("two", "1")]).await;
    world.forget_requests();
    let pass = world.pass(&[config_map("one", "1"), config_map("two", "2")]).await;
    assert_eq!(pass.actions(), [Action::Configured]);
    assert_eq!(world.requests().len(), 2, "a dry-run and a write: {:?}", world.requests());
}

#[tokio::test]
async fn after_a_restart_dry_runs_prove_that_nothing_changed() {
    let mut world = World::new("restart").await;
    let desired = vec![config_map("one", "1"), deployment("two", 0)];
    world.pass(&desired).await;
    world.let_time_pass().await;
    let before = world.resource_version("ConfigMap", "one").await;

    let mut world = world.restarted();
    world.forget_memos();
    let pass = world.pass(&desired).await;
    assert_eq!(pass.actions(), [Action::Unchanged; 2]);
    assert!(world.requests().iter().filter(|r| r.starts_with("PATCH")).all(|r| r.contains("dryRun=All")));
    assert_eq!(world.resource_version("ConfigMap", "one").await, before);
}

#[tokio::test]
async fn after_a_restart_memos_prove_it_without_a_request() {
    let mut world = World::new("memos").await;
    let desired = vec![config_map("one", "1"), config_map("two", "1"), deployment("three", 0)];
    world.pass(&desired).await;

    let mut world = world.restarted();
    let pass = world.pass(&desired).await;
    assert!(pass.plan.is_settled());
    let asked = world.requests();
    let discovery = |request: &String| matches!(request.as_str(), "GET /api" | "GET /apis");
    assert!(asked.iter().all(discovery), "{asked:?}");

    // What happened while nobody looked is seen by the first look.
    world.edit("one", "someone", &Edit::Merge(json!({"data": {"key": "other"}}))).await;
    world.delete("ConfigMap", "two").await;
    let mut world = world.restarted();
    let pass = world.pass(&desired).await;
    assert_eq!(pass.actions(), [Action::Configured, Action::Created]);
    assert_eq!(world.get("ConfigMap", "one").await["data"], json!({"key": "1"}));
}

#[tokio::test]
async fn edits_by_others_wake_where_they_touch_us() {
    use Edit::{Apply, Merge};
    let data = |value: &str| json!({"data": {"key": value}});
    let labels = json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": null}}});
    let stripped = json!({"metadata": {"managedFields": [{}]}});
    let restart = json!({"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}});
    // what somebody does to the object, as which manager, and whether it wakes
    let cases = [
        ("changes a value of ours", Merge(data("other")), "kubectl-edit", Some(WakeReason::Drift)),
        (
            "removes a value of ours",
            Merge(json!({"data": {"key": null}})),
            "someone",
            Some(WakeReason::Drift),
        ),
        ("applies another value by force", Apply(data("other")), "someone", Some(WakeReason::Drift)),
        (
            "applies another value under our name",
            Apply(data("other")),
            "kustomize-controller",
            Some(WakeReason::Drift),
        ),
        ("removes our label", Merge(labels), "someone", Some(WakeReason::Gone)),
        ("strips the managed fields", Merge(stripped), "someone", Some(WakeReason::Drift)),
        (
            "adds a value with kubectl",
            Merge(json!({"data": {"more": "1"}})),
            "kubectl-patch",
            Some(WakeReason::Drift),
        ),
        ("writes the same value", Merge(data("1")), "someone", None),
        ("applies the same value", Apply(data("1")), "someone", None),
        ("adds a value of their own", Merge(json!({"data": {"more": "1"}})), "someone", None),
        ("adds an annotation of their own", Merge(restart), "someone", None),
    ];
    let mut world = World::new("drift").await;
    let names: Vec<_> = (0..cases.len()).map(|at| format!("case-{at}")).collect();
    let desired: Vec<_> = names.iter().map(|name| config_map(name, "1")).collect();
    world.pass(&desired).await;
    world.watched(cases.len()).await;

    // The time of our entry is kept in whole seconds.
    world.let_time_pass().await;
    for (name, (_, edit, manager, _)) in names.iter().zip(&cases) {
        world.edit(name, manager, edit).await;
    }
    world.settle("ConfigMap", &names).await;
    let woken: BTreeMap<_, _> = world.wakes().into_iter().map(|wake| (wake.id.name, wake.why)).collect();
    for (name, (what, .., why)) in names.iter().zip(&cases) {
        assert_eq!(woken.get(name), why.as_ref(), "{what}");
    }

    let pass = world.pass(&desired).await;
    assert_eq!(pass.actions(), [Action::Configured; 7]);
    for (name, (what, ..)) in names.iter().zip(&cases).take(7) {
        let live = world.get("ConfigMap", name).await;
        assert_eq!(live["data"], json!({"key": "1"}), "{what}");
        assert_eq!(live["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"], "app", "{what}");
    }
    world.settle("ConfigMap", &names).await;
    assert!(world.pass(&desired).await.plan.is_settled());
    assert_eq!(world.wakes(), []);
}

#[tokio::test]
async fn ignored_fields_are_left_to_others() {
    let mut world = World::new("ignore").await;
    world.ignored = vec!["/data/key".to_owned()];
    let object = |key: &str, more: &str| {
        let mut object = config_map("one", key);
        object["data"]["more"] = more.into();
        object
    };
    world.pass(&[object("1", "1")]).await;
    world.watched(1).await;
    assert_eq!(world.get("ConfigMap", "one").await["data"]["key"], "1", "it is made with all fields");

    // Somebody changes the field: that is looked at once, and nothing is written.
    world.edit("one", "scaler", &Edit::Merge(json!({"data": {"key": "5"}}))).await;
    assert_eq!(world.next_wake().await.why, WakeReason::Drift);
    let before = world.resource_version("ConfigMap", "one").await;
    assert_eq!(world.pass(&[object("1", "1")]).await.actions(), [Action::Unchanged]);
    assert_eq!(world.resource_version("ConfigMap", "one").await, before);
    assert!(world.pass(&[object("1", "1")]).await.plan.is_settled());
    // Whatever else the manifest changes leaves the field as it is, also where the manifest changes the field.
    assert_eq!(world.pass(&[object("2", "2")]).await.actions(), [Action::Configured]);
    assert_eq!(world.get("ConfigMap", "one").await["data"], json!({"key": "5", "more": "2"}));
    // Another applier gets it for itself.
    world.edit("one", "applier", &Edit::Apply(json!({"data": {"key": "7"}}))).await;
    assert_eq!(world.pass(&[object("2", "3")]).await.actions(), [Action::Configured]);
    let live = world.get("ConfigMap", "one").await;
    assert_eq!(live["data"], json!({"key": "7", "more": "3"}));
    let entries = live["metadata"]["managedFields"].as_array().unwrap();
    let ours = entries.iter().find(|entry| entry["manager"] == "kustomize-controller").unwrap();
    assert_eq!(ours["fieldsV1"]["f:data"], json!({"f:more": {}}));
    // Drift elsewhere is put right all the same.
    world.edit("one", "someone", &Edit::Merge(json!({"data": {"more": "x", "key": "9"}}))).await;
    world.settle("ConfigMap", &["one".to_owned()]).await;
    assert_eq!(world.pass(&[object("2", "3")]).await.actions(), [Action::Configured]);
    assert_eq!(world.get("ConfigMap", "one").await["data"], json!({"key": "9", "more": "3"}));
}

#[tokio::test]
async fn a_deleted_object_comes_back() {
    let mut world = World::new("deleted").await;
    let desired = vec![config_map("one", "1")];
    world.pass(&desired).await;
    world.watched(1).await;
    world.delete("ConfigMap", "one").await;
    assert_eq!(world.next_wake().await.why, WakeReason::Gone);
    assert_eq!(world.pass(&desired).await.actions(), [Action::Created]);
}

#[tokio::test]
async fn a_definition_and_its_objects_come_in_one_go() {
    let mut world = World::new("crd").await;
    let desired =
        vec![definition(&world.namespace), custom_resource(&world.namespace, "one"), config_map("two", "1")];
    let mut passes = 0;
    let actions = loop {
        passes += 1;
        assert!(passes < 20, "never settled");
        let pass = world.pass(&desired).await;
        match &pass.applied().parked {
            None => break pass.actions(),
            Some(parked) if parked.what == ParkedFor::Readiness => {
                world.wait_for(&parked.ids);
                assert_eq!(world.next_wake().await.why, WakeReason::Health);
            }
            Some(parked) => {
                assert_eq!(parked.what, ParkedFor::Retry);
                world.let_time_pass().await;
            }
        }
    };
    assert_eq!(actions, [Action::Created; 2]);
    world.watched(3).await;
    assert!(world.pass(&desired).await.plan.is_settled());
    let pruned = world.pass(&[]).await.pruned;
    assert!(
        pruned.fates.iter().all(|(.., fate)| matches!(fate, Fate::Deleted | Fate::Terminating { .. })),
        "{pruned:?}"
    );
}

#[tokio::test]
async fn all_errors_are_reported_and_nothing_is_half_applied() {
    let mut world = World::new("errors").await;
    let mut bad_name = config_map("fine", "1");
    bad_name["metadata"]["name"] = "Not_Fine".into();
    let mut far = config_map("far", "1");
    far["metadata"]["namespace"] = "nowhere-at-all".into();
    let mut secret = named("v1", "Secret", "secret");
    secret["data"] = json!({"password": "not base64 hunter2"});
    let unknown = named("example.org/v1", "Nothing", "x");
    let desired = vec![config_map("good", "1"), bad_name, far, secret, unknown];
    let errors = world.pass(&desired).await.applied.expect_err("five objects, four of them bad");
    let causes: Vec<_> = errors.errors.iter().map(|error| (error.id.name.as_str(), &error.cause)).collect();
    assert_eq!(causes.len(), 4, "{errors}");
    assert!(
        causes.iter().any(|(name, cause)| *name == "far" && matches!(cause, Cause::NoNamespace(_))),
        "{errors}"
    );
    assert!(
        causes.iter().any(|(name, cause)| *name == "x" && matches!(cause, Cause::UnknownKind { .. })),
        "{errors}"
    );
    assert!(!errors.to_string().contains("hunter2"), "{errors}");
    assert!(world.find("ConfigMap", "good").await.is_none());
}

#[tokio::test]
async fn an_object_moves_between_owners_without_deletion() {
    let mut world = World::new("move").await;
    world.pass(&[config_map("one", "1"), config_map("two", "1")]).await;
    let uid = world.uid("ConfigMap", "one").await;
    let mut other = world.other("other");
    other.pass(&[config_map("one", "1")]).await;
    let pruned = world.pass(&[]).await.pruned;
    let fates: Vec<_> = pruned.fates.iter().map(|(id, _, fate)| (id.name.as_str(), fate.clone())).collect();
    assert_eq!(fates[0], ("two", Fate::Deleted));
    assert!(matches!(&fates[1], ("one", Fate::HandedOver(Some(_)))), "{fates:?}");
    assert_eq!(world.uid("ConfigMap", "one").await, uid);
    assert!(pruned.survivors().is_empty());
}

#[tokio::test]
async fn finalizers_keep_an_object_in_the_inventory_until_it_is_gone() {
    let mut world = World::new("finalizer").await;
    world.pass(&[config_map("one", "1")]).await;
    world.watched(1).await;
    let held = json!({"metadata": {"finalizers": ["example.org/held"]}});
    world.edit("one", "someone", &Edit::Merge(held)).await;
    let pass = world.pass(&[]).await;
    assert_eq!(pass.pruned.survivors().len(), 1);
    let free = json!({"metadata": {"finalizers": null}});
    world.edit("one", "someone", &Edit::Merge(free)).await;
    while world.next_wake().await.why != WakeReason::Gone {}
    assert!(world.pass(&[]).await.pruned.survivors().is_empty());
    assert!(world.inventory.is_empty());
}

#[tokio::test]
async fn force_recreates_what_cannot_change() {
    let mut world = World::new("force").await;
    let mut fixed = config_map("one", "1");
    fixed["immutable"] = true.into();
    world.pass(std::slice::from_ref(&fixed)).await;
    fixed["data"]["key"] = "2".into();
    let errors = world.pass(std::slice::from_ref(&fixed)).await.applied.expect_err("immutable");
    assert!(matches!(errors.errors[0].cause, Cause::Immutable(_)), "{errors}");
    fixed["metadata"]["annotations"] = json!({"kustomize.toolkit.fluxcd.io/force": "Enabled"});
    let pass = world.pass(std::slice::from_ref(&fixed)).await;
    assert_eq!(pass.actions(), [Action::Recreated]);
    assert_eq!(world.get("ConfigMap", "one").await["data"]["key"], "2");

    let uid = world.uid("ConfigMap", "one").await;
    fixed["data"]["not a key!"] = "3".into();
    world.pass(std::slice::from_ref(&fixed)).await.applied.expect_err("invalid for a new object, too");
    assert_eq!(world.uid("ConfigMap", "one").await, uid);
}

#[tokio::test]
async fn health_arrives_by_watch() {
    let mut world = World::new("health").await;
    world.pass(&[deployment("web", 2), config_map("one", "1")]).await;
    let ids: Vec<_> = world.inventory.iter().map(|(id, _)| id.clone()).collect();
    world.wait_for(&ids);
    while !world.is_current() {
        world.next_wake().await;
    }
    let health = world.health("Deployment", "web");
    assert_eq!(health.map(|health| health.status), Some(HealthStatus::Current));
}

#[tokio::test]
async fn kubectls_own_fields_are_taken_over() {
    let mut world = World::new("takeover").await;
    world.create_as("kubectl-create", config_map("one", "0"), json!({"data": {"stray": "x"}})).await;
    let pass = world.pass(&[config_map("one", "1")]).await;
    assert_eq!(pass.actions(), [Action::Configured]);
    let live = world.get("ConfigMap", "one").await;
    assert_eq!(live["data"], json!({"key": "1"}));
    let managers: Vec<_> = live["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["manager"].clone())
        .collect();
    assert_eq!(managers, ["kustomize-controller"]);
}

#[tokio::test]
async fn live_annotations_switch_us_off() {
    let mut world = World::new("policy").await;
    let desired = vec![config_map("one", "1"), config_map("two", "1")];
    world.pass(&desired).await;
    world.watched(2).await;
    let off = json!({"metadata": {"annotations": {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}}, "data": {"key": "2"}});
    world.edit("one", "kubectl-edit", &Edit::Merge(off)).await;
    world.settle("ConfigMap", &["one".to_owned()]).await;
    assert_eq!(world.wakes(), []);
    assert!(world.pass(&desired).await.plan.is_settled());
    let changed = vec![config_map("one", "3"), config_map("two", "3")];
    assert_eq!(world.pass(&changed).await.actions(), [Action::Skipped, Action::Configured]);
    assert_eq!(world.get("ConfigMap", "one").await["data"]["key"], "2");
    let pruned = world.pass(&[]).await.pruned;
    let fates: Vec<_> = pruned.fates.into_iter().map(|(.., fate)| fate).collect();
    assert_eq!(fates, [Fate::Deleted, Fate::Kept]);
}

#[tokio::test]
async fn objects_that_are_there_are_merged_or_left_alone() {
    let mut world = World::new("ssa").await;
    for name in ["merge", "once"] {
        world.create_as("kubectl-create", config_map(name, "0"), json!({"data": {"stray": "x"}})).await;
    }
    let with = |name: &str, ssa: &str| {
        let mut object = config_map(name, "1");
        object["metadata"]["annotations"] = json!({"kustomize.toolkit.fluxcd.io/ssa": ssa});
        object
    };
    let desired = vec![with("merge", "Merge"), with("once", "IfNotPresent"), with("new", "IfNotPresent")];
    let actions = world.pass(&desired).await.actions();
    assert_eq!(actions, [Action::Configured, Action::Created, Action::Skipped]);
    assert_eq!(world.get("ConfigMap", "merge").await["data"], json!({"key": "1", "stray": "x"}));
    assert_eq!(world.get("ConfigMap", "once").await["data"], json!({"stray": "x"}));
    world.watched(2).await;
    world.forget_requests();
    assert_eq!(world.pass(&desired).await.actions(), [Action::Skipped]);
    assert_eq!(world.requests().len(), 1, "one look at the object that is not ours: {:?}", world.requests());
}

#[tokio::test]
async fn a_rollout_that_fails_is_told_by_watch() {
    let mut world = World::new("rollout").await;
    let mut web = deployment("web", 1);
    web["spec"]["progressDeadlineSeconds"] = 1.into();
    web["spec"]["template"]["metadata"]["annotations"] = json!({PLAY: Play::Crash.value()});
    world.pass(std::slice::from_ref(&web)).await;
    let ids: Vec<_> = world.inventory.iter().map(|(id, _)| id.clone()).collect();
    world.wait_for(&ids);
    while world.health("Deployment", "web").is_none_or(|health| health.status != HealthStatus::Failed) {
        world.next_wake().await;
    }
}

#[tokio::test]
async fn an_identity_without_rights_is_told_so_and_changes_nothing() {
    let mut world = World::new("rights").await;
    let account = world.account("nobody").await;
    world.act_as(account);
    let errors =
        world.pass(&[config_map("one", "1"), config_map("two", "1")]).await.applied.expect_err("no rights");
    assert_eq!(errors.errors.len(), 2);
    assert!(errors.errors.iter().all(|error| matches!(error.cause, Cause::Forbidden(_))), "{errors}");
    assert!(world.find("ConfigMap", "one").await.is_none());
}

#[tokio::test]
async fn objects_of_others_are_watched_one_by_one() {
    let mut world = World::new("guest").await;
    let (there, later) = (world.id("apps", "Deployment", "there"), world.id("", "ConfigMap", "later"));
    world.create_as("someone", deployment("there", 1), json!({})).await;
    world.watch_also(&[there.clone(), later.clone()]);
    let status = |world: &World, id| world.health_for(id).map(|health| health.status);
    while status(&world, &there) != Some(HealthStatus::Current)
        || status(&world, &later) != Some(HealthStatus::NotFound)
    {
        assert_eq!(world.next_wake().await.why, WakeReason::Health);
    }
    world.create_as("someone", config_map("later", "1"), json!({})).await;
    assert_eq!(world.next_wake().await.id, later);
    assert_eq!(status(&world, &later), Some(HealthStatus::Current));
    world.watch_also(&[]);
    assert_eq!(status(&world, &later), None);
}

#[tokio::test]
async fn health_can_be_read_where_no_watch_tells() {
    let mut world = World::new("read").await;
    world.pass(&[deployment("web", 0)]).await;
    let (web, none) = (world.id("apps", "Deployment", "web"), world.id("", "Secret", "none"));
    while !world.read_health(&web).await.is_current() {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.read_health(&none).await.status, HealthStatus::NotFound);
}
