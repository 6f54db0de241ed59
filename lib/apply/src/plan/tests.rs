//! Plans, as tables of what is desired and what is known.

use serde_json::json;

use super::*;
use crate::{
    entry::EntryHash,
    inventory::Memo,
    ledger::{Applied, ResourceVersion, Seen},
    object::Digest,
};

fn owner() -> Owner {
    Owner::new("flux-system", "app")
}

fn options() -> PlanOptions {
    PlanOptions { prune: true, force: false, recheck: false, custom_stage: Vec::new(), prefix: "p/".into() }
}

fn manifest(kind: &str, name: &str) -> Manifest {
    Manifest::new(
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "n"}}),
        None,
    )
    .unwrap()
}

fn annotated(annotation: &str, value: &str) -> Manifest {
    let metadata = json!({"name": "x", "namespace": "n", "annotations": {annotation: value}});
    Manifest::new(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}), None).unwrap()
}

fn record(manifest: &Manifest) -> Record {
    let mut record = Record::new(owner(), None);
    record.applied = Some(Applied {
        version: manifest.version.clone(),
        digest: manifest.digest,
        entry: Some(EntryHash([1; 16])),
        resource_version: ResourceVersion(10),
        uid: "uid".into(),
    });
    record
}

fn seen() -> Seen {
    Seen {
        resource_version: ResourceVersion(11),
        uid: "uid".into(),
        entry: Some(EntryHash([1; 16])),
        owner: Some(owner()),
        deleting: false,
        untouched: false,
    }
}

fn snapshot(records: impl IntoIterator<Item = (ObjectId, Record)>) -> Snapshot {
    Snapshot { records: records.into_iter().collect(), ..Snapshot::default() }
}

fn make(desired: Vec<Manifest>, inventory: &Inventory, snapshot: &Snapshot, options: &PlanOptions) -> Plan {
    let scopes =
        Scopes::new([(GroupKind::new("", "Namespace"), false), (GroupKind::new("", "ConfigMap"), true)]);
    let owner = owner();
    plan(Situation { owner: &owner, desired, inventory, snapshot, scopes: &scopes, options }).unwrap()
}

#[test]
fn why_an_object_is_sent() {
    let x = manifest("ConfigMap", "x");
    let known = record(&x);
    let with = |change: fn(&mut Record)| {
        let mut record = known.clone();
        change(&mut record);
        Some(record)
    };
    let cases = [
        ("never heard of", None, false, Some(Why::New)),
        ("in the inventory of a process before", None, true, Some(Why::Unknown)),
        ("applied, watch silent", with(|_| {}), true, None),
        ("applied, seen as applied", with(|r| r.seen = Sight::Present(seen())), true, None),
        (
            "other manifest",
            with(|r| r.applied.as_mut().unwrap().digest = Digest([0; 16])),
            true,
            Some(Why::Changed),
        ),
        (
            "other version",
            with(|r| r.applied.as_mut().unwrap().version = "v2".into()),
            true,
            Some(Why::Changed),
        ),
        ("gone", with(|r| r.seen = Sight::Missing(ResourceVersion(11))), true, Some(Why::Drifted)),
        ("gone before we applied it", with(|r| r.seen = Sight::Missing(ResourceVersion(9))), true, None),
        (
            "edited",
            with(|r| r.seen = Sight::Present(Seen { entry: None, ..seen() })),
            true,
            Some(Why::Drifted),
        ),
        (
            "of another",
            with(|r| r.seen = Sight::Present(Seen { owner: None, ..seen() })),
            true,
            Some(Why::Drifted),
        ),
        (
            "edited and switched off",
            with(|r| r.seen = Sight::Present(Seen { entry: None, untouched: true, ..seen() })),
            true,
            None,
        ),
    ];
    for (what, record, in_inventory, why) in cases {
        let inventory: Inventory =
            in_inventory.then(|| (x.id.clone(), "v1".to_owned())).into_iter().collect();
        let snapshot = snapshot(record.map(|record| (x.id.clone(), record)));
        let plan = make(vec![x.clone()], &inventory, &snapshot, &options());
        let sent: Vec<_> = plan.stages[0].to_apply.iter().map(|step| step.why).collect();
        assert_eq!(sent, Vec::from_iter(why), "{what}");
        assert_eq!(plan.is_settled(), why.is_none(), "{what}");
        assert_eq!(plan.write_ahead, std::iter::once(&x).collect(), "{what}");
    }
}

#[test]
fn objects_that_cannot_be_watched_are_looked_at_when_asked() {
    let x = manifest("ConfigMap", "x");
    let inventory: Inventory = std::iter::once(&x).collect();
    let mut snapshot = snapshot([(x.id.clone(), record(&x))]);
    snapshot.unwatchable.insert(x.id.group_kind());
    let recheck = PlanOptions { recheck: true, ..options() };
    assert!(make(vec![x.clone()], &inventory, &snapshot, &options()).is_settled());
    assert_eq!(make(vec![x], &inventory, &snapshot, &recheck).stages[0].to_apply[0].why, Why::Unknown);
}

