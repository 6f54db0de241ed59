//! The order of kinds, as a table.

use super::*;

fn id(group: &str, kind: &str) -> ObjectId {
    ObjectId { namespace: "n".into(), name: "x".into(), group: group.into(), kind: kind.into() }
}

#[test]
fn stages() {
    let custom = [GroupKind::new("example.org", "Early")];
    let cases = [
        ("", "Namespace", Stage::Definitions),
        ("apiextensions.k8s.io", "CustomResourceDefinition", Stage::Definitions),
        ("rbac.authorization.k8s.io", "ClusterRole", Stage::Definitions),
        ("storage.k8s.io", "StorageClass", Stage::Classes),
        ("example.org", "Early", Stage::Custom),
        ("example.com", "Early", Stage::Rest),
        ("", "ConfigMap", Stage::Rest),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding", Stage::Rest),
    ];
    for (group, kind, stage) in cases {
        assert_eq!(Stage::of(&id(group, kind), &custom), stage, "{kind}");
    }
}

#[test]
fn kinds_follow_each_other() {
    let kinds = [
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("", "Namespace"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("storage.k8s.io", "StorageClass"),
        ("", "ServiceAccount"),
        ("rbac.authorization.k8s.io", "RoleBinding"),
        ("", "ConfigMap"),
        ("", "Secret"),
        ("", "Service"),
        ("apps", "Deployment"),
        ("policy", "PodDisruptionBudget"),
        ("a.example.org", "Zebra"),
        ("b.example.org", "Ant"),
        ("b.example.org", "Bee"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ];
    let ordered: Vec<_> = kinds.iter().map(|(group, kind)| id(group, kind)).collect();
    let mut sorted = ordered.clone();
    sorted.reverse();
    sorted.sort_by(compare);
    assert_eq!(sorted, ordered);
}
