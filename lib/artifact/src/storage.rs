//! Where a source controller keeps its artifacts: `<root>/<kind>/<namespace>/<name>/<file>` (reference 06.1).
//!
//! - Paths are checked types: nothing that a status or a spec says can lead out of an object's own directory.
//! - Writes are atomic: a temporary file in the same directory, then a rename. A reader sees all of it or nothing.
//! - Calls block on the file system; async callers run them on a blocking thread.
//!
//! Which artifact an object should have is not decided here.

mod address;
mod collect;
mod path;

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::NamedTempFile;

use crate::digest::Digest;

pub use address::{Address, advertised};
pub use collect::{CollectError, Collected, Retention, StoredFile, garbage};
pub use path::{ArtifactPath, ObjectPath, PathError};

/// How names of files that are not finished begin; they are neither served nor counted.
pub const TEMPORARY_PREFIX: &str = ".tmp-";

/// The artifacts of one controller.
#[derive(Debug, Clone)]
pub struct Storage {
    root: PathBuf,
    address: Address,
    retention: Retention,
}

/// What a stored file is, compared with what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// The file is there and has the digest.
    Intact,
    /// There is no file.
    Missing,
    /// The file has another digest.
    Corrupt,
}

/// Why the storage could not do something.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct StorageError {
    /// What was tried.
    pub action: &'static str,
    /// The file or directory, relative to the storage's root.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// Why a file was not written: the storage failed, or what should have filled it.
#[derive(Debug, thiserror::Error)]
pub enum WriteError<E> {
    /// The storage.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The caller's own error.
    #[error(transparent)]
    Contents(E),
}

impl Storage {
    /// Opens the storage at `root`, which is created where it is missing.
    ///
    /// # Errors
    /// The directory cannot be created.
    pub fn open(
        root: impl Into<PathBuf>,
        address: Address,
        retention: Retention,
    ) -> Result<Self, StorageError> {
        let root = root.into();
        fs::create_dir_all(&root).map_err(failed("create the directory", &root))?;
        let root = root.canonicalize().map_err(failed("open the directory", &root))?;
        Ok(Self { root, address, retention })
    }

    /// Returns the directory that is served.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns where a file is on disk.
    #[must_use]
    pub fn local_path(&self, path: &ArtifactPath) -> PathBuf {
        self.root.join(path.as_str())
    }

    /// Returns the URL under which consumers find the file.
    #[must_use]
    pub fn url(&self, path: &ArtifactPath) -> String {
        self.address.url(path)
    }

    /// Writes a file: `fill` gets a writer, and the file appears when it returns without error.
    ///
    /// # Errors
    /// The storage fails or `fill` does; in both cases nothing is left and an older file of the name stays.
    pub fn write<T, E>(
        &self,
        path: &ArtifactPath,
        fill: impl FnOnce(&mut dyn Write) -> Result<T, E>,
    ) -> Result<T, WriteError<E>> {
        let relative = Path::new(path.as_str());
        let directory = self.root.join(path.object().as_str());
        fs::create_dir_all(&directory).map_err(failed("create the directory of", relative))?;
        let file = temporary(&directory).map_err(failed("create", relative))?;
        let mut writer = BufWriter::with_capacity(64 << 10, file);
        let filled = fill(&mut writer).map_err(WriteError::Contents)?;
        let file = writer.into_inner().map_err(|e| failed("write", relative)(e.into_error()))?;
        file.persist(self.local_path(path)).map_err(|e| failed("rename", relative)(e.error))?;
        Ok(filled)
    }

    /// Tells whether the file is there and has the digest.
    ///
    /// # Errors
    /// The file exists and cannot be read.
    pub fn verify(&self, path: &ArtifactPath, digest: &Digest) -> Result<Verification, StorageError> {
        let file = match File::open(self.local_path(path)) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Verification::Missing),
            Err(e) => return Err(failed("open", path.as_str())(e)),
        };
        let (found, _) =
            Digest::of_reader(digest.algorithm(), file).map_err(failed("read", path.as_str()))?;
        Ok(if found == *digest { Verification::Intact } else { Verification::Corrupt })
    }

    /// Makes `link`, a name in the file's directory, point at the file, in place of what it pointed at before.
    ///
    /// # Errors
    /// The link cannot be written.
    pub fn link(&self, path: &ArtifactPath, link: &ArtifactPath) -> Result<(), StorageError> {
        let wrong = failed("link", link.as_str());
        if link.object() != path.object() {
            return Err(wrong(io::Error::from(ErrorKind::InvalidInput)));
        }
        let directory = self.root.join(path.object().as_str());
        let unfinished = directory.join(format!("{TEMPORARY_PREFIX}{:016x}", rand::random::<u64>()));
        let linked = std::os::unix::fs::symlink(path.file(), &unfinished)
            .and_then(|()| fs::rename(&unfinished, self.local_path(link)));
        linked.map_err(wrong)
    }

    /// Removes one file, if it is there.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn remove(&self, path: &ArtifactPath) -> Result<(), StorageError> {
        ignore_missing(fs::remove_file(self.local_path(path))).map_err(failed("remove", path.as_str()))?;
        Ok(())
    }

    /// Removes everything of an object; tells whether there was anything.
    ///
    /// # Errors
    /// The directory cannot be removed.
    pub fn remove_object(&self, object: &ObjectPath) -> Result<bool, StorageError> {
        let removed = fs::remove_dir_all(self.root.join(object.as_str()));
        ignore_missing(removed).map_err(failed("remove", object.as_str()))
    }

    /// Removes the object's old artifacts, never `current`; returns what was removed.
    ///
    /// # Errors
    /// The directory cannot be read, holds too many files, or a file cannot be removed.
    pub fn collect(&self, current: &ArtifactPath, now: SystemTime) -> Result<Collected, CollectError> {
        collect::collect(&self.root.join(current.object().as_str()), current, &self.retention, now)
    }
}

fn temporary(directory: &Path) -> io::Result<NamedTempFile> {
    // Temporary files are made with mode 0600, which is the one artifacts have.
    tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(directory)
}

/// Turns "not there" into `false`.
fn ignore_missing(removed: io::Result<()>) -> io::Result<bool> {
    match removed {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

fn failed(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> StorageError {
    let path = path.as_ref().to_owned();
    move |source| StorageError { action, path, source }
}

#[cfg(test)]
mod tests;
