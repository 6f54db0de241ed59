//! Why a Git operation failed, in words for the person who wrote the object.
//!
//! No variant carries a secret: URLs are shown without user information, and what a server says is cleaned first.

use std::fmt;
use std::time::Duration;

use super::remote::Remote;

/// The most characters of a foreign message that are repeated.
const FOREIGN_MESSAGE_LIMIT: usize = 300;

/// The failure of a Git operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// The URL cannot be used.
    #[error("invalid git url: {0}")]
    Url(String),
    /// The credentials cannot be used, whatever the server would say.
    #[error("invalid git credentials: {0}")]
    Credentials(String),
    /// The reference asked for is no valid name, hash or range.
    #[error("invalid git reference: {0}")]
    Reference(String),
    /// The server wants credentials, or others.
    #[error("authentication failed for '{url}': {detail}")]
    Unauthorized {
        /// The URL without user information.
        url: String,
        /// What the server answered and what was sent.
        detail: String,
    },
    /// The server is not the one that `known_hosts` describes.
    #[error("host key verification failed for '{url}': {detail}")]
    HostKey {
        /// The URL without user information.
        url: String,
        /// The host, the type of its key, and the fingerprint.
        detail: String,
    },
    /// The server has no such repository, or shows none.
    #[error("repository not found at '{url}': {detail}")]
    RepositoryNotFound {
        /// The URL without user information.
        url: String,
        /// What the server answered.
        detail: String,
    },
    /// The repository has no commit.
    #[error("git repository '{url}' is empty")]
    EmptyRepository {
        /// The URL without user information.
        url: String,
    },
    /// The repository has no such branch, tag, reference or commit.
    #[error("{what} not found in '{url}'")]
    NotFound {
        /// What was looked for, with its name.
        what: String,
        /// The URL without user information.
        url: String,
    },
    /// The server cannot be reached.
    #[error("cannot connect to '{url}': {detail}")]
    Connect {
        /// The URL without user information.
        url: String,
        /// The cause.
        detail: String,
    },
    /// The deadline of the operation passed.
    #[error("git operation on '{url}' timed out after {after:?}")]
    Timeout {
        /// The URL without user information.
        url: String,
        /// The time it had.
        after: Duration,
    },
    /// The server reports an error, or answers what is no Git.
    #[error("git server at '{url}': {detail}")]
    Server {
        /// The URL without user information.
        url: String,
        /// What it said, or what is wrong with it.
        detail: String,
    },
    /// What the repository holds exceeds a limit.
    #[error("oversized repository '{url}': {detail}")]
    Oversized {
        /// The URL without user information.
        url: String,
        /// The limit.
        detail: String,
    },
    /// The tree holds a path that no artifact may hold.
    #[error("unsafe path in '{url}': {detail}")]
    UnsafePath {
        /// The URL without user information.
        url: String,
        /// The path.
        detail: String,
    },
    /// The mirror on disk is damaged; the next fetch starts it anew.
    #[error("damaged mirror of '{url}': {detail}")]
    Damaged {
        /// The URL without user information.
        url: String,
        /// What is wrong.
        detail: String,
    },
    /// The mirror on disk cannot be used.
    #[error("mirror of '{url}': {detail}")]
    Mirror {
        /// The URL without user information.
        url: String,
        /// The cause.
        detail: String,
    },
}

impl GitError {
    /// The condition reason of this failure, by the names of the GitRepository API.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Url(_) => "URLInvalid",
            Self::Credentials(_) => "AuthenticationFailed",
            Self::EmptyRepository { .. } => "EmptyGitRepository",
            _ => "GitOperationFailed",
        }
    }

    /// Whether only a change of the object or its Secret can help.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Url(_) | Self::Reference(_))
    }

    /// Whether another attempt with a fresh mirror can help.
    pub(super) fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }
}

/// Makes errors that name a remote.
impl Remote {
    pub(super) fn unauthorized(&self, detail: impl Into<String>) -> GitError {
        GitError::Unauthorized { url: self.to_string(), detail: detail.into() }
    }

    pub(super) fn repository_not_found(&self, detail: impl Into<String>) -> GitError {
        GitError::RepositoryNotFound { url: self.to_string(), detail: detail.into() }
    }

    pub(super) fn not_found(&self, what: impl Into<String>) -> GitError {
        GitError::NotFound { what: what.into(), url: self.to_string() }
    }

    pub(super) fn connect_error(&self, detail: impl Into<String>) -> GitError {
        GitError::Connect { url: self.to_string(), detail: detail.into() }
    }

    pub(super) fn server_error(&self, detail: impl Into<String>) -> GitError {
        GitError::Server { url: self.to_string(), detail: detail.into() }
    }

    pub(super) fn oversized(&self, detail: impl Into<String>) -> GitError {
        GitError::Oversized { url: self.to_string(), detail: detail.into() }
    }

    pub(super) fn damaged(&self, detail: impl fmt::Display) -> GitError {
        GitError::Damaged { url: self.to_string(), detail: one_line(&detail.to_string()) }
    }

    pub(super) fn mirror_error(&self, detail: impl fmt::Display) -> GitError {
        GitError::Mirror { url: self.to_string(), detail: one_line(&detail.to_string()) }
    }

    /// Makes what a server said fit to be shown: one line, without control characters and secrets, of bounded length.
    pub(super) fn clean(&self, said: &[u8]) -> String {
        let mut said = one_line(&String::from_utf8_lossy(said));
        for secret in self.secrets() {
            said = said.replace(secret, "***");
        }
        said.chars().take(FOREIGN_MESSAGE_LIMIT).collect()
    }
}

/// Joins the lines of a text and drops its control characters.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_control() || c == ' ').filter(|w| !w.is_empty()).collect();
    words.join(" ")
}

/// Writes an error with its chain of causes, each once.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = error.source();
    }
    text
}
