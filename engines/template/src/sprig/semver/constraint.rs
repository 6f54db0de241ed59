//! Ranges of versions as Masterminds/semver reads them: `||` of comma or space separated comparisons, `~ ^`, wildcards, `a - b`.
//!
//! Refused: texts over 512 bytes and more than 32 alternatives.

use super::version::{Version, pre_precedence, scan};
use std::cmp::Ordering;

/// The longest text that is tried, in bytes; a limit of the original.
pub const MAX_CONSTRAINT_LENGTH: usize = 512;
/// The most alternatives; a limit of the original.
pub const MAX_ALTERNATIVES: usize = 32;

/// Why a text is not a constraint; the wording is that of the original.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConstraintError {
    /// An alternative has another form.
    #[error("improper constraint: {}", crate::sprig::text::quoted(_0.as_bytes()))]
    Improper(String),
    /// A version inside cannot be read.
    #[error("constraint parser error")]
    Version,
    /// It is longer than [`MAX_CONSTRAINT_LENGTH`].
    #[error("constraint string is too long (max {MAX_CONSTRAINT_LENGTH} bytes)")]
    TooLong,
    /// It has more than [`MAX_ALTERNATIVES`].
    #[error("too many constraint groups (max {MAX_ALTERNATIVES})")]
    TooManyAlternatives,
}

/// A range of versions.
#[derive(Clone, Debug)]
pub struct Constraints {
    alternatives: Vec<Vec<Comparison>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

/// The operators, longer ones before those that start them.
const OPERATORS: &[(&str, Operator)] = &[
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterEqual),
    ("=>", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("=<", Operator::LessEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
    ("", Operator::Equal),
];

/// How much of a comparison's version was left open by a wildcard or by leaving it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    Everything,
}

#[derive(Clone, Debug)]
struct Comparison {
    operator: Operator,
    version: Version,
    open: Open,
}

impl Constraints {
    /// Reads a constraint.
    pub fn parse(text: &str) -> Result<Self, ConstraintError> {
        if text.len() > MAX_CONSTRAINT_LENGTH {
            return Err(ConstraintError::TooLong);
        }
        let text = spell_out_ranges(text);
        if text.matches("||").count() >= MAX_ALTERNATIVES {
            return Err(ConstraintError::TooManyAlternatives);
        }
        let alternatives = text.split("||").map(parse_alternative).collect::<Result<_, _>>()?;
        Ok(Self { alternatives })
    }

    /// Whether `version` lies in the range; a pre-release does only where an alternative names one.
    pub fn check(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|comparisons| {
            let names_pre = comparisons.iter().any(|comparison| !comparison.version.pre.is_empty());
            (version.pre.is_empty() || names_pre)
                && comparisons.iter().all(|comparison| comparison.holds(version))
        })
    }
}

impl Comparison {
    fn holds(&self, version: &Version) -> bool {
        let order = version.precedence(&self.version);
        match self.operator {
            Operator::Equal if self.open == Open::Nothing => order.is_eq(),
            Operator::Equal | Operator::Tilde => order.is_ge() && self.tilde(version),
            Operator::NotEqual => self.differs(version, order),
            Operator::Greater => self.greater(version, order),
            Operator::Less => order.is_lt(),
            Operator::GreaterEqual => order.is_ge(),
            Operator::LessEqual => self.less_equal(version, order),
            Operator::Caret => order.is_ge() && self.caret(version),
        }
    }

    fn tilde(&self, version: &Version) -> bool {
        let anything = (self.version.major, self.version.minor, self.version.patch) == (0, 0, 0)
            && !matches!(self.open, Open::Minor | Open::Patch);
        anything
            || (version.major == self.version.major
                && (version.minor == self.version.minor || self.open == Open::Minor))
    }

    fn caret(&self, version: &Version) -> bool {
        if version.major != self.version.major {
            return false;
        }
        if self.version.major > 0 || self.open == Open::Minor {
            return true;
        }
        if version.minor != self.version.minor {
            return false;
        }
        self.version.minor > 0 || self.open == Open::Patch || version.patch == self.version.patch
    }

