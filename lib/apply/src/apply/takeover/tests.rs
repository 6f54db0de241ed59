//! What a take-over makes of managed fields.

use serde::Deserialize;

use super::*;

fn entry(manager: &str, operation: &str, fields: Value) -> Value {
    let mut entry =
        json!({"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1"});
    entry["time"] = "2026-01-01T00:00:00Z".into();
    entry["fieldsV1"] = fields;
    entry
}

fn managed_fields(entries: &[Value]) -> Option<Value> {
    let metadata = Metadata::deserialize(json!({"resourceVersion": "7", "managedFields": entries})).unwrap();
    let patch = patch(&metadata, &Conventions::new("p/", "ours", &[]), "v1")?;
    assert_eq!(patch[0], json!({"op": "test", "path": "/metadata/resourceVersion", "value": "7"}));
    Some(patch[1]["value"].clone())
}

#[test]
fn fields_of_kubectl_become_ours() {
    let data = |key: &str| json!({"f:data": {format!("f:{key}"): {}}});
    let stranger = entry("kube-controller-manager", "Update", data("c"));
    let result = managed_fields(&[
        entry("ours", "Apply", data("a")),
        entry("kubectl-edit", "Update", data("b")),
        stranger.clone(),
    ]);
    let both = entry("ours", "Apply", json!({"f:data": {"f:a": {}, "f:b": {}}}));
    assert_eq!(result, Some(json!([both, stranger])));
}

#[test]
fn the_first_take_over_makes_our_entry() {
    let result = managed_fields(&[entry("kubectl-create", "Update", json!({"f:data": {"f:b": {}}}))]);
    assert_eq!(result, Some(json!([entry("ours", "Apply", json!({"f:data": {"f:b": {}}}))])));
}

#[test]
fn status_and_finalizers_stay_out() {
    let fields =
        json!({"f:status": {"f:x": {}}, "f:metadata": {"f:finalizers": {".": {}}, "f:labels": {"f:a": {}}}});
    let result = managed_fields(&[entry("kubectl-patch", "Update", fields)]).unwrap();
    assert_eq!(result[0]["fieldsV1"], json!({"f:metadata": {"f:labels": {"f:a": {}}}}));
}

#[test]
fn nothing_to_take_over_is_no_patch() {
    assert_eq!(
        managed_fields(&[entry("ours", "Apply", json!({})), entry("helm", "Update", json!({}))]),
        None
    );
}
