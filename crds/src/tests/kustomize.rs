//! Objects of `kustomize.toolkit.fluxcd.io`.

use serde_json::json;

use super::{check, ready};
use crate::kustomize::*;

#[test]
fn smallest() {
    let object: Kustomization = check(
        json!({
            "sourceRef": { "kind": "GitRepository", "name": "app" },
            "interval": "10m0s",
            "prune": true,
            "force": false,
        }),
        None,
    );
    assert_eq!(object.spec.source_ref.kind, SourceKind::GitRepository);
    assert_eq!(object.spec.deletion_policy, None);
}

#[test]
fn everything() {
    check::<Kustomization>(
        json!({
            "sourceRef": {
                "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository", "name": "app", "namespace": "sources",
            },
            "path": "./deploy/prod",
            "interval": "1h0m0s",
            "retryInterval": "2m0s",
            "timeout": "5m0s",
            "prune": false,
            "deletionPolicy": "WaitForTermination",
            "dependsOn": [{ "name": "infra", "namespace": "system", "readyExpr": "dep.status.observedGeneration > 0" }],
            "wait": true,
            "healthChecks": [{ "apiVersion": "apps/v1", "kind": "Deployment", "name": "app", "namespace": "apps" }],
            "healthCheckExprs": [{
                "apiVersion": "example.com/v1", "kind": "Cluster", "current": "true", "failed": "false", "inProgress": "false",
            }],
            "force": true,
            "suspend": true,
            "serviceAccountName": "deployer",
            "kubeConfig": { "secretRef": { "name": "remote", "key": "kubeconfig" } },
            "targetNamespace": "apps",
            "namePrefix": "a-",
            "nameSuffix": "-z",
            "commonMetadata": { "labels": { "team": "a" }, "annotations": { "owner": "b" } },
            "patches": [{
                "patch": "- op: remove\n  path: /spec\n",
                "target": { "kind": "Deployment", "name": "app", "labelSelector": "a=b", "annotationSelector": "c" },
            }],
            "images": [{ "name": "app", "newName": "registry/app", "newTag": "1", "digest": "sha256:1" }],
            "components": ["../components/a"],
            "ignoreMissingComponents": true,
            "buildMetadata": ["originAnnotations", "transformerAnnotations"],
            "postBuild": {
                "substitute": { "region": "eu" },
                "substituteFrom": [{ "kind": "Secret", "name": "vars", "optional": true }],
                "substituteStrategy": "Always",
            },
            "decryption": { "provider": "sops", "secretRef": { "name": "age" }, "serviceAccountName": "kms" },
            "ignore": [{ "paths": ["/spec/replicas"], "target": { "kind": "Deployment" } }],
        }),
        Some(json!({
            "observedGeneration": 2,
            "conditions": ready(),
            "lastHandledReconcileAt": "2026-01-02T03:04:05.6789Z",
            "lastAppliedRevision": "latest@sha256:1",
            "lastAppliedOriginRevision": "main@sha1:1",
            "lastAttemptedRevision": "latest@sha256:1",
            "inventory": { "entries": [{ "id": "apps_app_apps_Deployment", "v": "v1" }] },
            "history": [{
                "digest": "sha256:1",
                "firstReconciled": "2026-01-02T03:04:05Z",
                "lastReconciled": "2026-01-02T03:14:05Z",
                "lastReconciledDuration": "1.234567891s",
                "lastReconciledStatus": "ReconciliationSucceeded",
                "totalReconciliations": 2,
                "metadata": { "revision": "latest@sha256:1" },
            }],
        })),
    );
}

#[test]
fn prune_budgets_are_numbers_or_percentages() {
    for (written, budget, of_nine) in [
        (json!(0), Some(PruneBudget::Objects(0)), 0),
        (json!(5), Some(PruneBudget::Objects(5)), 5),
        (json!("20%"), Some(PruneBudget::Percent(20)), 1),
        (json!("100%"), Some(PruneBudget::Percent(100)), 9),
        (json!("101%"), None, 0),
        (json!("+5%"), None, 0),
        (json!("%"), None, 0),
        (json!("5"), None, 0),
        (json!(-1), None, 0),
    ] {
        let read = serde_json::from_value::<PruneBudget>(written.clone()).ok();
        assert_eq!(read, budget, "{written}");
        if let Some(read) = read {
            assert_eq!((serde_json::to_value(read).unwrap(), read.of(9)), (written, of_nine));
        }
    }
}
