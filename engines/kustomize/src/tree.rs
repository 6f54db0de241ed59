//! The files a build may read: a trait, a tree in memory, and a tree laid over another. Paths are `/`-separated and
//! relative to the root, without a leading slash; the root itself is the empty path. Refuses paths that leave it.

mod path;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

pub(crate) use path::{base_name, is_inside, join, join_on_machine};

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    File,
    /// A directory.
    Directory,
}

/// Why a path could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// Nothing is there.
    #[error("no file {path:?}")]
    NotFound {
        /// The path.
        path: String,
    },
    /// The path is absolute, or leaves the root of the tree.
    #[error("{path:?} is outside of the tree")]
    Outside {
        /// The path as it was written.
        path: String,
    },
    /// The tree could not answer.
    #[error("{path:?}: {message}")]
    Failed {
        /// The path.
        path: String,
        /// What went wrong.
        message: String,
    },
}

/// A read-only tree of files.
pub trait FileTree: Send + Sync {
    /// Says what stands at `path`, nothing when it is free.
    ///
    /// # Errors
    /// When the tree cannot answer.
    fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError>;

    /// Reads a whole file.
    ///
    /// # Errors
    /// When there is no such file or it cannot be read.
    fn read(&self, path: &str) -> Result<Bytes, TreeError>;

    /// Lists the names in a directory, sorted.
    ///
    /// # Errors
    /// When there is no such directory or it cannot be read.
    fn list(&self, directory: &str) -> Result<Vec<String>, TreeError>;

    /// Gives the path with every symbolic link on it followed; a path where nothing is stays as it is.
    ///
    /// # Errors
    /// When a link leaves the tree, or the tree cannot answer.
    fn real_path(&self, path: &str) -> Result<String, TreeError> {
        Ok(path.to_owned())
    }

    /// Says whether the root is that of the whole machine: absolute paths lead into such a tree, and a path that climbs
    /// above the root stays there. In any other tree both are refused.
    fn is_machine(&self) -> bool {
        false
    }
}

/// A tree that is held in memory; directories are those that files need.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    files: BTreeMap<String, Bytes>,
}

/// A tree with files replaced and added, without changing what is below.
pub struct Overlay<'a> {
    below: &'a dyn FileTree,
    above: MemoryTree,
}

/// Finds the kustomization file of a directory; more than one is an error, as for the build.
///
/// # Errors
/// When the tree cannot answer, or several files compete.
pub fn kustomization_file(tree: &dyn FileTree, directory: &str) -> Result<Option<String>, TreeError> {
    let mut found = None;
    for name in crate::KUSTOMIZATION_FILE_NAMES {
        let path = join(directory, name)?;
        if tree.entry(&path)? != Some(Entry::File) {
            continue;
        }
        if found.replace(path).is_some() {
            let message = "found multiple kustomization files".to_owned();
            return Err(TreeError::Failed { path: directory.to_owned(), message });
        }
    }
    Ok(found)
}

// === impl MemoryTree ===

impl MemoryTree {
    /// An empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a file; a leading slash and `.` parts are taken off.
    ///
    /// # Errors
    /// When the path leaves the tree.
    pub fn insert(&mut self, path: &str, content: impl Into<Bytes>) -> Result<(), TreeError> {
        let path = join("", path.trim_start_matches('/'))?;
        self.files.insert(path, content.into());
        Ok(())
    }

    fn has_below(&self, directory: &str) -> bool {
        let prefix = format!("{directory}/");
        self.files.range(prefix.clone()..).next().is_some_and(|(path, _)| path.starts_with(&prefix))
    }
}

impl FileTree for MemoryTree {
    fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError> {
        Ok(if self.files.contains_key(path) {
            Some(Entry::File)
        } else if path.is_empty() || self.has_below(path) {
            Some(Entry::Directory)
        } else {
            None
        })
    }

    fn read(&self, path: &str) -> Result<Bytes, TreeError> {
        self.files.get(path).cloned().ok_or_else(|| TreeError::NotFound { path: path.to_owned() })
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, TreeError> {
        if self.entry(directory)? != Some(Entry::Directory) {
            return Err(TreeError::NotFound { path: directory.to_owned() });
        }
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let below = self.files.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        let names = below.filter_map(|(path, _)| path[prefix.len()..].split('/').next());
        Ok(names.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect())
    }
}

impl<P: AsRef<str>, C: Into<Bytes>> FromIterator<(P, C)> for MemoryTree {
    /// Leaves out paths that leave the tree.
    fn from_iter<T: IntoIterator<Item = (P, C)>>(files: T) -> Self {
        let mut tree = Self::new();
        for (path, content) in files {
            if tree.insert(path.as_ref(), content).is_err() {
                continue;
            }
        }
        tree
    }
}

// === impl Overlay ===

impl<'a> Overlay<'a> {
    /// Lays nothing over `below` yet.
    pub fn new(below: &'a dyn FileTree) -> Self {
        Self { below, above: MemoryTree::new() }
    }

    /// Adds or replaces a file.
    ///
    /// # Errors
    /// When the path leaves the tree.
    pub fn insert(&mut self, path: &str, content: impl Into<Bytes>) -> Result<(), TreeError> {
        self.above.insert(path, content)
    }
}

impl FileTree for Overlay<'_> {
    fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError> {
        match self.above.entry(path)? {
            Some(Entry::Directory) if path.is_empty() => self.below.entry(path),
            Some(entry) => Ok(Some(entry)),
            None => self.below.entry(path),
        }
    }

    fn read(&self, path: &str) -> Result<Bytes, TreeError> {
        match self.above.entry(path)? {
            Some(Entry::File) => self.above.read(path),
            _ => self.below.read(path),
        }
    }

    fn real_path(&self, path: &str) -> Result<String, TreeError> {
        match self.above.entry(path)? {
            Some(_) => Ok(path.to_owned()),
            None => self.below.real_path(path),
        }
    }

    fn is_machine(&self) -> bool {
        self.below.is_machine()
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, TreeError> {
        let mut names = BTreeSet::new();
        let above = self.above.entry(directory)? == Some(Entry::Directory);
        if above {
            names.extend(self.above.list(directory)?);
        }
        match self.below.list(directory) {
            Ok(below) => names.extend(below),
            Err(TreeError::NotFound { .. }) if above => {}
            Err(error) => return Err(error),
        }
        Ok(names.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_replaces_adds_and_shows_the_rest() {
        let below: MemoryTree = [("a/x", "1"), ("a/y", "2"), ("b", "3")].into_iter().collect();
        let mut tree = Overlay::new(&below);
        tree.insert("a/x", "new").expect("inside");
        tree.insert("a/z/w", "more").expect("inside");
        assert_eq!(tree.read("a/x").expect("there"), "new");
        assert_eq!(tree.read("a/y").expect("there"), "2");
        assert_eq!(tree.list("a").expect("there"), ["x", "y", "z"]);
        assert_eq!(tree.list("").expect("there"), ["a", "b"]);
        assert_eq!(tree.entry("a/z"), Ok(Some(Entry::Directory)));
        assert_eq!(tree.entry("c"), Ok(None));
        assert!(tree.insert("../x", "").is_err());
    }
}
