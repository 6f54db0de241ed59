//! The whole transport against real Git servers.

mod access;
mod http;
mod limits;
mod mirror;
mod references;
mod ssh;

use std::time::Duration;

use sluice_git_server::{Change, GitServer, Options, Repository};
use tempfile::TempDir;

use super::{Auth, GitError, Limits, Mirrors, Reference, Remote, RemoteOptions, Snapshot, TreeEntryKind};

/// A server with one repository, and mirrors.
struct Bench {
    server: GitServer,
    repository: Repository,
    mirrors: Mirrors,
    directory: TempDir,
}

impl Bench {
    async fn start() -> Self {
        Self::start_with(Options::default(), Limits::default()).await
    }

    async fn start_with(options: Options, limits: Limits) -> Self {
        let server = GitServer::start_with(options).await.expect("server");
        let repository = server.repository("app").expect("repository");
        let directory = tempfile::tempdir().expect("temporary directory");
        let mirrors = Mirrors::new(&directory.path().join("mirrors"), limits).expect("mirrors");
        Self { server, repository, mirrors, directory }
    }

    /// Mirrors as another process would find them.
    fn restarted(&self) -> Mirrors {
        Mirrors::new(&self.directory.path().join("mirrors"), Limits::default()).expect("mirrors")
    }

    fn remote(&self) -> Remote {
        remote(&self.server.url("app"), Auth::None)
    }

    fn commit(&self, files: &[(&str, Option<&str>)]) -> String {
        self.repository.commit("main", files, "Change").expect("commit")
    }

    async fn snapshot(&self, reference: &Reference) -> Result<Snapshot, GitError> {
        snapshot(&self.mirrors, &self.remote(), reference).await
    }
}

fn remote(url: &str, auth: Auth) -> Remote {
    let options = RemoteOptions { auth, timeout: Duration::from_secs(60), ..RemoteOptions::default() };
    Remote::new(url, options).expect("a remote")
}

fn main_branch() -> Reference {
    Reference::Branch("main".into())
}

async fn snapshot(mirrors: &Mirrors, remote: &Remote, reference: &Reference) -> Result<Snapshot, GitError> {
    let resolved = mirrors.resolve(remote, reference).await?;
    mirrors.fetch(remote, &resolved).await
}

/// The files of a snapshot as `path=contents`, `*` marking executables; directories end with `/`.
fn listing(snapshot: &Snapshot) -> Vec<String> {
    let mut reader = snapshot.reader();
    let mut show = |entry: &super::tree::TreeEntry| match entry.kind {
        TreeEntryKind::Directory => format!("{}/", entry.path),
        TreeEntryKind::File { executable } => {
            let contents = String::from_utf8_lossy(reader.read(entry).expect("contents")).into_owned();
            format!("{}{}={contents}", entry.path, if executable { "*" } else { "" })
        }
    };
    snapshot.entries().iter().map(&mut show).collect()
}

fn file(text: &str) -> Change {
    Change::File(text.as_bytes().to_vec())
}

/// Text that does not compress well, the same for the same seed.
fn noise(seed: u64, length: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'!' + u8::try_from(state % 90).unwrap_or_default())
    };
    (0..length).map(|_| next()).collect()
}
