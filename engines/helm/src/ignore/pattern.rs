//! File name patterns of Go's `filepath.Match`: `*` and `?` stop at `/`, `[a-z]` and `[^a-z]` are sets, `\` takes the next
//! character as it is. A broken pattern matches nothing.

/// A piece of a pattern between stars.
type Chunk = Vec<Item>;

#[derive(Debug, PartialEq)]
enum Item {
    Character(char),
    Any,
    Set { negated: bool, ranges: Vec<(char, char)> },
}

/// Says whether a whole path matches a pattern.
pub fn matches(pattern: &str, path: &str) -> bool {
    let Some(chunks) = parse(pattern) else { return false };
    let path: Vec<char> = path.chars().collect();
    let mut rest = path.as_slice();
    let last = chunks.len() - 1;
    for (index, (star, chunk)) in chunks.iter().enumerate() {
        let Some(after) = take(*star, chunk, rest, index == last) else { return false };
        rest = after;
    }
    rest.is_empty()
}

pub(super) fn is_valid(pattern: &str) -> bool {
    parse(pattern).is_some()
}

/// Matches one chunk at the first place where it fits, behind whatever the star before it takes; the last one has
/// to reach the end.
fn take<'a>(star: bool, chunk: &Chunk, path: &'a [char], is_last: bool) -> Option<&'a [char]> {
    if star && chunk.is_empty() {
        return (is_last && !path.contains(&'/')).then_some(&[]);
    }
    let mut start = 0;
    loop {
        if let Some(after) = fits(chunk, &path[start..]).filter(|after| !is_last || after.is_empty()) {
            return Some(after);
        }
        if !star || path.get(start).is_none_or(|c| *c == '/') {
            return None;
        }
        start += 1;
    }
}

fn fits<'a>(chunk: &Chunk, path: &'a [char]) -> Option<&'a [char]> {
    let (head, rest) = path.split_at_checked(chunk.len())?;
    chunk.iter().zip(head).all(|(item, c)| item.matches(*c)).then_some(rest)
}

impl Item {
    fn matches(&self, c: char) -> bool {
        match self {
            Self::Character(own) => *own == c,
            Self::Any => c != '/',
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }
}

/// Cuts a pattern at its stars; each chunk says whether a star stands before it.
fn parse(pattern: &str) -> Option<Vec<(bool, Chunk)>> {
    let mut chunks = vec![(false, Vec::new())];
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        let item = match c {
            '*' => {
                if chunks.last().is_none_or(|(star, chunk)| !star || !chunk.is_empty()) {
                    chunks.push((true, Vec::new()));
                }
                continue;
            }
            '?' => Item::Any,
            '[' => set(&mut rest)?,
            '\\' => Item::Character(rest.next()?),
            _ => Item::Character(c),
        };
        chunks.last_mut()?.1.push(item);
    }
    Some(chunks)
}

fn set(rest: &mut std::str::Chars<'_>) -> Option<Item> {
    let negated = rest.as_str().starts_with('^');
    if negated {
        rest.next();
    }
    let mut ranges = Vec::new();
    loop {
        if rest.as_str().starts_with(']') && !ranges.is_empty() {
            rest.next();
            return Some(Item::Set { negated, ranges });
        }
        let low = bound(rest)?;
        let high = if rest.as_str().starts_with('-') {
            rest.next();
            bound(rest)?
        } else {
            low
        };
        ranges.push((low, high));
    }
}

/// One end of a range; something has to follow it.
fn bound(rest: &mut std::str::Chars<'_>) -> Option<char> {
    let c = match rest.next()? {
        '-' | ']' => return None,
        '\\' => rest.next()?,
        c => c,
    };
    (!rest.as_str().is_empty()).then_some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, path, expected) in [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "a", true),
            ("a*", "ab/c", false),
            ("a*/b", "abc/b", true),
            ("a*/b", "a/c/b", false),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", false),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("ab[c]", "abc", true),
            ("ab[b-d]", "abc", true),
            ("ab[e-g]", "abc", false),
            ("ab[^c]", "abc", false),
            ("ab[^e-g]", "abc", true),
            ("a\\*b", "a*b", true),
            ("a???b", "aααα", false),
            ("a[^a][^a][^a]b", "aαααb", true),
            ("[a-ζ]*", "α", true),
            ("a?b", "a/b", false),
            ("a*b", "a/b", false),
            ("[\\]a]", "]", true),
            ("[\\-x]", "x", true),
            ("[]a]", "]", false),
            ("[x-]", "x", false),
            ("[-x]", "x", false),
            ("[", "a", false),
            ("[^", "a", false),
            ("a[", "a", false),
            ("*x", "xxx", true),
            ("a**b", "axb", true),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_are_quick() {
        let pattern = "a*".repeat(2000) + "b";
        assert!(!matches(&pattern, &"a".repeat(2000)));
    }
}
