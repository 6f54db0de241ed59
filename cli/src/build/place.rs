//! Where a build happens: DIR in the tree of the whole machine, and how its paths are shown. A kustomization may lead
//! anywhere with `..`, so nothing less would do; the engine's load restriction holds the files.

use std::fs;
use std::path::{Path, PathBuf};

use sluice_files::Directory;
use sluice_kustomize::{BuildErrors, Deprecation};

use crate::failure::Failure;

/// A directory of this machine as the engine sees it.
#[derive(Debug)]
pub struct Place {
    /// All files of the machine.
    pub tree: Directory,
    /// The directory in it.
    pub target: String,
}

impl Place {
    /// Finds the directory that a user named.
    ///
    /// # Errors
    /// When it is no directory of this machine.
    pub fn find(directory: &str) -> Result<Self, Failure> {
        if directory.is_empty() {
            return Err(Failure::Argument("the directory to build has an empty name".to_owned()));
        }
        let failed = |source| Failure::File { path: directory.to_owned(), source };
        let real = fs::canonicalize(directory).map_err(failed)?;
        if !real.is_dir() {
            return Err(Failure::Argument(format!(
                "{directory} is a file; name the directory that it is in"
            )));
        }
        let tree = Directory::machine().map_err(failed)?;
        Ok(Self { tree, target: tree_path(&real, directory)? })
    }

    /// The mistakes with paths as a user of this machine writes them: relative to the working directory when they are
    /// in it.
    pub fn explain(mut errors: BuildErrors) -> BuildErrors {
        let here = here();
        errors.show_paths(|path| show(path, &here));
        errors
    }

    /// A note for each field that should be written another way.
    pub fn warnings(deprecations: Vec<Deprecation>) -> Vec<String> {
        let here = here();
        let note = |mut deprecation: Deprecation| {
            deprecation.file = show(&deprecation.file, &here);
            format!("# Warning: {deprecation}")
        };
        deprecations.into_iter().map(note).collect()
    }
}

fn here() -> PathBuf {
    fs::canonicalize(".").unwrap_or_default()
}

fn show(path: &str, here: &Path) -> String {
    let absolute = Path::new("/").join(path);
    match absolute.strip_prefix(here) {
        Ok(inside) if inside.as_os_str().is_empty() => ".".to_owned(),
        Ok(inside) => inside.display().to_string(),
        Err(_) => absolute.display().to_string(),
    }
}

fn tree_path(real: &Path, named: &str) -> Result<String, Failure> {
    let inside: PathBuf = real.components().skip(1).collect();
    let text = inside.into_os_string().into_string();
    text.map_err(|_| Failure::Argument(format!("{named} leads to a name that is not UTF-8")))
}
