//! Objects of `helm.toolkit.fluxcd.io`.

use serde_json::json;

use super::{check, ready};
use crate::helm::*;

#[test]
fn chart_template() {
    check::<HelmRelease>(
        json!({
            "interval": "1h0m0s",
            "chart": {
                "metadata": { "labels": { "a": "b" } },
                "spec": {
                    "chart": "podinfo",
                    "version": "6.x",
                    "sourceRef": { "kind": "HelmRepository", "name": "podinfo", "namespace": "sources" },
                    "interval": "5m0s",
                    "reconcileStrategy": "ChartVersion",
                    "verify": { "provider": "cosign" },
                },
            },
            "releaseName": "app",
            "targetNamespace": "apps",
            "storageNamespace": "apps",
            "maxHistory": 3,
            "persistentClient": false,
            "driftDetection": { "mode": "warn", "ignore": [{ "paths": ["/spec/replicas"] }] },
            "install": {
                "crds": "CreateReplace", "skipCRDs": true, "createNamespace": true, "disableOpenAPIValidation": true,
                "remediation": { "retries": -1 }, "strategy": { "name": "RetryOnFailure", "retryInterval": "1m0s" },
                "serverSideApply": false,
            },
            "upgrade": {
                "remediation": { "retries": 3, "remediateLastFailure": false, "strategy": "uninstall" },
                "serverSideApply": "auto", "chartNameChangeStrategy": "InPlaceUpdate", "cleanupOnFail": true,
            },
            "test": { "enable": true, "filters": [{ "name": "slow", "exclude": true }] },
            "rollback": { "force": true, "serverSideApply": "disabled" },
            "uninstall": { "deletionPropagation": "foreground", "keepHistory": true },
            "valuesFrom": [{ "kind": "Secret", "name": "values", "valuesKey": "a.yaml", "targetPath": "a.b", "literal": true }],
            "values": { "replicas": 2, "list": [1, "two", null] },
            "postRenderers": [{ "kustomize": { "images": [{ "name": "a", "newTag": "b" }] } }],
            "postRenderStrategy": "separate",
            "waitStrategy": { "name": "legacy" },
        }),
        Some(json!({
            "observedGeneration": 2,
            "conditions": ready(),
            "helmChart": "sources/apps-app",
            "storageNamespace": "apps",
            "history": [{
                "apiVersion": "v2",
                "digest": "sha256:1", "name": "app", "namespace": "apps", "version": 1, "status": "deployed",
                "action": "install", "chartName": "podinfo", "chartVersion": "6.0.0", "appVersion": "6.0.0",
                "configDigest": "sha256:2", "firstDeployed": "2026-01-02T03:04:05Z", "lastDeployed": "2026-01-02T03:04:05Z",
                "deleted": "2026-01-02T03:04:05Z", "ociDigest": "sha256:3",
                "testHooks": { "app-test": { "lastStarted": "2026-01-02T03:04:05Z", "phase": "Succeeded" } },
            }],
            "inventory": { "entries": [{ "id": "apps_app_apps_Deployment", "v": "v1" }] },
            "lastAttemptedGeneration": 2,
            "lastAttemptedReleaseAction": "upgrade",
            "lastAttemptedReleaseActionDuration": "3.2s",
            "lastAttemptedRevision": "6.0.0",
            "failures": 1,
            "upgradeFailures": 1,
            "lastHandledForceAt": "1",
            "lastHandledResetAt": "2",
        })),
    );
}

#[test]
fn chart_reference() {
    let object: HelmRelease = check(
        json!({ "interval": "1h0m0s", "chartRef": { "kind": "OCIRepository", "name": "podinfo" } }),
        Some(json!({ "observedGeneration": -1 })),
    );
    assert_eq!(object.spec.chart_ref.map(|chart| chart.kind), Some(ChartReferenceKind::OciRepository));
}
