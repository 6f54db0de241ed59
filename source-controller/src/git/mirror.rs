//! One mirror on disk: the objects of the commits fetched so far, and which commits those are.
//!
//! A mirror has no references and no configuration; `state` lists what is whole. Objects live in a generation, a
//! directory that is only added to; when it has gathered too many packs, or is damaged, the next one starts empty and
//! the old one goes with its last reader. Whoever changes a mirror holds its lock.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use gix_hash::{Kind, ObjectId};
use gix_odb::Store;
use tokio::sync::OwnedMutexGuard;

use super::error::GitError;
use super::mirrors::Limits;
use super::pack;
use super::remote::Remote;
use state::State;

mod state;

pub(super) use state::Whole;

/// One mirror.
#[derive(Debug)]
pub(super) struct Mirror {
    directory: PathBuf,
    pack_limit: usize,
    lock: Arc<tokio::sync::Mutex<()>>,
    current: Mutex<Option<Arc<Generation>>>,
    used: Mutex<Instant>,
    /// The commit that was found too large, and how.
    refused: Mutex<Option<(String, GitError)>>,
}

/// A directory of objects.
#[derive(Debug)]
pub(super) struct Generation {
    directory: PathBuf,
    kind: Kind,
    damaged: AtomicBool,
    /// Whether another has taken its place.
    obsolete: AtomicBool,
}

/// A mirror that nobody else changes; dropping it ends that.
pub(super) struct Locked {
    mirror: Arc<Mirror>,
    state: State,
    _file: FileLock,
    _guard: OwnedMutexGuard<()>,
}

impl Mirror {
    pub(super) fn new(directory: PathBuf, pack_limit: usize) -> Self {
        Self {
            directory,
            pack_limit,
            lock: Arc::default(),
            current: Mutex::new(None),
            used: Mutex::new(Instant::now()),
            refused: Mutex::new(None),
        }
    }

    /// Notes that somebody wants it.
    pub(super) fn touch(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Remembers that a commit is too large, so that it is not received again to learn just that.
    pub(super) fn refuse(&self, commit: &str, error: &GitError) {
        let refused = Some((commit.to_owned(), error.clone()));
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = refused;
    }

    /// Why this commit was refused.
    pub(super) fn refusal(&self, commit: &str) -> Option<GitError> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.as_ref().filter(|(hash, _)| hash == commit).map(|(_, error)| error.clone())
    }

    /// Takes the lock, waiting for others in this process.
    pub(super) async fn lock(self: &Arc<Self>, remote: &Remote) -> Result<Locked, GitError> {
        let guard = Arc::clone(&self.lock).lock_owned().await;
        self.locked(guard).map_err(|error| remote.mirror_error(error))
    }

    fn locked(self: &Arc<Self>, guard: OwnedMutexGuard<()>) -> io::Result<Locked> {
        let file = lock_file(&self.directory)?;
        // Tells a later process when it was last used.
        file.0.set_modified(SystemTime::now())?;
        let state = State::load(&self.directory);
        Ok(Locked { mirror: Arc::clone(self), state, _file: file, _guard: guard })
    }

    /// Removes it from disk if nobody has wanted it for that long; tells whether it is gone.
    pub(super) fn remove_unused(&self, unused_for: Duration) -> io::Result<bool> {
        let used = *self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(_guard) = Arc::clone(&self.lock).try_lock_owned() else { return Ok(false) };
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let read = current.as_ref().is_some_and(|generation| Arc::strong_count(generation) > 1);
        if read || used.elapsed() < unused_for {
            return Ok(false);
        }
        let _file = lock_file(&self.directory)?;
        *current = None;
        remove_directory(&self.directory)?;
        Ok(true)
    }
}

/// Removes a mirror that this process has not used, if no other has used it for that long.
pub(super) fn remove_forgotten(directory: &Path, unused_for: Duration) -> io::Result<bool> {
    let used = std::fs::metadata(directory.join("lock")).and_then(|metadata| metadata.modified());
    let age = used.ok().and_then(|used| used.elapsed().ok());
    if age.is_some_and(|age| age < unused_for) {
        return Ok(false);
    }
    let _file = lock_file(directory)?;
    remove_directory(directory)?;
    Ok(true)
}