#[test]
fn policies_skip_objects_and_keep_them_in_the_inventory() {
    for (annotation, value) in [("p/ssa", "Ignore"), ("p/reconcile", "disabled")] {
        let x = annotated(annotation, value);
        let plan = make(vec![x.clone()], &Inventory::new(), &Snapshot::default(), &options());
        assert_eq!((plan.to_apply(), plan.skipped), (0, vec![(x.id.clone(), Left::Always)]));
        assert!(plan.desired.contains(&x.id));
    }
    let once = annotated("p/ssa", "IfNotPresent");
    let mut there = Record::new(owner(), None);
    assert_eq!(make(vec![once.clone()], &Inventory::new(), &Snapshot::default(), &options()).to_apply(), 1);
    there.seen = Sight::Present(seen());
    let present = snapshot([(once.id.clone(), there.clone())]);
    assert_eq!(make(vec![once.clone()], &Inventory::new(), &present, &options()).to_apply(), 0);
    // One without our label is in no watch: an earlier look counts until it is time to look again.
    there.seen = Sight::Unseen;
    there.left = Some(Left::WhilePresent);
    let looked_at = snapshot([(once.id.clone(), there)]);
    assert_eq!(make(vec![once.clone()], &Inventory::new(), &looked_at, &options()).to_apply(), 0);
    let recheck = PlanOptions { recheck: true, ..options() };
    assert_eq!(make(vec![once], &Inventory::new(), &looked_at, &recheck).to_apply(), 1);
}

#[test]
fn what_is_about_to_change_is_not_remembered() {
    let (same, other) = (manifest("ConfigMap", "same"), manifest("ConfigMap", "other"));
    let mut inventory: Inventory = [&same, &other].into_iter().collect();
    for manifest in [&same, &other] {
        let memo = Memo::new(manifest.digest, EntryHash([1; 16]), "");
        inventory.remember(&manifest.id, Some(memo));
    }
    let snapshot = snapshot([(same.id.clone(), record(&same))]);
    let plan = make(vec![same.clone(), other.clone()], &inventory, &snapshot, &options());
    assert!(plan.write_ahead.memo(&same.id).is_some());
    assert!(plan.write_ahead.memo(&other.id).is_none());
}

#[test]
fn pruning_goes_backwards_and_only_when_wanted() {
    let old = Inventory::from_entries([
        ("_ns__Namespace", "v1"),
        ("n_gone__ConfigMap", "v1"),
        ("n_gone_apps_Deployment", "v1"),
        ("n_stays__ConfigMap", "v1"),
    ]);
    let old = old.unwrap();
    let desired = vec![manifest("ConfigMap", "stays")];
    let plan = make(desired.clone(), &old, &Snapshot::default(), &options());
    let kinds: Vec<_> = plan.prune.iter().map(|(id, _)| id.kind.as_str()).collect();
    assert_eq!(kinds, ["Deployment", "ConfigMap", "Namespace"]);
    assert_eq!(plan.write_ahead, old);
    let keep = PlanOptions { prune: false, ..options() };
    assert_eq!(make(desired, &old, &Snapshot::default(), &keep).prune, []);
}

#[test]
fn scopes_settle_namespaces_in_manifests_and_inventory() {
    let old = Inventory::from_entries([("n_x__Namespace", "v1")]).unwrap();
    let plan = make(vec![manifest("Namespace", "x")], &old, &Snapshot::default(), &options());
    assert_eq!(plan.prune, [], "the same object with and without a namespace");
    let step = &plan.stages[0].to_apply[0];
    assert_eq!(step.manifest.id.namespace, "");
    assert_eq!(step.manifest.object["metadata"], json!({"name": "x"}));
    assert_eq!(step.why, Why::Unknown);
}

#[test]
fn what_stands_in_the_way_is_listed_at_once() {
    let bare = |file: &str| {
        let value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}});
        Manifest::new(value, Some(file.into())).unwrap()
    };
    let twice = |file: &str| Manifest { source: Some(file.into()), ..manifest("ConfigMap", "y") };
    let scopes = Scopes::new([(GroupKind::new("", "ConfigMap"), true)]);
    let (owner, inventory, snapshot, options) = (owner(), Inventory::new(), Snapshot::default(), options());
    let desired = vec![bare("a.yaml"), twice("b.yaml"), twice("c.yaml")];
    let situation = Situation {
        owner: &owner,
        desired,
        inventory: &inventory,
        snapshot: &snapshot,
        scopes: &scopes,
        options: &options,
    };
    let errors: Vec<_> = plan(situation).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "ConfigMap/x has no namespace, and its kind needs one (in a.yaml)",
            "ConfigMap/n/y is described twice (in b.yaml and c.yaml)",
        ]
    );
}

#[test]
fn a_definition_gives_its_kind_a_scope() {
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "gadgets.example.org"},
        "spec": {
            "group": "example.org", "scope": "Cluster", "names": {"kind": "Gadget", "plural": "gadgets"},
            "versions": [{"name": "v1", "served": true}, {"name": "v0", "served": false}],
        },
    });
    let gadget = json!({"apiVersion": "example.org/v1", "kind": "Gadget", "metadata": {"name": "x", "namespace": "n"}});
    let desired = [gadget, definition].map(|value| Manifest::new(value, None).unwrap());
    let plan = make(desired.to_vec(), &Inventory::new(), &Snapshot::default(), &options());
    let stages: Vec<_> =
        plan.stages.iter().map(|stage| (stage.stage, stage.to_apply[0].manifest.id.to_string())).collect();
    assert_eq!(
        stages,
        [
            (Stage::Definitions, "CustomResourceDefinition/gadgets.example.org".to_owned()),
            (Stage::Rest, "Gadget/x".to_owned()),
        ]
    );
    assert_eq!(plan.definitions[0].versions, ["v1"]);
}
