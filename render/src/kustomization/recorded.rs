//! A tree that writes down what a render looks at: the search for the kustomization file and the walk that replaces it
//! as much as the build. What the amended kustomization file covers is written down as it stands in the source.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use sluice_kustomize::{Entry, FileTree, ReadSet, TreeError, walkable};

/// A tree and what was asked of it.
pub(super) struct Recorded<'a> {
    tree: &'a dyn FileTree,
    seen: Mutex<ReadSet>,
}

impl<'a> Recorded<'a> {
    pub(super) fn new(tree: &'a dyn FileTree) -> Self {
        Self { tree, seen: Mutex::default() }
    }

    /// What was looked at so far.
    pub(super) fn seen(&self) -> ReadSet {
        let mut seen = std::mem::take(&mut *self.lock());
        seen.unread.retain(|path| !seen.files.contains_key(path));
        seen
    }

    fn lock(&self) -> MutexGuard<'_, ReadSet> {
        // Each access is one insertion: a panic elsewhere cannot leave the set half-written.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FileTree for Recorded<'_> {
    fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError> {
        let entry = self.tree.entry(path)?;
        let mut seen = self.lock();
        match entry {
            None => drop(seen.missing.insert(path.to_owned())),
            Some(Entry::File) => drop(seen.unread.insert(path.to_owned())),
            Some(Entry::Directory) => {
                seen.directories.entry(path.to_owned()).or_default();
            }
        }
        Ok(entry)
    }

    fn read(&self, path: &str) -> Result<Bytes, TreeError> {
        let read = self.tree.read(path);
        match &read {
            Ok(bytes) => drop(self.lock().files.insert(path.to_owned(), Sha256::digest(bytes).into())),
            Err(TreeError::NotFound { .. }) => drop(self.lock().missing.insert(path.to_owned())),
            Err(_) => {}
        }
        read
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, TreeError> {
        // Only a walk for manifests lists, and nothing else in a directory matters to it.
        let names = walkable(self.tree, directory)?;
        self.lock().directories.insert(directory.to_owned(), Some(names.clone()));
        Ok(names)
    }

    fn real_path(&self, path: &str) -> Result<String, TreeError> {
        self.tree.real_path(path)
    }
}
