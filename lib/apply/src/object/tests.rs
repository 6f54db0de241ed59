//! Object ids survive the inventory; manifests that cannot be applied say why.

use proptest::prelude::*;
use serde_json::json;

use super::*;

proptest! {
    #[test]
    fn ids_survive_the_inventory(
        namespace in "([a-z]([-a-z0-9]{0,8}[a-z0-9])?)?",
        name in "[a-z]([-.a-z0-9:]{0,8}[a-z0-9:])?(:[a-z0-9]+)?",
        group in "([a-z]([-.a-z0-9]{0,8}[a-z])?)?",
        kind in "[A-Z][A-Za-z]{0,8}",
    ) {
        prop_assume!(!name.contains(":::"));
        let id = ObjectId { namespace, name, group, kind };
        prop_assert_eq!(ObjectId::from_inventory(&id.to_inventory()), Ok(id));
    }

    #[test]
    fn any_text_is_an_id_or_an_error(text in "\\PC*") {
        let _ = ObjectId::from_inventory(&text);
    }
}

#[test]
fn ids_that_would_lead_a_path_astray_are_refused() {
    for text in [
        "n_../../x__ConfigMap",
        "n_a/b__ConfigMap",
        "n_a%2Fb__ConfigMap",
        "n_a?x__ConfigMap",
        "n_.._g_Kind",
        "n_a b__K",
    ] {
        assert!(ObjectId::from_inventory(text).is_err(), "{text}");
    }
}

#[test]
fn ids_are_written_as_flux_writes_them() {
    let cases = [
        (("apps", "web", "apps", "Deployment"), "apps_web_apps_Deployment"),
        (
            ("", "system:node", "rbac.authorization.k8s.io", "ClusterRole"),
            "_system__node_rbac.authorization.k8s.io_ClusterRole",
        ),
        (("flux-system", "settings", "", "ConfigMap"), "flux-system_settings__ConfigMap"),
    ];
    for ((namespace, name, group, kind), text) in cases {
        let id = ObjectId::from_inventory(text).unwrap();
        assert_eq!((&*id.namespace, &*id.name, &*id.group, &*id.kind), (namespace, name, group, kind));
        assert_eq!(id.to_inventory(), text);
    }
}

#[test]
fn manifests_that_cannot_be_applied_say_why() {
    let meta = |kind: &str, metadata| json!({"apiVersion": "v1", "kind": kind, "metadata": metadata});
    let cases = [
        (json!([]), "a.yaml: a manifest must be an object"),
        (json!({"kind": "Pod"}), "a.yaml: Pod has no apiVersion"),
        (json!({"apiVersion": "v1"}), "a.yaml: object has no kind"),
        (meta("Pod", json!({"namespace": "x"})), "a.yaml: Pod has no metadata.name"),
        (meta("Pod", json!({"name": 3})), "a.yaml: Pod has no metadata.name"),
        (meta("Pod", json!({"generateName": "x-"})), "a.yaml: Pod/x-: uses generateName"),
        (meta("Role", json!({"name": "a__b"})), "a.yaml: Role/a__b: has two underscores"),
        (meta("Pod", json!({"name": ".."})), "a.yaml: Pod/..: has characters"),
        (meta("Pod", json!({"name": "a/b"})), "a.yaml: Pod/a/b: has a slash"),
        (meta("Pod", json!({"name": "a?dryRun=All"})), "a.yaml: Pod/a?dryRun=All: has characters"),
        (
            meta("Pod", json!({"name": "a", "namespace": 1})),
            "a.yaml: Pod/a: has a metadata.namespace that is not a string",
        ),
        (json!({"apiVersion": "v1", "kind": "PodList", "items": []}), "a.yaml: PodList: is a list"),
        (
            json!({"apiVersion": "a/b/c", "kind": "X", "metadata": {"name": "x"}}),
            "a.yaml: X/x: has an apiVersion",
        ),
    ];
    for (value, message) in cases {
        let error = Manifest::new(value, Some("a.yaml".into())).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error:?} should begin with {message:?}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth| {
        let value = (0..depth).fold(json!(1), |value, _| json!([value]));
        Manifest::new(
            json!({"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "spec": value}),
            None,
        )
    };
    assert!(nested(100).is_ok());
    assert!(nested(121).is_err());
}

#[test]
fn server_metadata_is_taken_away() {
    let value = json!({"apiVersion": "v1", "kind": "X", "metadata": {
        "name": "x", "uid": "1", "resourceVersion": "2", "managedFields": [], "creationTimestamp": null, "labels": {"a": "b"},
    }});
    let manifest = Manifest::new(value, None).unwrap();
    assert_eq!(manifest.object["metadata"], json!({"name": "x", "labels": {"a": "b"}}));
}

#[test]
fn digests_tell_values_apart_and_ignore_order() {
    let parse = |text: &str| Digest::of(&serde_json::from_str(text).unwrap());
    assert_eq!(parse(r#"{"a":1,"b":[1,2]}"#), parse(r#"{"b":[1,2],"a":1}"#));
    let different = [
        r#"{"a":1}"#,
        r#"{"a":"1"}"#,
        r#"{"a":[1]}"#,
        r#"{"a":null}"#,
        "{}",
        "[]",
        r#"["a",1]"#,
        r#"{"a":1.0}"#,
    ];
    for (at, a) in different.iter().enumerate() {
        for b in &different[at + 1..] {
            assert_ne!(parse(a), parse(b), "{a} {b}");
        }
    }
}
