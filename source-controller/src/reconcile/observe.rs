//! Reads only: what of the recorded artifact is really in storage.

use kube::ResourceExt;
use sluice_artifact::{
    digest::Digest,
    storage::{ObjectPath, Storage, Verification},
};
use sluice_crds::{Artifact, meta::reason};
use sluice_runtime::causes;

use super::Workshop;
use crate::{
    failure::Failure,
    kinds::{Outdated, Recorded},
};

/// What was found, and what was found out on the way.
#[derive(Clone, Debug)]
pub(super) struct Observed {
    /// The object's directory in storage.
    pub(super) directory: Result<ObjectPath, Failure>,
    /// The artifact that is in storage unharmed, with its present URL.
    pub(super) artifact: Option<Artifact>,
    /// Why the artifact that status names is of no use, if so.
    pub(super) lost: Option<String>,
    /// Why a new artifact is being made, once that is decided.
    pub(super) outdated: Option<Outdated>,
}

impl Default for Observed {
    fn default() -> Self {
        let directory = Err(Failure::internal("storage was not looked at"));
        Self { directory, artifact: None, lost: None, outdated: None }
    }
}

/// Looks for the recorded artifact; a file that is damaged is removed, so that nobody is served it.
pub(super) async fn observe<K: kube::Resource<DynamicType = ()>>(
    workshop: &Workshop,
    object: &K,
    recorded: Recorded,
) -> Observed {
    let directory = directory(object);
    let (Some(artifact), Ok(path)) = (recorded.artifact, directory.clone()) else {
        return Observed { directory, ..Observed::default() };
    };
    let checked = workshop.work(move |workshop| check(&workshop.storage, &path, artifact)).await;
    match checked.unwrap_or_else(|panic| Err(panic.to_string())) {
        Ok(artifact) => Observed { directory, artifact: Some(artifact), lost: None, outdated: None },
        Err(lost) => Observed { directory, artifact: None, lost: Some(lost), outdated: None },
    }
}

/// Returns the directory of an object in storage.
pub(super) fn directory<K: kube::Resource<DynamicType = ()>>(object: &K) -> Result<ObjectPath, Failure> {
    let namespace = object.namespace().unwrap_or_default();
    ObjectPath::new(&K::kind(&()), &namespace, &object.name_any())
        .map_err(|error| Failure::storage(reason::STAT_OPERATION_FAILED, causes(&error)))
}

/// Returns the artifact with its present URL, or why it is of no use.
fn check(storage: &Storage, directory: &ObjectPath, artifact: Artifact) -> Result<Artifact, String> {
    let path = directory.parse(&artifact.path).map_err(|error| causes(&error))?;
    let digest: Digest = artifact.digest.parse().map_err(|error| causes(&error))?;
    match storage.verify(&path, &digest).map_err(|error| causes(&error))? {
        Verification::Intact => Ok(Artifact { url: storage.url(&path), ..artifact }),
        Verification::Missing => Err(format!("artifact '{path}' is not in storage")),
        Verification::Corrupt => {
            storage.remove(&path).map_err(|error| causes(&error))?;
            Err(format!("artifact '{path}' does not have digest '{digest}'"))
        }
    }
}
