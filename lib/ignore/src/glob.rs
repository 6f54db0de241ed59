//! Shell patterns for one path component: `*`, `?`, `[a-z]`, `[^a-z]` and backslash escapes, by Go's `path.Match`.
//!
//! Characters are Unicode where the component is UTF-8 and bytes where it is not. The matcher keeps one point to go back
//! to, so its time is bounded by the product of both lengths whatever the pattern.

/// Tells whether `name` matches `pattern`; `None` when the pattern is malformed where the match looked at it.
pub(super) fn matches(pattern: &[u8], name: &[u8]) -> Option<bool> {
    let (pattern, name) = (characters(pattern), characters(name));
    let (mut at, mut seen) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if pattern.get(at) == Some(&'*') {
            retry = Some((at + 1, seen));
            at += 1;
            continue;
        }
        if at == pattern.len() && seen == name.len() {
            return Some(true);
        }
        if let Some(next) = one(&pattern, at, name.get(seen).copied())? {
            at = next;
            seen += 1;
            continue;
        }
        match retry {
            Some((after, from)) if from < name.len() => {
                retry = Some((after, from + 1));
                (at, seen) = (after, from + 1);
            }
            _ => return Some(false),
        }
    }
}

/// Matches one character against the pattern element at `at`; gives where the next element starts if it fits, the outer
/// `None` when the element is malformed.
fn one(pattern: &[char], at: usize, character: Option<char>) -> Option<Option<usize>> {
    let Some(element) = pattern.get(at) else { return Some(None) };
    match element {
        '?' => Some(character.map(|_| at + 1)),
        '[' => class(pattern, at + 1, character),
        '\\' => {
            let wanted = pattern.get(at + 1)?;
            Some((Some(*wanted) == character).then_some(at + 2))
        }
        wanted => Some((Some(*wanted) == character).then_some(at + 1)),
    }
}

/// Matches a bracket expression whose first character after `[` is at `at`.
fn class(pattern: &[char], mut at: usize, character: Option<char>) -> Option<Option<usize>> {
    let negated = pattern.get(at) == Some(&'^');
    at += usize::from(negated);
    let mut found = false;
    let mut ranges = 0;
    loop {
        if pattern.get(at) == Some(&']') && ranges > 0 {
            let fits = character.is_some() && found != negated;
            return Some(fits.then_some(at + 1));
        }
        let (low, next) = bound(pattern, at)?;
        let (high, next) =
            if pattern.get(next) == Some(&'-') { bound(pattern, next + 1)? } else { (low, next) };
        found |= character.is_some_and(|c| (low..=high).contains(&c));
        ranges += 1;
        at = next;
    }
}

/// Reads one end of a range: an escaped character, or any but `-` and `]`.
fn bound(pattern: &[char], at: usize) -> Option<(char, usize)> {
    match pattern.get(at)? {
        '-' | ']' => None,
        '\\' => pattern.get(at + 1).map(|character| (*character, at + 2)),
        character => Some((*character, at + 1)),
    }
}

fn characters(bytes: &[u8]) -> Vec<char> {
    std::str::from_utf8(bytes)
        .map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect(), |text| text.chars().collect())
}
