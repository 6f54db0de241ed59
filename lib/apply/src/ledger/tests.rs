//! The transitions of the ledger, as tables of what happens to one object.

use std::{collections::HashSet, sync::Arc};

use super::*;
use crate::inventory::Memo;
use crate::{
    entry::EntryHash,
    health::HealthStatus,
    object::{Digest, GroupKind},
};

fn owner(name: &str) -> Owner {
    Owner::new("flux-system", name)
}

fn id(name: &str) -> ObjectId {
    ObjectId { namespace: "n".into(), name: name.into(), group: String::new(), kind: "ConfigMap".into() }
}

fn applied(version: u64) -> Applied {
    Applied {
        version: "v1".into(),
        digest: Digest([1; 16]),
        entry: Some(EntryHash([1; 16])),
        resource_version: ResourceVersion(version),
        uid: "uid".into(),
    }
}

fn seen(version: u64) -> Seen {
    Seen {
        resource_version: ResourceVersion(version),
        uid: "uid".into(),
        entry: Some(EntryHash([1; 16])),
        owner: Some(owner("a")),
        deleting: false,
        untouched: false,
    }
}

/// A book with one object of owner `a`, applied at resource version 10.
fn book() -> Book {
    let mut book = Book::default();
    book.register(&owner("a"), [id("x")]);
    assert_eq!(book.record_applied(&owner("a"), &id("x"), applied(10), None), None);
    book
}

fn present(seen: Seen) -> Observation {
    Observation::Present(seen, None)
}

fn deleted(version: u64, uid: &str) -> Observation {
    Observation::Deleted { resource_version: ResourceVersion(version), uid: uid.into() }
}

#[test]
fn one_event_after_an_apply() {
    let other_entry = Some(EntryHash([2; 16]));
    let cases = [
        ("our own write", present(seen(10)), None, Standing::Settled),
        (
            "an older write of another",
            present(Seen { entry: other_entry, ..seen(9) }),
            None,
            Standing::Settled,
        ),
        ("a status update", present(seen(11)), None, Standing::Settled),
        (
            "an edit",
            present(Seen { entry: other_entry, ..seen(11) }),
            Some(WakeReason::Drift),
            Standing::Changed,
        ),
        (
            "managed fields stripped",
            present(Seen { entry: None, ..seen(11) }),
            Some(WakeReason::Drift),
            Standing::Changed,
        ),
        (
            "deleted and created",
            present(Seen { uid: "2".into(), ..seen(11) }),
            Some(WakeReason::Drift),
            Standing::Replaced,
        ),
        (
            "taken by another owner",
            present(Seen { owner: Some(owner("b")), ..seen(11) }),
            None,
            Standing::Foreign(Some(owner("b"))),
        ),
        (
            "switched off",
            present(Seen { entry: other_entry, untouched: true, ..seen(11) }),
            None,
            Standing::Changed,
        ),
        ("deleted", deleted(11, "uid"), Some(WakeReason::Gone), Standing::Missing),
        ("an older deletion", deleted(9, "uid"), None, Standing::Settled),
        ("the deletion of a predecessor", deleted(11, "0"), None, Standing::Settled),
        (
            "absent from a list",
            Observation::NotListed { resource_version: ResourceVersion(12) },
            Some(WakeReason::Gone),
            Standing::Missing,
        ),
        (
            "absent from a stale list",
            Observation::NotListed { resource_version: ResourceVersion(9) },
            None,
            Standing::Settled,
        ),
    ];
    for (what, observation, wake, standing) in cases {
        let mut book = book();
        assert_eq!(book.observe(&id("x"), observation.clone()).map(|wake| wake.why), wake, "{what}");
        assert_eq!(book.record(&id("x")).unwrap().standing(), standing, "{what}");
        assert_eq!(book.observe(&id("x"), observation), None, "{what}, told twice");
    }
}

