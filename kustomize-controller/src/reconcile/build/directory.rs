//! An opened artifact as the engine's file tree. Follows no link and leaves the directory on no path.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sluice_kustomize::{Entry, FileTree, TreeError};

/// The files below a directory.
#[derive(Debug)]
pub struct DirectoryTree {
    root: PathBuf,
}

impl DirectoryTree {
    /// Shows the files below `root`.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The place of a tree path.
    ///
    /// # Errors
    /// Refuses a path that is not made of plain names.
    fn locate(&self, path: &str) -> Result<PathBuf, TreeError> {
        let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\0', '\\']);
        if path.is_empty() || path.split('/').all(plain) {
            return Ok(self.root.join(path));
        }
        Err(TreeError::Outside { path: path.to_owned() })
    }
}

impl FileTree for DirectoryTree {
    fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError> {
        match fs::symlink_metadata(self.locate(path)?) {
            Ok(found) if found.is_dir() => Ok(Some(Entry::Directory)),
            Ok(found) if found.is_file() => Ok(Some(Entry::File)),
            // Artifacts hold neither links nor devices; should one appear, it is not there.
            Ok(_) => Ok(None),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(failed(path, &error)),
        }
    }

    fn read(&self, path: &str) -> Result<bytes::Bytes, TreeError> {
        match fs::read(self.locate(path)?) {
            Ok(content) => Ok(content.into()),
            Err(error) => Err(failed(path, &error)),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, TreeError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.locate(directory)?).map_err(|error| failed(directory, &error))? {
            let name = entry.map_err(|error| failed(directory, &error))?.file_name();
            let name = name.into_string().map_err(|name| TreeError::Failed {
                path: directory.to_owned(),
                message: format!("holds a name that is not UTF-8: {}", name.to_string_lossy()),
            })?;
            names.push(name);
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// The error without the place on disk, which says nothing to the user.
fn failed(path: &str, error: &std::io::Error) -> TreeError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => TreeError::NotFound { path: path.to_owned() },
        kind => TreeError::Failed { path: path.to_owned(), message: kind.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_files_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("a")).unwrap();
        fs::write(root.path().join("a/x.yaml"), "x").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.path().join("a/link")).unwrap();
        let tree = DirectoryTree::new(root.path());
        assert_eq!(tree.entry("a").unwrap(), Some(Entry::Directory));
        assert_eq!(tree.entry("a/x.yaml").unwrap(), Some(Entry::File));
        assert_eq!(tree.entry("a/x.yaml/y").unwrap(), None);
        assert_eq!(tree.entry("a/link").unwrap(), None);
        assert_eq!(tree.list("a").unwrap(), ["link", "x.yaml"]);
        assert_eq!(tree.read("a/x.yaml").unwrap(), "x");
        for path in ["../up", "a/../../up", "/etc/passwd", "a//x.yaml"] {
            assert!(matches!(tree.read(path), Err(TreeError::Outside { .. })), "{path}");
        }
    }
}
