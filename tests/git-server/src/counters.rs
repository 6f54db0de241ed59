//! What clients asked for, counted by kind.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many requests of each kind a server has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Requests {
    /// Requests for `info/refs`; over SSH, sessions of `git-upload-pack`.
    pub info_refs: u64,
    /// Protocol 2 `ls-refs` commands.
    pub ls_refs: u64,
    /// Fetches of any protocol version.
    pub fetches: u64,
    /// Bytes of all answers to fetches.
    pub fetched_bytes: u64,
    /// Requests refused for missing or wrong credentials.
    pub unauthorized: u64,
    /// Whatever else was asked.
    pub other: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    info_refs: AtomicU64,
    ls_refs: AtomicU64,
    fetches: AtomicU64,
    fetched_bytes: AtomicU64,
    unauthorized: AtomicU64,
    other: AtomicU64,
}

/// The kind of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    InfoRefs,
    LsRefs,
    Fetch,
    Unauthorized,
    Other,
}

impl Kind {
    /// Tells the kind of a request to `git-upload-pack` from its first packet line.
    pub(crate) fn of_body(body: &[u8]) -> Self {
        match body.get(4..).unwrap_or_default() {
            line if line.starts_with(b"command=ls-refs") => Self::LsRefs,
            line if line.starts_with(b"command=fetch") || line.starts_with(b"want ") => Self::Fetch,
            _ => Self::Other,
        }
    }
}

impl Counters {
    pub(crate) fn count(&self, kind: Kind) {
        let counter = match kind {
            Kind::InfoRefs => &self.info_refs,
            Kind::LsRefs => &self.ls_refs,
            Kind::Fetch => &self.fetches,
            Kind::Unauthorized => &self.unauthorized,
            Kind::Other => &self.other,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn fetched(&self, bytes: usize) {
        self.fetched_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Requests {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Requests {
            info_refs: read(&self.info_refs),
            ls_refs: read(&self.ls_refs),
            fetches: read(&self.fetches),
            fetched_bytes: read(&self.fetched_bytes),
            unauthorized: read(&self.unauthorized),
            other: read(&self.other),
        }
    }
}
