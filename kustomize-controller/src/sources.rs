//! The sources that Kustomizations build from, whatever their kind: watched copies and their artifacts.

use std::fmt;

use kube::ResourceExt;
use sluice_crds::artifact::Artifact;
use sluice_crds::kustomize::{Kustomization, SourceKind};
use sluice_crds::source::{Bucket, ExternalArtifact, GitRepository, OCIRepository};
use sluice_runtime::controller::Objects;

/// Names a source; the same for all Kustomizations that use it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// Its kind.
    pub kind: SourceKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Source {
    /// The source that `object` builds from.
    pub fn of(object: &Kustomization) -> Self {
        let reference = &object.spec.source_ref;
        let namespace = reference.namespace.clone().or_else(|| object.namespace()).unwrap_or_default();
        Self { kind: reference.kind, namespace, name: reference.name.clone() }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/{}", self.kind, self.namespace, self.name)
    }
}

/// The watched copies of every source kind; cheap to clone.
#[derive(Clone, Default)]
pub struct Sources {
    /// Git repositories.
    pub git_repositories: Objects<GitRepository>,
    /// OCI repositories.
    pub oci_repositories: Objects<OCIRepository>,
    /// Buckets.
    pub buckets: Objects<Bucket>,
    /// Artifacts that third parties publish.
    pub external_artifacts: Objects<ExternalArtifact>,
}

impl Sources {
    /// The artifact of `source`: nothing when there is no such source, `Some(None)` when it has published none.
    pub fn find(&self, source: &Source) -> Option<Option<Artifact>> {
        let (namespace, name) = (&source.namespace, &source.name);
        match source.kind {
            SourceKind::GitRepository => {
                self.git_repositories.find(namespace, name).map(|found| published(&*found))
            }
            SourceKind::OciRepository => {
                self.oci_repositories.find(namespace, name).map(|found| published(&*found))
            }
            SourceKind::Bucket => self.buckets.find(namespace, name).map(|found| published(&*found)),
            SourceKind::ExternalArtifact => {
                self.external_artifacts.find(namespace, name).map(|found| published(&*found))
            }
        }
    }
}

/// A kind that publishes an artifact in its status.
pub trait Publishes {
    /// The kind, as a Kustomization refers to it.
    const KIND: SourceKind;
    /// The artifact it last published.
    fn artifact(&self) -> Option<&Artifact>;
}

macro_rules! publishes {
    ($($kind:ident => $name:ident),+ $(,)?) => {$(
        impl Publishes for $kind {
            const KIND: SourceKind = SourceKind::$name;
            fn artifact(&self) -> Option<&Artifact> {
                self.status.as_ref()?.artifact.as_ref()
            }
        }
    )+};
}

publishes!(
    GitRepository => GitRepository,
    OCIRepository => OciRepository,
    Bucket => Bucket,
    ExternalArtifact => ExternalArtifact,
);

/// The artifact that `source` published, if any.
pub fn published(source: &impl Publishes) -> Option<Artifact> {
    source.artifact().cloned()
}
