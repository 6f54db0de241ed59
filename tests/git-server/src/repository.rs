//! Bare repositories written commit by commit, without a work tree.
//!
//! Commits are made by `git fast-import` with a fixed author and a clock of their own that moves one minute per
//! commit, so the same calls make the same hashes on every machine.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::{Error, isolation};

const FIRST_COMMIT_SECONDS: i64 = 1_700_000_000;
const PERSON: &str = "Test Author <author@example.com>";

/// One bare repository.
#[derive(Debug, Clone)]
pub struct Repository {
    path: PathBuf,
    clock: Arc<AtomicI64>,
}

/// What a commit does to one path.
#[derive(Debug, Clone)]
pub enum Change {
    /// Writes a regular file.
    File(Vec<u8>),
    /// Writes an executable file.
    Executable(Vec<u8>),
    /// Writes a symbolic link to this target.
    Symlink(String),
    /// Writes a submodule at this commit.
    Submodule(String),
    /// Removes the path, with everything below it.
    Remove,
}

impl Repository {
    /// Creates an empty bare repository whose `HEAD` names `main`.
    ///
    /// # Errors
    /// When git cannot be started or refuses.
    pub fn init(path: &Path) -> Result<Self, Error> {
        Self::init_with(path, "sha1")
    }

    /// Creates an empty bare repository with this object format (`sha1` or `sha256`).
    ///
    /// # Errors
    /// When git cannot be started or refuses.
    pub fn init_with(path: &Path, object_format: &str) -> Result<Self, Error> {
        std::fs::create_dir_all(path).map_err(Error::io("create repository directory"))?;
        let repository =
            Self { path: path.to_owned(), clock: Arc::new(AtomicI64::new(FIRST_COMMIT_SECONDS)) };
        let format = format!("--object-format={object_format}");
        repository.git(&["init", "--bare", "--quiet", "--initial-branch=main", &format, "."])?;
        Ok(repository)
    }

    /// The directory of the repository.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Sets the time of the next commit or tag, in seconds since 1970.
    pub fn set_clock(&self, seconds: i64) {
        self.clock.store(seconds, Ordering::Relaxed);
    }

    /// Commits files (`None` removes one) on top of a branch, which is created when missing; returns the hash.
    ///
    /// # Errors
    /// When git refuses.
    pub fn commit<C: AsRef<[u8]>>(
        &self,
        branch: &str,
        files: &[(&str, Option<C>)],
        message: &str,
    ) -> Result<String, Error> {
        let change = |content: &Option<C>| match content {
            Some(bytes) => Change::File(bytes.as_ref().to_vec()),
            None => Change::Remove,
        };
        let changes: Vec<_> = files.iter().map(|(path, content)| (*path, change(content))).collect();
        self.commit_changes(branch, &changes, message)
    }

    /// Commits changes on top of a branch, which is created when missing; returns the hash.
    ///
    /// # Errors
    /// When git refuses.
    pub fn commit_changes(
        &self,
        branch: &str,
        changes: &[(&str, Change)],
        message: &str,
    ) -> Result<String, Error> {
        let name = format!("refs/heads/{branch}");
        let parent = self.hash(&name).ok();
        self.import(&name, parent.as_deref(), changes, message)
    }

    /// Replaces a branch by one commit on `parent` (without one: a new root), as a force-push does; returns the hash.
    ///
    /// # Errors
    /// When git refuses.
    pub fn force(
        &self,
        branch: &str,
        parent: Option<&str>,
        changes: &[(&str, Change)],
        message: &str,
    ) -> Result<String, Error> {
        let name = format!("refs/heads/{branch}");
        self.git(&["update-ref", "-d", &name])?;
        self.import(&name, parent, changes, message)
    }

    /// Points a lightweight tag at a revision.
    ///
    /// # Errors
    /// When git refuses.
    pub fn tag(&self, name: &str, revision: &str) -> Result<(), Error> {
        self.git(&["tag", "--force", name, revision]).map(drop)
    }

