//! The crate against a scripted API server: every fault that a real one shows only on bad days.

mod script {
    pub(crate) mod server;
    pub(crate) mod setup;
}

use script::{
    server::Fault,
    setup::{Setup, config_map, id, in_group, objects},
};
use serde_json::json;
use sluice_apply::{Action, Cause, Fate, Inventory, ObjectId, Owner, WakeReason, Why};

#[tokio::test(start_paused = true)]
async fn one_refused_dry_run_stops_all_writes_of_the_stage() {
    let setup = Setup::new();
    setup.server.fault("PATCH /api/v1/namespaces/n/configmaps/b", Fault::status(403, "no way"));
    let errors = setup.apply(&[config_map("a"), config_map("b"), config_map("c")]).await.unwrap_err();
    assert_eq!(errors.to_string(), "app.yaml: ConfigMap/n/b: no way");
    assert_eq!(setup.server.writes(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn errors_of_later_stages_are_known_at_once() {
    let setup = Setup::new();
    setup.server.fault("PATCH /api/v1/namespaces/late", Fault::status(403, "no namespaces for you"));
    setup.server.fault("PATCH /api/v1/namespaces/n/configmaps/b", Fault::status(422, "bad b"));
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "late"}});
    let mut dependent = config_map("in-late");
    dependent["metadata"]["namespace"] = "late".into();
    let errors = setup.apply(&[config_map("a"), config_map("b"), namespace, dependent]).await.unwrap_err();
    let ids: Vec<_> = errors.errors.iter().map(|error| error.id.to_string()).collect();
    assert_eq!(ids, ["Namespace/late", "ConfigMap/n/b"]);
    assert_eq!(setup.server.writes(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn hiccups_are_retried_and_no_answer_leaves_the_object_unknown() {
    // the faults of the write of one object, what comes of it, and how often the write was sent
    let cases = [
        (vec![], Ok(()), 1),
        (vec![Fault::later(429, 1)], Ok(()), 2),
        (vec![Fault::status(503, "busy"), Fault::Broken], Ok(()), 3),
        (vec![Fault::LostAnswer], Ok(()), 2),
        (vec![Fault::later(429, 3600)], Err("HTTP 429"), 1),
        (vec![Fault::Broken, Fault::Broken, Fault::Broken], Err("no answer"), 3),
        (vec![Fault::status(400, "bad")], Err("bad"), 1),
        (
            vec![Fault::status(500, "failed to create typed patch object (n/a): no such field")],
            Err("no such"),
            1,
        ),
    ];
    for (faults, result, sent) in cases {
        let setup = Setup::new();
        for fault in faults.clone() {
            setup.server.fault("PATCH! /api/v1/namespaces/n/configmaps/a", fault);
        }
        let outcome = setup.apply(&[config_map("a")]).await;
        match (&outcome, result) {
            (Ok(applied), Ok(())) => assert_eq!(applied.changes.len(), 1),
            (Err(errors), Err(text)) => assert!(errors.to_string().contains(text), "{errors}"),
            _ => panic!("{faults:?}: {outcome:?}"),
        }
        assert_eq!(setup.server.count("PATCH! "), sent, "{faults:?}");
        let plan = setup.plan(&[config_map("a")]);
        let why: Vec<_> = plan.stages.iter().flat_map(|stage| &stage.to_apply).map(|step| step.why).collect();
        assert_eq!(why, if result.is_ok() { vec![] } else { vec![Why::Unknown] });
    }
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_ends_with_the_deadline() {
    let setup = Setup::new();
    setup.server.fault("PATCH", Fault::Silence);
    let errors = setup.apply(&[config_map("a")]).await.unwrap_err();
    assert!(matches!(errors.errors[0].cause, Cause::NoAnswer(_)), "{errors}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_among_the_writes_reports_what_was_done() {
    let setup = Setup::new();
    setup.server.fault("PATCH! /api/v1/namespaces/n/secrets", Fault::status(422, "late refusal hunter2"));
    let mut secret = config_map("z");
    secret["kind"] = "Secret".into();
    let errors = setup.apply(&[config_map("a"), secret]).await.unwrap_err();
    assert_eq!(errors.changes.iter().map(|change| change.action).collect::<Vec<_>>(), [Action::Created]);
    assert_eq!(errors.errors.len(), 1);
    assert!(!errors.to_string().contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn without_discovery_nothing_is_pruned() {
    for fault in [
        Fault::status(500, "x"),
        Fault::Broken,
        Fault::Silence,
        Fault::Body(200, "{}"),
        Fault::Body(200, "nonsense"),
    ] {
        let setup = Setup::new();
        let gadget = in_group("example.org", "Gadget", "a");
        for path in ["GET /api", "GET /apis"] {
            setup.server.always(path, fault.clone());
        }
        let pruned = setup.prune(std::slice::from_ref(&gadget)).await;
        assert!(matches!(pruned.fates[0].2, Fate::Failed(_)), "{fault:?}: {pruned:?}");
        assert!(pruned.survivors().contains(&gadget));
        assert_eq!(setup.server.writes(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_gone_takes_its_objects_along() {
    let setup = Setup::new();
    let pruned = setup.prune(&[in_group("gone.example.org", "Gadget", "a")]).await;
    assert_eq!(pruned.fates[0].2, Fate::Absent);
    let stale = setup.prune(&[in_group("stale.example.org", "Gadget", "a")]).await;
    assert!(matches!(stale.fates[0].2, Fate::Failed(_)), "{stale:?}");
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_went_after_the_discovery_takes_its_objects_along() {
    let setup = Setup::new();
    let gadget = in_group("example.org", "Gadget", "a");
    setup.server.always("GET /apis/example.org", Fault::Body(404, "404 page not found"));
    let pruned = setup.prune(std::slice::from_ref(&gadget)).await;
    assert!(matches!(pruned.fates[0].2, Fate::Failed(_)), "discovery still knows the kind: {pruned:?}");
    setup.server.hide("example.org");
    assert_eq!(setup.prune(std::slice::from_ref(&gadget)).await.fates[0].2, Fate::Absent);
}

#[tokio::test(start_paused = true)]
async fn unknown_is_never_deleted_nor_dropped() {
    let cases = [
        ("GET /api/v1/namespaces/n/configmaps/a", Fault::status(403, "no")),
        ("GET /api/v1/namespaces/n/configmaps/a", Fault::Body(404, "404 page not found")),
        ("GET /api/v1/namespaces/n/configmaps/a", Fault::Body(200, "<html>")),
        ("GET /api/v1/namespaces/n/configmaps/a", Fault::Silence),
        ("DELETE /api/v1/namespaces/n/configmaps/a", Fault::status(403, "no")),
        ("DELETE /api/v1/namespaces/n/configmaps/a", Fault::status(409, "conflict")),
    ];
    for (request, fault) in cases {
        let setup = Setup::new();
        setup.apply(&[config_map("a"), config_map("b")]).await.unwrap();
        setup.server.always(request, fault.clone());
        let pruned = setup.prune(&[id("a"), id("b")]).await;
        let survivors: Vec<_> = pruned.survivors().iter().map(|(id, _)| id.name.clone()).collect();
        assert_eq!(survivors, ["a"], "{request} {fault:?}: {pruned:?}");
        assert_eq!(setup.server.names("configmaps"), ["a"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_changes_hands_during_the_deletion_stays() {
    let setup = Setup::new();
    setup.apply(&[config_map("a")]).await.unwrap();
    setup.server.fault("DELETE ", Fault::status(409, "the object has been modified"));
    setup.server.on_delete_relabel(&Owner::new("n", "other"));
    let pruned = setup.prune(&[id("a")]).await;
    assert_eq!(pruned.fates[0].2, Fate::HandedOver(Some(Owner::new("n", "other"))));
    assert_eq!(setup.server.names("configmaps"), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn what_another_may_want_stays_until_it_changes_hands() {
    let setup = Setup::new();
    setup.apply(&[config_map("a"), config_map("b")]).await.unwrap();
    let pruned = setup.prune_but(&[id("a"), id("b")], &[id("a")]).await;
    assert_eq!(
        pruned.fates.iter().map(|(.., fate)| fate).collect::<Vec<_>>(),
        [&Fate::Spared, &Fate::Deleted]
    );
    assert_eq!(pruned.survivors(), objects(&[id("a")]));
    assert_eq!(setup.server.names("configmaps"), ["a"]);
    setup.server.relabel(&Owner::new("n", "other"));
    let pruned = setup.prune_but(&[id("a")], &[id("a")]).await;
    assert_eq!(pruned.fates[0].2, Fate::HandedOver(Some(Owner::new("n", "other"))));
    assert!(pruned.survivors().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_answer_is_lost_is_done() {
    let setup = Setup::new();
    setup.apply(&[config_map("a")]).await.unwrap();
    setup.server.fault("DELETE ", Fault::LostAnswer);
    let pruned = setup.prune(&[id("a")]).await;
    assert_eq!(pruned.fates[0].2, Fate::Deleted);
}

#[tokio::test(start_paused = true)]
async fn the_same_object_under_another_group_is_not_deleted() {
    let setup = Setup::new();
    setup.apply(&[config_map("a")]).await.unwrap();
    let alias = in_group("example.org", "Gadget", "a");
    setup.server.alias("/apis/example.org/v1/namespaces/n/gadgets/a", "/api/v1/namespaces/n/configmaps/a");
    setup.ledger.register(&setup.owner, &objects(&[id("a"), alias.clone()]));
    let pruned = setup.prune(&[alias]).await;
    assert!(matches!(pruned.fates[0].2, Fate::HandedOver(_)), "{pruned:?}");
    assert_eq!(setup.server.names("configmaps"), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn annotations_on_the_live_object_keep_it() {
    let setup = Setup::new();
    let mut kept = config_map("a");
    kept["metadata"]["annotations"] = json!({"p/prune": "disabled"});
    setup.apply(&[kept]).await.unwrap();
    let pruned = setup.prune(&[id("a")]).await;
    assert_eq!(pruned.fates[0].2, Fate::Kept);
    assert!(pruned.survivors().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_expires_lists_again_and_misses_what_is_gone() {
    let mut setup = Setup::new();
    setup.apply(&[config_map("a"), config_map("b")]).await.unwrap();
    let stream = setup.server.watch("/api/v1/configmaps");
    setup.watches().follow(&setup.owner, &objects(&[id("a"), id("b")]));
    stream.wait_opened().await;
    stream.initial();
    setup.server.remove("configmaps", "b");
    let again = setup.server.watch("/api/v1/configmaps");
    stream.send(&json!({"type": "ADDED", "object": "not an object"}));
    stream.send(&json!({"type": "ERROR", "object": {"code": 410, "message": "too old"}}));
    again.wait_opened().await;
    again.initial();
    let wake = setup.wakes.recv().await.unwrap();
    assert_eq!((wake.id.name.as_str(), wake.why), ("b", WakeReason::Gone));
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_may_not_be_watched_is_marked() {
    let setup = Setup::new();
    setup.server.always("GET /api/v1/configmaps", Fault::status(403, "no"));
    setup.apply(&[config_map("a")]).await.unwrap();
    setup.watches().follow(&setup.owner, &objects(&[id("a")]));
    while setup.ledger.snapshot(&setup.owner).unwatchable.is_empty() {
        tokio::task::yield_now().await;
    }
    setup.watches().forget(&setup.owner);
    assert!(setup.watches().is_empty());
}

#[tokio::test(start_paused = true)]
async fn servers_without_streamed_lists_are_listed() {
    let mut setup = Setup::new();
    setup.apply(&[config_map("a"), config_map("b")]).await.unwrap();
    setup.server.remove("configmaps", "b");
    setup.server.fault("GET /api/v1/configmaps", Fault::status(422, "sendInitialEvents is forbidden"));
    let _stream = setup.server.watch("/api/v1/configmaps");
    setup.watches().follow(&setup.owner, &objects(&[id("a"), id("b")]));
    let wake = setup.wakes.recv().await.unwrap();
    assert_eq!((wake.id.name.as_str(), wake.why), ("b", WakeReason::Gone));
}

#[test]
fn an_empty_inventory_has_no_size() {
    assert_eq!(Inventory::new().estimated_bytes(), 0);
    assert!(ObjectId::from_inventory("").is_err());
}
