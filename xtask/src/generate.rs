//! `cargo xtask generate`: writes the files of the repository that are made from its code, or checks that they are
//! up to date. The same code always gives the same bytes. Refuses to write anything that is not listed here.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

mod definitions;
mod flags;
#[cfg(test)]
mod install;
mod metrics;
mod table;
mod yaml;

/// Directories that hold nothing but generated files; others found there are stale.
const OWNED: &[&str] = &[definitions::DIRECTORY];

/// Why generating failed.
#[derive(Debug)]
pub enum Error {
    /// A file could not be read or written.
    File(PathBuf, io::Error),
    /// Files differ from what the code says; only when checking.
    Stale(Vec<PathBuf>),
    /// A source could not be followed to what it defines.
    Unreadable(PathBuf),
    /// A definition could not be turned into JSON.
    Definition(serde_json::Error),
}

/// Writes all generated files, or only compares them when checking.
///
/// Checking fails with the names of files that differ, are missing, or are there for no reason.
pub fn run(check: bool) -> Result<(), Error> {
    let root = crate::check::repository_root();
    let mut files = definitions::files().map_err(Error::Definition)?;
    files.extend(flags::files());
    files.extend(metrics::files(&root)?);
    let stale = stale(&root, &files)?;
    if check {
        return if stale.is_empty() { Ok(()) } else { Err(Error::Stale(stale)) };
    }
    for path in stale {
        let target = root.join(&path);
        match files.get(&path) {
            Some(content) => write(&target, content)?,
            None => fs::remove_file(&target).map_err(|error| Error::File(target, error))?,
        }
        println!("{}", path.display());
    }
    Ok(())
}

/// Names the files that have to be written or removed.
fn stale(root: &Path, files: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>, Error> {
    let mut stale = Vec::new();
    for (path, content) in files {
        if read(&root.join(path))?.as_deref() != Some(content.as_str()) {
            stale.push(path.clone());
        }
    }
    for directory in OWNED {
        stale.extend(list(root, directory)?.into_iter().filter(|path| !files.contains_key(path)));
    }
    Ok(stale)
}

fn list(root: &Path, directory: &str) -> Result<Vec<PathBuf>, Error> {
    let path = root.join(directory);
    let failed = |error| Error::File(path.clone(), error);
    let entries = match fs::read_dir(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let names = entries.map(|entry| entry.map(|entry| Path::new(directory).join(entry.file_name())));
    let mut names = names.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<Option<String>, Error> {
    match fs::read_to_string(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::File(path.to_owned(), error)),
    }
}

fn write(path: &Path, content: &str) -> Result<(), Error> {
    let failed = |error| Error::File(path.to_owned(), error);
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    fs::write(path, content).map_err(failed)
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path, error) => write!(formatter, "{}: {error}", path.display()),
            Self::Unreadable(path) => {
                write!(formatter, "{}: its definitions are written in an unknown way", path.display())
            }
            Self::Definition(error) => write!(formatter, "a definition has no JSON form: {error}"),
            Self::Stale(paths) => {
                write!(formatter, "stale generated files, run `cargo xtask generate`:")?;
                paths.iter().try_for_each(|path| write!(formatter, " {}", path.display()))
            }
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    #[test]
    fn repository_is_up_to_date() {
        super::run(true).unwrap_or_else(|error| panic!("{error}"));
    }
}
