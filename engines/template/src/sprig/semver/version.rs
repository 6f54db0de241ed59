//! Versions as Masterminds/semver reads them leniently: one to three segments, an optional `v`, a pre-release, metadata.
//!
//! Refused: anything longer than 256 bytes, and pre-releases whose numbers start with zero.

use std::cmp::Ordering;
use std::fmt;

/// The longest text that is tried, in bytes; a limit of the original.
pub const MAX_VERSION_LENGTH: usize = 256;

/// Why a text is not a version; the wording is that of the original.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// It has another form.
    #[error("invalid semantic version")]
    Invalid,
    /// A strict version must not be empty.
    #[error("version string empty")]
    Empty,
    /// A strict version holds something other than digits in a segment.
    #[error("invalid characters in version")]
    InvalidCharacters,
    /// A number starts with zero.
    #[error("version segment starts with 0")]
    SegmentStartsZero,
    /// The metadata is malformed.
    #[error("invalid metadata string")]
    InvalidMetadata,
    /// The pre-release is malformed.
    #[error("invalid prerelease string")]
    InvalidPrerelease,
    /// It is longer than [`MAX_VERSION_LENGTH`].
    #[error("version string is too long (max {MAX_VERSION_LENGTH} bytes)")]
    TooLong,
    /// A segment does not fit into 64 bits.
    #[error("error parsing version segment: strconv.ParseUint: parsing {0:?}: value out of range")]
    SegmentRange(String),
    /// A segment of a strict version does not fit into 64 bits.
    #[error("strconv.ParseUint: parsing {0:?}: value out of range")]
    StrictRange(String),
}

/// A semantic version with the text it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The first segment.
    pub major: u64,
    /// The second segment, 0 when it is missing.
    pub minor: u64,
    /// The third segment, 0 when it is missing.
    pub patch: u64,
    /// What follows `-`, without it.
    pub pre: String,
    /// What follows `+`, without it.
    pub metadata: String,
    /// The text it was read from.
    pub original: String,
}

/// The pieces of a text that looks like a version, before its numbers are read.
pub(super) struct Pieces<'a> {
    pub segments: [&'a str; 3],
    pub pre: &'a str,
    pub metadata: &'a str,
    /// How many bytes the pieces take.
    pub length: usize,
}

/// Reads `v?SEGMENT(.SEGMENT){0,2}(-PRE)?(+META)?` at the start of `text`, as much of it as there is.
pub(super) fn scan(text: &str, is_segment: fn(u8) -> bool) -> Option<Pieces<'_>> {
    let bytes = text.as_bytes();
    let mut at = usize::from(bytes.first() == Some(&b'v'));
    let mut segments = [""; 3];
    for (index, segment) in segments.iter_mut().enumerate() {
        let start = if index == 0 { at } else { at + 1 };
        if index > 0 && bytes.get(at) != Some(&b'.') {
            break;
        }
        let length = run(bytes, start, is_segment);
        if length == 0 {
            if index == 0 {
                return None;
            }
            break;
        }
        *segment = &text[start..start + length];
        at = start + length;
    }
    let (pre, at) = dotted(text, at, b'-');
    let (metadata, at) = dotted(text, at, b'+');
    Some(Pieces { segments, pre, metadata, length: at })
}

/// Reads `MARK IDENTIFIER(.IDENTIFIER)*` at `at`; nothing when it is not there.
fn dotted(text: &str, at: usize, mark: u8) -> (&str, usize) {
    let bytes = text.as_bytes();
    if bytes.get(at) != Some(&mark) {
        return ("", at);
    }
    let mut end = at + 1 + run(bytes, at + 1, is_identifier);
    if end == at + 1 {
        return ("", at);
    }
    while bytes.get(end) == Some(&b'.') {
        let length = run(bytes, end + 1, is_identifier);
        if length == 0 {
            break;
        }
        end += 1 + length;
    }
    (&text[at + 1..end], end)
}

fn run(bytes: &[u8], from: usize, holds: fn(u8) -> bool) -> usize {
    bytes.get(from..).unwrap_or_default().iter().take_while(|byte| holds(**byte)).count()
}

fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

