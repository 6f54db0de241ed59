//! Artifacts opened once and shared: fetched, verified and unpacked for the first who asks, read-only for everyone after.
//!
//! - Callers who ask for the same artifact at the same time wait for one download, and share its failure. A caller who
//!   gives up does not stop the others.
//! - An artifact is known by its URL *and* its digest. The digest alone would hand one tenant's files to another who
//!   merely names it.
//! - What nobody uses is kept, least recently used going first, within a budget of bytes; a directory is removed when its
//!   last user is gone and it was dropped from the cache. Directories of processes that were killed are removed at start.

mod session;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use sluice_crds::artifact::Artifact;

use crate::digest::Digest;
use crate::fetch::{FetchError, Fetcher};
use crate::limits::Limits;
use crate::unpack::{self, Unpacked};
use session::Session;

/// What a cache keeps.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many bytes of artifacts nobody uses are kept.
    pub idle_bytes: u64,
    /// How many artifacts nobody uses are kept.
    pub idle_artifacts: usize,
    /// What an artifact may hold.
    pub limits: Limits,
}

/// The opened artifacts of one process; clones share them.
#[derive(Clone)]
pub struct ArtifactCache {
    inner: Arc<Inner>,
}

/// An artifact in use: a directory that stays as it is for as long as this value lives.
pub struct OpenArtifact {
    // Fields are dropped in this order: the cache looks for what is idle when this user is gone.
    tree: Arc<Tree>,
    _release: Release,
}

/// Trims the cache when dropped.
struct Release(Weak<Inner>);

struct Inner {
    fetcher: Fetcher,
    options: Options,
    session: Arc<Session>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ready: HashMap<Key, Ready>,
    under_way: HashMap<Key, Opening>,
    clock: u64,
}

struct Ready {
    tree: Arc<Tree>,
    used: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    url: String,
    digest: Digest,
}

type Opening = Shared<BoxFuture<'static, Result<Arc<Tree>, FetchError>>>;

/// The directory of an unpacked artifact; removed with its last user.
struct Tree {
    root: PathBuf,
    digest: Digest,
    size: Unpacked,
    // Keeps the directory above from being taken for a leftover.
    _session: Arc<Session>,
}

impl Default for Options {
    fn default() -> Self {
        Self { idle_bytes: 256 << 20, idle_artifacts: 64, limits: Limits::default() }
    }
}

// === impl ArtifactCache ===

impl ArtifactCache {
    /// Opens a cache in `directory`, which belongs to caches of this kind alone: leftovers in it are removed.
    ///
    /// # Errors
    /// The directory cannot be created or locked.
    pub fn new(directory: &Path, fetcher: Fetcher, options: Options) -> Result<Self, FetchError> {
        let session = Arc::new(Session::begin(directory)?);
        let inner = Inner { fetcher, options, session, state: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Opens an artifact, which is fetched and unpacked unless it is there already.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn open(&self, artifact: &Artifact) -> Result<Arc<OpenArtifact>, FetchError> {
        self.open_url(&artifact.url, artifact.digest.as_str().parse()?).await
    }

    /// Opens the artifact with this digest at `url`.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn open_url(&self, url: &str, digest: Digest) -> Result<Arc<OpenArtifact>, FetchError> {
        let key = Key { url: url.to_owned(), digest };
        let opening = {
            let mut state = self.inner.state();
            if let Some(tree) = state.touch(&key) {
                return Ok(self.lease(tree));
            }
            state.under_way.entry(key.clone()).or_insert_with(|| self.start(key.clone())).clone()
        };
        let opened = opening.await;
        if matches!(opened, Err(FetchError::Interrupted)) {
            // The task ended without its own last step.
            self.inner.state().under_way.remove(&key);
        }
        opened.map(|tree| self.lease(tree))
    }

    fn lease(&self, tree: Arc<Tree>) -> Arc<OpenArtifact> {
        Arc::new(OpenArtifact { tree, _release: Release(Arc::downgrade(&self.inner)) })
    }

    /// Starts the work in a task of its own, so that it goes on when the caller who started it gives up.
    fn start(&self, key: Key) -> Opening {
        let inner = self.inner.clone();
        let task = tokio::spawn(async move {
            let opened = inner.unpack(&key).await;
            inner.finish(key, &opened);
            opened
        });
        let joined = async move { task.await.unwrap_or(Err(FetchError::Interrupted)) };
        joined.boxed().shared()
    }
}

impl fmt::Debug for ArtifactCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArtifactCache").field("options", &self.inner.options).finish_non_exhaustive()
    }
}

