//! Which files of a source an artifact leaves out: gitignore patterns as Flux applies them (reference 06.2).
//!
//! - The version control files are always first in the list; the default exclusions follow only when neither a
//!   `.sourceignore` nor `spec.ignore` has a single pattern.
//! - Later patterns win. A `.sourceignore` speaks for its own directory, `spec.ignore` for the whole tree and last.
//! - Every path is judged by itself: unlike git, `!keep/this` brings a file back although its directory is excluded.
//! - `**` takes the first component that fits and does not look further; a component that merely contains `**` never
//!   matches. Both are how go-git matches, and people's files were written against it.

mod glob;
mod load;
mod pattern;

use std::ffi::OsStr;
use std::path::Path;

pub use load::{FILE_NAME, LoadError, load};
pub use pattern::{Pattern, Verdict};

/// Patterns for what belongs to version control itself.
pub const VCS: [&str; 4] = [".git/", ".gitignore", ".gitmodules", ".gitattributes"];

/// Patterns for pictures, archives and files of CI systems, used when nobody gave a pattern.
pub const DEFAULTS: [&str; 20] = [
    "*.jpg",
    "*.jpeg",
    "*.gif",
    "*.png",
    "*.wmv",
    "*.flv",
    "*.tar.gz",
    "*.zip",
    ".github/",
    ".circleci/",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    "**/.goreleaser.yml",
    "**/.sops.yaml",
    "**/.flux.yaml",
];

/// The patterns of one source, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    patterns: Vec<Pattern>,
}

impl Rules {
    /// Makes the rules of an archived source: version control, then `patterns`, or the defaults when there are none.
    #[must_use]
    pub fn for_source(patterns: Vec<Pattern>) -> Self {
        let fixed = VCS.iter();
        let fallback = if patterns.is_empty() { &DEFAULTS[..] } else { &[] };
        let parse = |text: &&str| Pattern::parse(text, &[]);
        Self { patterns: fixed.chain(fallback).map(parse).chain(patterns).collect() }
    }

    /// Makes rules of exactly `patterns`, as Bucket listings use them.
    #[must_use]
    pub const fn only(patterns: Vec<Pattern>) -> Self {
        Self { patterns }
    }

    /// Tells whether the file or directory at `path`, relative to the source's root, is left out.
    #[must_use]
    pub fn excludes(&self, path: &Path, directory: bool) -> bool {
        let components: Vec<&[u8]> = path.iter().map(OsStr::as_encoded_bytes).collect();
        let mut verdicts = self.patterns.iter().rev().map(|pattern| pattern.judge(&components, directory));
        verdicts.find(|verdict| *verdict != Verdict::Silent) == Some(Verdict::Exclude)
    }
}

/// Parses the text of an ignore file that speaks for the directory `scope`, given as its path components.
///
/// Blank lines and lines starting with `#` are left out; a byte order mark is not special, as with Flux.
#[must_use]
pub fn parse(text: &[u8], scope: &[&[u8]]) -> Vec<Pattern> {
    text.split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.starts_with(b"#") && !line.trim_ascii().is_empty())
        .map(|line| Pattern::parse_bytes(line, scope))
        .collect()
}

#[cfg(test)]
mod tests;
