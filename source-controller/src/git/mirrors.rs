//! All mirrors of this process: one per URL and credentials, shared by every object that names them.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gix_hash::{Kind, ObjectId};
use tokio::sync::Semaphore;

use super::error::GitError;
use super::http::HttpClients;
use super::mirror::{self, Locked, Mirror, Whole};
use super::pack::{self, PackError};
use super::protocol::{FetchRequest, read_pack};
use super::reference::{Reference, Resolved};
use super::remote::Remote;
use super::resolve;
use super::session::Session;
use super::spool::Spool;
use super::tree::Snapshot;

/// How many threads read and write mirrors at the same time.
const WORKERS: usize = 4;

/// What a repository may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of one pack, which is how a commit arrives.
    pub pack_bytes: u64,
    /// The bytes of one file.
    pub file_bytes: usize,
    /// The files and directories of a commit.
    pub entries: usize,
    /// How deep directories nest.
    pub depth: usize,
    /// The packs of a mirror: with so many it is fetched anew, which costs one whole fetch and frees what nobody needs
    /// any more.
    pub packs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { pack_bytes: 1 << 30, file_bytes: 128 << 20, entries: 500_000, depth: 128, packs: 50 }
    }
}

/// The mirrors below one directory, and the connections to their remotes.
#[derive(Debug)]
pub struct Mirrors {
    root: PathBuf,
    limits: Limits,
    clients: HttpClients,
    mirrors: Mutex<HashMap<String, Arc<Mirror>>>,
    workers: Arc<Semaphore>,
}

