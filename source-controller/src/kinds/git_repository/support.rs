//! Which fields of a GitRepository are not served yet. Pure: a field is honoured or refused by name, never ignored.

use sluice_crds::{
    meta::reason,
    source::{GitProvider, GitRepositorySpec},
};

use crate::failure::Failure;

/// The reason of a refusal.
pub(crate) const UNSUPPORTED_FIELD: &str = "UnsupportedField";

/// Refuses the first field that is set and not served.
pub(super) fn check(spec: &GitRepositorySpec) -> Result<(), Failure> {
    if spec.provider != GitProvider::Generic {
        let provider = serde_json::to_value(spec.provider).unwrap_or_default();
        let message = format!("spec.provider {provider} is not supported yet");
        return Err(Failure::refusal(reason::INVALID_PROVIDER_CONFIGURATION, message));
    }
    let fields = [
        ("spec.serviceAccountName", spec.service_account_name.is_some()),
        ("spec.proxySecretRef", spec.proxy_secret_ref.is_some()),
        ("spec.verify", spec.verify.is_some()),
        ("spec.recurseSubmodules", spec.recurse_submodules),
        ("spec.sparseCheckout", !spec.sparse_checkout.is_empty()),
    ];
    match fields.into_iter().find(|(_, set)| *set) {
        Some((field, _)) => Err(unsupported(field)),
        None => Ok(()),
    }
}

/// Makes the refusal of a field or a key of a Secret.
pub(super) fn unsupported(field: &str) -> Failure {
    Failure::refusal(UNSUPPORTED_FIELD, format!("{field} is not supported yet"))
}

#[cfg(test)]
mod tests {
    use sluice_crds::{meta::LocalObjectReference, source::GitRepositoryVerification};

    use super::*;
    use crate::failure::Then;

    #[test]
    fn every_field_is_served_or_refused_by_name() {
        type Change = fn(&mut GitRepositorySpec);
        let cases: [(Change, Option<&str>); 8] = [
            (|_| {}, None),
            (|spec| spec.ignore = Some("x".into()), None),
            (|spec| spec.provider = GitProvider::GitHub, Some("spec.provider \"github\"")),
            (|spec| spec.service_account_name = Some("a".into()), Some("spec.serviceAccountName")),
            (
                |spec| spec.proxy_secret_ref = Some(LocalObjectReference::default()),
                Some("spec.proxySecretRef"),
            ),
            (|spec| spec.verify = Some(GitRepositoryVerification::default()), Some("spec.verify")),
            (|spec| spec.recurse_submodules = true, Some("spec.recurseSubmodules")),
            (|spec| spec.sparse_checkout = vec!["a".into()], Some("spec.sparseCheckout")),
        ];
        for (change, field) in cases {
            let mut spec = GitRepositorySpec::default();
            change(&mut spec);
            let refusal = check(&spec).err();
            assert_eq!(refusal.is_some(), field.is_some());
            if let (Some(refusal), Some(field)) = (refusal, field) {
                assert!(refusal.message.starts_with(field), "{}", refusal.message);
                assert_eq!(refusal.then, Then::Stall);
            }
        }
    }
}
