//! Refusals are told apart, and secret values stay out of messages.

use serde_json::{Value, json};

use super::*;

fn id(kind: &str) -> ObjectId {
    ObjectId { namespace: "n".into(), name: "x".into(), group: String::new(), kind: kind.into() }
}

fn cause(kind: &str, code: u16, message: &str, details: Value) -> Cause {
    let mut status = json!({"status": "Failure", "code": code, "message": message, "reason": "Invalid"});
    status["details"] = details;
    Cause::of(Failure::Refused(Box::new(serde_json::from_value(status).unwrap())), &id(kind))
}

/// A code, a message, details, and what they are to be taken for.
type Case = (u16, &'static str, Value, fn(&Cause) -> bool);

#[test]
fn refusals_are_told_apart() {
    let namespace = json!({"kind": "namespaces", "name": "n"});
    let cases: [Case; 9] = [
        (404, "namespaces \"n\" not found", namespace, |c| matches!(c, Cause::NoNamespace(_))),
        (403, "configmaps is forbidden", json!({}), |c| matches!(c, Cause::Forbidden(_))),
        (403, "admission webhook \"w\" denied the request", json!({}), |c| matches!(c, Cause::Webhook(_))),
        (500, "failed calling webhook \"w\"", json!({}), |c| matches!(c, Cause::Webhook(_))),
        (422, "data: field is immutable when set", json!({}), |c| matches!(c, Cause::Immutable(_))),
        (422, "spec.x: Required value", json!({}), |c| matches!(c, Cause::Invalid(_))),
        (
            500,
            "failed to create typed patch object (n/x; /v1, Kind=ConfigMap): .datum: field not declared",
            json!({}),
            |c| matches!(c, Cause::Invalid(_)),
        ),
        (409, "the object has been modified", json!({}), |c| matches!(c, Cause::Conflict(_))),
        (503, "shutting down", json!({}), |c| matches!(c, Cause::Refused { code: 503, .. })),
    ];
    for (code, message, details, is) in cases {
        let cause = cause("ConfigMap", code, message, details);
        assert!(is(&cause), "{code} {message}: {cause:?}");
    }
}

#[test]
fn secrets_are_named_by_field_only() {
    let details =
        json!({"causes": [{"field": "data.password", "message": "hunter2", "reason": "FieldValueInvalid"}]});
    for (code, message) in [
        (422, "Secret \"x\" is invalid: data.password: Invalid value: \"hunter2\""),
        (400, "illegal base64 data in hunter2"),
        (500, "cannot convert hunter2"),
        (403, "admission webhook \"w\" denied the request: hunter2 is weak"),
    ] {
        let text = cause("Secret", code, message, details.clone()).to_string();
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("data.password"), "{text}");
        assert!(cause("ConfigMap", code, message, details.clone()).to_string().contains("hunter2"));
    }
    let forbidden = cause("Secret", 403, "secrets \"x\" is forbidden: User \"u\" cannot patch", json!({}));
    assert!(forbidden.to_string().contains("cannot patch"));
}

#[test]
fn an_error_names_object_and_file() {
    let error = ApplyError {
        id: id("ConfigMap"),
        source: Some("a/b.yaml".into()),
        cause: Cause::NoNamespace("n".into()),
    };
    assert!(
        error.to_string().starts_with("a/b.yaml: ConfigMap/n/x: the namespace \"n\" does not exist"),
        "{error}"
    );
}