impl Mirrors {
    /// Uses a directory, which only this user may read; it must not be below what is served.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn new(root: &Path, limits: Limits) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(root)?;
        Ok(Self {
            root: root.to_owned(),
            limits,
            clients: HttpClients::new(),
            mirrors: Mutex::default(),
            workers: Arc::new(Semaphore::new(WORKERS)),
        })
    }

    /// Tells what a reference names now. It asks the server once (nothing at all for a commit); only tags of the same
    /// version take more, as the times of their commits decide.
    ///
    /// # Errors
    /// When the server cannot be asked within the deadline, or knows no such reference.
    pub async fn resolve(&self, remote: &Remote, reference: &Reference) -> Result<Resolved, GitError> {
        self.mirror(remote).touch();
        remote.in_time(self.resolve_now(remote, reference)).await
    }

    /// Brings a commit into the mirror, unless it is there, and lists its files.
    ///
    /// # Errors
    /// When the server does not deliver it within the deadline and the limits, or the disk fails.
    pub async fn fetch(&self, remote: &Remote, resolved: &Resolved) -> Result<Snapshot, GitError> {
        let result = remote.in_time(self.fetch_now(remote, resolved)).await;
        if result.is_err() {
            // The next attempt asks the server what it offers now.
            self.clients.forget(remote);
        }
        result
    }

    /// Removes mirrors that nobody has wanted for that long, and returns how many; blocks.
    ///
    /// # Errors
    /// When the directory cannot be read or a mirror not be removed; the others are removed nevertheless.
    pub fn prune(&self, unused_for: Duration) -> io::Result<usize> {
        let (mut removed, mut failed) = (0, None);
        for entry in std::fs::read_dir(&self.root)? {
            let entry = entry?;
            let key = entry.file_name().to_string_lossy().into_owned();
            if !is_key(&key) {
                continue;
            }
            let mut mirrors = self.mirrors.lock().unwrap_or_else(PoisonError::into_inner);
            let gone = match mirrors.get(&key) {
                // Somebody else holds it and is about to use it.
                Some(mirror) if Arc::strong_count(mirror) > 1 => Ok(false),
                Some(mirror) => mirror.remove_unused(unused_for),
                None => mirror::remove_forgotten(&entry.path(), unused_for),
            };
            match gone {
                Ok(true) => {
                    mirrors.remove(&key);
                    removed += 1;
                }
                Ok(false) => {}
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(removed), Err)
    }

    fn mirror(&self, remote: &Remote) -> Arc<Mirror> {
        let key = remote.key();
        let mut mirrors = self.mirrors.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = self.root.join(&key);
        Arc::clone(mirrors.entry(key).or_insert_with(|| Arc::new(Mirror::new(directory, self.limits.packs))))
    }

    async fn resolve_now(&self, remote: &Remote, reference: &Reference) -> Result<Resolved, GitError> {
        let mut answers = resolve::resolve(remote, &self.clients, reference).await?;
        let mut best = answers.remove(0);
        if answers.iter().all(|other| other.hash == best.hash) {
            return Ok(best);
        }
        let mut time = self.fetch_now(remote, &best).await?.seconds();
        for other in answers {
            let seconds = self.fetch_now(remote, &other).await?.seconds();
            if seconds > time {
                (best, time) = (other, seconds);
            }
        }
        Ok(best)
    }

    async fn fetch_now(&self, remote: &Remote, resolved: &Resolved) -> Result<Snapshot, GitError> {
        let mirror = self.mirror(remote);
        mirror.touch();
        let locked = mirror.lock(remote).await?;
        if let Some(error) = mirror.refusal(&resolved.hash) {
            return Err(error);
        }
        match self.attempt(remote, resolved, locked).await {
            Err(error) if error.is_damage() => {}
            Err(error @ GitError::Oversized { .. }) => {
                mirror.refuse(&resolved.hash, &error);
                return Err(error);
            }
            result => return result,
        }
        let mut locked = mirror.lock(remote).await?;
        locked.reset().map_err(|error| remote.mirror_error(error))?;
        self.attempt(remote, resolved, locked).await
    }

    async fn attempt(
        &self,
        remote: &Remote,
        resolved: &Resolved,
        mut locked: Locked,
    ) -> Result<Snapshot, GitError> {
        let hash = ObjectId::from_hex(resolved.hash.as_bytes())
            .map_err(|error| GitError::Reference(error.to_string()))?;
        if locked.has(&hash)
            && let Some(generation) = locked.generation()
        {
            let (whose, limits) = (remote.clone(), self.limits.clone());
            let open = move |_: &AtomicBool| {
                let _locked = locked;
                Snapshot::open(&whose, &generation, hash, &limits)
            };
            return self.aside(remote, open).await;
        }
        let received = self.receive(remote, resolved, hash, &mut locked).await?;
        self.take_in(remote, hash, locked, received).await
    }

    /// Receives a pack with the commit, alone if the server gives it so.
    async fn receive(
        &self,
        remote: &Remote,
        resolved: &Resolved,
        hash: ObjectId,
        locked: &mut Locked,
    ) -> Result<Received, GitError> {
        let mut session = Session::open(remote, &self.clients).await?;
        let kind = session.offer().object_format().map_err(|error| session.explain(remote, &error))?;
        if kind != hash.kind() {
            return Err(remote.not_found(format!("commit '{hash}'")));
        }
        locked.prepare(kind).map_err(|error| remote.mirror_error(error))?;
        let whole = vec![Whole { hash, history: !session.offer().has_shallow() }];
        let request = FetchRequest { wants: vec![hash], haves: locked.whole().collect(), history: false };
        match self.ask(remote, &mut session, &request, locked.directory()).await? {
            Some(pack) => Ok(Received { kind, whole, pack }),
            None => match &resolved.reference {
                // It has moved on since it was resolved.
                Some(name) => Err(remote.not_found(format!("commit '{hash}' of '{name}'"))),
                None => self.receive_history(remote, resolved, hash, locked).await,
            },
        }
    }

    /// Receives a branch, or all of them, with all history: for servers that serve no commit by its hash.
    async fn receive_history(
        &self,
        remote: &Remote,
        resolved: &Resolved,
        hash: ObjectId,
        locked: &Locked,
    ) -> Result<Received, GitError> {
        let mut session = Session::open(remote, &self.clients).await?;
        let branch = resolved.name.as_ref().map(|name| format!("refs/heads/{name}"));
        let prefix = branch.clone().unwrap_or_else(|| "refs/heads/".into());
        let mut tips = session.list(remote, &[prefix]).await?;
        tips.retain(|tip| branch.as_ref().is_none_or(|branch| tip.name == *branch));
        let mut wants: Vec<_> = tips.iter().map(super::protocol::RemoteRef::commit).collect();
        wants.sort_unstable();
        wants.dedup();
        let haves: Vec<_> = locked.whole().filter(|whole| whole.history).collect();
        wants.retain(|want| haves.iter().all(|have| have.hash != *want));
        let whole: Vec<_> = wants.iter().map(|want| Whole { hash: *want, history: true }).collect();
        let unknown = || remote.not_found(format!("commit '{hash}'"));
        if wants.is_empty() {
            return Err(unknown());
        }
        let mut session = Session::open(remote, &self.clients).await?;
        let request = FetchRequest { wants, haves, history: true };
        let pack = self.ask(remote, &mut session, &request, locked.directory()).await?.ok_or_else(unknown)?;
        Ok(Received { kind: hash.kind(), whole, pack })
    }

    /// Sends a request and keeps the pack that comes; `None` when the server does not serve what is wanted.
    async fn ask(
        &self,
        remote: &Remote,
        session: &mut Session,
        request: &FetchRequest,
        directory: &Path,
    ) -> Result<Option<Spool>, GitError> {
        let message = request.message(session.offer()).map_err(|error| session.explain(remote, &error))?;
        let mut spool = Spool::new(directory);
        let answer = session.send(remote, message).await?;
        match read_pack(answer, &mut spool, self.limits.pack_bytes).await {
            Ok(()) => Ok(Some(spool)),
            Err(error) if error.is_unserved_commit() => Ok(None),
            Err(error) => Err(session.explain(remote, &error)),
        }
    }

    /// Adds a pack to the mirror, and lists the commit in it.
    async fn take_in(
        &self,
        remote: &Remote,
        hash: ObjectId,
        mut locked: Locked,
        received: Received,
    ) -> Result<Snapshot, GitError> {
        let Received { kind, whole, pack } = received;
        let pack = pack.finish().await.map_err(|error| remote.mirror_error(error))?;
        let (whose, limits) = (remote.clone(), self.limits.clone());
        let work = move |interrupt: &AtomicBool| {
            let generation = locked.prepare(kind).map_err(|error| whose.mirror_error(error))?;
            let taken = pack::take_in(pack, generation.objects(), kind, limits.file_bytes, interrupt);
            taken.map_err(|error| refuse(&whose, &error))?;
            let listed = Snapshot::open(&whose, &generation, hash, &limits);
            record(&whose, &mut locked, whole, hash, listed)
        };
        self.aside(remote, work).await
    }

    /// Runs what blocks on a thread of its own, few at a time; giving up on it makes it end soon.
    async fn aside<T: Send + 'static>(
        &self,
        remote: &Remote,
        work: impl FnOnce(&AtomicBool) -> Result<T, GitError> + Send + 'static,
    ) -> Result<T, GitError> {
        let permit = Arc::clone(&self.workers).acquire_owned().await;
        let interrupt = InterruptOnDrop::default();
        let flag = Arc::clone(&interrupt.0);
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&flag)
        });
        match task.await {
            Ok(result) => result,
            // Somebody's bytes found a defect; its place is on the error stream already.
            Err(_) => Err(remote.mirror_error("internal error while reading objects")),
        }
    }
}

