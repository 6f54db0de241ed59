//! Patterns for files: `*` and `?` stay within a directory, `**` does not, `[a-z]`, `[!a]` and `{a,b}` choose.
//! A pattern that is none matches everything, as in Helm.

use regex::Regex;

/// A compiled pattern.
pub(super) struct Pattern(Option<Regex>);

impl Pattern {
    /// Compiles a pattern.
    pub(super) fn new(text: &str) -> Self {
        let expression = translate(text).map(|expression| format!(r"\A(?s:{expression})\z"));
        Self(expression.and_then(|expression| Regex::new(&expression).ok()))
    }

    /// Whether a path is meant.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.0.as_ref().is_none_or(|expression| expression.is_match(path))
    }
}

/// The pattern as a regular expression; nothing when it is broken.
fn translate(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut depth = 0usize;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.next_if_eq(&'*').is_some() => {
                while rest.next_if_eq(&'*').is_some() {}
                out.push_str(".*");
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => out.push_str(&class(&mut rest)?),
            '{' => {
                depth += 1;
                out.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            ',' if depth > 0 => out.push('|'),
            '\\' => out.push_str(&regex::escape(rest.next()?.encode_utf8(&mut [0; 4]))),
            _ => out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    (depth == 0).then_some(out)
}

/// `[abc]`, `[a-z]` or their opposites with `!` in front.
fn class(rest: &mut impl Iterator<Item = char>) -> Option<String> {
    let mut inside = String::new();
    loop {
        match rest.next()? {
            ']' => break,
            '\\' => inside.push(rest.next()?),
            c => inside.push(c),
        }
    }
    let (sign, members) = inside.strip_prefix('!').map_or(("", inside.as_str()), |members| ("^", members));
    let members: Vec<char> = members.chars().collect();
    let escaped = |c: char| format!("\\u{{{:x}}}", u32::from(c));
    match members.as_slice() {
        [] => None,
        [low, '-', high] => (low <= high).then(|| format!("[{sign}{}-{}]", escaped(*low), escaped(*high))),
        members => Some(format!("[{sign}{}]", members.iter().copied().map(escaped).collect::<String>())),
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns() {
        for (pattern, path, expected) in [
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "x/a.yaml", false),
            ("**.yaml", "x/a.yaml", true),
            ("x/**", "x/y/z", true),
            ("x/*/z", "x/y/z", true),
            ("x/?/z", "x/y/z", true),
            ("x?z", "x/z", false),
            ("{a,b}.txt", "b.txt", true),
            ("{a,b*}.txt", "bc.txt", true),
            ("{a,b}.txt", "c.txt", false),
            ("[a-c].txt", "b.txt", true),
            ("[!a-c].txt", "b.txt", false),
            ("[abc].txt", "c.txt", true),
            ("a.b", "axb", false),
            ("a\\*", "a*", true),
            ("{a", "anything/at/all", true),
            ("", "a", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(path), expected, "{pattern} {path}");
        }
    }
}
