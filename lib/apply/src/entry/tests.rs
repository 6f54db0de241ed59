//! The drift signal: what moves the hash, and what does not.

use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::conventions::Conventions;

fn entry(manager: &str, operation: &str, fields: Value) -> Value {
    let mut entry = json!({"manager": manager, "operation": operation, "time": "2026-01-01T00:00:00Z"});
    entry["fieldsV1"] = fields;
    entry
}

fn ownership(entries: &[Value]) -> Ownership {
    let metadata = Metadata::deserialize(json!({"managedFields": entries})).unwrap();
    let conventions = Conventions::new("p/", "ours", &["argocd".to_owned()]);
    read(&metadata, &conventions.field_manager, &conventions.take_over)
}

#[test]
fn others_move_the_hash_only_when_they_are_taken_over() {
    let ours = entry("ours", "Apply", json!({"f:data": {"f:a": {}}}));
    let alone = ownership(std::slice::from_ref(&ours));
    assert!(alone.hash.is_some() && !alone.to_take_over);
    // manager, operation, whether it is to be taken over
    let cases = [
        ("kubectl-edit", "Update", true),
        ("kubectl", "Apply", true),
        ("before-first-apply", "Update", true),
        ("before-first-apply", "Apply", false),
        ("ours", "Update", true),
        ("argocd-controller", "Apply", true),
        ("kube-controller-manager", "Update", false),
        ("helm", "Apply", false),
    ];
    for (manager, operation, taken) in cases {
        let both = ownership(&[ours.clone(), entry(manager, operation, json!({"f:data": {"f:b": {}}}))]);
        assert_eq!(both.to_take_over, taken, "{manager} {operation}");
        assert_eq!(both.hash != alone.hash, taken, "{manager} {operation}");
    }
}

#[test]
fn fields_and_time_of_ours_move_the_hash() {
    let ours = entry("ours", "Apply", json!({"f:data": {"f:a": {}}}));
    let hash = ownership(std::slice::from_ref(&ours)).hash;
    let mut later = ours.clone();
    later["time"] = "2026-01-01T00:00:01Z".into();
    let mut status = ours.clone();
    status["subresource"] = "status".into();
    assert_ne!(ownership(&[later]).hash, hash);
    assert_ne!(ownership(&[entry("ours", "Apply", json!({"f:data": {}}))]).hash, hash);
    assert_eq!(ownership(&[ours, status.clone()]).hash, hash);
    assert_eq!(ownership(&[status]).hash, None);
    assert_eq!(ownership(&[]).hash, None);
}