#[test]
fn events_before_the_response_prove_nothing() {
    let edited = Seen { entry: Some(EntryHash([2; 16])), ..seen(20) };
    let cases = [
        ("our own event comes first", present(seen(20)), 20, None),
        (
            "an edit before our write comes first",
            present(Seen { resource_version: ResourceVersion(19), ..edited.clone() }),
            20,
            None,
        ),
        (
            "an edit after our write comes first",
            present(Seen { resource_version: ResourceVersion(21), ..edited }),
            20,
            Some(WakeReason::Drift),
        ),
        ("a deletion before our write comes first", deleted(19, "uid"), 20, None),
        ("a deletion after our write comes first", deleted(21, "uid"), 20, Some(WakeReason::Drift)),
    ];
    for (what, observation, version, wake) in cases {
        let mut book = book();
        book.begin(&id("x"));
        assert_eq!(book.observe(&id("x"), observation), None, "{what}");
        let woken = book.record_applied(&owner("a"), &id("x"), applied(version), None);
        assert_eq!(woken.map(|wake| wake.why), wake, "{what}");
    }
}

#[test]
fn an_answer_that_holds_the_object_is_newer_than_a_list_before_it() {
    let mut book = book();
    book.observe(&id("x"), Observation::NotListed { resource_version: ResourceVersion(30) });
    book.begin(&id("x"));
    assert_eq!(book.record_applied(&owner("a"), &id("x"), applied(10), None), None);
    assert_eq!(book.record(&id("x")).unwrap().standing(), Standing::Settled);
}

#[test]
fn a_write_without_an_answer_leaves_the_object_unknown() {
    let mut book = book();
    book.begin(&id("x"));
    book.abandon(&id("x"));
    assert_eq!(book.record(&id("x")).unwrap().standing(), Standing::Unknown);
    book.record_applied(&owner("a"), &id("x"), applied(11), None);
    book.begin(&id("x"));
    book.rejected(&id("x"));
    assert_eq!(book.record(&id("x")).unwrap().standing(), Standing::Settled);
}

#[test]
fn only_who_waits_is_woken_by_health() {
    let health = |status, message: &str| Some(Health::new(status, message));
    let mut book = book();
    let tell = |book: &mut Book, version, health| {
        book.observe(&id("x"), Observation::Present(seen(version), health)).map(|wake| wake.why)
    };
    assert_eq!(tell(&mut book, 11, health(HealthStatus::InProgress, "0 of 2")), None);
    book.wait_for(&owner("a"), &[id("x")].into());
    assert_eq!(tell(&mut book, 12, health(HealthStatus::InProgress, "1 of 2")), None);
    assert_eq!(tell(&mut book, 13, health(HealthStatus::Current, "")), Some(WakeReason::Health));
    assert_eq!(tell(&mut book, 12, health(HealthStatus::Failed, "")), None, "older");
    assert_eq!(tell(&mut book, 14, None), Some(WakeReason::Changed), "a watch of metadata only");
    book.wait_for(&owner("a"), &Default::default());
    assert_eq!(tell(&mut book, 15, health(HealthStatus::Failed, "")), None);
    assert_eq!(book.record(&id("x")).unwrap().health, health(HealthStatus::Failed, ""));
}

#[test]
fn a_verdict_before_the_waiting_is_not_missed() {
    let cases = [
        (None, false),
        (Some(HealthStatus::InProgress), false),
        (Some(HealthStatus::Current), true),
        (Some(HealthStatus::Failed), true),
    ];
    for (status, woken) in cases {
        let mut book = book();
        book.observe(&id("x"), Observation::Present(seen(11), status.map(|status| Health::new(status, ""))));
        assert_eq!(!book.wait_for(&owner("a"), &[id("x")].into()).is_empty(), woken, "{status:?}");
        assert_eq!(book.wait_for(&owner("a"), &[id("x")].into()), [], "{status:?}, the second time");
    }
}

#[test]
fn the_end_of_a_deletion_before_its_answer_is_not_missed() {
    let mut book = book();
    book.begin(&id("x"));
    assert_eq!(book.observe(&id("x"), deleted(12, "uid")), None);
    assert_eq!(book.record_deleting(&id("x")).map(|wake| wake.why), Some(WakeReason::Gone));
}