// === impl Inner ===

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs while the lock is held, and a poisoned map is still a map.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn unpack(&self, key: &Key) -> Result<Arc<Tree>, FetchError> {
        let file = self.fetcher.fetch(&key.url, &key.digest).await?;
        let root = self.session.directory()?;
        let mut tree = Tree {
            root,
            digest: key.digest.clone(),
            size: Unpacked::default(),
            _session: self.session.clone(),
        };
        let limits = self.options.limits;
        let unpacking = tokio::task::spawn_blocking(move || {
            tree.size = unpack::unpack(file, &tree.root, &limits)?;
            Ok(tree)
        });
        let unpacked = unpacking.await.map_err(|_| FetchError::Interrupted)?;
        unpacked
            .map(Arc::new)
            .map_err(|e| FetchError::Unpack { url: redacted(&key.url), source: Arc::new(e) })
    }

    /// Ends the opening of an artifact: it is kept if it succeeded, and tried anew by the next caller if it did not.
    fn finish(&self, key: Key, opened: &Result<Arc<Tree>, FetchError>) {
        let mut state = self.state();
        state.under_way.remove(&key);
        if let Ok(tree) = opened {
            let used = state.tick();
            state.ready.insert(key, Ready { tree: tree.clone(), used });
        }
    }

    /// Drops what nobody uses beyond the budget.
    fn trim(&self) {
        let dropped = self.state().trim(&self.options);
        // Only now, without the lock, as this removes directories.
        drop(dropped);
    }
}

fn redacted(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| String::new(), |url| crate::fetch::shown(&url))
}

// === impl State ===

impl State {
    const fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn touch(&mut self, key: &Key) -> Option<Arc<Tree>> {
        let now = self.tick();
        let ready = self.ready.get_mut(key)?;
        ready.used = now;
        Some(ready.tree.clone())
    }

    fn trim(&mut self, options: &Options) -> Vec<Ready> {
        let mut idle: Vec<(u64, Key)> = self
            .ready
            .iter()
            .filter(|(_, ready)| Arc::strong_count(&ready.tree) == 1)
            .map(|(key, ready)| (ready.used, key.clone()))
            .collect();
        idle.sort_by_key(|(used, _)| std::cmp::Reverse(*used));
        let mut kept = 0;
        let (mut bytes, mut dropped) = (0, Vec::new());
        for (_, key) in idle {
            let size = self.ready.get(&key).map_or(0, |ready| ready.tree.size.bytes);
            if kept < options.idle_artifacts && bytes + size <= options.idle_bytes {
                kept += 1;
                bytes += size;
            } else {
                dropped.extend(self.ready.remove(&key));
            }
        }
        dropped
    }
}

// === impl OpenArtifact ===

impl OpenArtifact {
    /// Returns the directory that holds the artifact's files.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.tree.root
    }

    /// Returns the artifact's digest.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.tree.digest
    }

    /// Returns the size of all files, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.tree.size.bytes
    }
}

impl fmt::Debug for OpenArtifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenArtifact")
            .field("root", &self.tree.root)
            .field("digest", &self.tree.digest)
            .finish()
    }
}

impl Drop for Release {
    fn drop(&mut self) {
        if let Some(cache) = self.0.upgrade() {
            cache.trim();
        }
    }
}

// === impl Tree ===

impl Drop for Tree {
    fn drop(&mut self) {
        let root = std::mem::take(&mut self.root);
        let remove = move || {
            if let Err(error) = std::fs::remove_dir_all(&root) {
                tracing::warn!(%error, directory = %root.display(), "cannot remove an opened artifact");
            }
        };
        // Removing thousands of files would hold up an async worker. What is not removed when the process ends is a
        // leftover, and removed with the session or at the next start.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}
