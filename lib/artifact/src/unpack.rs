//! Extracts a `tar.gz` into an empty directory, and nothing outside it.
//!
//! - Absolute names and names with `..` fail the archive; so do hard links, devices and sparse files.
//! - Symbolic links are skipped, never created: with none on disk, a plain path cannot lead anywhere else.
//! - Entries, sizes, depth and everything decompressed are limited; a name that an extension header gives is read only up to
//!   the limit of paths, so that no header can fill the memory.

mod names;

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, BufReader, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use crate::limits::{Budget, LimitExceeded, Limits};

/// What came of an archive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// The number of entries, directories included.
    pub entries: u64,
    /// The size of all files, in bytes.
    pub bytes: u64,
}

/// Why an archive was refused.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// An entry's name leads out of the directory or names nothing.
    #[error("entry {0:?} does not stay inside the archive's root")]
    UnsafePath(String),
    /// An entry is neither a file nor a directory.
    #[error("entry {path:?} has the unsupported type {kind:?}")]
    Unsupported {
        /// The entry's name.
        path: String,
        /// The type's byte in the header, as a character.
        kind: char,
    },
    /// An extension header is malformed.
    #[error("an extension header is malformed")]
    Extension,
    /// The archive exceeds a limit.
    #[error("{0}")]
    Limit(#[from] LimitExceeded),
    /// The archive cannot be read: it is not a gzip-compressed tar, or it ends early.
    #[error("the archive is damaged")]
    Damaged(#[source] io::Error),
    /// An entry cannot be written.
    #[error("cannot write {path:?}")]
    Write {
        /// The entry's name.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Extracts the archive into `root`, an existing empty directory.
///
/// # Errors
/// See [`UnpackError`]; what was extracted until then stays and is of no use.
pub fn unpack(archive: impl Read, root: &Path, limits: &Limits) -> Result<Unpacked, UnpackError> {
    let decoded = MultiGzDecoder::new(BufReader::with_capacity(64 << 10, archive));
    let bounded = Bounded { inner: decoded, left: limits.total_bytes, exceeded: false };
    let mut archive = Archive::new(bounded);
    let result = extract(&mut archive, root, limits);
    // The reader can only say "error" through the tar library; whether the limit was the reason is known here.
    if archive.into_inner().exceeded {
        return Err(LimitExceeded::TotalBytes(limits.total_bytes).into());
    }
    result
}

fn extract<R: Read>(archive: &mut Archive<R>, root: &Path, limits: &Limits) -> Result<Unpacked, UnpackError> {
    let mut budget = Budget::new(*limits);
    let mut names = names::Names::new(limits.path_bytes);
    // Raw entries, as the library would read extension headers of any size into memory.
    for entry in archive.entries().map_err(UnpackError::Damaged)?.raw(true) {
        let mut entry = entry.map_err(UnpackError::Damaged)?;
        if names.absorb(&mut entry)? {
            continue;
        }
        let name = names.take(&entry);
        write_entry(&mut entry, &name, root, &mut budget)?;
    }
    Ok(Unpacked { entries: budget.entries(), bytes: budget.bytes() })
}

fn write_entry<R: Read>(
    entry: &mut Entry<'_, R>,
    name: &[u8],
    root: &Path,
    budget: &mut Budget,
) -> Result<(), UnpackError> {
    let shown = || String::from_utf8_lossy(name).chars().take(256).collect::<String>();
    let path = inside(name).ok_or_else(|| UnpackError::UnsafePath(shown()))?;
    let kind = entry.header().entry_type();
    budget.take(&path, if kind.is_file() { entry.size() } else { 0 })?;
    match kind {
        EntryType::Directory => make_directory(root, &path),
        EntryType::Regular | EntryType::Continuous if !path.as_os_str().is_empty() => {
            return write_file(entry, root, &path, &shown);
        }
        EntryType::Symlink => Ok(()),
        other => return Err(UnpackError::Unsupported { path: shown(), kind: char::from(other.as_byte()) }),
    }
    .map_err(|source| UnpackError::Write { path: shown(), source })
}

fn write_file<R: Read>(
    entry: &mut Entry<'_, R>,
    root: &Path,
    path: &Path,
    shown: &dyn Fn() -> String,
) -> Result<(), UnpackError> {
    let failed = |source| UnpackError::Write { path: shown(), source };
    make_directory(root, path.parent().unwrap_or(Path::new(""))).map_err(failed)?;
    let executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(if executable { 0o700 } else { 0o600 });
    let mut file = options.open(root.join(path)).map_err(failed)?;
    copy(entry, &mut file).map_err(|error| match error {
        CopyError::Read(source) => UnpackError::Damaged(source),
        CopyError::Write(source) => failed(source),
    })
}

fn make_directory(root: &Path, path: &Path) -> io::Result<()> {
    fs::create_dir_all(root.join(path))
}

/// Turns an entry's name into a path below the root; `None` when it would leave it. The root itself is the empty path.
fn inside(name: &[u8]) -> Option<PathBuf> {
    if name.is_empty() || name.contains(&0) {
        return None;
    }
    let mut path = PathBuf::new();
    for component in Path::new(OsStr::from_bytes(name)).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

enum CopyError {
    Read(io::Error),
    Write(io::Error),
}

/// Copies everything, and tells which side failed.
fn copy(from: &mut impl Read, to: &mut impl io::Write) -> Result<(), CopyError> {
    let mut buffer = [0; 16 << 10];
    loop {
        match from.read(&mut buffer).map_err(CopyError::Read)? {
            0 => return Ok(()),
            read => to.write_all(&buffer[..read]).map_err(CopyError::Write)?,
        }
    }
}

/// Ends a decompressed stream with an error when it is longer than allowed.
struct Bounded<R> {
    inner: R,
    left: u64,
    exceeded: bool,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !buffer.is_empty() {
            self.exceeded = self.inner.read(&mut [0; 1])? > 0;
            return if self.exceeded { Err(io::Error::other("too many bytes")) } else { Ok(0) };
        }
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(&mut buffer[..room])?;
        self.left -= read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
