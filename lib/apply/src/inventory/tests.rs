//! Inventories are sets by object id, and their size is never underestimated.

use super::*;
use crate::{entry::EntryHash, object::Digest};

fn inventory(entries: &[(&str, &str)]) -> Inventory {
    Inventory::from_entries(entries.iter().copied()).unwrap()
}

#[test]
fn sets_ignore_the_version() {
    let old = inventory(&[("a_x_apps_Deployment", "v1beta1"), ("a_y__ConfigMap", "v1")]);
    let new = inventory(&[("a_x_apps_Deployment", "v1"), ("a_z__ConfigMap", "v1")]);
    assert_eq!(old.difference(&new), inventory(&[("a_y__ConfigMap", "v1")]));
    let all = inventory(&[("a_x_apps_Deployment", "v1"), ("a_y__ConfigMap", "v1"), ("a_z__ConfigMap", "v1")]);
    assert_eq!(old.union(&new), all);
}

#[test]
fn an_entry_that_does_not_parse_is_an_error() {
    assert!(Inventory::from_entries([("nonsense", "v1")]).is_err());
}

#[test]
fn memos_survive_status_and_leave_when_there_is_no_room() {
    let memo = Memo::new(Digest([7; 16]), EntryHash([9; 16]), "");
    assert_eq!(memo.digest(""), Digest([7; 16]));
    assert_ne!(memo.digest("other"), Digest([7; 16]), "what another account applied proves nothing");
    let mut small = inventory(&[("a_x_apps_Deployment", "v1"), ("a_y__ConfigMap", "v1")]);
    let x = ObjectId::from_inventory("a_x_apps_Deployment").unwrap();
    small.remember(&x, Some(memo));
    assert_eq!(Inventory::read(small.to_entries()).unwrap(), small);
    let other = inventory(&[("a_x_apps_Deployment", "v2")]);
    assert_eq!(small.union(&other).memo(&x), Some(&memo));
    assert_eq!(small.difference(&other).memo(&x), None);
    for (digest, fields) in [("", "Bw"), ("BwcHBwcHBwcHBwcHBwcHBw", "?"), ("BwcHBwcHBwcHBwcHBwcHBw==", "CQ")]
    {
        let entry = Entry {
            digest: Some(digest.into()),
            fields: Some(fields.into()),
            ..small.to_entries()[0].clone()
        };
        assert_eq!(Inventory::read([entry]).unwrap().memo(&x), None, "{digest} {fields}");
    }

    let names: Vec<_> = (0..9_000).map(|n| format!("namespace_{n:060}__ConfigMap")).collect();
    let mut many: Inventory = inventory(&names.iter().map(|id| (id.as_str(), "v1")).collect::<Vec<_>>());
    assert!(!many.is_too_big());
    for name in &names {
        many.remember(&ObjectId::from_inventory(name).unwrap(), Some(memo));
    }
    assert!(!many.is_too_big(), "memos never stand in the way");
    assert!(serde_json::to_string(&many.to_entries()).unwrap().len() < MAX_BYTES);
}

#[test]
fn the_size_is_never_underestimated() {
    let entries: Vec<_> = (0..500)
        .map(|n| format!("namespace-{n}_system:name:{n}_rbac.authorization.k8s.io_Role").replace(':', "__"))
        .collect();
    let mut inventory: Inventory =
        inventory(&entries.iter().map(|id| (id.as_str(), "v1")).collect::<Vec<_>>());
    let check = |inventory: &Inventory| {
        let written = serde_json::to_string(&inventory.to_entries()).unwrap().len();
        let estimated = inventory.estimated_bytes() + inventory.memo_bytes();
        assert!(estimated >= written - 2, "{estimated} {written}");
        assert!(estimated < written + written / 10);
        assert!(!inventory.is_too_big());
    };
    check(&inventory);
    for id in inventory.clone().iter().map(|(id, _)| id) {
        inventory.remember(id, Some(Memo::new(Digest([255; 16]), EntryHash([0; 16]), "app")));
    }
    check(&inventory);
}