    /// Makes an annotated tag; returns the hash of the tag object.
    ///
    /// # Errors
    /// When git refuses.
    pub fn annotated_tag(&self, name: &str, revision: &str, message: &str) -> Result<String, Error> {
        self.git(&["tag", "--force", "--annotate", "--message", message, name, revision])?;
        self.hash(&format!("refs/tags/{name}"))
    }

    /// Points any reference (`refs/…`) at a revision.
    ///
    /// # Errors
    /// When git refuses.
    pub fn set_reference(&self, name: &str, revision: &str) -> Result<(), Error> {
        self.git(&["update-ref", name, revision]).map(drop)
    }

    /// Removes a branch.
    ///
    /// # Errors
    /// When git refuses.
    pub fn delete_branch(&self, name: &str) -> Result<(), Error> {
        self.git(&["update-ref", "-d", &format!("refs/heads/{name}")]).map(drop)
    }

    /// The object hash that a revision names.
    ///
    /// # Errors
    /// When there is no such revision.
    pub fn hash(&self, revision: &str) -> Result<String, Error> {
        self.git(&["rev-parse", "--verify", "--quiet", revision])
    }

    /// Runs `git` in the repository and returns what it printed, trimmed.
    ///
    /// # Errors
    /// When git cannot be started or fails.
    pub fn git(&self, arguments: &[&str]) -> Result<String, Error> {
        self.git_with(arguments, b"")
    }

    /// Runs `git` in the repository with this input and returns what it printed, trimmed.
    ///
    /// # Errors
    /// When git cannot be started or fails.
    pub fn git_with(&self, arguments: &[&str], input: &[u8]) -> Result<String, Error> {
        self.run(arguments, input)
    }

    fn import(
        &self,
        name: &str,
        parent: Option<&str>,
        changes: &[(&str, Change)],
        message: &str,
    ) -> Result<String, Error> {
        let mut stream = format!("commit {name}\ncommitter {PERSON} {} +0000\n", self.tick()).into_bytes();
        append_data(&mut stream, message.as_bytes());
        if let Some(parent) = parent {
            stream.extend_from_slice(format!("from {parent}\n").as_bytes());
        }
        for (path, change) in changes {
            append_change(&mut stream, path, change);
        }
        self.run(&["fast-import", "--quiet", "--force", "--date-format=raw"], &stream)?;
        self.hash(name)
    }

    fn tick(&self) -> i64 {
        self.clock.fetch_add(60, Ordering::Relaxed)
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Result<String, Error> {
        let mut command = isolation::git(&self.path);
        command.current_dir(&self.path).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("GIT_COMMITTER_NAME", "Test Author").env("GIT_COMMITTER_EMAIL", "author@example.com");
        command.env("GIT_COMMITTER_DATE", format!("{} +0000", self.clock.load(Ordering::Relaxed)));
        let mut child = command.spawn().map_err(Error::io("start git"))?;
        if let Some(mut pipe) = child.stdin.take() {
            // A git that refuses early closes its input; its own message is the one to report.
            let _ = pipe.write_all(input);
        }
        let output = child.wait_with_output().map_err(Error::io("wait for git"))?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Error::Git { arguments: arguments.join(" "), message });
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

fn append_data(stream: &mut Vec<u8>, bytes: &[u8]) {
    stream.extend_from_slice(format!("data {}\n", bytes.len()).as_bytes());
    stream.extend_from_slice(bytes);
    stream.push(b'\n');
}

fn append_change(stream: &mut Vec<u8>, path: &str, change: &Change) {
    let (mode, bytes) = match change {
        Change::File(bytes) => ("100644", bytes.as_slice()),
        Change::Executable(bytes) => ("100755", bytes.as_slice()),
        Change::Symlink(target) => ("120000", target.as_bytes()),
        Change::Submodule(hash) => {
            return stream.extend_from_slice(format!("M 160000 {hash} {path}\n").as_bytes());
        }
        Change::Remove => return stream.extend_from_slice(format!("D {path}\n").as_bytes()),
    };
    stream.extend_from_slice(format!("M {mode} inline {path}\n").as_bytes());
    append_data(stream, bytes);
}
