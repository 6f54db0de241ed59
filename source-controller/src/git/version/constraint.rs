//! Ranges: groups of conditions joined by `||`, each group met when all of its conditions are.

use super::{Version, identifiers, number, split};

/// The most characters a range may have.
const LENGTH_LIMIT: usize = 512;

/// A range of versions.
#[derive(Debug, Clone)]
pub(in crate::git) struct Constraint {
    groups: Vec<Vec<Condition>>,
}

#[derive(Debug, Clone)]
struct Condition {
    operator: Operator,
    bound: Version,
    open: Open,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Tilde,
    Caret,
}

/// Which parts of a bound were left out or written as `x`, `X` or `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    Major,
}

/// The operators as written; longer ones first.
const OPERATORS: [(&str, Operator); 13] = [
    ("||", Operator::Equal),
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("~>", Operator::Tilde),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("=", Operator::Equal),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
    ("", Operator::Equal),
];

impl Constraint {
    /// Reads a range.
    ///
    /// # Errors
    /// A sentence that names the part which is no condition.
    pub(in crate::git) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LENGTH_LIMIT {
            return Err(format!("a range has at most {LENGTH_LIMIT} characters"));
        }
        let groups = text.split("||").map(group).collect::<Result<_, _>>()?;
        Ok(Self { groups })
    }

    /// Whether a version is within the range.
    pub(in crate::git) fn matches(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| {
            let with_pre = group.iter().any(|condition| !condition.bound.pre.is_empty());
            (with_pre || version.pre.is_empty()) && group.iter().all(|condition| condition.holds(version))
        })
    }
}

fn group(text: &str) -> Result<Vec<Condition>, String> {
    let words = words(text)?;
    let mut conditions = Vec::new();
    let mut rest = words.as_slice();
    while let [first, tail @ ..] = rest {
        if let ["-", last, tail @ ..] = tail {
            conditions.push(condition(Operator::GreaterOrEqual, first)?);
            conditions.push(condition(Operator::LessOrEqual, last)?);
            rest = tail;
        } else {
            let (operator, bound) = operator(first);
            conditions.push(condition(operator, bound)?);
            rest = tail;
        }
    }
    if conditions.is_empty() { Err(format!("'{}' holds no version", text.trim())) } else { Ok(conditions) }
}

/// Splits at spaces and commas, keeping an operator with the version after it.
fn words(text: &str) -> Result<Vec<&str>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let lead = rest.len() - rest.trim_start_matches(['=', '!', '<', '>', '~', '^']).len();
        let body = lead + (rest[lead..].len() - rest[lead..].trim_start().len());
        let length = rest[body..].find([' ', '\t', ',']).unwrap_or(rest.len() - body);
        if length == 0 {
            return Err(format!("'{}' lacks a version", rest.trim()));
        }
        words.push(&rest[..body + length]);
        rest = rest[body + length..].trim_start_matches([' ', '\t', ',']);
    }
    Ok(words)
}

fn operator(word: &str) -> (Operator, &str) {
    let found = OPERATORS.iter().skip(1).find(|(text, _)| word.starts_with(text));
    let (text, operator) = found.unwrap_or(&OPERATORS[0]);
    (*operator, word.strip_prefix(text).unwrap_or(word).trim_start())
}

fn condition(operator: Operator, bound: &str) -> Result<Condition, String> {
    let (bound, open) = partial(bound).ok_or_else(|| format!("'{bound}' is not a version or part of one"))?;
    Ok(Condition { operator, bound, open })
}

/// Reads a version of which trailing parts may be left out.
fn partial(text: &str) -> Option<(Version, Open)> {
    let (core, pre) = split(text.strip_prefix('v').unwrap_or(text))?;
    let parts: Vec<&str> = core.split('.').collect();
    if parts.len() > 3 {
        return None;
    }
    let is_open = |part: &&str| matches!(*part, "x" | "X" | "*");
    if !parts.iter().all(|part| is_open(part) || number(part).is_some_and(|_| !part.is_empty())) {
        return None;
    }
    let closed = parts.iter().position(is_open).unwrap_or(parts.len());
    let part = |index: usize| if index < closed { number(parts[index]) } else { Some(0) };
    let open = [Open::Major, Open::Minor, Open::Patch, Open::Nothing][closed];
    let version = Version { major: part(0)?, minor: part(1)?, patch: part(2)?, pre: identifiers(pre)? };
    Some((version, open))
}

impl Condition {
    fn holds(&self, version: &Version) -> bool {
        match self.operator {
            Operator::Equal if self.open == Open::Nothing => *version == self.bound,
            Operator::Equal | Operator::Tilde => self.tilde(version),
            Operator::NotEqual => self.not_equal(version),
            Operator::Greater => self.greater(version),
            Operator::GreaterOrEqual => *version >= self.bound,
            Operator::Less => *version < self.bound,
            Operator::LessOrEqual => self.less_or_equal(version),
            Operator::Caret => self.caret(version),
        }
    }

    fn tilde(&self, version: &Version) -> bool {
        let bound = &self.bound;
        if version < bound {
            return false;
        }
        // `*` and `~0.0.0` accept everything.
        let closed = matches!(self.open, Open::Nothing | Open::Major);
        if bound.numbers() == (0, 0, 0) && closed {
            return true;
        }
        version.major == bound.major && (version.minor == bound.minor || self.open == Open::Minor)
    }

    fn not_equal(&self, version: &Version) -> bool {
        let bound = &self.bound;
        match self.open {
            Open::Nothing => version != bound,
            Open::Major => version.numbers() != (0, 0, 0),
            Open::Minor => version.major != bound.major,
            Open::Patch => (version.major, version.minor) != (bound.major, bound.minor),
        }
    }

