//! Discovery documents, whole and broken.

use serde_json::{Value, json};

use super::*;

fn group(name: &str, versions: &Value) -> Value {
    json!({"metadata": {"name": name}, "versions": versions})
}

fn resource(kind: &str, plural: &str, scope: &str) -> Value {
    json!({"resource": plural, "responseKind": {"kind": kind}, "scope": scope, "verbs": ["get", "list", "watch", "patch"]})
}

fn read(core: &Value, groups: &Value) -> Option<Kinds> {
    let list = |items: &Value| serde_json::from_value(json!({"items": items})).unwrap();
    Kinds::read(&list(core), &list(groups))
}

fn core() -> Value {
    json!([group(
        "",
        &json!([{"version": "v1", "resources": [resource("Namespace", "namespaces", "Cluster")]}])
    )])
}

#[test]
fn the_preferred_version_comes_first() {
    let resources = json!([resource("Gadget", "gadgets", "Namespaced")]);
    let versions =
        json!([{"version": "v2", "resources": resources}, {"version": "v1", "resources": resources}]);
    let kinds = read(&core(), &json!([group("example.org", &versions)])).unwrap();
    let gadget = GroupKind::new("example.org", "Gadget");
    assert_eq!(kinds.exact(&gadget, "v1").unwrap().version, "v1");
    assert_eq!(kinds.exact(&gadget, "v3"), None);
    assert_eq!(kinds.any(&gadget, "v3").unwrap().version, "v2");
    let id = ObjectId {
        namespace: "n".into(),
        name: "x".into(),
        group: "example.org".into(),
        kind: "Gadget".into(),
    };
    assert_eq!(kinds.any(&gadget, "v1").unwrap().path(&id), "/apis/example.org/v1/namespaces/n/gadgets/x");
    let namespace = kinds.exact(&GroupKind::new("", "Namespace"), "v1").unwrap();
    assert_eq!(namespace.path(&ObjectId { namespace: String::new(), ..id }), "/api/v1/namespaces/x");
}

#[test]
fn stale_groups_are_unknown_and_no_core_is_no_discovery() {
    let versions = json!([{"version": "v1", "freshness": "Stale", "resources": []}]);
    let kinds = read(&core(), &json!([group("metrics.k8s.io", &versions)])).unwrap();
    assert!(kinds.is_stale("metrics.k8s.io"));
    assert!(!kinds.is_stale("apps"));
    assert!(read(&json!([]), &json!([])).is_none());
}

#[test]
fn a_name_cannot_lead_a_path_astray() {
    for (name, expected) in [
        ("web", "web"),
        ("system:node", "system%3Anode"),
        ("..", "%2E%2E"),
        ("../secrets/x", "..%2Fsecrets%2Fx"),
        ("x&watch=false", "x%26watch%3Dfalse"),
        ("a?b#c%2F", "a%3Fb%23c%252F"),
    ] {
        assert_eq!(super::escaped(name), expected);
    }
}