impl Version {
    /// Reads a version leniently: missing segments are 0, and segments may start with 0.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        if text.len() > MAX_VERSION_LENGTH {
            return Err(VersionError::TooLong);
        }
        let pieces =
            scan(text, is_digit).filter(|pieces| pieces.length == text.len()).ok_or(VersionError::Invalid)?;
        let mut numbers = [0; 3];
        for (number, segment) in numbers.iter_mut().zip(pieces.segments) {
            if !segment.is_empty() {
                *number = segment.parse().map_err(|_| VersionError::SegmentRange(segment.to_owned()))?;
            }
        }
        if !pieces.pre.is_empty() {
            validate_pre(pieces.pre)?;
        }
        Ok(Self::of(numbers, pieces.pre, pieces.metadata, text))
    }

    /// Reads a version that must have three segments, none starting with 0, and no `v`.
    pub fn parse_strict(text: &str) -> Result<Self, VersionError> {
        if text.is_empty() {
            return Err(VersionError::Empty);
        }
        if text.len() > MAX_VERSION_LENGTH {
            return Err(VersionError::TooLong);
        }
        let mut parts = text.splitn(3, '.');
        let (Some(major), Some(minor), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VersionError::Invalid);
        };
        let (rest, metadata) = rest.split_once('+').map_or((rest, None), |(rest, after)| (rest, Some(after)));
        metadata.map_or(Ok(()), validate_metadata)?;
        let (patch, pre) = rest.split_once('-').map_or((rest, None), |(rest, after)| (rest, Some(after)));
        pre.map_or(Ok(()), validate_pre)?;
        let segments = [major, minor, patch];
        segments.into_iter().try_for_each(validate_segment)?;
        let mut numbers = [0; 3];
        for (number, segment) in numbers.iter_mut().zip(segments) {
            *number = segment.parse().map_err(|_| strict_number_error(segment))?;
        }
        Ok(Self::of(numbers, pre.unwrap_or_default(), metadata.unwrap_or_default(), text))
    }

    fn of([major, minor, patch]: [u64; 3], pre: &str, metadata: &str, original: &str) -> Self {
        Self {
            major,
            minor,
            patch,
            pre: pre.to_owned(),
            metadata: metadata.to_owned(),
            original: original.to_owned(),
        }
    }

    /// Compares by precedence: metadata does not count, a pre-release comes before its release.
    pub fn precedence(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => pre_precedence(&self.pre, &other.pre),
        })
    }

    /// The next patch version; a pre-release becomes its release. `None` when the number would overflow.
    pub fn next_patch(&self) -> Option<Self> {
        let patch = if self.pre.is_empty() { self.patch.checked_add(1)? } else { self.patch };
        Some(self.renumbered(self.major, self.minor, patch))
    }

    /// The next minor version. `None` when the number would overflow.
    pub fn next_minor(&self) -> Option<Self> {
        Some(self.renumbered(self.major, self.minor.checked_add(1)?, 0))
    }

    /// The next major version. `None` when the number would overflow.
    pub fn next_major(&self) -> Option<Self> {
        Some(self.renumbered(self.major.checked_add(1)?, 0, 0))
    }

    fn renumbered(&self, major: u64, minor: u64, patch: u64) -> Self {
        self.rewritten(Self::of([major, minor, patch], "", "", ""))
    }

    /// This version with another pre-release.
    pub fn with_pre(&self, pre: &str) -> Result<Self, VersionError> {
        if !pre.is_empty() {
            validate_pre(pre)?;
        }
        Ok(self.rewritten(Self { pre: pre.to_owned(), ..self.clone() }))
    }

    /// This version with other metadata.
    pub fn with_metadata(&self, metadata: &str) -> Result<Self, VersionError> {
        if !metadata.is_empty() {
            validate_metadata(metadata)?;
        }
        Ok(self.rewritten(Self { metadata: metadata.to_owned(), ..self.clone() }))
    }

    /// Gives `next` the original text it would have had, with the `v` of this one.
    fn rewritten(&self, mut next: Self) -> Self {
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        next.original = format!("{prefix}{next}");
        next
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(out, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(out, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

/// Compares two pre-releases, identifier by identifier; a missing one comes first.
pub(super) fn pre_precedence(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (left, right) => identifier_precedence(left.unwrap_or_default(), right.unwrap_or_default()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Numbers compare as numbers and come before names; a number too large for 64 bits is a name.
fn identifier_precedence(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    if left.is_empty() || right.is_empty() {
        return left.len().cmp(&right.len());
    }
    match (number(left), number(right)) {
        (None, None) => left.cmp(right),
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(left), Some(right)) => left.cmp(&right).then(Ordering::Less),
    }
}

fn number(text: &str) -> Option<u64> {
    if text.bytes().all(is_digit) { text.parse().ok() } else { None }
}

fn strict_number_error(segment: &str) -> VersionError {
    VersionError::StrictRange(segment.to_owned())
}

fn validate_segment(segment: &str) -> Result<(), VersionError> {
    if !segment.bytes().all(is_digit) {
        return Err(VersionError::InvalidCharacters);
    }
    if segment.len() > 1 && segment.starts_with('0') {
        return Err(VersionError::SegmentStartsZero);
    }
    Ok(())
}

fn validate_pre(pre: &str) -> Result<(), VersionError> {
    for part in pre.split('.') {
        if part.is_empty() || !part.bytes().all(is_identifier) {
            return Err(VersionError::InvalidPrerelease);
        }
        if part.bytes().all(is_digit) && part.len() > 1 && part.starts_with('0') {
            return Err(VersionError::SegmentStartsZero);
        }
    }
    Ok(())
}

fn validate_metadata(metadata: &str) -> Result<(), VersionError> {
    let whole = |part: &str| !part.is_empty() && part.bytes().all(is_identifier);
    if metadata.split('.').all(whole) { Ok(()) } else { Err(VersionError::InvalidMetadata) }
}
