//! Fields of the API that are not served yet. Ignoring one would apply something else than what was asked for, so
//! each is refused by name.

use sluice_crds::kustomize::KustomizationSpec;

use super::Refusal;

/// The reason of a refusal because of a field.
pub const REASON: &str = "UnsupportedField";

/// Refuses a spec that sets a field this controller does not serve; names all such fields.
pub fn refuse(spec: &KustomizationSpec) -> Option<Refusal> {
    let fields: Vec<&str> = fields(spec).filter_map(|(field, is_set)| is_set.then_some(field)).collect();
    if fields.is_empty() {
        return None;
    }
    let message = format!("not supported by this version of the controller: {}", fields.join(", "));
    Some(Refusal { reason: REASON, message })
}

fn fields(spec: &KustomizationSpec) -> impl Iterator<Item = (&'static str, bool)> {
    let post_build = spec.post_build.as_ref().is_some_and(|post_build| *post_build != Default::default());
    [
        ("spec.kubeConfig", spec.kube_config.is_some()),
        ("spec.decryption", spec.decryption.is_some()),
        ("spec.postBuild", post_build),
        ("spec.healthCheckExprs", !spec.health_check_exprs.is_empty()),
        ("spec.ignore", !spec.ignore.is_empty()),
        (
            "spec.dependsOn[].readyExpr",
            spec.depends_on.iter().any(|dependency| dependency.ready_expr.is_some()),
        ),
    ]
    .into_iter()
}
