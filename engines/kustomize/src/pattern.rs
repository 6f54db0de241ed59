//! Patterns as Go writes them, translated: `\d`, `\w`, `\s`, `\b` know ASCII only, `\Q…\E` quotes, a brace that
//! counts nothing and a bracket inside brackets stand for themselves.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

use crate::error::{Result, invalid};

/// The largest compiled pattern in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// Compiles a pattern that may match anywhere in a text.
pub(crate) fn compile(pattern: &str) -> Result<Regex> {
    let built = RegexBuilder::new(&translate(pattern)).size_limit(SIZE_LIMIT).build();
    built.map_err(|error| {
        let message = error.to_string();
        let last = message.lines().last().unwrap_or_default().trim().to_owned();
        invalid(format!("bad pattern {pattern:?}: {last}"))
    })
}

/// Compiles a pattern that must match a whole text.
pub(crate) fn compile_whole(pattern: &str) -> Result<Regex> {
    compile(&format!("^(?:{pattern})$"))
}

fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, &mut out, false),
            '[' => class(&mut rest, &mut out),
            '{' if !is_repetition(&rest) => out.push_str("\\{"),
            _ => out.push(c),
        }
    }
    out
}

/// Says whether `{` begins `{n}`, `{n,}` or `{n,m}`.
fn is_repetition(rest: &Peekable<Chars<'_>>) -> bool {
    let inside: String = rest.clone().take_while(|c| *c != '}').collect();
    let closed = rest.clone().any(|c| c == '}');
    let (low, high) = inside.split_once(',').unwrap_or((&inside, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    closed && !low.is_empty() && digits(low) && digits(high)
}

fn escape(rest: &mut Peekable<Chars<'_>>, out: &mut String, in_class: bool) {
    let Some(c) = rest.next() else {
        out.push('\\');
        return;
    };
    let set = match c {
        'd' | 'D' => "0-9",
        'w' | 'W' => "0-9A-Za-z_",
        's' | 'S' => "\\t\\n\\x0c\\r ",
        'b' | 'B' if !in_class => return out.push_str(&format!("(?-u:\\{c})")),
        'Q' if !in_class => return quoted(rest, out),
        _ => {
            out.push('\\');
            out.push(c);
            return braced(c, rest, out);
        }
    };
    match (c.is_ascii_uppercase(), in_class) {
        (false, true) => out.push_str(set),
        (negated, _) => out.push_str(&format!("[{}{set}]", if negated { "^" } else { "" })),
    }
}

/// The name of a class or the number of a character in braces.
fn braced(escaped: char, rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    if matches!(escaped, 'p' | 'P' | 'x') && rest.peek() == Some(&'{') {
        for c in rest.by_ref() {
            out.push(c);
            if c == '}' {
                return;
            }
        }
    }
}

fn quoted(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut text = String::new();
    while let Some(c) = rest.next() {
        if c == '\\' && rest.peek() == Some(&'E') {
            rest.next();
            break;
        }
        text.push(c);
    }
    out.push_str(&regex::escape(&text));
}

fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    if rest.next_if_eq(&']').is_some() {
        out.push_str("\\]");
    }
    while let Some(c) = rest.next() {
        match c {
            ']' => {
                out.push(']');
                return;
            }
            '\\' => escape(rest, out, true),
            '[' if rest.peek() == Some(&':') => {
                out.push('[');
                for c in rest.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '[' | '&' | '~' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn translation() {
        for (pattern, text, expected) in [
            ("a.*", "abc", true),
            ("b", "abc", false),
            (r"\d+", "12", true),
            (r"\d+", "١٢", false),
            (r"[\w-]+", "a-b", true),
            (r"\Qa.b\E", "axb", false),
            ("a{b", "a{b", true),
            ("[[a]", "[", true),
            ("a|b", "b", true),
        ] {
            let whole = compile_whole(pattern).expect("compiles");
            assert_eq!(whole.is_match(text), expected, "{pattern} {text}");
        }
        assert!(compile("(").is_err());
    }
}
