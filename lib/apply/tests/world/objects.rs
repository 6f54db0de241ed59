//! Manifests for tests; the fixture gives them their namespace.

use serde_json::{Value, json};

pub(crate) fn named(api_version: &str, kind: &str, name: &str) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}})
}

pub(crate) fn config_map(name: &str, value: &str) -> Value {
    let mut object = named("v1", "ConfigMap", name);
    object["data"] = json!({"key": value});
    object
}

pub(crate) fn service_account(name: &str) -> Value {
    named("v1", "ServiceAccount", name)
}

pub(crate) fn deployment(name: &str, replicas: u32) -> Value {
    let mut object = named("apps/v1", "Deployment", name);
    object["spec"] = json!({
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "app", "image": "example.org/app:1"}]},
        },
    });
    object
}

fn group(namespace: &str) -> String {
    format!("{namespace}.example.org")
}

/// A definition whose group no other test has.
pub(crate) fn definition(namespace: &str) -> Value {
    let group = group(namespace);
    let mut object =
        named("apiextensions.k8s.io/v1", "CustomResourceDefinition", &format!("gadgets.{group}"));
    object["spec"] = json!({
        "group": group,
        "scope": "Namespaced",
        "names": {"kind": "Gadget", "plural": "gadgets", "singular": "gadget"},
        "versions": [{
            "name": "v1", "served": true, "storage": true,
            "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
        }],
    });
    object
}

pub(crate) fn custom_resource(namespace: &str, name: &str) -> Value {
    let mut object = named(&format!("{}/v1", group(namespace)), "Gadget", name);
    object["spec"] = json!({"size": 1});
    object
}
