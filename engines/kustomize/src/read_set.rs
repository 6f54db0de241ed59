//! What a build looked at, so that a later one can be skipped when nothing of it changed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::error::{BuildError, Cause};
use crate::tree::{Entry, FileTree, TreeError, join, join_on_machine};

/// Files read, with digests, and paths that were looked for or listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadSet {
    /// Files read and the SHA-256 of what they held.
    pub files: BTreeMap<String, [u8; 32]>,
    /// Files found and not read; a directory in the place of one may change the build.
    pub unread: BTreeSet<String>,
    /// Paths where nothing was found; a file that appears there may change the build.
    pub missing: BTreeSet<String>,
    /// Directories that were entered, with what [`walkable`] gave where one was walked.
    pub directories: BTreeMap<String, Option<Vec<String>>>,
}

/// What a walk for manifests looks at in a directory: names that end in `.yaml` or `.yml`, and directories.
///
/// # Errors
/// When the tree cannot answer.
pub fn walkable(tree: &dyn FileTree, directory: &str) -> Result<Vec<String>, TreeError> {
    let mut names = tree.list(directory)?;
    let mut failed = Ok(());
    names.retain(|name| {
        let is_directory = || {
            let path = if directory.is_empty() { name.clone() } else { format!("{directory}/{name}") };
            tree.entry(&path).map(|entry| entry == Some(Entry::Directory))
        };
        let manifest = name.ends_with(".yaml") || name.ends_with(".yml");
        manifest
            || is_directory().unwrap_or_else(|error| {
                failed = Err(error);
                false
            })
    });
    failed.map(|()| names)
}

/// A tree that writes down what is asked of it, within limits.
pub(crate) struct Recorder<'a> {
    tree: &'a dyn FileTree,
    limits: Limits,
    seen: RefCell<Seen>,
}

/// How much a build may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of one file.
    pub file_size: usize,
    /// The most files.
    pub files: usize,
    /// The most bytes of all files.
    pub total_size: usize,
    /// How deep kustomizations may name each other.
    pub depth: usize,
    /// The most resources.
    pub resources: usize,
}

#[derive(Default)]
struct Seen {
    set: ReadSet,
    bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const MEBIBYTE: usize = 1 << 20;
        Self {
            file_size: 64 * MEBIBYTE,
            files: 20_000,
            total_size: 512 * MEBIBYTE,
            depth: 64,
            resources: 100_000,
        }
    }
}

impl ReadSet {
    /// Whether a build of `tree` would find exactly what this one found; a tree that cannot answer counts as changed.
    pub fn holds_in(&self, tree: &dyn FileTree) -> bool {
        let is = |path: &String, expected| tree.entry(path).is_ok_and(|entry| entry == expected);
        self.missing.iter().all(|path| is(path, None))
            && self.unread.iter().all(|path| is(path, Some(Entry::File)))
            && self.directories.iter().all(|(path, names)| {
                let listed = || names.as_ref().is_none_or(|names| walkable(tree, path).as_ref() == Ok(names));
                is(path, Some(Entry::Directory)) && listed()
            })
            && self.files.iter().all(|(path, digest)| {
                tree.read(path).is_ok_and(|bytes| <[u8; 32]>::from(Sha256::digest(&bytes)) == *digest)
            })
    }
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(tree: &'a dyn FileTree, limits: Limits) -> Self {
        Self { tree, limits, seen: RefCell::default() }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) fn finish(self) -> ReadSet {
        let mut set = self.seen.into_inner().set;
        set.unread.retain(|path| !set.files.contains_key(path));
        set
    }

    pub(crate) fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError> {
        let entry = self.tree.entry(path)?;
        let mut seen = self.seen.borrow_mut();
        match entry {
            None => {
                seen.set.missing.insert(path.to_owned());
            }
            Some(Entry::Directory) => {
                seen.set.directories.entry(path.to_owned()).or_default();
            }
            Some(Entry::File) => {
                seen.set.unread.insert(path.to_owned());
            }
        }
        Ok(entry)
    }

    /// The tree path of `path`, as it is written in a file of `directory`.
    pub(crate) fn resolve(&self, directory: &str, path: &str) -> Result<String, TreeError> {
        if self.tree.is_machine() { Ok(join_on_machine(directory, path)) } else { join(directory, path) }
    }

    pub(crate) fn real_path(&self, path: &str) -> Result<String, TreeError> {
        self.tree.real_path(path)
    }

    pub(crate) fn read(&self, path: &str) -> Result<Bytes, BuildError> {
        let bytes = match self.tree.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                if matches!(error, TreeError::NotFound { .. }) {
                    self.seen.borrow_mut().set.missing.insert(path.to_owned());
                }
                return Err(error.into());
            }
        };
        let mut seen = self.seen.borrow_mut();
        if seen.set.files.contains_key(path) {
            return Ok(bytes);
        }
        let limit = |what, limit| Err(BuildError::from(Cause::Limit { what, limit }).in_file(path));
        if bytes.len() > self.limits.file_size {
            return limit("bytes in a file", self.limits.file_size);
        }
        seen.bytes += bytes.len();
        if seen.bytes > self.limits.total_size {
            return limit("bytes in all files", self.limits.total_size);
        }
        if seen.set.files.len() >= self.limits.files {
            return limit("files", self.limits.files);
        }
        seen.set.files.insert(path.to_owned(), Sha256::digest(&bytes).into());
        Ok(bytes)
    }
}
