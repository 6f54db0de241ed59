//! Step 2: renders the object's manifests from the source's files. The work is pure and runs off the async threads.

use std::sync::Arc;

use sluice_apply::object::{Manifest, ManifestError};
use sluice_crds::kustomize::Kustomization;
use sluice_crds::meta::reason;
use sluice_files::{Directory, Links};
use sluice_kustomize::ReadSet;
use sluice_render::kustomization::{RenderError, Rendered, render};
use sluice_render::substitution::Variables;
use thiserror::Error;

use super::fetch::Fetched;

/// What the object's inputs render to.
#[derive(Debug)]
pub struct Built {
    /// The objects to apply.
    pub manifests: Vec<Manifest>,
    /// `sha256:<hex>` over all of them.
    pub checksum: String,
    /// Bytes of all of them as JSON.
    pub size: usize,
    /// What the render looked at in the source.
    pub read_set: Arc<ReadSet>,
}

/// Manifests that could not be built.
#[derive(Debug, Error)]
pub enum BuildError {
    /// The path is not there.
    #[error(transparent)]
    Path(RenderError),
    /// The variables to substitute cannot be told.
    #[error("{0}")]
    Variables(String),
    /// The files do not render.
    #[error(transparent)]
    Render(RenderError),
    /// What they render to cannot be applied.
    #[error("{}", join(.0))]
    Manifests(Vec<ManifestError>),
    /// The opened artifact cannot be read.
    #[error("the opened artifact cannot be read: {0}")]
    Opened(std::io::Error),
    /// The work ended without a result.
    #[error("the build was interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl BuildError {
    /// The reason of the Ready condition.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Path(_) | Self::Opened(_) => reason::ARTIFACT_FAILED,
            Self::Variables(_) | Self::Render(_) | Self::Manifests(_) | Self::Interrupted(_) => {
                reason::BUILD_FAILED
            }
        }
    }
}

/// Builds `object` from the files of `fetched`, with `variables` substituted.
///
/// # Errors
/// Names the file and object at fault; several mistakes are reported together.
pub async fn build(
    fetched: Fetched,
    object: Arc<Kustomization>,
    variables: Arc<Variables>,
) -> Result<Built, BuildError> {
    tokio::task::spawn_blocking(move || {
        let rendered = render(&files(&fetched)?, &object, &variables).map_err(classify)?;
        manifests(rendered)
    })
    .await?
}

/// Whether the files of `fetched` render to what those in `read_set` did.
pub async fn is_unchanged(fetched: &Fetched, read_set: &Arc<ReadSet>) -> bool {
    let (fetched, read_set) = (fetched.clone(), read_set.clone());
    let compare = move || files(&fetched).is_ok_and(|files| read_set.holds_in(&files));
    tokio::task::spawn_blocking(compare).await.unwrap_or(false)
}

/// An artifact holds neither links nor devices; should one appear, it is not there.
fn files(fetched: &Fetched) -> Result<Directory, BuildError> {
    Directory::open(fetched.0.root(), Links::Hidden).map_err(BuildError::Opened)
}

fn classify(error: RenderError) -> BuildError {
    match error {
        RenderError::PathNotFound(_) | RenderError::PathEscapes(_) => BuildError::Path(error),
        other => BuildError::Render(other),
    }
}

fn manifests(rendered: Rendered) -> Result<Built, BuildError> {
    let mut manifests = Vec::with_capacity(rendered.objects.len());
    let mut errors = Vec::new();
    for object in rendered.objects {
        match Manifest::new(object.object, object.source.map(Arc::from)) {
            Ok(manifest) if object.ignored.is_empty() => manifests.push(manifest),
            Ok(manifest) => manifests.push(manifest.ignoring(object.ignored)),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        let read_set = Arc::new(rendered.read_set);
        Ok(Built { manifests, checksum: rendered.checksum, size: rendered.size, read_set })
    } else {
        Err(BuildError::Manifests(errors))
    }
}

fn join(errors: &[ManifestError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
