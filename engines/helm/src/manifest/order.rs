//! The order in which kinds are installed and uninstalled. Kinds that no list names come last, by their names.

use std::cmp::Ordering;

/// Which of the two orders is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// What others need comes first.
    Install,
    /// What needs others goes first.
    Uninstall,
}

const INSTALL: &[&str] = &[
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

const UNINSTALL: &[&str] = &[
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    "CronJob",
    "Job",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "DaemonSet",
    "RoleBindingList",
    "RoleBinding",
    "RoleList",
    "Role",
    "ClusterRoleBindingList",
    "ClusterRoleBinding",
    "ClusterRoleList",
    "ClusterRole",
    "CustomResourceDefinition",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "ConfigMap",
    "SecretList",
    "Secret",
    "ServiceAccount",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "LimitRange",
    "ResourceQuota",
    "NetworkPolicy",
    "Namespace",
    "PriorityClass",
];

impl Order {
    /// Compares two kinds; those of equal rank stay in the order they came.
    pub fn compare(self, left: &str, right: &str) -> Ordering {
        match (self.rank(left), self.rank(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => left.cmp(right),
        }
    }

    fn rank(self, kind: &str) -> Option<usize> {
        let kinds = match self {
            Self::Install => INSTALL,
            Self::Uninstall => UNINSTALL,
        };
        kinds.iter().position(|known| *known == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(order: Order, kinds: &[&str], expected: &[&str]) {
        let mut sorted = kinds.to_vec();
        sorted.sort_by(|left, right| order.compare(left, right));
        assert_eq!(sorted, expected);
    }

    #[test]
    fn kinds() {
        let kinds = ["Zebra", "Ingress", "Deployment", "", "Namespace", "Apple", "Service"];
        check(
            Order::Install,
            &kinds,
            &["Namespace", "Service", "Deployment", "Ingress", "", "Apple", "Zebra"],
        );
        check(
            Order::Uninstall,
            &kinds,
            &["Ingress", "Service", "Deployment", "Namespace", "", "Apple", "Zebra"],
        );
    }
}