    fn differs(&self, version: &Version, order: Ordering) -> bool {
        if self.open == Open::Nothing {
            return order.is_ne();
        }
        if version.major != self.version.major {
            return true;
        }
        match self.open {
            Open::Minor => false,
            _ if version.minor != self.version.minor => true,
            Open::Patch => pre_precedence(&version.pre, &self.version.pre).is_ne(),
            _ => version.patch != self.version.patch || order.is_ne(),
        }
    }

    fn greater(&self, version: &Version, order: Ordering) -> bool {
        if self.open == Open::Nothing || version.major == self.version.major && self.open == Open::Everything
        {
            return order.is_gt();
        }
        match version.major.cmp(&self.version.major) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => self.open == Open::Patch && version.minor > self.version.minor,
        }
    }

    fn less_equal(&self, version: &Version, order: Ordering) -> bool {
        if self.open == Open::Nothing {
            return order.is_le();
        }
        match version.major.cmp(&self.version.major) {
            Ordering::Greater => false,
            Ordering::Less => true,
            Ordering::Equal => version.minor <= self.version.minor || self.open == Open::Minor,
        }
    }
}

/// Writes each `a - b` as the two comparisons it stands for.
fn spell_out_ranges(text: &str) -> String {
    let mut result = text.to_owned();
    let mut at = 0;
    while at < text.len() {
        let Some((length, low, high)) = text.get(at..).and_then(hyphen_range) else {
            at += 1;
            continue;
        };
        result = result.replacen(&text[at..at + length], &format!(">= {low}, <= {high} "), 1);
        at += length;
    }
    result
}

/// A hyphen range at the start of `text`: its length with the spaces around it, and its two ends.
fn hyphen_range(text: &str) -> Option<(usize, &str, &str)> {
    let start = blanks(text);
    let low = scan(&text[start..], is_open_segment)?.length;
    let mut at = start + low;
    let before = blanks(&text[at..]);
    let after = text[at + before..].strip_prefix('-').map(blanks)?;
    if before == 0 || after == 0 {
        return None;
    }
    at += before + 1 + after;
    let high = scan(&text[at..], is_open_segment)?.length;
    let end = at + high + blanks(&text[at + high..]);
    Some((end, &text[start..start + low], &text[at..at + high]))
}

fn is_open_segment(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'|' | b'x' | b'X' | b'*')
}

/// How many bytes of white space, as Go's `\s` has it, stand at the start.
fn blanks(text: &str) -> usize {
    text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)).count()
}

fn parse_alternative(text: &str) -> Result<Vec<Comparison>, ConstraintError> {
    let improper = || ConstraintError::Improper(text.to_owned());
    let mut comparisons = Vec::new();
    let mut rest = &text[blanks(text)..];
    loop {
        let (operator, operand) = OPERATORS
            .iter()
            .find_map(|(name, operator)| rest.strip_prefix(name).map(|after| (*operator, after)))
            .expect("the empty operator starts every text");
        let operand = &operand[blanks(operand)..];
        let length = scan(operand, is_open_segment).ok_or_else(improper)?.length;
        comparisons.push((operator, &operand[..length]));
        let after = &operand[length..];
        let space = blanks(after);
        rest = &after[space..];
        if rest.is_empty() {
            break;
        }
        match rest.strip_prefix(',') {
            Some(after) => rest = &after[blanks(after)..],
            None if space == 0 => return Err(improper()),
            None => {}
        }
    }
    comparisons.into_iter().map(|(operator, operand)| comparison(operator, operand)).collect()
}

fn comparison(operator: Operator, operand: &str) -> Result<Comparison, ConstraintError> {
    let pieces = scan(operand, is_open_segment).ok_or(ConstraintError::Version)?;
    let is_open = |segment: &str| matches!(segment, "" | "x" | "X" | "*");
    let [major, minor, patch] = pieces.segments;
    let pre = if pieces.pre.is_empty() { String::new() } else { format!("-{}", pieces.pre) };
    let (open, text) = if is_open(major) {
        (Open::Everything, format!("0.0.0{pre}"))
    } else if is_open(minor) {
        (Open::Minor, format!("{major}.0.0{pre}"))
    } else if is_open(patch) {
        (Open::Patch, format!("{major}.{minor}.0{pre}"))
    } else {
        (Open::Nothing, operand.to_owned())
    };
    let version = Version::parse(&text).map_err(|_| ConstraintError::Version)?;
    Ok(Comparison { operator, version, open })
}
