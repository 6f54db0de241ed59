//! What a reference names at a remote, for one question to the server.

use super::error::GitError;
use super::http::HttpClients;
use super::protocol::RemoteRef;
use super::reference::{AnnotatedTag, Reference, Resolved};
use super::remote::Remote;
use super::session::Session;
use super::version::{Constraint, Version};

/// The most tags of one version that are compared by their times.
const TIE_LIMIT: usize = 16;

/// Resolves a reference. More than one answer means tags of the same version, which only the times of their commits
/// tell apart; there is always at least one.
pub(super) async fn resolve(
    remote: &Remote,
    clients: &HttpClients,
    reference: &Reference,
) -> Result<Vec<Resolved>, GitError> {
    reference.check()?;
    match reference {
        Reference::Branch(name) => {
            let full = format!("refs/heads/{name}");
            let found = exact(remote, clients, &full, &format!("branch '{name}'")).await?;
            Ok(vec![resolved(name, &found, None)])
        }
        Reference::Tag(name) => {
            let found =
                exact(remote, clients, &format!("refs/tags/{name}"), &format!("tag '{name}'")).await?;
            Ok(vec![tag(name, &found)])
        }
        Reference::Name(name) => {
            let full = name.strip_suffix("^{}").unwrap_or(name);
            let found = exact(remote, clients, full, &format!("reference '{name}'")).await?;
            let short = full.strip_prefix("refs/tags/").unwrap_or(full);
            Ok(vec![resolved(name, &found, annotated(short, &found))])
        }
        Reference::Semver(range) => highest(remote, clients, range).await,
        Reference::Commit { hash, branch } => {
            Ok(vec![Resolved { name: branch.clone(), hash: hash.to_lowercase(), tag: None, reference: None }])
        }
    }
}

fn resolved(name: &str, found: &RemoteRef, tag: Option<AnnotatedTag>) -> Resolved {
    let hash = found.commit().to_string();
    Resolved { name: Some(name.to_owned()), hash, tag, reference: Some(found.name.clone()) }
}

fn tag(name: &str, found: &RemoteRef) -> Resolved {
    resolved(name, found, annotated(name, found))
}

fn annotated(name: &str, found: &RemoteRef) -> Option<AnnotatedTag> {
    found.peeled.map(|_| AnnotatedTag { name: name.to_owned(), hash: found.hash.to_string() })
}

async fn exact(
    remote: &Remote,
    clients: &HttpClients,
    full: &str,
    what: &str,
) -> Result<RemoteRef, GitError> {
    let found = list(remote, clients, &[full.to_owned()]).await?;
    match found.into_iter().find(|found| found.name == full) {
        Some(found) => Ok(found),
        None => Err(missing(remote, clients, what).await),
    }
}

/// Tells an empty repository from one that lacks the reference, which takes a second question.
async fn missing(remote: &Remote, clients: &HttpClients, what: &str) -> GitError {
    match list(remote, clients, &["refs/heads/".into(), "refs/tags/".into()]).await {
        Ok(refs) if refs.is_empty() => GitError::EmptyRepository { url: remote.to_string() },
        Ok(_) => remote.not_found(what),
        Err(error) => error,
    }
}

async fn highest(remote: &Remote, clients: &HttpClients, range: &str) -> Result<Vec<Resolved>, GitError> {
    let constraint = Constraint::parse(range)
        .map_err(|why| GitError::Reference(format!("semver range '{}': {why}", range.escape_debug())))?;
    let found = list(remote, clients, &["refs/tags/".to_owned()]).await?;
    let tags = found.iter().filter_map(|found| {
        let name = found.name.strip_prefix("refs/tags/")?;
        let version = Version::of_tag(name).filter(|version| constraint.matches(version))?;
        Some((version, tag(name, found)))
    });
    let mut tags: Vec<_> = tags.collect();
    tags.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| right.1.name.cmp(&left.1.name)));
    let Some(top) = tags.first().map(|(version, _)| version.clone()) else {
        return Err(missing(remote, clients, &format!("tag in the semver range '{range}'")).await);
    };
    let ties = tags.into_iter().take_while(|(version, _)| *version == top).take(TIE_LIMIT);
    Ok(ties.map(|(_, resolved)| resolved).collect())
}

/// Asks once. Where that was put to what the server offered earlier, on a connection from then, and fails, either may
/// be gone: the server is asked what it offers now.
async fn list(
    remote: &Remote,
    clients: &HttpClients,
    prefixes: &[String],
) -> Result<Vec<RemoteRef>, GitError> {
    use GitError::{Connect, RepositoryNotFound, Server};
    match ask(remote, clients, prefixes).await {
        Err(Server { .. } | RepositoryNotFound { .. } | Connect { .. }) if clients.forget(remote) => {
            ask(remote, clients, prefixes).await
        }
        answer => answer,
    }
}

async fn ask(
    remote: &Remote,
    clients: &HttpClients,
    prefixes: &[String],
) -> Result<Vec<RemoteRef>, GitError> {
    Session::open(remote, clients).await?.list(remote, prefixes).await
}
