//! Collects the `.sourceignore` files of a directory tree.
//!
//! Symbolic links are not followed, `.git` is not entered, and files beyond the depth and size limits are refused.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{Pattern, parse};

/// The name of the files that hold patterns.
pub const FILE_NAME: &str = ".sourceignore";

const MAX_DEPTH: usize = 100;
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Why the ignore files of a tree could not be collected.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file or directory could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Where it is, relative to the tree.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An ignore file is larger than 1 MiB.
    #[error("{} is larger than {MAX_FILE_BYTES} bytes", .0.display())]
    TooLarge(PathBuf),
    /// The tree is deeper than 100 directories.
    #[error("{} is nested too deeply", .0.display())]
    TooDeep(PathBuf),
}

/// Reads every `.sourceignore` below `root`, outer files before inner ones, directories in lexical order.
///
/// # Errors
/// The first file or directory that cannot be read, or that exceeds a limit.
pub fn load(root: &Path) -> Result<Vec<Pattern>, LoadError> {
    let mut patterns = Vec::new();
    visit(root, Path::new(""), 0, &mut patterns)?;
    Ok(patterns)
}

fn visit(root: &Path, at: &Path, depth: usize, patterns: &mut Vec<Pattern>) -> Result<(), LoadError> {
    if depth > MAX_DEPTH {
        return Err(LoadError::TooDeep(at.to_owned()));
    }
    let failed = |source| LoadError::Read { path: at.to_owned(), source };
    let mut directories = Vec::new();
    for entry in fs::read_dir(root.join(at)).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        let name = entry.file_name();
        if kind.is_dir() && name != ".git" {
            directories.push(name);
        } else if kind.is_file() && name == FILE_NAME {
            let scope: Vec<&[u8]> = at.iter().map(OsStrExt::as_bytes).collect();
            patterns.extend(parse(&read(root, &at.join(name))?, &scope));
        }
    }
    directories.sort();
    directories.iter().try_for_each(|name| visit(root, &at.join(name), depth + 1, patterns))
}

fn read(root: &Path, path: &Path) -> Result<Vec<u8>, LoadError> {
    let mut text = Vec::new();
    let reading =
        File::open(root.join(path)).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut text));
    reading.map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(LoadError::TooLarge(path.to_owned()));
    }
    Ok(text)
}
