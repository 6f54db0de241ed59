//! Artifacts of other GitRepositories inside this one's: which they are, and how their files get in.
//!
//! A repository that includes itself, over whatever detour, is refused: it would never come to rest.

use std::{
    collections::BTreeSet,
    fs::File,
    path::{Path, PathBuf},
};

use sluice_artifact::{
    digest::{Digest, ParseDigestError},
    fetch::{FetchError, Fetcher},
    limits::Limits,
    storage::{ObjectPath, Storage, StorageError, Verification},
    unpack::{UnpackError, unpack},
};
use sluice_crds::{
    Artifact,
    meta::reason,
    source::{GitRepository, GitRepositoryInclude},
};
use sluice_runtime::causes;

use crate::{
    contents::{Contents, IllegalPath, inside},
    failure::{Failure, Then},
};

/// One artifact that is to be put into another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Include {
    /// The name of the repository it is of.
    pub(super) name: String,
    /// The directory to take, relative to its root.
    pub(super) from: PathBuf,
    /// Where to put it.
    pub(super) to: PathBuf,
    /// The artifact.
    pub(super) artifact: Artifact,
}

#[derive(Debug, thiserror::Error)]
enum IncludeError {
    #[error("include '{0}' cannot be placed")]
    Path(String, #[source] IllegalPath),
    #[error("include '{name}' has no '{}'", from.display())]
    Nothing { name: String, from: PathBuf },
    #[error("digest of include '{0}' is not valid")]
    Digest(String, #[source] ParseDigestError),
    #[error("include '{0}' cannot be read from storage")]
    Storage(String, #[source] StorageError),
    #[error("include '{0}' cannot be read")]
    Read(String, #[source] std::io::Error),
    #[error("include '{0}' cannot be fetched")]
    Fetch(String, #[source] FetchError),
    #[error("include '{0}' cannot be unpacked")]
    Unpack(String, #[source] UnpackError),
    #[error("include '{0}' broke off")]
    Broken(String, #[source] tokio::task::JoinError),
}

impl From<IncludeError> for Failure {
    fn from(error: IncludeError) -> Self {
        match &error {
            IncludeError::Path(..) => Self::storage(reason::ILLEGAL_PATH, causes(&error)).then(Then::Stall),
            _ => Self::storage(reason::COPY_FAILURE, causes(&error)),
        }
    }
}

/// Finds the artifacts that a spec asks for among the repositories of its namespace. Pure.
///
/// # Errors
/// When a path leads out, a repository is missing or has no artifact yet, or the inclusion is circular.
pub(super) fn find<F>(
    owner: &str,
    wanted: &[GitRepositoryInclude],
    lookup: F,
) -> Result<Vec<Include>, Failure>
where
    F: Fn(&str) -> Option<GitRepository>,
{
    if let Some(through) = circle(owner, wanted, &lookup) {
        let message = format!("the include of '{through}' leads back to this repository");
        return Err(Failure::storage(reason::ILLEGAL_PATH, message).then(Then::StallAndRecheck));
    }
    wanted.iter().map(|include| find_one(include, &lookup)).collect()
}

fn find_one<F>(include: &GitRepositoryInclude, lookup: &F) -> Result<Include, Failure>
where
    F: Fn(&str) -> Option<GitRepository>,
{
    let name = include.repository.name.clone();
    let path = |text: &str| inside(text).map_err(|error| IncludeError::Path(name.clone(), error));
    let from = path(include.from_path.as_deref().unwrap_or_default())?;
    let to = path(include.to_path.as_deref().filter(|to| !to.is_empty()).unwrap_or(&name))?;
    let repository = lookup(&name).ok_or_else(|| {
        Failure::include(reason::NOT_FOUND, format!("could not get resource for include '{name}': not found"))
    })?;
    let artifact = repository.status.and_then(|status| status.artifact).ok_or_else(|| {
        Failure::include(reason::NO_ARTIFACT, format!("no artifact available for include '{name}'"))
    })?;
    Ok(Include { name, from, to, artifact })
}

/// Returns the include that leads back to the owner, if one does.
fn circle<F>(owner: &str, wanted: &[GitRepositoryInclude], lookup: &F) -> Option<String>
where
    F: Fn(&str) -> Option<GitRepository>,
{
    wanted.iter().map(|include| &include.repository.name).find(|first| reaches(first, owner, lookup)).cloned()
}

fn reaches<F>(start: &str, owner: &str, lookup: &F) -> bool
where
    F: Fn(&str) -> Option<GitRepository>,
{
    let mut seen = BTreeSet::new();
    let mut pending = vec![start.to_owned()];
    while let Some(name) = pending.pop() {
        if name == owner {
            return true;
        }
        if seen.insert(name.clone()) {
            let includes = lookup(&name).map(|found| found.spec.include).unwrap_or_default();
            pending.extend(includes.into_iter().map(|include| include.repository.name));
        }
    }
    false
}

/// Puts the files of one include among others; `work` is a directory that is not there yet.
///
/// # Errors
/// When the artifact cannot be had or unpacked, or has nothing at the path that is asked for.
pub(super) async fn add(
    contents: &mut Contents,
    include: &Include,
    source: &Source<'_>,
    work: PathBuf,
) -> Result<(), Failure> {
    let archive = source.open(include).await?;
    let name = include.name.clone();
    let unpacked = tokio::task::spawn_blocking(move || {
        std::fs::create_dir(&work).map_err(|error| IncludeError::Read(name.clone(), error))?;
        unpack(archive, &work, &Limits::default())
            .map_err(|error| IncludeError::Unpack(name.clone(), error))?;
        Contents::of_directory(&work).map_err(|error| IncludeError::Read(name, error))
    });
    let unpacked = unpacked.await.map_err(|error| IncludeError::Broken(include.name.clone(), error))??;
    let grafted = contents.graft(&unpacked, &include.from, &include.to);
    match grafted.map_err(|error| IncludeError::Path(include.name.clone(), error))? {
        0 if include.from != Path::new("") => {
            Err(IncludeError::Nothing { name: include.name.clone(), from: include.from.clone() }.into())
        }
        _ => Ok(()),
    }
}

/// Where included artifacts come from: our own storage, or another controller's.
pub(super) struct Source<'a> {
    /// Our own storage.
    pub(super) storage: &'a Storage,
    /// Fetches from others.
    pub(super) fetcher: &'a Fetcher,
    /// The namespace of all repositories concerned.
    pub(super) namespace: &'a str,
}

impl Source<'_> {
    async fn open(&self, include: &Include) -> Result<File, IncludeError> {
        let name = &include.name;
        let digest: Digest =
            include.artifact.digest.parse().map_err(|error| IncludeError::Digest(name.clone(), error))?;
        if let Some(file) = self.stored(include, &digest).await? {
            return Ok(file);
        }
        let fetched = self.fetcher.fetch(&include.artifact.url, &digest).await;
        fetched.map_err(|error| IncludeError::Fetch(name.clone(), error))
    }

    /// Opens the file in our own storage, if it is there with the right contents.
    async fn stored(&self, include: &Include, digest: &Digest) -> Result<Option<File>, IncludeError> {
        let directory = ObjectPath::new("GitRepository", self.namespace, &include.name);
        let Ok(path) = directory.and_then(|directory| directory.parse(&include.artifact.path)) else {
            return Ok(None);
        };
        let (storage, digest, name) = (self.storage.clone(), digest.clone(), include.name.clone());
        let opened = tokio::task::spawn_blocking(move || {
            match storage
                .verify(&path, &digest)
                .map_err(|error| IncludeError::Storage(name.clone(), error))?
            {
                Verification::Intact => File::open(storage.local_path(&path))
                    .map(Some)
                    .map_err(|error| IncludeError::Read(name, error)),
                Verification::Missing | Verification::Corrupt => Ok(None),
            }
        });
        opened.await.map_err(|error| IncludeError::Broken(include.name.clone(), error))?
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sluice_crds::{meta::LocalObjectReference, source::GitRepositorySpec};

    use super::*;

    fn include(name: &str, from: Option<&str>, to: Option<&str>) -> GitRepositoryInclude {
        GitRepositoryInclude {
            repository: LocalObjectReference { name: name.into() },
            from_path: from.map(str::to_owned),
            to_path: to.map(str::to_owned),
        }
    }

    /// Repositories by name, with what they include; those in upper case have no artifact.
    fn world(repositories: &[(&str, &[&str])]) -> BTreeMap<String, GitRepository> {
        let make = |(name, includes): &(&str, &[&str])| {
            let spec = GitRepositorySpec {
                include: includes.iter().map(|name| include(name, None, None)).collect(),
                ..GitRepositorySpec::default()
            };
            let mut repository = GitRepository::new(name, spec);
            if name.chars().all(char::is_lowercase) {
                let artifact = serde_json::json!({
                    "path": "p", "url": "u", "revision": name, "digest": "sha256:00",
                    "lastUpdateTime": "2026-01-01T00:00:00Z",
                });
                let status = serde_json::json!({ "artifact": artifact });
                repository.status = Some(serde_json::from_value(status).unwrap());
            }
            ((*name).to_owned(), repository)
        };
        repositories.iter().map(make).collect()
    }

    #[test]
    fn artifacts_are_found_or_the_reason_is_named() {
        let world =
            world(&[("a", &[]), ("b", &["a"]), ("NONE", &[]), ("loop", &["owner"]), ("far", &["loop"])]);
        for (wanted, expected) in [
            (include("a", None, None), Ok(("", "a"))),
            (include("b", Some("./deploy/"), Some("x/y")), Ok(("deploy", "x/y"))),
            (include("missing", None, None), Err(reason::NOT_FOUND)),
            (include("NONE", None, None), Err(reason::NO_ARTIFACT)),
            (include("a", Some("../etc"), None), Err(reason::ILLEGAL_PATH)),
            (include("a", None, Some("x/../../etc")), Err(reason::ILLEGAL_PATH)),
            (include("owner", None, None), Err(reason::ILLEGAL_PATH)),
            (include("far", None, None), Err(reason::ILLEGAL_PATH)),
        ] {
            let found = find("owner", std::slice::from_ref(&wanted), |name| world.get(name).cloned());
            match (found, expected) {
                (Ok(found), Ok((from, to))) => {
                    assert_eq!(
                        (found[0].from.as_path(), found[0].to.as_path()),
                        (Path::new(from), Path::new(to))
                    );
                }
                (Err(failure), Err(reason)) => assert_eq!(failure.reason, reason, "{wanted:?}"),
                (found, expected) => panic!("{wanted:?}: {found:?}, not {expected:?}"),
            }
        }
    }
}
