//! Charts that lie unpacked in a directory, as far as `.helmignore` lets them. Refuses what is no regular file, and files
//! that are too large.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;

use super::File;
use super::archive::without_mark;
use super::budget::Budget;
use super::load::LoadError;
use crate::ignore::{self, Rules};
use crate::limits::{MAX_CHART_DEPTH, MAX_FILE_SIZE};

/// What stands in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    File {
        /// Its size in bytes.
        size: u64,
        /// When it was modified last.
        modified: Option<Timestamp>,
    },
    /// A directory.
    Directory,
    /// A device, a socket, or a link that is not followed.
    Irregular,
}

/// A directory with a chart, its root being the empty path. Paths are `/`-separated without a leading slash; links are
/// followed, or told as irregular.
pub trait Directory {
    /// Lists what stands in a directory, by name.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    fn list(&self, path: &str) -> Result<BTreeMap<String, Entry>, String>;

    /// Reads a whole file.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    fn read(&self, path: &str) -> Result<Bytes, String>;
}

/// A directory held in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryDirectory {
    files: BTreeMap<String, Bytes>,
}

impl<P: Into<String>, C: Into<Bytes>> FromIterator<(P, C)> for MemoryDirectory {
    fn from_iter<T: IntoIterator<Item = (P, C)>>(files: T) -> Self {
        Self { files: files.into_iter().map(|(path, content)| (path.into(), content.into())).collect() }
    }
}

impl Directory for MemoryDirectory {
    fn list(&self, path: &str) -> Result<BTreeMap<String, Entry>, String> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let below = self.files.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
        let entry = |(name, content): (&String, &Bytes)| {
            let rest = &name[prefix.len()..];
            match rest.split_once('/') {
                Some((directory, _)) => (directory.to_owned(), Entry::Directory),
                None => (rest.to_owned(), Entry::File { size: content.len() as u64, modified: None }),
            }
        };
        Ok(below.map(entry).collect())
    }

    fn read(&self, path: &str) -> Result<Bytes, String> {
        self.files.get(path).cloned().ok_or_else(|| format!("open {path}: no such file or directory"))
    }
}

/// Reads the files of a chart in the order of their names, directory by directory.
pub(super) fn read(directory: &dyn Directory, budget: &mut Budget) -> Result<Vec<File>, LoadError> {
    let failed = |message| LoadError::Directory(message);
    let top = directory.list("").map_err(failed)?;
    let rules = match top.get(ignore::FILE_NAME) {
        Some(Entry::File { .. }) => {
            Rules::parse(&directory.read(ignore::FILE_NAME).map_err(failed)?).map_err(LoadError::Ignore)?
        }
        _ => Rules::default(),
    };
    let mut walk = Walk { directory, rules, budget, files: Vec::new() };
    walk.entries("", top, 0)?;
    Ok(walk.files)
}

struct Walk<'a> {
    directory: &'a dyn Directory,
    rules: Rules,
    budget: &'a mut Budget,
    files: Vec<File>,
}

impl Walk<'_> {
    fn entries(
        &mut self,
        path: &str,
        entries: BTreeMap<String, Entry>,
        depth: usize,
    ) -> Result<(), LoadError> {
        if depth > 2 * MAX_CHART_DEPTH {
            return Err(LoadError::Limit("has directories too deep in each other"));
        }
        for (name, entry) in entries {
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            if self.rules.ignores(&path, entry == Entry::Directory) {
                continue;
            }
            match entry {
                Entry::Directory => {
                    let inner = self.directory.list(&path).map_err(LoadError::Directory)?;
                    self.entries(&path, inner, depth + 1)?;
                }
                Entry::Irregular => return Err(LoadError::Irregular(path)),
                Entry::File { size, modified } => self.file(path, size, modified)?,
            }
        }
        Ok(())
    }

    fn file(&mut self, path: String, size: u64, modified: Option<Timestamp>) -> Result<(), LoadError> {
        let too_large = |path: &str| LoadError::FileSize(path.rsplit('/').next().unwrap_or(path).to_owned());
        if size > MAX_FILE_SIZE {
            return Err(too_large(&path));
        }
        let data = self.directory.read(&path);
        let data =
            data.map_err(|message| LoadError::Directory(format!("error reading {path}: {message}")))?;
        if data.len() as u64 > MAX_FILE_SIZE {
            return Err(too_large(&path));
        }
        self.budget.file(data.len()).map_err(LoadError::Limit)?;
        self.files.push(File { name: path, data: without_mark(data), modified });
        Ok(())
    }
}
