//! What is named but not here: recognized by its look, and refused with what to do instead.

use crate::error::{BuildError, unsupported};

/// Says whether a path is an address of a file or repository.
pub(super) fn is_url(path: &str) -> bool {
    ["http://", "https://", "ssh://", "git::", "file://", "git@", "gh:"]
        .iter()
        .any(|start| path.starts_with(start))
        || path.contains("://")
}

/// Says whether a path that is not here looks like a repository of a host.
pub(super) fn is_repository(path: &str) -> bool {
    let host = path.split('/').next().unwrap_or_default();
    let known = ["github.com", "gitlab.com", "bitbucket.org"].iter().any(|name| host.starts_with(name));
    known
        || path.contains("?ref=")
        || path.contains(".git/")
        || path.ends_with(".git")
        || path.contains("_git/")
        || (host.contains('@') && host.contains(':'))
}

/// Secrets in an address stay out of messages.
pub(super) fn refusal(path: &str) -> BuildError {
    let address = path.split('?').next().unwrap_or(path);
    let shown = match address.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", without_secret(rest, true)),
        None => without_secret(address, false).to_owned(),
    };
    unsupported(
        format!("the remote source {shown}"),
        "copy it into the repository, or include it in the source artifact",
    )
}

/// Takes off what stands before an `@`: a password, and in a URL also a name alone, which may be a token.
fn without_secret(address: &str, in_url: bool) -> &str {
    match address.rsplit_once('@') {
        Some((user, rest)) if user.contains(':') || in_url && !user.contains('/') => rest,
        _ => address,
    }
}
