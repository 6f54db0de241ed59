//! Who holds the supervisor, what it runs, and why it ends.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::programs::Program;

/// How long the supervisor waits for its first holder.
const FIRST_HOLDER: Duration = Duration::from_secs(20);

/// Everything the threads of the supervisor share.
pub(crate) struct Supervisor {
    directory: PathBuf,
    linger: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

/// Why the supervisor ends.
pub(crate) enum End {
    /// Nobody holds it any more.
    Abandoned,
    /// A holder asked for it.
    Asked,
    /// A program ended by itself; what to tell the holders.
    Failed(String),
}

#[derive(Default)]
struct State {
    holders: BTreeMap<u64, UnixStream>,
    registered: u64,
    ready: bool,
    programs: Vec<Program>,
    end: Option<End>,
}

impl Supervisor {
    /// A supervisor without holders; `linger` is how long it waits for a next one after the last.
    pub(crate) fn new(directory: PathBuf, linger: Duration) -> Self {
        Self { directory, linger, state: Mutex::default(), changed: Condvar::new() }
    }

    /// The folder that holds commands, logs and data, and goes with the supervisor.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Greets and keeps a new holder; refuses it (`None`) once the end has begun.
    pub(crate) fn register(&self, mut stream: UnixStream) -> io::Result<Option<u64>> {
        let mut state = self.lock();
        if state.end.is_some() {
            return Ok(None);
        }
        writeln!(stream, "{}", if state.ready { "ready" } else { "starting" })?;
        state.registered += 1;
        let holder = state.registered;
        state.holders.insert(holder, stream);
        drop(state);
        self.changed.notify_all();
        Ok(Some(holder))
    }

    /// Forgets a holder whose connection ended.
    pub(crate) fn release(&self, holder: u64) {
        self.lock().holders.remove(&holder);
        self.changed.notify_all();
    }

    /// Remembers that what runs here is complete, for the greeting of later holders.
    pub(crate) fn mark_ready(&self) {
        self.lock().ready = true;
    }

    /// Keeps a program; cuts it off at once where the end has begun meanwhile.
    pub(crate) fn add(&self, program: Program) {
        let mut state = self.lock();
        if state.end.is_none() {
            state.programs.push(program);
        } else {
            drop(state);
            drop(program.cut());
        }
    }

    /// Begins the end; the first reason given is the one that counts.
    pub(crate) fn end(&self, end: End) {
        self.lock().end.get_or_insert(end);
        self.changed.notify_all();
    }

    /// Returns when the end has begun, or when nobody has held this for the linger time.
    pub(crate) fn wait_until_abandoned(&self) {
        let mut state = self.lock();
        while state.end.is_none() {
            if !state.holders.is_empty() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let patience = if state.registered == 0 { FIRST_HOLDER } else { self.linger };
            let alone = |state: &mut State| state.end.is_none() && state.holders.is_empty();
            let waited = self.changed.wait_timeout_while(state, patience, alone);
            let (next, result) = waited.unwrap_or_else(PoisonError::into_inner);
            state = next;
            if result.timed_out() {
                state.end.get_or_insert(End::Abandoned);
            }
        }
    }

    /// Kills all programs, removes the directory and tells the holders why.
    pub(crate) fn tear_down(&self) {
        let programs = std::mem::take(&mut self.lock().programs);
        let watchers: Vec<_> = programs.into_iter().map(Program::cut).collect();
        for watcher in watchers {
            drop(watcher.join());
        }
        let mut state = self.lock();
        let State { holders, end, .. } = &mut *state;
        if let Some(End::Failed(message)) = end {
            for holder in holders.values_mut() {
                drop(write!(holder, "failed\n{message}"));
            }
        }
        drop(fs::remove_dir_all(&self.directory));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
