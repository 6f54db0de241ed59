//! A directory as the artifact that source-controller would make of it: without links and devices, and without what
//! the default patterns and `.sourceignore` files leave out. Patterns of a source object are not known here.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use bytes::Bytes;
use sluice_files::{Directory, Links};
use sluice_ignore::Rules;
use sluice_kustomize::{Entry, FileTree, TreeError};

use crate::failure::Failure;

/// Deeper directories are refused, as when an artifact is packed.
const DEPTH_LIMIT: usize = 100;

/// The files that an artifact would hold.
#[derive(Debug)]
pub struct Source {
    directory: Directory,
    entries: BTreeMap<String, Entry>,
}

impl Source {
    /// Looks at everything below `root`.
    ///
    /// # Errors
    /// When a directory or a `.sourceignore` cannot be read.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        let failed = |source| Failure::File { path: root.display().to_string(), source };
        let directory = Directory::open(root, Links::Hidden).map_err(failed)?;
        let patterns = sluice_ignore::load(directory.root())
            .map_err(|error| Failure::Argument(format!("{}: {error}", root.display())))?;
        let mut source = Self { directory, entries: BTreeMap::new() };
        let rules = Rules::for_source(patterns);
        source.visit("", 0, &rules).map_err(|error| failed(io::Error::other(error)))?;
        Ok(source)
    }

    /// A file may be kept although its directory is left out, so those are entered, too; only `.git` is not.
    fn visit(&mut self, at: &str, depth: usize, rules: &Rules) -> Result<(), TreeError> {
        if depth > DEPTH_LIMIT {
            let message = format!("directories nest deeper than {DEPTH_LIMIT}");
            return Err(TreeError::Failed { path: at.to_owned(), message });
        }
        for name in self.directory.list(at)? {
            let path = if at.is_empty() { name.clone() } else { format!("{at}/{name}") };
            let Some(entry) = self.directory.entry(&path)? else { continue };
            if !rules.excludes(Path::new(&path), entry == Entry::Directory) {
                self.keep(&path, entry);
            }
            if entry == Entry::Directory && name != ".git" {
                self.visit(&path, depth + 1, rules)?;
            }
        }
        Ok(())
    }

    /// What is kept brings the directories that it stands in.
    fn keep(&mut self, path: &str, entry: Entry) {
        self.entries.insert(path.to_owned(), entry);
        let mut below = path;
        while let Some((above, _)) = below.rsplit_once('/') {
            self.entries.entry(above.to_owned()).or_insert(Entry::Directory);
            below = above;
        }
    }

    fn is_kept(&self, path: &str) -> bool {
        path.is_empty() || self.entries.contains_key(path)
    }
}

impl FileTree for Source {
    fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError> {
        Ok(if path.is_empty() { Some(Entry::Directory) } else { self.entries.get(path).copied() })
    }

    fn read(&self, path: &str) -> Result<Bytes, TreeError> {
        if self.is_kept(path) {
            self.directory.read(path)
        } else {
            Err(TreeError::NotFound { path: path.to_owned() })
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, TreeError> {
        if !self.is_kept(directory) {
            return Err(TreeError::NotFound { path: directory.to_owned() });
        }
        let mut names = self.directory.list(directory)?;
        let path =
            |name: &String| if directory.is_empty() { name.clone() } else { format!("{directory}/{name}") };
        names.retain(|name| self.is_kept(&path(name)));
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn shows_what_an_artifact_holds() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        fs::create_dir_all(at("app/docs")).unwrap();
        fs::create_dir_all(at(".git/refs")).unwrap();
        fs::create_dir_all(at("gone")).unwrap();
        for file in ["app/a.yaml", "app/docs/b.yaml", "app/docs/keep.yaml", ".git/c.yaml", "gone/d.yaml"] {
            fs::write(at(file), file).unwrap();
        }
        fs::write(at(".sourceignore"), "docs/\n!keep.yaml\n/gone/\n").unwrap();
        let source = Source::open(root.path()).unwrap();
        let kept: Vec<&str> = source.entries.keys().map(String::as_str).collect();
        assert_eq!(kept, [".sourceignore", "app", "app/a.yaml", "app/docs", "app/docs/keep.yaml"]);
        assert_eq!(source.list("app").unwrap(), ["a.yaml", "docs"]);
        assert_eq!(source.list("").unwrap(), [".sourceignore", "app"]);
        assert_eq!(source.entry("gone"), Ok(None));
        assert_eq!(source.read("app/docs/keep.yaml").unwrap(), "app/docs/keep.yaml");
        assert!(source.read("app/docs/b.yaml").is_err());
        assert!(source.list("gone").is_err());
    }
}
