//! Versions and ranges by the rules of Masterminds semver, which Flux users write.
//!
//! Observed rules: a tag counts as a version when it has three numbers, with or without a leading `v`; a version with a
//! pre-release matches a group of conditions only when one of them names a pre-release; build metadata never orders.

mod constraint;

use std::cmp::Ordering;

pub(super) use constraint::Constraint;

/// A version; ordered without its build metadata.
#[derive(Debug, Clone)]
pub(super) struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    pre: Vec<Identifier>,
}

/// One dotted part of a pre-release: numbers come before words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Word(String),
}

impl Version {
    /// Reads a tag; `None` when it is no version of three numbers.
    pub(super) fn of_tag(tag: &str) -> Option<Self> {
        let text = tag.strip_prefix('v').unwrap_or(tag);
        let (core, pre) = split(text)?;
        let numbers: Vec<&str> = core.split('.').collect();
        let [major, minor, patch] = numbers.as_slice() else { return None };
        Some(Self {
            major: number(major)?,
            minor: number(minor)?,
            patch: number(patch)?,
            pre: identifiers(pre)?,
        })
    }

    fn numbers(&self) -> (u64, u64, u64) {
        (self.major, self.minor, self.patch)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let released = |version: &Self| version.pre.is_empty();
        self.numbers()
            .cmp(&other.numbers())
            .then_with(|| released(self).cmp(&released(other)))
            .then_with(|| self.pre.cmp(&other.pre))
    }
}

/// Splits `1.2.3-pre+build` into `1.2.3` and `pre`; `None` when the build metadata is malformed.
fn split(text: &str) -> Option<(&str, &str)> {
    let (rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
    if build.is_some_and(|build| !build.split('.').all(is_identifier)) {
        return None;
    }
    match rest.split_once('-') {
        Some((_, "")) => None,
        Some((core, pre)) => Some((core, pre)),
        None => Some((rest, "")),
    }
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn identifiers(pre: &str) -> Option<Vec<Identifier>> {
    if pre.is_empty() {
        return Some(Vec::new());
    }
    pre.split('.').map(identifier).collect()
}

fn identifier(text: &str) -> Option<Identifier> {
    if !is_identifier(text) {
        return None;
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Identifier::Word(text.to_owned()));
    }
    let padded = text.len() > 1 && text.starts_with('0');
    if padded { None } else { text.parse().ok().map(Identifier::Number) }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn tags() {
        for tag in ["1.2.3", "v1.2.3", "1.2.3-rc.1+build.5", "01.2.3", "v0.0.0-alpha-1"] {
            assert!(Version::of_tag(tag).is_some(), "{tag}");
        }
        for tag in
            ["1.2", "v1", "vv1.2.3", "1.2.3.4", "1.2.3-", "1.2.3-01", "1.2.3+", "release-1.2.3", "1.2.x", ""]
        {
            assert!(Version::of_tag(tag).is_none(), "{tag}");
        }
        assert!(Version::of_tag("99999999999999999999.0.0").is_none());
    }

    #[test]
    fn order() {
        let ascending = [
            "0.9.9",
            "1.0.0-1",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.2.0",
            "1.10.0",
            "2.0.0",
        ];
        for pair in ascending.windows(2) {
            assert!(Version::of_tag(pair[0]) < Version::of_tag(pair[1]), "{pair:?}");
        }
        assert_eq!(Version::of_tag("1.0.0+a"), Version::of_tag("v1.0.0+b"));
    }
}
