//! A conversation with `git-upload-pack`, over whichever transport the URL names.

use bytes::Bytes;
use tokio::io::AsyncBufRead;

use super::error::GitError;
use super::http::{HttpClients, HttpSession};
use super::protocol::{Advertisement, ProtocolError, RemoteRef, Version, ls_refs, read_refs};
use super::remote::{Auth, Remote};
use super::ssh::SshSession;

/// What an answer is read from.
pub(super) type Answer = Box<dyn AsyncBufRead + Send + Unpin>;

/// A session whose server has told what it offers.
pub(super) enum Session {
    Http(HttpSession),
    Ssh(Box<SshSession>),
}

impl Session {
    /// Connects, and says who is asking.
    pub(super) async fn open(remote: &Remote, clients: &HttpClients) -> Result<Self, GitError> {
        match remote.auth() {
            Auth::Ssh(auth) => Ok(Self::Ssh(Box::new(SshSession::open(remote, auth).await?))),
            _ => Ok(Self::Http(HttpSession::open(remote, clients).await?)),
        }
    }

    pub(super) fn offer(&self) -> &Advertisement {
        match self {
            Self::Http(session) => session.offer(),
            Self::Ssh(session) => session.offer(),
        }
    }

    /// Sends one request; its answer must be read before the next.
    pub(super) async fn send(
        &mut self,
        remote: &Remote,
        request: Bytes,
    ) -> Result<&mut (dyn AsyncBufRead + Send + Unpin), GitError> {
        match self {
            Self::Http(session) => session.send(remote, request).await,
            Self::Ssh(session) => session.send(remote, request).await,
        }
    }

    /// Lists the references with these prefixes; none: all.
    pub(super) async fn list(
        &mut self,
        remote: &Remote,
        prefixes: &[String],
    ) -> Result<Vec<RemoteRef>, GitError> {
        if self.offer().version == Version::First {
            let wanted =
                |name: &str| prefixes.is_empty() || prefixes.iter().any(|p| name.starts_with(p.as_str()));
            return Ok(self.offer().refs.iter().filter(|found| wanted(&found.name)).cloned().collect());
        }
        let kind = self.offer().object_format().map_err(|error| self.explain(remote, &error))?;
        let request = ls_refs(self.offer(), prefixes).map_err(|error| self.explain(remote, &error))?;
        let refs = read_refs(kind, self.send(remote, request).await?).await;
        refs.map_err(|error| self.explain(remote, &error))
    }

    /// Tells an error of the protocol in the words of the server, where it has said something.
    pub(super) fn explain(&self, remote: &Remote, error: &ProtocolError) -> GitError {
        match self {
            Self::Http(_) => explain(remote, error),
            Self::Ssh(session) => session.explain(remote, error),
        }
    }
}

/// Tells an error of the protocol.
pub(super) fn explain(remote: &Remote, error: &ProtocolError) -> GitError {
    match error {
        ProtocolError::Oversized(limit) => remote.oversized(format!("the pack is larger than {limit} bytes")),
        ProtocolError::Reported(text) => reported(remote, &remote.clean(text)),
        ProtocolError::Spool(error) => remote.mirror_error(error),
        other => remote.server_error(other.to_string()),
    }
}

/// Sorts what servers say on their error channels, which is meant for people.
pub(super) fn reported(remote: &Remote, text: &str) -> GitError {
    let lower = text.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    if says(&["not found", "does not exist", "does not appear to be a git repository", "no such repository"])
    {
        return remote.repository_not_found(text);
    }
    if says(&["permission denied", "access denied", "not authorized", "unauthorized"]) {
        return remote.unauthorized(text);
    }
    remote.server_error(text)
}