    /// `>11` means at least 12, `>11.1` at least 11.2.
    fn greater(&self, version: &Version) -> bool {
        match self.open {
            Open::Nothing | Open::Major => *version > self.bound,
            Open::Minor => version.major > self.bound.major,
            Open::Patch => (version.major, version.minor) > (self.bound.major, self.bound.minor),
        }
    }

    /// `<=11` includes 11.9, `<=11.1` includes 11.1.9.
    fn less_or_equal(&self, version: &Version) -> bool {
        match self.open {
            Open::Nothing | Open::Major => *version <= self.bound,
            Open::Minor => version.major <= self.bound.major,
            Open::Patch => (version.major, version.minor) <= (self.bound.major, self.bound.minor),
        }
    }

    /// The leftmost number that is not zero stays.
    fn caret(&self, version: &Version) -> bool {
        let bound = &self.bound;
        if version < bound || version.major != bound.major {
            return false;
        }
        if bound.major > 0 || self.open == Open::Minor {
            return true;
        }
        if bound.minor > 0 || self.open == Open::Patch {
            return version.minor == bound.minor;
        }
        version.minor == 0 && version.patch == bound.patch
    }
}

#[cfg(test)]
mod tests {
    use super::super::Version;
    use super::Constraint;

    #[track_caller]
    fn check(range: &str, inside: &[&str], outside: &[&str]) {
        let constraint = Constraint::parse(range).unwrap_or_else(|error| panic!("{range}: {error}"));
        let matches = |tag: &&str| constraint.matches(&Version::of_tag(tag).expect("a version"));
        for tag in inside {
            assert!(matches(tag), "{tag} is in {range}");
        }
        for tag in outside {
            assert!(!matches(tag), "{tag} is not in {range}");
        }
    }

    #[test]
    fn comparisons() {
        check(">=1.0.0 <2.0.0", &["1.0.0", "v1.9.9"], &["2.0.0", "0.9.0", "1.5.0-rc.1"]);
        check(">= 1.0.0, < 2.0.0", &["1.0.0"], &["2.0.0"]);
        check(">1.0", &["1.1.0"], &["1.0.5", "1.0.0"]);
        check(">1", &["2.0.0"], &["1.9.0"]);
        check("<=1.1", &["1.1.9", "1.0.0"], &["1.2.0"]);
        check("<=1", &["1.9.9"], &["2.0.0"]);
        check("<1.2", &["1.1.9"], &["1.2.0"]);
        check("=1.2.3", &["1.2.3", "v1.2.3", "1.2.3+build"], &["1.2.4"]);
        check("!=1.2.3", &["1.2.4"], &["1.2.3"]);
        check("!=1.x", &["2.0.0"], &["1.5.0"]);
        check("=>1.0.0 =<1.1.0", &["1.0.5"], &["1.1.1"]);
    }

    #[test]
    fn wildcards_tildes_and_carets() {
        check("*", &["0.0.1", "9.0.0"], &["1.0.0-rc"]);
        check("1.x", &["1.0.0", "1.9.9"], &["2.0.0"]);
        check("1.2.x", &["1.2.9"], &["1.3.0"]);
        check("1", &["1.4.0"], &["2.0.0"]);
        check("~1.2", &["1.2.0", "1.2.9"], &["1.3.0", "1.1.0"]);
        check("~1.2.3", &["1.2.3", "1.2.9"], &["1.2.2", "1.3.0"]);
        check("~>1", &["1.9.0"], &["2.0.0"]);
        check("^1", &["1.0.0", "1.9.9"], &["2.0.0", "0.9.0"]);
        check("^1.2.3", &["1.2.3", "1.9.0"], &["1.2.2", "2.0.0"]);
        check("^0.2.3", &["0.2.3", "0.2.9"], &["0.3.0", "0.2.2"]);
        check("^0.0.3", &["0.0.3"], &["0.0.4", "0.1.0"]);
        check("^0.0", &["0.0.9"], &["0.1.0"]);
        check("^0", &["0.9.0"], &["1.0.0"]);
    }

    #[test]
    fn ranges_and_alternatives() {
        check("1 - 2", &["1.0.0", "2.9.9"], &["3.0.0", "0.9.0"]);
        check("1.2.3 - 2.0.0", &["1.2.3", "2.0.0"], &["2.0.1"]);
        check("<1.0.0 || >=2.0.0", &["0.1.0", "2.0.0"], &["1.0.0"]);
        check("1.x || 3.x", &["1.1.1", "3.0.0"], &["2.0.0"]);
    }

    #[test]
    fn pre_releases() {
        check(">=1.0.0-0", &["1.0.0-rc.1", "1.0.0", "2.0.0-alpha"], &["0.9.0"]);
        check(">=1.0.0-0 <2.0.0", &["1.5.0-rc.1"], &["2.0.0"]);
        check("~1.2.3-beta", &["1.2.3-beta", "1.2.4"], &["1.2.3-alpha", "1.3.0"]);
        check("^1.0.0-rc.1", &["1.0.0-rc.2", "1.4.0"], &["1.0.0-rc.0", "2.0.0"]);
        check("1.0.0-rc.1", &["1.0.0-rc.1"], &["1.0.0"]);
        check(">=1.0.0-0 || >2.0.0", &["1.0.0-rc"], &["0.1.0-rc"]);
    }

    #[test]
    fn nonsense() {
        for range in
            ["", "   ", "a", "1.2.3.4", ">=", "1.2.3 ||", "||", "1..2", ">=v", "=<>1", "1 -", "- 1", "latest"]
        {
            assert!(Constraint::parse(range).is_err(), "{range:?}");
        }
        assert!(Constraint::parse(&"1 ".repeat(400)).is_err());
    }
}
