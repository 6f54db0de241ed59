//! The crate against a real API server: what the mechanism relies on, and the stories of one pass after another.

mod world {
    pub(crate) mod fixture;
    pub(crate) mod objects;
}

use serde_json::json;
use sluice_apply::{Action, Cause, Fate, HealthStatus, ParkedFor, WakeReason};
use world::{
    fixture::{Merge, World},
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
    let pass = world.pass(&desired).await;
    assert_eq!(pass.actions(), [Action::Unchanged; 2]);
    assert!(world.requests().iter().filter(|r| r.starts_with("PATCH")).all(|r| r.contains("dryRun=All")));
    assert_eq!(world.resource_version("ConfigMap", "one").await, before);
}

#[tokio::test]
async fn edits_by_others_wake_where_they_touch_us() {
    // what somebody does to the object, and whether it is drift
    let cases = [
        ("changes a value of ours", json!({"data": {"key": "other"}}), "kubectl-edit", true),
        ("removes a value of ours", json!({"data": {"key": null}}), "someone", true),
        ("writes the same value", json!({"data": {"key": "1"}}), "someone", false),
        ("adds a value of their own", json!({"data": {"more": "1"}}), "someone", false),
        (
            "adds an annotation of their own",
            json!({"metadata": {"annotations": {"a": "b"}}}),
            "someone",
            false,
        ),
        ("adds a value with kubectl", json!({"data": {"more": "1"}}), "kubectl-patch", true),
    ];
    let mut world = World::new("drift").await;
    let names: Vec<_> = (0..cases.len()).map(|at| format!("case-{at}")).collect();
    let desired: Vec<_> = names.iter().map(|name| config_map(name, "1")).collect();
    world.pass(&desired).await;
    world.watched(cases.len()).await;

    for (name, (_, patch, manager, _)) in names.iter().zip(&cases) {
        world.merge(Merge { name, manager, patch: patch.clone() }).await;
    }
    world.settle("ConfigMap", &names).await;
    let woken: Vec<_> = world.wakes().into_iter().map(|wake| (wake.id.name, wake.why)).collect();
    for (name, (what, .., drift)) in names.iter().zip(&cases) {
        assert_eq!(woken.contains(&(name.clone(), WakeReason::Drift)), *drift, "{what}");
    }

    let pass = world.pass(&desired).await;
    assert_eq!(pass.actions(), [Action::Configured; 3]);
    for name in ["case-0", "case-1", "case-5"] {
        assert_eq!(world.get("ConfigMap", name).await["data"], json!({"key": "1"}));
    }
    world.settle("ConfigMap", &names).await;
    assert!(world.pass(&desired).await.plan.is_settled());
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
    world.merge(Merge { name: "one", manager: "someone", patch: held }).await;
    let pass = world.pass(&[]).await;
    assert_eq!(pass.pruned.survivors().len(), 1);
    let free = json!({"metadata": {"finalizers": null}});
    world.merge(Merge { name: "one", manager: "someone", patch: free }).await;
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
