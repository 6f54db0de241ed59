//! Inventories are sets by object id, and their size is never underestimated.

use super::*;

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
fn the_size_is_never_underestimated() {
    let entries: Vec<_> = (0..500)
        .map(|n| format!("namespace-{n}_system:name:{n}_rbac.authorization.k8s.io_Role").replace(':', "__"))
        .collect();
    let inventory: Inventory = inventory(&entries.iter().map(|id| (id.as_str(), "v1")).collect::<Vec<_>>());
    let written = serde_json::to_string(&inventory.to_entries()).unwrap().len();
    assert!(inventory.estimated_bytes() >= written - 2, "{} {written}", inventory.estimated_bytes());
    assert!(inventory.estimated_bytes() < written + written / 10);
    assert!(!inventory.is_too_big());
}
