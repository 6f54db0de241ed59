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
    let shown = match path.split_once("://") {
        Some((scheme, rest)) => match rest.split_once('/').map_or((rest, ""), |(host, tail)| (host, tail)) {
            (host, tail) if host.contains('@') => {
                let host = host.rsplit('@').next().unwrap_or(host);
                format!("{scheme}://{host}/{}", tail.split('?').next().unwrap_or_default())
            }
            _ => path.split('?').next().unwrap_or(path).to_owned(),
        },
        None => path.split('?').next().unwrap_or(path).to_owned(),
    };
    unsupported(
        format!("the remote source {shown}"),
        "copy it into the repository, or include it in the source artifact",
    )
}