/// A pack and what will be whole with it.
struct Received {
    kind: Kind,
    whole: Vec<Whole>,
    pack: Spool,
}

#[derive(Default)]
struct InterruptOnDrop(Arc<AtomicBool>);

impl Drop for InterruptOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Records what is whole now, with the commit that was looked for, if it is there.
fn record(
    remote: &Remote,
    locked: &mut Locked,
    whole: Vec<Whole>,
    hash: ObjectId,
    listed: Result<Snapshot, GitError>,
) -> Result<Snapshot, GitError> {
    let history = whole.iter().any(|whole| whole.history);
    let searched = history && whole.iter().all(|whole| whole.hash != hash);
    let (snapshot, found) = match listed {
        // All history is here and the commit is not in it.
        Err(error) if searched && error.is_damage() => {
            (Err(remote.not_found(format!("commit '{hash}'"))), None)
        }
        Err(error) if error.is_damage() => return Err(error),
        // What is refused for its contents is here all the same, and need not be fetched again.
        listed => (listed, Some(Whole { hash, history })),
    };
    let recorded = locked.record(whole.into_iter().chain(found));
    recorded.map_err(|error| remote.mirror_error(error))?;
    snapshot
}

/// Whether a name is that of a mirror, and not of what else a volume may hold.
fn is_key(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A broken pack is taken for damage, because its differences may build on objects here that are damaged.
fn refuse(remote: &Remote, error: &PackError) -> GitError {
    match error {
        PackError::LargeObject(_) => remote.oversized(error.to_string()),
        PackError::Broken(_) => remote.damaged(error),
        PackError::Interrupted | PackError::Io(_) => remote.mirror_error(error),
    }
}