#[test]
fn metadata_of_a_newer_object_makes_its_health_unknown() {
    let current = Some(Health::new(HealthStatus::Current, ""));
    let mut book = book();
    book.record_applied(&owner("a"), &id("x"), applied(20), current.clone());
    for (version, health) in [(20, current), (21, None)] {
        book.observe(&id("x"), present(seen(version)));
        assert_eq!(book.record(&id("x")).unwrap().health, health, "{version}");
    }
}

#[test]
fn what_is_seen_before_it_is_named_is_not_lost() {
    let mut book = Book::default();
    let current = Some(Health::new(HealthStatus::Current, ""));
    book.observe(&id("x"), Observation::Present(seen(5), current.clone()));
    book.register(&owner("a"), [id("x")]);
    let record = book.record(&id("x")).unwrap();
    assert_eq!((&record.seen, &record.health), (&Sight::Present(seen(5)), &current));
    book.forget(&owner("a"));
    assert!(book.is_empty());
    book.register(&owner("a"), [id("x")]);
    assert_eq!(book.record(&id("x")).unwrap().seen, Sight::Present(seen(5)));
}

#[test]
fn an_object_of_two_owners_belongs_to_who_applied_it() {
    let mut book = book();
    book.register(&owner("b"), [id("x")]);
    assert_eq!(book.snapshot(&owner("b")).records[&id("x")].applied, None);
    book.record_applied(&owner("b"), &id("x"), applied(20), None);
    assert_eq!(book.record(&id("x")).unwrap().owner, owner("b"));
    assert_eq!(book.snapshot(&owner("a")).records[&id("x")].standing(), Standing::Unknown);
    book.register(&owner("a"), []);
    assert_eq!(book.record(&id("x")).unwrap().applied, Some(applied(20)));
    book.register(&owner("b"), []);
    assert!(book.is_empty());
}

#[test]
fn a_list_tells_only_of_its_kind() {
    let mut book = book();
    let other = ObjectId { kind: "Secret".into(), ..id("x") };
    book.register(&owner("a"), [id("x"), id("y"), other.clone()]);
    for id in [id("y"), other] {
        book.record_applied(&owner("a"), &id, applied(10), None);
    }
    let listed: HashSet<_> = [id("y")].into();
    let wakes = book.observe_list(&GroupKind::new("", "ConfigMap"), ResourceVersion(11), &listed);
    assert_eq!(wakes, [Wake { owner: owner("a"), id: id("x"), why: WakeReason::Gone }]);
}

#[test]
fn the_end_of_a_deletion_wakes() {
    let mut book = book();
    book.observe(&id("x"), present(seen(10)));
    book.record_deleting(&id("x"));
    assert_eq!(book.observe(&id("x"), present(Seen { deleting: true, ..seen(11) })), None);
    assert_eq!(book.observe(&id("x"), deleted(12, "uid")).map(|wake| wake.why), Some(WakeReason::Gone));
    book.record_gone(&owner("a"), &id("x"));
    assert_eq!(book.observe(&id("x"), deleted(13, "uid")), None);
}

#[test]
fn resource_versions_compare_as_numbers() {
    let parse = ResourceVersion::parse;
    assert!(parse("9").is_older_than(parse("10")));
    assert!(!parse("10").is_older_than(parse("9")));
    assert!(!parse("").is_older_than(parse("9")));
    assert!(!parse("9").is_older_than(parse("opaque")));
}

#[test]
fn a_flight_that_crashes_leaves_the_object_unknown() {
    let (sender, _receiver) = tokio::sync::mpsc::unbounded_channel();
    let ledger = Ledger::new(sender);
    *ledger.book() = book();
    let x = id("x");
    drop(ledger.begin(&x));
    assert_eq!(ledger.snapshot(&owner("a")).records[&x].standing(), Standing::Unknown);
    let uid: Arc<str> = "uid".into();
    ledger.begin(&x).applied(&owner("a"), Applied { uid, ..applied(30) }, None);
    assert_eq!(ledger.snapshot(&owner("a")).records[&x].standing(), Standing::Settled);
}

