//! A lock between processes, on a file.

use std::fs::{File, OpenOptions};
use std::path::Path;

use crate::error::{Error, OnFile};

/// An exclusive lock; the kernel gives it up with the last copy of the file, however its process ends.
#[derive(Debug)]
pub(crate) struct FileLock(File);

impl FileLock {
    /// Waits for the lock, blocking the thread.
    pub(crate) fn acquire(path: &Path) -> Result<Self, Error> {
        let file = open(path)?;
        file.lock().on("lock", path)?;
        Ok(Self(file))
    }

    /// Gives the locked file away, for example to a child process, which then holds the lock.
    pub(crate) fn into_file(self) -> File {
        self.0
    }
}

/// Says whether nobody has the lock, or there is no such file; makes none.
pub(crate) fn is_free(path: &Path) -> bool {
    File::open(path).map_or(true, |file| file.try_lock().is_ok())
}

fn open(path: &Path) -> Result<File, Error> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path).on("open", path)
}
