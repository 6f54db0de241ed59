//! The directory of one process among those that may share a parent, and the removal of what killed processes left.
//!
//! A process holds a lock on the file beside its directory. The lock goes with the process, however it ends, so a
//! directory whose lock is free belongs to nobody.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

const PREFIX: &str = "session-";
const LOCK_SUFFIX: &str = ".lock";

pub(super) struct Session {
    // Fields are dropped in this order: the directory goes while the lock is still held.
    directory: TempDir,
    lock_path: PathBuf,
    _lock: File,
}

impl Session {
    pub(super) fn begin(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        remove_leftovers(parent)?;
        // The lock comes first: a directory without one looks like a leftover to others who start now.
        let (lock_path, lock) = claim(parent)?;
        let name = lock_path.file_stem().unwrap_or_default();
        let directory = tempfile::Builder::new().prefix(name).rand_bytes(0).tempdir_in(parent)?;
        Ok(Self { directory, lock_path, _lock: lock })
    }

    /// Makes a new empty directory.
    pub(super) fn directory(&self) -> io::Result<PathBuf> {
        let directory =
            tempfile::Builder::new().prefix("").rand_bytes(16).tempdir_in(self.directory.path())?;
        Ok(directory.keep())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // What fails here is a leftover for the next process.
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// Makes a lock file of a new name and locks it.
fn claim(parent: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let path = parent.join(format!("{PREFIX}{:016x}{LOCK_SUFFIX}", rand::random::<u64>()));
        let lock = File::create_new(&path)?;
        lock.lock()?;
        // Someone who looked for leftovers may have taken the file between the two calls.
        if path.exists() {
            return Ok((path, lock));
        }
    }
}

fn remove_leftovers(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !name.starts_with(PREFIX) {
            continue;
        }
        let lock_path =
            if name.ends_with(LOCK_SUFFIX) { path } else { parent.join(format!("{name}{LOCK_SUFFIX}")) };
        remove_leftover(&lock_path)?;
    }
    Ok(())
}

fn remove_leftover(lock_path: &Path) -> io::Result<()> {
    let directory = lock_path.with_extension("");
    match File::open(lock_path) {
        Ok(lock) => match lock.try_lock() {
            Ok(()) => {
                remove(fs::remove_dir_all(&directory))?;
                remove(fs::remove_file(lock_path))
            }
            Err(TryLockError::WouldBlock) => Ok(()),
            Err(TryLockError::Error(error)) => Err(error),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => remove(fs::remove_dir_all(&directory)),
        Err(error) => Err(error),
    }
}

/// Two processes may clean at the same time; either may find nothing left.
fn remove(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