#[test]
fn memos_are_believed_where_the_watch_sees_just_that() {
    let memo = |entry: u8| Memo::new(Digest([1; 16]), EntryHash([entry; 16]), "me");
    let cases = [
        ("as remembered", memo(1), Some(seen(11)), Standing::Settled),
        ("not seen", memo(1), None, Standing::Unknown),
        ("touched meanwhile", memo(2), Some(seen(11)), Standing::Unknown),
        ("of another", memo(1), Some(Seen { owner: Some(owner("b")), ..seen(11) }), Standing::Unknown),
        ("about to go", memo(1), Some(Seen { deleting: true, ..seen(11) }), Standing::Unknown),
        ("stripped", memo(1), Some(Seen { entry: None, ..seen(11) }), Standing::Unknown),
    ];
    for (what, memo, seen, standing) in cases {
        let mut inventory: Inventory = [(id("x"), "v1".to_owned())].into_iter().collect();
        inventory.remember(&id("x"), Some(memo));
        let mut book = Book::default();
        book.register(&owner("a"), [id("x")]);
        if let Some(seen) = seen {
            assert_eq!(book.observe(&id("x"), present(seen)), None, "{what}");
        }
        book.recall(&owner("a"), &inventory, "me");
        assert_eq!(book.record(&id("x")).unwrap().standing(), standing, "{what}");
        book.memorize(&owner("a"), &mut inventory, "me");
        assert_eq!(inventory.memo(&id("x")).is_some(), standing == Standing::Settled, "{what}");
    }
    let mut inventory: Inventory = [(id("x"), "v1".to_owned())].into_iter().collect();
    inventory.remember(&id("x"), Some(memo(1)));
    let mut book = book();
    book.observe(&id("x"), present(seen(11)));
    book.begin(&id("x"));
    book.abandon(&id("x"));
    book.recall(&owner("a"), &inventory, "me");
    assert_eq!(
        book.record(&id("x")).unwrap().applied,
        None,
        "a write whose answer was lost leaves no certainty"
    );
}

#[test]
fn owners_wake_when_all_watches_have_answered() {
    let config_maps = GroupKind::new("", "ConfigMap");
    let secret = ObjectId { kind: "Secret".into(), ..id("x") };
    let mut book = Book::default();
    assert!(!book.awaits_sight(&owner("a")), "who has nothing waits for nothing");
    book.register(&owner("a"), [id("x"), secret.clone()]);
    assert!(book.awaits_sight(&owner("a")));
    assert_eq!(book.answer(&config_maps), []);
    let wakes = book.answer(&secret.group_kind());
    assert_eq!(wakes.iter().map(|wake| wake.why).collect::<Vec<_>>(), [WakeReason::Sight]);
    assert!(!book.awaits_sight(&owner("a")));
    assert_eq!(book.answer(&config_maps), [], "told once");
    book.question(&config_maps);
    assert!(book.awaits_sight(&owner("a")));
    book.record_applied(&owner("a"), &id("x"), applied(10), None);
    assert!(!book.awaits_sight(&owner("a")), "what we applied ourselves needs no watch to be known");
}

#[test]
fn what_policy_leaves_alone_is_no_drift() {
    for (left, observation, standing) in [
        (Left::Always, present(seen(11)), Standing::Left),
        (Left::Always, deleted(11, "uid"), Standing::Left),
        (Left::WhilePresent, present(seen(11)), Standing::Left),
        (Left::WhilePresent, deleted(11, "uid"), Standing::Missing),
    ] {
        let mut book = book();
        book.leave(&owner("a"), &id("x"), left);
        book.observe(&id("x"), observation);
        assert_eq!(book.record(&id("x")).unwrap().standing(), standing, "{left:?}");
    }
}
