//! Where the programs of a control plane are: in KUBEBUILDER_ASSETS, or built once into the user's cache.

mod build;

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::environment;
use crate::error::{Error, OnFile};
use crate::lock::FileLock;
use crate::progress;

/// The Go module that pins the programs; nothing but versions.
const GO_MOD: &str = include_str!("../go/go.mod");
const GO_SUM: &str = include_str!("../go/go.sum");

/// A program of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Etcd,
    ApiServer,
    ControllerManager,
    Scheduler,
    Kwok,
}

/// The folders to look in, the first that has a program wins.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    folders: Vec<PathBuf>,
}

impl Program {
    pub(crate) const ALL: [Self; 5] =
        [Self::Etcd, Self::ApiServer, Self::ControllerManager, Self::Scheduler, Self::Kwok];

    /// Answers the file name, which is also the name in messages and logs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kwok => "kwok",
        }
    }
}

impl Programs {
    /// Finds the wanted programs, building all of them where one is missing. Blocks, for minutes at worst.
    pub(crate) fn ensure(wanted: &[Program]) -> Result<Self, Error> {
        let built = environment::cache()?.join(key());
        let Some(assets) = environment::assets() else {
            build_once(&built)?;
            return Ok(Self { folders: vec![built] });
        };
        let missing = missing(&assets, wanted);
        if missing.is_empty() {
            return Ok(Self { folders: vec![assets] });
        }
        if !complete(&built) {
            let (folder, variable) = (assets.display(), environment::ASSETS);
            progress::say(&format!("{variable}={folder} lacks {}: these are built", missing.join(", ")));
        }
        build_once(&built)?;
        Ok(Self { folders: vec![assets, built] })
    }

    /// Answers where a program is.
    pub(crate) fn path(&self, program: Program) -> PathBuf {
        let places = || self.folders.iter().map(|folder| folder.join(program.name()));
        places().find(|path| path.is_file()).or_else(|| places().next_back()).unwrap_or_default()
    }
}

/// Answers what tells one set of programs from another: the release, and a digest of all that pins it.
pub(crate) fn key() -> String {
    let mut digest = Sha256::new();
    for part in [GO_MOD, GO_SUM, build::RECIPE] {
        digest.update(part);
        digest.update([0]);
    }
    format!("{}-{}", kubernetes_version(), &hex::encode(digest.finalize())[..12])
}

fn build_once(folder: &Path) -> Result<(), Error> {
    if complete(folder) {
        return Ok(());
    }
    let cache = environment::cache()?;
    fs::create_dir_all(&cache).on("create", &cache)?;
    let _lock = FileLock::acquire(&cache.join("build.lock"))?;
    if complete(folder) {
        return Ok(());
    }
    build::build(folder)
}

fn complete(folder: &Path) -> bool {
    missing(folder, &Program::ALL).is_empty()
}

fn missing(folder: &Path, wanted: &[Program]) -> Vec<&'static str> {
    let names = wanted.iter().map(|program| program.name());
    names.filter(|name| !folder.join(name).is_file()).collect()
}

/// Answers the Kubernetes release that go.mod requires, such as `v1.36.2`.
fn kubernetes_version() -> &'static str {
    required("k8s.io/kubernetes ").unwrap_or("v0.0.0")
}

/// Answers the oldest Go that go.mod allows.
fn go_version() -> &'static str {
    required("go ").unwrap_or("1")
}

fn required(prefix: &str) -> Option<&'static str> {
    GO_MOD.lines().find_map(|line| line.trim().strip_prefix(prefix)?.split_whitespace().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_mod_says_which_versions() {
        assert!(kubernetes_version().starts_with("v1.36."), "{}", kubernetes_version());
        assert!(go_version().starts_with("1."), "{}", go_version());
        assert!(key().starts_with(kubernetes_version()));
    }

    #[test]
    fn the_first_folder_that_has_a_program_wins() {
        let assets = tempfile::tempdir().unwrap();
        let built = tempfile::tempdir().unwrap();
        for program in Program::ALL {
            fs::write(built.path().join(program.name()), "").unwrap();
        }
        fs::write(assets.path().join("etcd"), "").unwrap();
        let programs = Programs { folders: vec![assets.path().into(), built.path().into()] };
        assert_eq!(programs.path(Program::Etcd), assets.path().join("etcd"));
        assert_eq!(programs.path(Program::Kwok), built.path().join("kwok"));
        assert_eq!(missing(assets.path(), &[Program::Etcd, Program::Kwok]), ["kwok"]);
    }
}
