//! Objects of `notification.toolkit.fluxcd.io`.

use serde_json::json;

use super::{check, ready};
use crate::notification::*;

#[test]
fn provider() {
    let object: Provider = check(
        json!({
            "type": "incident.io",
            "address": "https://api.example.com",
            "channel": "general",
            "timeout": "20s",
            "proxy": "http://proxy",
            "secretRef": { "name": "token" },
            "suspend": true,
        }),
        None,
    );
    assert_eq!(object.spec.type_, ProviderType::IncidentIo);
}

#[test]
fn alert() {
    check::<Alert>(
        json!({
            "providerRef": { "name": "slack" },
            "eventSeverity": "error",
            // A kind that flux-operator adds to the installed definition.
            "eventSources": [{ "kind": "ResourceSet", "name": "*", "namespace": "apps", "matchLabels": { "a": "b" } }],
            "inclusionList": [".*succeeded.*"],
            "exclusionList": [".*dry-run.*"],
            "eventMetadata": { "cluster": "prod" },
            "summary": "prod",
        }),
        None,
    );
}

#[test]
fn receiver() {
    check::<Receiver>(
        json!({
            "type": "generic-oidc",
            "interval": "5m0s",
            "events": ["push"],
            "resources": [{ "kind": "GitRepository", "name": "*", "matchLabels": { "a": "b" }, "filter": "true" }],
            "resourceFilter": "req.body.ok",
            "oidcProviders": [{
                "issuerURL": "https://issuer.example.com",
                "audience": "receiver",
                "variables": [{ "name": "repo", "expression": "claims.repository" }],
                "validations": [{ "expression": "vars.repo == 'a'", "message": "wrong repository" }],
            }],
        }),
        Some(json!({ "observedGeneration": 2, "conditions": ready(), "webhookPath": "/hook/123" })),
    );
}
