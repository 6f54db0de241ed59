//! One gitignore pattern and what it says of one path.
//!
//! A malformed pattern (an unclosed `[`, a trailing backslash) is silent: it refuses nothing and matches nothing.

use super::glob;

/// One line of an ignore file, with the directory it speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    scope: Vec<Vec<u8>>,
    include: bool,
    directories_only: bool,
    shape: Shape,
}

/// What a pattern says of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Silent,
    /// The path is left out.
    Exclude,
    /// The path is kept.
    Include,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    /// No slash: any component of the path may match.
    Name(Vec<u8>),
    /// Anchored at the scope: components to match in turn.
    Path(Vec<Step>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// `**` before another component: skip any number of directories.
    Skip,
    /// A component, with wildcards.
    One(Vec<u8>),
    /// A component that contains `**` among other characters.
    Never,
}

impl Pattern {
    /// Parses one line that speaks for the directory `scope`, given as its path components.
    #[must_use]
    pub fn parse(line: &str, scope: &[&[u8]]) -> Self {
        Self::parse_bytes(line.as_bytes(), scope)
    }

    pub(super) fn parse_bytes(line: &[u8], scope: &[&[u8]]) -> Self {
        let (include, line) = line.strip_prefix(b"!").map_or((false, line), |rest| (true, rest));
        let line = if line.ends_with(b"\\ ") { line } else { trim_trailing_spaces(line) };
        let (directories_only, line) = line.strip_suffix(b"/").map_or((false, line), |rest| (true, rest));
        let shape = if line.contains(&b'/') { Shape::Path(steps(line)) } else { Shape::Name(line.to_vec()) };
        let scope = scope.iter().map(|component| component.to_vec()).collect();
        Self { scope, include, directories_only, shape }
    }

    /// Judges the path made of `components`, relative to the source's root.
    #[must_use]
    pub fn judge(&self, components: &[&[u8]], directory: bool) -> Verdict {
        let below = components.len() > self.scope.len()
            && self.scope.iter().zip(components).all(|(ours, theirs)| ours.as_slice() == *theirs);
        if !below {
            return Verdict::Silent;
        }
        let path = &components[self.scope.len()..];
        let matched = match &self.shape {
            Shape::Name(name) => self.matches_name(name, path, directory),
            Shape::Path(steps) => self.matches_path(steps, path, directory),
        };
        match (matched, self.include) {
            (false, _) => Verdict::Silent,
            (true, false) => Verdict::Exclude,
            (true, true) => Verdict::Include,
        }
    }

    fn matches_name(&self, name: &[u8], path: &[&[u8]], directory: bool) -> bool {
        let found = path.iter().position(|component| glob::matches(name, component) == Some(true));
        // A component that is not the last one is a directory whatever the path itself is.
        found.is_some_and(|at| !self.directories_only || directory || at + 1 < path.len())
    }

    fn matches_path(&self, steps: &[Step], path: &[&[u8]], directory: bool) -> bool {
        let Some(rest) = walk(steps, path) else { return false };
        !self.directories_only || directory || !rest.is_empty()
    }
}

/// Follows the steps through the path and returns what is left of it; `None` where they do not fit.
fn walk<'a, 'b>(steps: &[Step], mut path: &'b [&'a [u8]]) -> Option<&'b [&'a [u8]]> {
    let mut skipping = false;
    let mut matched = false;
    for step in steps {
        let wanted = match step {
            Step::Skip => {
                skipping = true;
                continue;
            }
            Step::Never => return None,
            Step::One(wanted) => wanted,
        };
        let reach = if skipping { path.len() } else { path.len().min(1) };
        let at = position(wanted, &path[..reach])?;
        path = &path[at + 1..];
        skipping = false;
        matched = true;
    }
    matched.then_some(path)
}

/// Finds the first component that `wanted` matches; a malformed pattern finds nothing.
fn position(wanted: &[u8], path: &[&[u8]]) -> Option<usize> {
    path.iter().position(|component| glob::matches(wanted, component) == Some(true))
}

fn steps(line: &[u8]) -> Vec<Step> {
    let parts: Vec<&[u8]> = line.split(|byte| *byte == b'/').collect();
    let last = parts.len() - 1;
    let mut steps = Vec::new();
    for (at, part) in parts.into_iter().enumerate() {
        match part {
            // An empty component ends a `**` before it: `**//x` is `/x`.
            b"" => drop_skip(&mut steps),
            // A closing `**` adds nothing: what matched so far covers everything below it.
            b"**" if at == last => {}
            b"**" => steps.push(Step::Skip),
            _ if part.windows(2).any(|pair| pair == b"**") => steps.push(Step::Never),
            _ => steps.push(Step::One(part.to_vec())),
        }
    }
    steps
}

fn drop_skip(steps: &mut Vec<Step>) {
    while steps.last() == Some(&Step::Skip) {
        steps.pop();
    }
}

fn trim_trailing_spaces(line: &[u8]) -> &[u8] {
    let kept = line.iter().rposition(|byte| *byte != b' ').map_or(0, |at| at + 1);
    &line[..kept]
}
