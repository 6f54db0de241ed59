//! Gets the contents of a resolved revision, in a directory of its own that goes when they have been stored.

use sluice_crds::meta::reason;
use tempfile::TempDir;

use super::Workshop;
use crate::{
    failure::Failure,
    kinds::{Fetched, Kind},
};

/// Fetches a revision; the directory must outlive the contents.
pub(super) async fn fetch<K: Kind>(
    kind: &K,
    workshop: &Workshop,
    prepared: &K::Prepared,
    resolved: &K::Resolved,
) -> Result<(Fetched, TempDir), Failure> {
    let work = tempfile::Builder::new()
        .prefix("fetch-")
        .tempdir_in(&workshop.scratch)
        .map_err(|error| Failure::storage(reason::DIRECTORY_CREATION_FAILED, error.to_string()))?;
    let fetched = kind.fetch(prepared, resolved, work.path()).await?;
    Ok((fetched, work))
}
