//! Which stored files of an object are garbage, and their removal.
//!
//! The current artifact is never garbage. Links and lock files are not artifacts: a link goes with nothing, a lock with its
//! artifact. A directory with more than 1000 entries is left alone and reported, as something else must be wrong with it.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{ArtifactPath, TEMPORARY_PREFIX};

const MAX_ENTRIES: usize = 1000;
/// A temporary file this old belongs to a process that is gone.
const ABANDONED_AFTER: Duration = Duration::from_secs(60 * 60);
const LOCK_SUFFIX: &str = ".lock";

/// How long and how many old artifacts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// An artifact older than this is removed.
    pub ttl: Duration,
    /// At most so many artifacts stay, the current one included.
    pub records: usize,
}

/// An artifact on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// The file's name.
    pub name: String,
    /// When it was last written.
    pub modified: SystemTime,
}

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// The names of the removed artifacts.
    pub files: Vec<String>,
}

/// Why old artifacts could not be removed.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The directory has too many entries.
    #[error("{} has more than {MAX_ENTRIES} entries", .0.display())]
    TooMany(PathBuf),
    /// A file or the directory could not be read or removed.
    #[error("cannot collect old artifacts in {}", path.display())]
    Io {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Default for Retention {
    /// The defaults of the flags: 60 seconds, 2 records.
    fn default() -> Self {
        Self { ttl: Duration::from_secs(60), records: 2 }
    }
}

/// Decides which files are garbage, oldest first: those past their time, then the oldest beyond the number to keep.
#[must_use]
pub fn garbage(
    mut files: Vec<StoredFile>,
    current: &str,
    retention: &Retention,
    now: SystemTime,
) -> Vec<String> {
    files.retain(|file| file.name != current);
    files.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| b.name.cmp(&a.name)));
    // The current artifact takes one of the places.
    let places = retention.records.saturating_sub(1);
    let expired = |file: &StoredFile| now.duration_since(file.modified).is_ok_and(|age| age > retention.ttl);
    let kept = files.iter().take(places).take_while(|file| !expired(file)).count();
    files.drain(kept..).rev().map(|file| file.name).collect()
}

/// Removes the garbage of `directory`.
pub(super) fn collect(
    directory: &Path,
    current: &ArtifactPath,
    retention: &Retention,
    now: SystemTime,
) -> Result<Collected, CollectError> {
    let failed = |source| CollectError::Io { path: directory.to_owned(), source };
    let entries: Vec<DirEntry> = fs::read_dir(directory)
        .and_then(|entries| entries.take(MAX_ENTRIES + 1).collect())
        .map_err(failed)?;
    if entries.len() > MAX_ENTRIES {
        return Err(CollectError::TooMany(directory.to_owned()));
    }
    let mut files = Vec::new();
    for entry in entries {
        let Some(file) = stored(&entry).map_err(failed)? else { continue };
        if file.name.starts_with(TEMPORARY_PREFIX) {
            remove_abandoned(directory, &file, now).map_err(failed)?;
        } else if !file.name.ends_with(LOCK_SUFFIX) {
            files.push(file);
        }
    }
    let files = garbage(files, current.file(), retention, now);
    files.iter().try_for_each(|name| remove(directory, name)).map_err(failed)?;
    Ok(Collected { files })
}

fn stored(entry: &DirEntry) -> io::Result<Option<StoredFile>> {
    let metadata = entry.metadata()?;
    let name = entry.file_name().into_string().ok().filter(|_| metadata.is_file());
    name.map(|name| Ok(StoredFile { name, modified: metadata.modified()? })).transpose()
}

fn remove_abandoned(directory: &Path, file: &StoredFile, now: SystemTime) -> io::Result<()> {
    let age = now.duration_since(file.modified).unwrap_or_default();
    if age > ABANDONED_AFTER { remove(directory, &file.name) } else { Ok(()) }
}

fn remove(directory: &Path, name: &str) -> io::Result<()> {
    super::ignore_missing(fs::remove_file(directory.join(name)))?;
    super::ignore_missing(fs::remove_file(directory.join(format!("{name}{LOCK_SUFFIX}"))))?;
    Ok(())
}
