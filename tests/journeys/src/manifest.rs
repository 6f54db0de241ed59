//! Manifests that journeys commit. Each is a complete document, so that several can stand in one file.

/// Writes a ConfigMap with one value, `data.value`.
#[must_use]
pub fn config_map(name: &str, value: &str) -> String {
    format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  value: {value:?}\n")
}

/// Writes a ConfigMap whose value cannot be changed.
#[must_use]
pub fn immutable_config_map(name: &str, value: &str) -> String {
    config_map(name, value) + "immutable: true\n"
}

/// Writes a ConfigMap with one annotation.
#[must_use]
pub fn annotated_config_map(name: &str, value: &str, annotation: &str) -> String {
    let metadata = format!("  name: {name}\n  annotations:\n    {annotation}\n");
    config_map(name, value).replace(&format!("  name: {name}\n"), &metadata)
}

/// Writes a Secret with one value, `stringData.value`.
#[must_use]
pub fn secret(name: &str, value: &str) -> String {
    format!("---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\nstringData:\n  value: {value:?}\n")
}

/// Writes a ServiceAccount.
#[must_use]
pub fn service_account(name: &str) -> String {
    format!("---\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {name}\n")
}

/// Writes a Service with one port.
#[must_use]
pub fn service(name: &str, port: u16) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector:\n    app: {name}\n  \
         ports:\n    - port: {port}\n"
    )
}

/// Writes a Deployment of this many Pods.
#[must_use]
pub fn deployment(name: &str, replicas: u32) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: {replicas}\n  \
         progressDeadlineSeconds: 5\n  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      \
         labels:\n        app: {name}\n    spec:\n      containers:\n        - name: main\n          \
         image: example.org/{name}:1\n"
    )
}

/// Writes a Deployment of one Pod that plays a part.
#[must_use]
pub fn playing_deployment(name: &str, play: sluice_control_plane::Play, delay: &str) -> String {
    let annotations = format!(
        "    metadata:\n      annotations:\n        {}: {}\n        {}: {delay}\n      labels:",
        sluice_control_plane::PLAY,
        play.value(),
        sluice_control_plane::PLAY_DELAY,
    );
    deployment(name, 1).replace("    metadata:\n      labels:", &annotations)
}

/// Writes a kustomization that lists resources.
#[must_use]
pub fn kustomization(resources: &[&str]) -> String {
    let lines: String = resources.iter().map(|resource| format!("  - {resource}\n")).collect();
    format!("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_played_by_pods() {
        let text = playing_deployment("web", sluice_control_plane::Play::Slow, "2s");
        assert!(text.contains(
            "      annotations:\n        sluice.dev/play: slow\n        sluice.dev/play-delay: 2s\n"
        ));
        assert!(
            annotated_config_map("a", "b", "c: d").contains("  name: a\n  annotations:\n    c: d\ndata:")
        );
    }
}
