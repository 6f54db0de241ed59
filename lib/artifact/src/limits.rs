//! What an archive may hold at most, for packing and unpacking alike, so that what we produce we can also open.

use std::path::{Component, Path};

/// The largest archive that is produced or opened; the default suits the biggest public repositories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Number of entries, directories included.
    pub entries: u64,
    /// Size of one file, in bytes.
    pub file_bytes: u64,
    /// Size of everything before compression, headers included, in bytes.
    pub total_bytes: u64,
    /// Number of components of a path.
    pub depth: usize,
    /// Length of a path, in bytes.
    pub path_bytes: usize,
}

/// Which limit an archive exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitExceeded {
    /// Too many entries.
    #[error("more than {0} entries")]
    Entries(u64),
    /// A file is too large.
    #[error("a file is larger than {0} bytes")]
    FileBytes(u64),
    /// The contents are too large.
    #[error("the contents are larger than {0} bytes")]
    TotalBytes(u64),
    /// A path has too many components.
    #[error("a path is deeper than {0} directories")]
    Depth(usize),
    /// A path is too long.
    #[error("a path is longer than {0} bytes")]
    PathBytes(usize),
}

/// Counts an archive's entries and bytes against its limits.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    limits: Limits,
    entries: u64,
    bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { entries: 500_000, file_bytes: 512 << 20, total_bytes: 2 << 30, depth: 100, path_bytes: 4096 }
    }
}

impl Budget {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self { limits, entries: 0, bytes: 0 }
    }

    /// Takes one entry of `bytes` at `path`, or says which limit it would exceed.
    pub(crate) fn take(&mut self, path: &Path, bytes: u64) -> Result<(), LimitExceeded> {
        let limits = &self.limits;
        self.entries += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.entries > limits.entries {
            return Err(LimitExceeded::Entries(limits.entries));
        }
        if bytes > limits.file_bytes {
            return Err(LimitExceeded::FileBytes(limits.file_bytes));
        }
        if self.bytes > limits.total_bytes {
            return Err(LimitExceeded::TotalBytes(limits.total_bytes));
        }
        self.check_path(path)
    }

    /// Says which limit the path alone exceeds.
    pub(crate) fn check_path(&self, path: &Path) -> Result<(), LimitExceeded> {
        let limits = &self.limits;
        if path.as_os_str().len() > limits.path_bytes {
            return Err(LimitExceeded::PathBytes(limits.path_bytes));
        }
        if path.components().filter(|c| matches!(c, Component::Normal(_))).count() > limits.depth {
            return Err(LimitExceeded::Depth(limits.depth));
        }
        Ok(())
    }

    pub(crate) const fn entries(&self) -> u64 {
        self.entries
    }

    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }
}
