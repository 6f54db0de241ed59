//! Objects of `source.toolkit.fluxcd.io`.

use serde_json::json;

use super::{artifact, check, ready};
use crate::{
    object::{Reconciled, Source},
    source::*,
};

#[test]
fn git_repository() {
    let include = json!([{ "repository": { "name": "base" }, "fromPath": "deploy", "toPath": "base" }]);
    let object: GitRepository = check(
        json!({
            "url": "https://example.com/app.git",
            "interval": "1m0s",
            "timeout": "20s",
            "ref": { "branch": "main", "semver": ">=1.0.0" },
            "provider": "github",
            "secretRef": { "name": "token" },
            "verify": { "mode": "TagAndHEAD", "secretRef": { "name": "keys" } },
            "ignore": "/*\n!/deploy\n",
            "recurseSubmodules": true,
            "include": include,
            "sparseCheckout": ["deploy"],
            "suspend": true,
        }),
        Some(json!({
            "observedGeneration": 2,
            "conditions": ready(),
            "lastHandledReconcileAt": "now",
            "artifact": artifact("gitrepository/apps/app/1.tar.gz", "main@sha1:1"),
            "includedArtifacts": [artifact("gitrepository/apps/base/1.tar.gz", "main@sha1:2")],
            "observedInclude": include,
            "observedRecurseSubmodules": true,
            "observedSparseCheckout": ["deploy"],
            "observedIgnore": "/*\n!/deploy\n",
            "sourceVerificationMode": "TagAndHEAD",
        })),
    );
    assert!(object.suspended());
    assert_eq!(object.conditions()[0].type_, crate::meta::READY);
    assert_eq!(object.last_handled_reconcile_at(), Some("now"));
    assert_eq!(object.artifact().map(|artifact| artifact.revision.as_str()), Some("main@sha1:1"));
}

#[test]
fn oci_repository() {
    let layer =
        json!({ "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "operation": "copy" });
    let mut published = artifact("ocirepository/apps/app/1.tar.gz", "latest@sha256:1");
    published["metadata"] = json!({ "org.opencontainers.image.revision": "main@sha1:1" });
    check::<OCIRepository>(
        json!({
            "url": "oci://registry.example.com/app",
            "interval": "10m0s",
            "provider": "aws",
            "ref": { "semver": "1.x", "semverFilter": ".*-rc.*", "digest": "sha256:1", "tag": "latest" },
            "layerSelector": layer,
            "serviceAccountName": "puller",
            "verify": {
                "provider": "cosign",
                "matchOIDCIdentity": [{ "issuer": "^https://issuer$", "subject": "^me$" }],
                "trustedRootSecretRef": { "name": "root" },
            },
            "insecure": true,
        }),
        Some(json!({
            "observedGeneration": 2,
            "conditions": ready(),
            "url": "http://source-controller/ocirepository/apps/app/latest.tar.gz",
            "artifact": published,
            "observedLayerSelector": layer,
        })),
    );
}

#[test]
fn helm_repository() {
    let object: HelmRepository =
        check(json!({ "url": "oci://registry.example.com/charts", "type": "oci", "provider": "gcp" }), None);
    assert_eq!(object.observed_generation(), -1);
    check::<HelmRepository>(
        json!({
            "url": "https://charts.example.com",
            "interval": "1h0m0s",
            "timeout": "1m30s",
            "provider": "generic",
            "passCredentials": true,
            "accessFrom": { "namespaceSelectors": [{ "matchLabels": { "team": "a" } }, {}] },
        }),
        Some(json!({
            "observedGeneration": 2,
            "url": "http://source-controller/helmrepository/apps/app/index.yaml",
            "artifact": artifact("helmrepository/apps/app/index-1.yaml", "sha256:1"),
        })),
    );
}

#[test]
fn helm_chart() {
    check::<HelmChart>(
        json!({
            "chart": "podinfo",
            "version": "6.x",
            "sourceRef": { "kind": "HelmRepository", "name": "podinfo" },
            "interval": "5m0s",
            "reconcileStrategy": "Revision",
            "valuesFiles": ["values.yaml", "values-prod.yaml"],
            "ignoreMissingValuesFiles": true,
            "verify": { "provider": "notation", "secretRef": { "name": "policy" } },
        }),
        Some(json!({
            "observedGeneration": 2,
            "artifact": artifact("helmchart/apps/app/podinfo-6.0.0.tgz", "6.0.0"),
            "observedChartName": "podinfo",
            "observedSourceArtifactRevision": "sha256:1",
            "observedValuesFiles": ["values.yaml"],
        })),
    );
}

#[test]
fn bucket() {
    check::<Bucket>(
        json!({
            "provider": "generic",
            "bucketName": "manifests",
            "endpoint": "minio.example.com:9000",
            "interval": "5m0s",
            "sts": { "provider": "ldap", "endpoint": "https://sts.example.com", "secretRef": { "name": "ldap" } },
            "region": "eu-1",
            "prefix": "prod/",
            "insecure": true,
        }),
        Some(json!({ "observedGeneration": 2, "observedIgnore": "*.md", "conditions": ready() })),
    );
}

#[test]
fn external_artifact() {
    check::<ExternalArtifact>(json!({}), None);
    let object: ExternalArtifact = check(
        json!({ "sourceRef": {
            "apiVersion": "source.extensions.fluxcd.io/v1beta1", "kind": "ArtifactGenerator", "name": "app",
        } }),
        Some(
            json!({ "conditions": ready(), "artifact": artifact("externalartifact/apps/app/1.tar.gz", "latest@sha256:1") }),
        ),
    );
    assert!(object.artifact().is_some());
}