fn lock_file(directory: &Path) -> io::Result<FileLock> {
    std::fs::create_dir_all(directory)?;
    let file = File::options().create(true).truncate(false).write(true).open(directory.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(FileLock(file)),
        Err(TryLockError::WouldBlock) => Err(io::Error::other("another process is changing it")),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The lock against other processes.
struct FileLock(File);

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing is not enough while a process that is being started still has a copy of the handle.
        let _ = self.0.unlock();
    }
}

fn remove_directory(directory: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Locked {
    /// The commits that are whole here, newest first.
    pub(super) fn whole(&self) -> impl Iterator<Item = Whole> + '_ {
        self.state.whole.iter().rev().copied()
    }

    /// Whether a commit is whole here.
    pub(super) fn has(&self, hash: &ObjectId) -> bool {
        self.state.whole.iter().any(|whole| whole.hash == *hash)
    }

    /// Makes a generation ready for objects of this kind, a fresh one where the present one is no good.
    pub(super) fn prepare(&mut self, kind: Kind) -> io::Result<Arc<Generation>> {
        let present = self.generation().filter(|present| {
            let good = present.kind == kind && !present.damaged.load(Ordering::Relaxed);
            good && present.packs() < self.mirror.pack_limit
        });
        match present {
            Some(present) => Ok(present),
            None => self.start(kind),
        }
    }

    /// The present generation, where there is one.
    pub(super) fn generation(&self) -> Option<Arc<Generation>> {
        let kind = self.state.kind?;
        let mut current = self.mirror.current.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = self.state.objects(&self.mirror.directory);
        if current.is_none() && directory.join("pack").is_dir() {
            sweep(&self.mirror.directory, &directory);
            *current = Some(Arc::new(Generation::new(directory, kind)));
        }
        current.clone().filter(|present| !present.damaged.load(Ordering::Relaxed))
    }

    /// Forgets all objects; those who read them still can.
    pub(super) fn start(&mut self, kind: Kind) -> io::Result<Arc<Generation>> {
        self.state.next(kind);
        self.state.save(&self.mirror.directory)?;
        let directory = self.state.objects(&self.mirror.directory);
        remove_directory(&directory)?;
        std::fs::create_dir_all(directory.join("pack"))?;
        let fresh = Arc::new(Generation::new(directory, kind));
        let mut current = self.mirror.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = current.replace(Arc::clone(&fresh)) {
            old.obsolete.store(true, Ordering::Relaxed);
        }
        Ok(fresh)
    }

    /// Forgets everything because of damage.
    pub(super) fn reset(&mut self) -> io::Result<()> {
        self.start(self.state.kind.unwrap_or(Kind::Sha1)).map(drop)
    }

    /// Notes that commits are whole here.
    pub(super) fn record(&mut self, whole: impl IntoIterator<Item = Whole>) -> io::Result<()> {
        self.state.add(whole);
        self.state.save(&self.mirror.directory)
    }

    /// Where a pack can be kept while it is received.
    pub(super) fn directory(&self) -> &Path {
        &self.mirror.directory
    }
}

/// Removes what a killed process left: other generations, and files that never got their name.
fn sweep(mirror: &Path, present: &Path) {
    // What cannot be removed now is tried again by the next process.
    for path in
        entries(mirror).filter(|path| path != present && !path.ends_with("lock") && !path.ends_with("state"))
    {
        let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    }
    let is_pack = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "pack" || ending == "idx");
    for path in entries(&present.join("pack")).filter(|path| !is_pack(path)) {
        let _ = std::fs::remove_file(path);
    }
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path())
}

impl Generation {
    fn new(directory: PathBuf, kind: Kind) -> Self {
        Self { directory, kind, damaged: AtomicBool::new(false), obsolete: AtomicBool::new(false) }
    }

    pub(super) fn objects(&self) -> &Path {
        &self.directory
    }

    pub(super) fn store(&self, limits: &Limits) -> io::Result<Arc<Store>> {
        pack::open(&self.directory, self.kind, limits.file_bytes)
    }

    /// Has the next fetch start anew.
    pub(super) fn distrust(&self) {
        self.damaged.store(true, Ordering::Relaxed);
    }

    fn packs(&self) -> usize {
        entries(&self.directory.join("pack"))
            .filter(|path| path.extension().is_some_and(|e| e == "pack"))
            .count()
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        if self.obsolete.load(Ordering::Relaxed) {
            // A leftover is swept by the next process.
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }
}
