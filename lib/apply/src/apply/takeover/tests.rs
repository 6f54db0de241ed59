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

#[test]
fn marks_of_earlier_tools_go() {
    let conventions = Conventions::new("p/", "ours", &[]);
    let entry = |manager: &str, operation: &str, key: &str| FieldsEntry {
        manager: manager.into(),
        operation: operation.into(),
        fields_v1: json!({ "f:metadata": { "f:annotations": { format!("f:{key}"): {} } } }),
        ..FieldsEntry::default()
    };
    let applied = "kubectl.kubernetes.io/last-applied-configuration";
    for (what, key, owner, removed) in [
        ("nobody's", applied, None, true),
        ("of an unknown tool", "p/checksum", Some(entry("tool", "Update", "p/checksum")), true),
        ("ours, by the manifest", "p/checksum", Some(entry("ours", "Apply", "p/checksum")), false),
        ("taken over, and removed by the apply", applied, Some(entry("kubectl", "Update", applied)), false),
        ("another annotation", "p/other", None, false),
    ] {
        let metadata = Metadata {
            annotations: [(key.to_owned(), "x".to_owned())].into(),
            managed_fields: owner.into_iter().collect(),
            ..Metadata::default()
        };
        assert_eq!(!left_over(&metadata, &conventions).is_empty(), removed, "{what}");
        let patch = patch(&metadata, &conventions, "v1").unwrap_or_default().to_string();
        assert_eq!(patch.contains(r#""op":"remove""#), removed, "{what}: {patch}");
    }
    let metadata = Metadata {
        labels: [("fluxcd.io/sync-gc-mark".to_owned(), String::new())].into(),
        ..Metadata::default()
    };
    let patch = patch(&metadata, &conventions, "v1").unwrap();
    assert_eq!(patch[1], json!({ "op": "remove", "path": "/metadata/labels/fluxcd.io~1sync-gc-mark" }));
}
