//! Step 1: opens the source's artifact, downloaded and unpacked once per revision for all who use it.

use std::sync::Arc;

use sluice_artifact::fetch::FetchError as DownloadError;
use sluice_artifact::open::{ArtifactCache, OpenArtifact};
use sluice_crds::artifact::Artifact;
use sluice_crds::meta::reason;
use thiserror::Error;

/// The source's files, read-only for as long as this value lives.
#[derive(Clone)]
pub struct Fetched(pub Arc<OpenArtifact>);

/// An artifact that could not be opened.
#[derive(Debug, Error)]
#[error("failed to fetch the artifact of revision {revision}: {source}")]
pub struct FetchError {
    revision: String,
    source: DownloadError,
}

impl FetchError {
    /// The reason of the Ready condition.
    pub fn reason(&self) -> &'static str {
        reason::ARTIFACT_FAILED
    }

    /// Whether trying again soon may help: the server is away, or is about to publish the artifact anew.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.source,
            DownloadError::NotFound { .. } | DownloadError::Status { .. } | DownloadError::Transport { .. }
        )
    }
}

/// Opens `artifact`.
///
/// # Errors
/// When it cannot be downloaded, does not match its digest, or holds what an artifact must not.
pub async fn fetch(cache: &ArtifactCache, artifact: &Artifact) -> Result<Fetched, FetchError> {
    let opened = cache.open(artifact).await;
    opened.map(Fetched).map_err(|source| FetchError { revision: artifact.revision.clone(), source })
}
