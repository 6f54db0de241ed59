//! Directories of this machine as the engines' file trees: the one place where a build meets the file system.
//!
//! A [`Directory`] never shows what is outside of its root, whatever a path or a link says. Reading ends at the size
//! limit of a build, so that no device can fill the memory.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sluice_kustomize::{Entry, FileTree, Limits, TreeError};

/// What symbolic links are to a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// They lead on, as long as they stay inside the root.
    Followed,
    /// They are not there, and neither is anything but files and directories: so artifacts are packed.
    Hidden,
}

/// The files below a directory.
#[derive(Clone, Debug)]
pub struct Directory {
    /// Absolute, without links.
    root: PathBuf,
    links: Links,
}

// === impl Directory ===

impl Directory {
    /// Shows the files below `root`.
    ///
    /// # Errors
    /// When there is no such directory.
    pub fn open(root: &Path, links: Links) -> io::Result<Self> {
        let root = fs::canonicalize(root)?;
        if root.is_dir() { Ok(Self { root, links }) } else { Err(ErrorKind::NotADirectory.into()) }
    }

    /// Shows all files of the machine.
    ///
    /// # Errors
    /// When there is no root directory.
    pub fn machine() -> io::Result<Self> {
        Self::open(Path::new("/"), Links::Followed)
    }

    /// The place of the root: absolute, without links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The real place of a tree path; nothing when nothing is there.
    fn locate(&self, path: &str) -> Result<Option<PathBuf>, TreeError> {
        let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
        if !(path.is_empty() || path.split('/').all(plain)) {
            return Err(outside(path));
        }
        let named = self.root.join(path);
        match fs::canonicalize(&named) {
            Ok(real) if self.links == Links::Hidden => Ok((real == named).then_some(real)),
            Ok(real) if real.starts_with(&self.root) => Ok(Some(real)),
            Ok(_) => Err(outside(path)),
            // A pipe has no path, and yet /dev/stdin leads to it.
            Err(_) if self.is_machine() && fs::metadata(&named).is_ok() => Ok(Some(named)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(failed(path, &error)),
        }
    }

    fn located(&self, path: &str) -> Result<PathBuf, TreeError> {
        self.locate(path)?.ok_or_else(|| TreeError::NotFound { path: path.to_owned() })
    }
}

impl FileTree for Directory {
    fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError> {
        let Some(place) = self.locate(path)? else { return Ok(None) };
        match fs::metadata(place) {
            Ok(found) if found.is_dir() => Ok(Some(Entry::Directory)),
            Ok(found) if found.is_file() || self.links == Links::Followed => Ok(Some(Entry::File)),
            Ok(_) => Ok(None),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(failed(path, &error)),
        }
    }

    fn read(&self, path: &str) -> Result<Bytes, TreeError> {
        let most = Limits::default().file_size as u64 + 1;
        let mut content = Vec::new();
        let reading = File::open(self.located(path)?).and_then(|file| {
            content.reserve(file.metadata().map_or(0, |found| found.len().min(most) as usize));
            file.take(most).read_to_end(&mut content)
        });
        match reading {
            Ok(_) => Ok(content.into()),
            Err(error) => Err(failed(path, &error)),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, TreeError> {
        let fail = |error: io::Error| failed(directory, &error);
        let mut names = Vec::new();
        for entry in fs::read_dir(self.located(directory)?).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name();
            let name = name.into_string().map_err(|name| TreeError::Failed {
                path: directory.to_owned(),
                message: format!("holds a name that is not UTF-8: {}", name.to_string_lossy()),
            })?;
            names.push(name);
        }
        names.sort_unstable();
        Ok(names)
    }

    fn is_machine(&self) -> bool {
        self.links == Links::Followed && self.root == Path::new("/")
    }

    fn real_path(&self, path: &str) -> Result<String, TreeError> {
        let Some(real) = self.locate(path)? else { return Ok(path.to_owned()) };
        let inside = real.strip_prefix(&self.root).map_err(|_| outside(path))?;
        inside.to_str().map(str::to_owned).ok_or_else(|| TreeError::Failed {
            path: path.to_owned(),
            message: "leads to a name that is not UTF-8".to_owned(),
        })
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn outside(path: &str) -> TreeError {
    TreeError::Outside { path: path.to_owned() }
}

/// The error without the place on disk, which says nothing to the user.
fn failed(path: &str, error: &io::Error) -> TreeError {
    if is_missing(error) {
        return TreeError::NotFound { path: path.to_owned() };
    }
    TreeError::Failed { path: path.to_owned(), message: error.kind().to_string() }
}

#[cfg(test)]
mod tests;
