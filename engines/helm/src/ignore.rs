//! `.helmignore`: which files of a directory are no part of the chart. Rules are tried in order and the first that speaks
//! decides. Refuses `**` and broken patterns.

mod pattern;

pub use pattern::matches as pattern_matches;

/// The name of the file with the rules.
pub const FILE_NAME: &str = ".helmignore";

/// The longest line that can be read, in bytes.
const MAX_LINE: usize = 64 * 1024;

/// Why rules cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreError {
    /// `**` stands in a rule.
    #[error("double-star (**) syntax is not supported")]
    DoubleStar,
    /// A rule is no pattern.
    #[error("syntax error in pattern")]
    Pattern,
    /// A line is longer than can be read.
    #[error("bufio.Scanner: token too long")]
    LongLine,
}

/// The rules of one directory.
#[derive(Clone, Debug)]
pub struct Rules {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: String,
    /// A path that does not match is left out, one that matches goes on to the next rule.
    negated: bool,
    directories_only: bool,
    /// The pattern is for the last part of the path alone.
    base_name_only: bool,
}

impl Default for Rules {
    /// What is never part of a chart: files below `templates/` whose names begin with a dot.
    fn default() -> Self {
        let pattern = "templates/.?*".to_owned();
        Self { rules: vec![Rule { pattern, negated: false, directories_only: false, base_name_only: false }] }
    }
}

impl Rules {
    /// Reads the rules of a file; the default ones come after them.
    ///
    /// # Errors
    /// The first rule that is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, IgnoreError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut rules = Vec::new();
        for line in bytes.split(|byte| *byte == b'\n') {
            if line.len() >= MAX_LINE {
                return Err(IgnoreError::LongLine);
            }
            rules.extend(Rule::parse(&String::from_utf8_lossy(line))?);
        }
        rules.extend(Self::default().rules);
        Ok(Self { rules })
    }

    /// Says whether what stands at `path`, relative to the root of the chart, is left out; with a directory
    /// goes all that is in it.
    pub fn ignores(&self, path: &str, is_directory: bool) -> bool {
        if matches!(path, "" | "." | "./") {
            return false;
        }
        self.rules.iter().find_map(|rule| rule.verdict(path, is_directory)).unwrap_or(false)
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Option<Self>, IgnoreError> {
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            return Ok(None);
        }
        if text.contains("**") {
            return Err(IgnoreError::DoubleStar);
        }
        if !pattern::is_valid(text) {
            return Err(IgnoreError::Pattern);
        }
        let (negated, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let (directories_only, text) = text.strip_suffix('/').map_or((false, text), |rest| (true, rest));
        let pattern = text.strip_prefix('/').unwrap_or(text).to_owned();
        let base_name_only = !text.contains('/');
        Ok(Some(Self { pattern, negated, directories_only, base_name_only }))
    }

    /// What the rule says of a path, if anything.
    fn verdict(&self, path: &str, is_directory: bool) -> Option<bool> {
        let out_of_scope = self.directories_only && !is_directory;
        if self.negated {
            return (out_of_scope || !self.matches(path)).then_some(true);
        }
        (!out_of_scope && self.matches(path)).then_some(true)
    }

    fn matches(&self, path: &str) -> bool {
        let path = if self.base_name_only { path.rsplit('/').next().unwrap_or(path) } else { path };
        pattern::matches(&self.pattern, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rules: &str, path: &str, is_directory: bool, expected: bool) {
        let rules = Rules::parse(rules.as_bytes()).expect("rules");
        assert_eq!(rules.ignores(path, is_directory), expected, "{path} of {rules:?}");
    }

    #[test]
    fn rules() {
        for (rules, path, is_directory, expected) in [
            ("helm.txt", "helm.txt", false, true),
            ("helm.*", "helm.txt", false, true),
            ("helm.*", "rudder.txt", false, false),
            ("*.txt", "tiller.txt", false, true),
            ("*.txt", "cargo/a.txt", false, true),
            ("cargo/*.txt", "cargo/a.txt", false, true),
            ("cargo/*.*", "cargo/a.txt", false, true),
            ("ru[c-e]?er.txt", "rudder.txt", false, true),
            ("templates/.?*", "templates/.dotfile", false, true),
            (".*", ".", true, false),
            (".*", "./", true, false),
            (".*", ".joonix", false, true),
            (".*", "helm.txt", false, false),
            ("cargo/", "cargo", true, true),
            ("cargo/", "cargo/", false, false),
            ("cargo/", "mast/cargo", true, true),
            ("helm.txt/", "helm.txt", false, false),
            ("!helm.txt", "helm.txt", false, false),
            ("!helm.txt", "tiller.txt", false, true),
            ("!*.txt", "cargo", true, true),
            ("!cargo/", "mast/", false, true),
            ("/a.txt", "a.txt", false, true),
            ("/a.txt", "cargo/a.txt", false, false),
            ("/cargo/a.txt", "cargo/a.txt", false, true),
            ("# a\n\n  b  \r\n", "b", false, true),
            ("\u{feff}a", "a", false, true),
            ("", "templates/.x", false, true),
            ("", "templates/.", false, false),
            ("/", "a", true, false),
            ("a\n!b", "b", false, false),
        ] {
            check(rules, path, is_directory, expected);
        }
    }

    #[test]
    fn what_is_no_rule() {
        assert_eq!(Rules::parse(b"a/**/b").map(|_| ()), Err(IgnoreError::DoubleStar));
        assert_eq!(Rules::parse(b"[a").map(|_| ()), Err(IgnoreError::Pattern));
        assert_eq!(Rules::parse(b"a\\").map(|_| ()), Err(IgnoreError::Pattern));
        assert_eq!(Rules::parse(&[b'a'; 70_000]).map(|_| ()), Err(IgnoreError::LongLine));
    }
}
