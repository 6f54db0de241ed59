//! What is left of a text that Go writes as JSON and then reads as YAML, as sigs.k8s.io/yaml does before it writes
//! any value. Refuses what the YAML reader refuses there: control characters, long keys, broken keys.

use std::borrow::Cow;

/// The line break that JSON does not escape and YAML folds.
const NEXT_LINE: char = '\u{85}';

/// The longest key the reader takes, in characters of its JSON form.
const LONGEST_KEY: usize = 1024;

/// The text that comes back for a value, or nothing where the reader refuses it.
pub fn value_through_json(text: &str) -> Option<Cow<'_, str>> {
    if text.is_ascii() {
        return (!text.contains('\u{7f}')).then_some(Cow::Borrowed(text));
    }
    if text.contains(is_refused) {
        return None;
    }
    if text.contains(NEXT_LINE) { fold(text).map(Cow::Owned) } else { Some(Cow::Borrowed(text)) }
}

/// Says whether the reader takes the text as a key.
pub fn is_key_through_json(text: &str) -> bool {
    let is_short =
        || text.len() <= LONGEST_KEY / 6 || 2 + text.chars().map(json_length).sum::<usize>() <= LONGEST_KEY;
    !text.contains(|c| c == NEXT_LINE || is_refused(c)) && is_short()
}

fn is_refused(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

/// Breaks swallow the spaces around them; one alone is a space.
fn fold(text: &str) -> Option<String> {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(NEXT_LINE) {
        let after = rest[at..].trim_start_matches([' ', NEXT_LINE]);
        let gap = &rest[at..rest.len() - after.len()];
        if gap.ends_with(NEXT_LINE) && is_document_marker(after) {
            return None;
        }
        folded.push_str(rest[..at].trim_end_matches(' '));
        match gap.matches(NEXT_LINE).count() {
            1 => folded.push(' '),
            breaks => folded.extend(std::iter::repeat_n('\n', breaks - 1)),
        }
        rest = after;
    }
    folded.push_str(rest);
    Some(folded)
}

fn is_document_marker(text: &str) -> bool {
    let behind = text.strip_prefix("---").or_else(|| text.strip_prefix("..."));
    behind.is_some_and(|behind| behind.starts_with([' ', NEXT_LINE]))
}

/// How many characters Go's JSON writer needs.
fn json_length(c: char) -> usize {
    match c {
        '"' | '\\' | '\u{8}' | '\u{c}' | '\n' | '\r' | '\t' => 2,
        '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => 6,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        for (text, expected) in [
            ("a\u{1}\n", Some("a\u{1}\n")),
            ("a\u{7f}", None),
            ("é\u{80}", None),
            ("a\u{85}b", Some("a b")),
            ("a \u{85} b", Some("a b")),
            ("a\u{85}\u{85}b", Some("a\nb")),
            ("a\u{85}--- b", None),
            ("a\u{85} --- b", Some("a --- b")),
            ("\u{feff}", Some("\u{feff}")),
        ] {
            assert_eq!(value_through_json(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn keys() {
        for (text, expected) in [
            ("x".repeat(1022), true),
            ("x".repeat(1023), false),
            ("<".repeat(170), true),
            ("<".repeat(171), false),
            ("a\u{85}".to_owned(), false),
            ("a\u{7f}".to_owned(), false),
        ] {
            assert_eq!(is_key_through_json(&text), expected, "{text:?}");
        }
    }
}
