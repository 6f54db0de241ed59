//! Git servers for tests and the demo: real `git` behind smart HTTP and behind SSH, on free loopback ports.
//!
//! Everything runs in the caller's process except `git` itself, which serves repositories that [`Repository`] writes.
//! The machine's Git configuration is never read. This is no server for anybody else: it refuses pushes.

mod access;
mod cgi;
mod counters;
mod http;
mod isolation;
mod repository;
mod ssh;
mod tls;

pub use access::Access;
pub use counters::Requests;
pub use http::{Behaviour, GitServer, Options};
pub use repository::{Change, Repository};
pub use ssh::{SshOptions, SshServer};

/// Why a server could not start or a repository could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file, socket or process could not be used.
    #[error("{what}: {source}")]
    Io {
        /// What was attempted.
        what: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// The git command line refused.
    #[error("git {arguments}: {message}")]
    Git {
        /// The arguments git was started with.
        arguments: String,
        /// What git wrote to its error stream.
        message: String,
    },
    /// A certificate could not be made.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The TLS configuration was refused.
    #[error("tls: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
    /// An SSH key could not be made.
    #[error("ssh key: {0}")]
    Key(#[from] russh::keys::ssh_key::Error),
}

impl Error {
    pub(crate) fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}
