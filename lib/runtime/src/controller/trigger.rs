//! What of an object's metadata asks for a reconcile.

use kube::api::ObjectMeta;
use sluice_crds::meta::REQUESTED_AT;

/// The parts of an object whose change wakes its controller; everything else is ours or nobody's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    uid: Option<String>,
    generation: Option<i64>,
    requested_at: Option<String>,
    deleting: bool,
}

impl Trigger {
    /// Reads the trigger from an object's metadata.
    #[must_use]
    pub fn of(meta: &ObjectMeta) -> Self {
        Self {
            uid: meta.uid.clone(),
            generation: meta.generation,
            requested_at: meta.annotations.as_ref().and_then(|all| all.get(REQUESTED_AT)).cloned(),
            deleting: meta.deletion_timestamp.is_some(),
        }
    }
}
