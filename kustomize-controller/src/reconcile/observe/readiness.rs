//! Readiness of a dependency by an expression over `self`, the dependent, and `dep` (reference 04.3).

use serde_json::Value;
use sluice_cel::Expression;
use sluice_crds::kustomize::Kustomization;

use super::Unmet;

/// Why `dependency` is not ready by the expression `text`, if it is not. One without a result waits.
///
/// # Errors
/// Says why the expression cannot be used.
pub(super) fn judge(
    text: &str,
    object: &Kustomization,
    dependency: Option<&Kustomization>,
) -> Result<Option<Unmet>, String> {
    let compiled = Expression::compile(text, Some(&["self", "dep"]));
    let expression = compiled.map_err(|error| format!("spec.dependsOn[].readyExpr: {error}"))?;
    let Some(dependency) = dependency else { return Ok(Some(Unmet::Missing)) };
    let json = |object: &Kustomization| serde_json::to_value(object).unwrap_or(Value::Null);
    let ready = expression.evaluate(&[("self", &json(object)), ("dep", &json(dependency))]);
    Ok(if ready == Ok(true) { None } else { Some(Unmet::Unfulfilled) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kustomization(version: &str, ready: &str) -> Kustomization {
        serde_json::from_value(json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": { "name": "a", "namespace": "n", "labels": { "version": version } },
            "spec": { "interval": "1m", "prune": true, "sourceRef": { "kind": "GitRepository", "name": "s" } },
            "status": { "conditions": [{ "type": "Ready", "status": ready, "reason": "R", "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z" }] },
        }))
        .unwrap()
    }

    #[test]
    fn the_expression_decides() {
        let (own, same, other) =
            (kustomization("1", "True"), kustomization("1", "True"), kustomization("2", "False"));
        let versions = "self.metadata.labels['version'] == dep.metadata.labels['version']";
        let ready = "dep.status.conditions.filter(c, c.type == 'Ready').all(c, c.status == 'True')";
        for (text, dependency, expected) in [
            (versions, Some(&same), Ok(None)),
            (versions, Some(&other), Ok(Some(Unmet::Unfulfilled))),
            (ready, Some(&same), Ok(None)),
            (ready, Some(&other), Ok(Some(Unmet::Unfulfilled))),
            ("dep.status.missing == 1", Some(&same), Ok(Some(Unmet::Unfulfilled))),
            (versions, None, Ok(Some(Unmet::Missing))),
            ("dep ==", None, Err(())),
            ("other.metadata.name == 'x'", None, Err(())),
        ] {
            assert_eq!(judge(text, &own, dependency).map_err(|_| ()), expected, "{text}");
        }
    }
}
