//! Fields of the API that are not served yet. Ignoring one would apply something else than what was asked for, so
//! whoever renders or applies a Kustomization refuses each by name.

use sluice_crds::kustomize::KustomizationSpec;
use thiserror::Error;

/// Fields that are set and not served, at least one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not supported by this version of the controller: {}", .0.join(", "))]
pub struct Unserved(pub Vec<&'static str>);

/// Names every field of `spec` that is set and not served.
///
/// # Errors
/// When there is one.
pub fn unserved(spec: &KustomizationSpec) -> Result<(), Unserved> {
    let fields: Vec<&str> = fields(spec).filter_map(|(field, is_set)| is_set.then_some(field)).collect();
    if fields.is_empty() { Ok(()) } else { Err(Unserved(fields)) }
}

fn fields(spec: &KustomizationSpec) -> impl Iterator<Item = (&'static str, bool)> {
    [("spec.kubeConfig", spec.kube_config.is_some()), ("spec.decryption", spec.decryption.is_some())]
        .into_iter()
}
