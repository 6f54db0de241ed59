//! Which commit of a repository is meant, and what it turned out to be.

use super::error::GitError;

/// The branch taken when an object names nothing.
const DEFAULT_BRANCH: &str = "master";

/// What an object asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// The tip of a branch.
    Branch(String),
    /// A tag.
    Tag(String),
    /// The tag with the highest version within a range.
    Semver(String),
    /// Any reference by its full name; `^{}` at the end asks for what an annotated tag points at.
    Name(String),
    /// One commit, with the branch it is to be found on.
    Commit {
        /// The full hash.
        hash: String,
        /// The branch, for the revision and for servers that do not serve a commit by its hash.
        branch: Option<String>,
    },
}

/// The fields of `spec.ref`; an empty one counts as missing.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReferenceFields<'a> {
    /// `spec.ref.branch`.
    pub branch: Option<&'a str>,
    /// `spec.ref.tag`.
    pub tag: Option<&'a str>,
    /// `spec.ref.semver`.
    pub semver: Option<&'a str>,
    /// `spec.ref.name`.
    pub name: Option<&'a str>,
    /// `spec.ref.commit`.
    pub commit: Option<&'a str>,
}

/// What a reference names at the remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// What stands before `@` in the revision; missing for a commit without a branch.
    pub name: Option<String>,
    /// The hash of the commit.
    pub hash: String,
    /// The tag object, where the reference is an annotated tag.
    pub tag: Option<AnnotatedTag>,
    /// The full name of the reference it was found by.
    pub reference: Option<String>,
}

/// An annotated tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnotatedTag {
    /// The name of the tag.
    pub name: String,
    /// The hash of the tag object.
    pub hash: String,
}

impl Reference {
    /// Chooses by precedence: commit, name, tag, semver, branch; `master` when nothing is asked for.
    pub fn choose(fields: &ReferenceFields<'_>) -> Self {
        let field = |field: Option<&str>| field.filter(|text| !text.is_empty()).map(str::to_owned);
        let branch = field(fields.branch);
        if let Some(hash) = field(fields.commit) {
            return Self::Commit { hash, branch };
        }
        let rest = field(fields.name).map(Self::Name);
        let rest = rest.or_else(|| field(fields.tag).map(Self::Tag));
        let rest = rest.or_else(|| field(fields.semver).map(Self::Semver));
        rest.unwrap_or_else(|| Self::Branch(branch.unwrap_or_else(|| DEFAULT_BRANCH.into())))
    }

    /// Checks that names are names and hashes are hashes, so that they can be sent to a server.
    pub(super) fn check(&self) -> Result<(), GitError> {
        match self {
            Self::Branch(name) | Self::Tag(name) => check_name(name),
            Self::Name(name) => check_name(name.strip_suffix("^{}").unwrap_or(name)),
            Self::Semver(_) => Ok(()),
            Self::Commit { hash, branch } => {
                check_hash(hash)?;
                branch.as_deref().map_or(Ok(()), check_name)
            }
        }
    }
}

impl Resolved {
    /// The revision as it stands in an artifact: `main@sha1:…`, or `sha1:…`.
    pub fn revision(&self) -> String {
        let algorithm = if self.hash.len() == 64 { "sha256" } else { "sha1" };
        match &self.name {
            Some(name) => format!("{name}@{algorithm}:{}", self.hash),
            None => format!("{algorithm}:{}", self.hash),
        }
    }
}

fn check_hash(hash: &str) -> Result<(), GitError> {
    if matches!(hash.len(), 40 | 64) && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(GitError::Reference(format!("'{}' is not the full hash of a commit", hash.escape_debug())))
}

/// The rules of git-check-ref-format that matter on the wire.
fn check_name(name: &str) -> Result<(), GitError> {
    let forbidden = |c: char| c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    let bad = name.is_empty() || name.len() > 1024 || name.contains(forbidden) || name.contains("..");
    if bad || name.starts_with(['-', '/']) || name.ends_with('/') {
        return Err(GitError::Reference(format!("'{}' is not a valid name", name.escape_debug())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Reference, ReferenceFields, Resolved};

    #[test]
    fn precedence() {
        let all = ReferenceFields {
            branch: Some("b"),
            tag: Some("t"),
            semver: Some("s"),
            name: Some("n"),
            commit: Some("c"),
        };
        let commit = Reference::Commit { hash: "c".into(), branch: Some("b".into()) };
        let cases = [
            (all, commit),
            (ReferenceFields { commit: None, ..all }, Reference::Name("n".into())),
            (ReferenceFields { commit: None, name: Some(""), ..all }, Reference::Tag("t".into())),
            (ReferenceFields { semver: Some("s"), ..Default::default() }, Reference::Semver("s".into())),
            (ReferenceFields { branch: Some("b"), ..Default::default() }, Reference::Branch("b".into())),
            (ReferenceFields::default(), Reference::Branch("master".into())),
        ];
        for (fields, expected) in cases {
            assert_eq!(Reference::choose(&fields), expected);
        }
    }

    #[test]
    fn names_that_cannot_be_sent() {
        for name in ["", "a b", "a\nb", "a..b", "-x", "a^b", "x/", "\u{7f}"] {
            assert!(Reference::Branch(name.into()).check().is_err(), "{name:?}");
        }
        for hash in ["abc", "", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"] {
            assert!(Reference::Commit { hash: hash.into(), branch: None }.check().is_err(), "{hash:?}");
        }
        assert!(Reference::Name("refs/tags/v1^{}".into()).check().is_ok());
        assert!(Reference::Branch("feature/a-b.c".into()).check().is_ok());
    }

    #[test]
    fn revisions() {
        let hash = "a".repeat(40);
        let mut resolved =
            Resolved { name: Some("main".into()), hash: hash.clone(), tag: None, reference: None };
        assert_eq!(resolved.revision(), format!("main@sha1:{hash}"));
        resolved.name = None;
        resolved.hash = "b".repeat(64);
        assert_eq!(resolved.revision(), format!("sha256:{}", "b".repeat(64)));
    }
}
