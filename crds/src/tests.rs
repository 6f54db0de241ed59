//! Realistic objects of every kind, as the API server stores them, must decode and encode to the same.

use kube::core::{Resource, object::HasSpec};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

mod helm;
mod kustomize;
mod notification;
mod source;

/// Decodes an object and expects its encoding to be the same; returns it for a closer look.
#[track_caller]
fn check<K>(spec: Value, status: Option<Value>) -> K
where
    K: Resource<DynamicType = ()> + HasSpec + Serialize + DeserializeOwned,
{
    let mut object = json!({
        "apiVersion": K::api_version(&()),
        "kind": K::kind(&()),
        "metadata": { "name": "app", "namespace": "apps", "generation": 2 },
    });
    object["spec"] = spec;
    if let Some(status) = status {
        object["status"] = status;
    }
    let decoded: K = serde_json::from_value(object.clone()).expect("the object decodes");
    assert_eq!(serde_json::to_value(&decoded).expect("the object encodes"), object);
    decoded
}

fn artifact(path: &str, revision: &str) -> Value {
    json!({
        "path": path,
        "url": format!("http://source-controller.flux-system.svc.cluster.local./{path}"),
        "revision": revision,
        "digest": "sha256:2b1c8d4f7f3a",
        "lastUpdateTime": "2026-01-02T03:04:05Z",
        "size": 1234,
    })
}

fn ready() -> Value {
    json!([{
        "type": "Ready",
        "status": "True",
        "reason": "Succeeded",
        "message": "stored artifact",
        "observedGeneration": 2,
        "lastTransitionTime": "2026-01-02T03:04:05Z",
    }])
}

#[test]
fn unknown_fields_and_a_fresh_status_decode() {
    let object = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": { "name": "app" },
        "spec": { "url": "ssh://git@example.com/app", "interval": "5m", "future": { "field": [1] } },
        "status": { "observedGeneration": -1, "future": true },
    });
    let decoded: crate::source::GitRepository = serde_json::from_value(object).unwrap();
    assert_eq!(crate::object::Reconciled::observed_generation(&decoded), -1);
    assert_eq!(decoded.spec.timeout, crate::Duration::from_secs(60));
    assert_eq!(decoded.spec.provider, crate::source::GitProvider::Generic);
}

#[test]
fn definitions_are_plain() {
    let definitions = crate::all();
    assert_eq!(definitions.len(), 11);
    for definition in definitions {
        let text = serde_json::to_string(&definition).unwrap();
        for word in ["nullable", "oneOf", "anyOf", "allOf", "$ref", "null"] {
            assert!(!text.contains(&format!("\"{word}\"")), "{word} in {:?}", definition.metadata.name);
        }
        assert!(!text.contains("null,") && !text.contains("[null"), "{:?}", definition.metadata.name);
    }
}
