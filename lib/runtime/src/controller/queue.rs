//! Which object runs next. Pure: time is an argument, nothing waits here.
//!
//! A key is parked, waiting for a time, ready, or running, and never two of these at once; a wake during a run is
//! remembered and honoured afterwards.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    hash::Hash,
    time::Duration,
};

use tokio::time::Instant;

use crate::backoff::Backoff;

/// What follows a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Runs again after the delay, unless woken before.
    After(Duration),
    /// Runs again only when woken.
    OnWake,
    /// Failed; runs again after an exponential backoff, unless woken before.
    Retry,
    /// Failed; runs again after an exponential backoff, but after this delay at the latest.
    RetryWithin(Duration),
}

/// The schedule of all keys of one kind.
#[derive(Debug)]
pub struct Queue<T> {
    entries: HashMap<T, Entry>,
    due: BTreeMap<(Instant, u64), T>,
    ready: VecDeque<T>,
    sequence: u64,
}

/// A key that was taken to run.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken<T> {
    /// The key.
    pub key: T,
    /// How long it was ready before it was taken.
    pub waited: Duration,
}

#[derive(Debug)]
struct Entry {
    state: State,
    failures: u32,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Parked,
    Due((Instant, u64)),
    Ready(Instant),
    Running { again: bool },
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { entries: HashMap::new(), due: BTreeMap::new(), ready: VecDeque::new(), sequence: 0 }
    }
}

impl<T: Clone + Eq + Hash> Queue<T> {
    /// Makes the key ready now; while it runs, makes it run once more afterwards.
    pub fn wake(&mut self, key: &T, now: Instant) {
        let entry = self.entries.entry(key.clone()).or_insert(Entry { state: State::Parked, failures: 0 });
        match entry.state {
            State::Ready(_) => return,
            State::Running { .. } => {
                entry.state = State::Running { again: true };
                return;
            }
            State::Due(at) => {
                self.due.remove(&at);
            }
            State::Parked => {}
        }
        entry.state = State::Ready(now);
        self.ready.push_back(key.clone());
    }

    /// Takes the key that has been ready the longest and marks it running.
    pub fn take(&mut self, now: Instant) -> Option<Taken<T>> {
        self.ripen(now);
        while let Some(key) = self.ready.pop_front() {
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            if let State::Ready(since) = entry.state {
                entry.state = State::Running { again: false };
                return Some(Taken { key, waited: now.duration_since(since) });
            }
        }
        None
    }

    /// Ends a run; what it says is next replaces every earlier schedule of the key.
    pub fn finish(&mut self, key: &T, next: Next, backoff: Backoff, now: Instant) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        let again = entry.state == State::Running { again: true };
        let failed = matches!(next, Next::Retry | Next::RetryWithin(_));
        entry.failures = if failed { entry.failures.saturating_add(1) } else { 0 };
        let delay = match next {
            _ if again => Some(Duration::ZERO),
            Next::After(delay) => Some(delay),
            Next::Retry => Some(backoff.delay(entry.failures)),
            Next::RetryWithin(limit) => Some(backoff.delay(entry.failures).min(limit)),
            Next::OnWake => None,
        };
        entry.state = State::Parked;
        match delay {
            Some(Duration::ZERO) => self.wake(key, now),
            Some(delay) => self.schedule(key, now + delay),
            None => {}
        }
    }

    /// Drops the key with its failures, unless it was woken while it ran: then it is ready again.
    pub fn forget(&mut self, key: &T, now: Instant) {
        let removed = self.entries.remove(key);
        match removed.map(|entry| entry.state) {
            Some(State::Due(at)) => {
                self.due.remove(&at);
            }
            Some(State::Running { again: true }) => self.wake(key, now),
            _ => {}
        }
    }

    /// Returns when the next parked key becomes ready by itself.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// Returns how many keys are ready and wait for a worker.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.ready.len()
    }

    fn schedule(&mut self, key: &T, at: Instant) {
        self.sequence += 1;
        let slot = (at, self.sequence);
        if let Some(entry) = self.entries.get_mut(key) {
            entry.state = State::Due(slot);
            self.due.insert(slot, key.clone());
        }
    }

    fn ripen(&mut self, now: Instant) {
        while let Some(first) = self.due.first_entry() {
            if first.key().0 > now {
                return;
            }
            let key = first.get().clone();
            self.wake(&key, now);
        }
    }
}

#[cfg(test)]
mod tests;
