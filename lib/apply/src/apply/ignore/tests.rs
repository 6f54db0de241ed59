//! What is sent where fields are ignored, by table.

use serde_json::json;

use super::*;

fn manifest() -> Value {
    json!({
        "metadata": { "name": "x", "annotations": { "a/b": "ours", "c": "ours" } },
        "spec": {
            "replicas": 1,
            "paused": false,
            "containers": [{ "name": "app", "image": "app:1" }, { "name": "proxy", "image": "proxy:1" }],
            "arguments": ["one", "two"],
        },
    })
}

fn live() -> Value {
    json!({
        "metadata": { "name": "x", "annotations": { "a/b": "theirs", "d": "theirs" } },
        "spec": {
            "replicas": 5,
            "paused": false,
            "containers": [{ "name": "proxy", "image": "proxy:9" }, { "name": "app", "image": "app:9" }],
            "arguments": ["three"],
        },
    })
}

#[test]
fn ignored_fields_are_left_out_or_stay_as_they_are() {
    let nobody = json!({});
    let app = r#"k:{"name":"app"}"#;
    // the pointer, what another manager applies, and where the result differs from the manifest
    let cases = [
        ("/spec/replicas", nobody.clone(), "/spec/replicas", json!(5)),
        ("/spec/replicas", json!({ "f:spec": { "f:replicas": {} } }), "/spec/replicas", Value::Null),
        ("/spec/replicas", json!({ "f:spec": { "f:paused": {} } }), "/spec/replicas", json!(5)),
        ("/spec/containers/0/image", nobody.clone(), "/spec/containers/0/image", json!("app:9")),
        (
            "/spec/containers/0/image",
            json!({ "f:spec": { "f:containers": { app: { ".": {}, "f:image": {} } } } }),
            "/spec/containers/0/image",
            Value::Null,
        ),
        (
            "/spec/containers/1/image",
            json!({ "f:spec": { "f:containers": { app: { "f:image": {} } } } }),
            "/spec/containers/1/image",
            json!("proxy:9"),
        ),
        ("/spec/arguments", nobody.clone(), "/spec/arguments", json!(["three"])),
        ("/spec/arguments/1", json!({ "f:spec": { "f:arguments": {} } }), "/spec/arguments", json!(["one"])),
        ("/metadata/annotations/a~1b", nobody.clone(), "/metadata/annotations/a~1b", json!("theirs")),
        // Only what the manifest sets is of interest, each field by itself; what is gone stays gone.
        ("/metadata/annotations", nobody.clone(), "/metadata/annotations", json!({ "a/b": "theirs" })),
        (
            "/metadata/annotations",
            json!({ "f:metadata": { "f:annotations": { "f:a/b": {} } } }),
            "/metadata/annotations",
            Value::Null,
        ),
        ("/spec/nowhere/else", nobody.clone(), "/spec/nowhere", Value::Null),
        ("/spec/replicas/deeper", nobody.clone(), "/spec/replicas", json!(1)),
        ("/metadata/name", nobody.clone(), "/metadata/name", json!("x")),
        ("", nobody.clone(), "/spec/replicas", json!(1)),
        ("spec/replicas", nobody, "/spec/replicas", json!(1)),
    ];
    for (path, theirs, at, expected) in cases {
        let entry = |manager: &str, fields: Value| FieldsEntry {
            manager: manager.into(),
            operation: "Apply".into(),
            fields_v1: fields,
            ..FieldsEntry::default()
        };
        let all = json!({ "f:spec": { "f:replicas": {}, "f:containers": { app: { "f:image": {} } } } });
        let update = FieldsEntry { operation: "Update".into(), ..entry("scaler", all.clone()) };
        let metadata = Metadata {
            managed_fields: vec![entry("ours", all), update, entry("other", theirs.clone())],
            ..Metadata::default()
        };
        let adapted = adapt(&manifest(), &live(), &metadata, "ours", &[path.to_owned()]);
        assert_eq!(adapted.pointer(at).unwrap_or(&Value::Null), &expected, "{path} {theirs}");
        let mut rest = adapted;
        let mut whole = manifest();
        for object in [&mut rest, &mut whole] {
            for pointer in [at, path] {
                blank(object, pointer);
            }
        }
        assert_eq!(rest, whole, "nothing else changes: {path} {theirs}");
    }
}

/// Takes away what a pointer points to.
fn blank(object: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    let last = last.replace("~1", "/");
    match object.pointer_mut(parent) {
        Some(Value::Object(fields)) => drop(fields.remove(&last)),
        Some(Value::Array(items)) => items.clear(),
        _ => {}
    }
}

#[test]
fn notes_of_the_server_are_no_change() {
    let same =
        json!({ "metadata": { "labels": {}, "generation": 2 }, "spec": { "a": 1 }, "status": { "b": 1 } });
    for (dry_run, expected) in [
        (json!({ "metadata": { "generation": 3, "resourceVersion": "1" }, "spec": { "a": 1 } }), true),
        (json!({ "metadata": { "labels": { "x": "y" } }, "spec": { "a": 1 } }), false),
        (json!({ "metadata": { "annotations": { "x": "y" } }, "spec": { "a": 1 } }), false),
        (json!({ "metadata": {}, "spec": { "a": 2 } }), false),
        (json!({ "metadata": {}, "spec": { "a": 1 }, "data": {} }), false),
    ] {
        assert_eq!(is_same(&same, &dry_run), expected, "{dry_run}");
    }
}
