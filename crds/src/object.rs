//! What kinds have in common, as traits, for code that serves more than one kind.

use kube::Resource;

use crate::{Artifact, helm, kustomize, meta::Condition, notification, source};

/// An object that a controller reconciles and reports on.
pub trait Reconciled: Resource<DynamicType = ()> {
    /// Tells whether the user asked to leave the object alone.
    fn suspended(&self) -> bool;
    /// Returns the conditions of the status.
    fn conditions(&self) -> &[Condition];
    /// Returns the last generation that was reconciled; -1 before the first time.
    fn observed_generation(&self) -> i64;
    /// Returns the value of the last reconcile request that was handled.
    fn last_handled_reconcile_at(&self) -> Option<&str>;
}

/// An object whose status announces an artifact.
pub trait Source: Resource<DynamicType = ()> {
    /// Returns the current artifact.
    fn artifact(&self) -> Option<&Artifact>;
}

macro_rules! reconciled {
    ($($kind:ty),+ $(,)?) => {$(
        impl Reconciled for $kind {
            fn suspended(&self) -> bool {
                self.spec.suspend
            }

            fn conditions(&self) -> &[Condition] {
                self.status.as_ref().map_or(&[], |status| &status.conditions)
            }

            fn observed_generation(&self) -> i64 {
                self.status.as_ref().and_then(|status| status.observed_generation).unwrap_or(-1)
            }

            fn last_handled_reconcile_at(&self) -> Option<&str> {
                self.status.as_ref()?.last_handled_reconcile_at.as_deref()
            }
        }
    )+};
}

macro_rules! source {
    ($($kind:ty),+ $(,)?) => {$(
        impl Source for $kind {
            fn artifact(&self) -> Option<&Artifact> {
                self.status.as_ref()?.artifact.as_ref()
            }
        }
    )+};
}

reconciled!(
    source::GitRepository,
    source::OCIRepository,
    source::HelmRepository,
    source::HelmChart,
    source::Bucket,
    kustomize::Kustomization,
    helm::HelmRelease,
    notification::Receiver,
);

source!(
    source::GitRepository,
    source::OCIRepository,
    source::HelmRepository,
    source::HelmChart,
    source::Bucket,
    source::ExternalArtifact,
);
