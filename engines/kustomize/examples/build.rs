//! `kustomize build` over a directory of this machine, for comparisons: `build TARGET [--load-restrictor …]
//! [--reorder …]`. A path that leaves the working directory widens the root of the tree.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use sluice_kustomize::{Entry, FileTree, LoadRestriction, Options, Reorder, TreeError, build};

/// The files below a directory.
struct Disk(PathBuf);

impl Disk {
    fn failed(path: &str, error: &std::io::Error) -> TreeError {
        match error.kind() {
            std::io::ErrorKind::NotFound => TreeError::NotFound { path: path.to_owned() },
            _ => TreeError::Failed { path: path.to_owned(), message: error.to_string() },
        }
    }
}

impl FileTree for Disk {
    fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError> {
        match std::fs::metadata(self.0.join(path)) {
            Ok(found) if found.is_dir() => Ok(Some(Entry::Directory)),
            Ok(_) => Ok(Some(Entry::File)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => Ok(None),
            Err(error) => Err(Self::failed(path, &error)),
        }
    }

    fn read(&self, path: &str) -> Result<Bytes, TreeError> {
        std::fs::read(self.0.join(path)).map(Bytes::from).map_err(|error| Self::failed(path, &error))
    }

    fn real_path(&self, path: &str) -> Result<String, TreeError> {
        match std::fs::canonicalize(self.0.join(path)) {
            Ok(real) => match real.strip_prefix(&self.0) {
                Ok(inside) => Ok(inside.to_string_lossy().into_owned()),
                Err(_) => Err(TreeError::Outside { path: path.to_owned() }),
            },
            Err(_) => Ok(path.to_owned()),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, TreeError> {
        let entries =
            std::fs::read_dir(self.0.join(directory)).map_err(|error| Self::failed(directory, &error))?;
        let mut names: Vec<String> = entries
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .collect();
        names.sort();
        Ok(names)
    }
}

fn main() -> ExitCode {
    let mut options = Options::default();
    let mut target = ".".to_owned();
    let mut args = std::env::args().skip(1).peekable();
    while let Some(arg) = args.next() {
        let (name, mut value) = match arg.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (arg, None),
        };
        match name.as_str() {
            "build" => {}
            "--load-restrictor" => {
                let value = value.take().or_else(|| args.next());
                if value.as_deref() == Some("LoadRestrictionsNone") {
                    options.load_restriction = LoadRestriction::None;
                }
            }
            "--reorder" => {
                let value = value.take().or_else(|| args.next());
                if value.as_deref() == Some("none") {
                    options.reorder = Reorder::None;
                }
            }
            flag if flag.starts_with('-') => {}
            _ => target = name,
        }
    }
    run(&target, &options)
}

fn run(target: &str, options: &Options) -> ExitCode {
    let Ok(directory) = std::fs::canonicalize(target) else {
        eprintln!("Error: {target} is not a directory");
        return ExitCode::FAILURE;
    };
    let inside = directory.strip_prefix("/").map(Path::to_string_lossy).unwrap_or_default().into_owned();
    match build(&Disk(PathBuf::from("/")), &inside, options) {
        Ok(build) => {
            print!("{}", build.to_yaml());
            ExitCode::SUCCESS
        }
        Err(errors) => {
            eprintln!("Error: {errors}");
            ExitCode::FAILURE
        }
    }
}
