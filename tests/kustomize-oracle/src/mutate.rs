//! Texts grown from valid ones: pieces cut, doubled, moved, swapped with pieces of others, bytes changed.

use crate::chance::Chance;

/// What stands for itself in YAML, JSON patches, paths and kustomizations.
const TOKENS: [&str; 48] = [
    "- ",
    ": ",
    "? ",
    "\n",
    "  ",
    "\t",
    "---\n",
    "...\n",
    "&a ",
    "*a",
    "<<: ",
    "| \n",
    ">-\n",
    "|+\n",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ",",
    "#",
    "!!str ",
    "!!int ",
    "!x ",
    "null",
    "~",
    "$patch: delete\n",
    "$patch: replace\n",
    "$(VAR)",
    "0x",
    "1e999",
    "-",
    "*",
    "[name=a]",
    "\\",
    "%YAML 1.1\n",
    "\u{feff}",
    "\0",
    "\u{85}",
    "\r\n",
    "kind: List\n",
    "items:\n",
    "metadata: {name: a}\n",
    "../",
    "resources:\n- ",
    ".",
    "/",
];

/// Changes a text in a few places; `others` lend pieces.
pub fn mutate(chance: &mut Chance, text: &str, others: &[String]) -> String {
    let mut text = text.to_owned();
    let times = if chance.one_in(2) { 1 } else { 1 + chance.below(3) };
    for _ in 0..times {
        text = once(chance, &text, others);
    }
    // Growth is bounded, so that a run takes the same time all along.
    if text.len() > 20_000 { text.chars().take(10_000).collect() } else { text }
}

fn once(chance: &mut Chance, text: &str, others: &[String]) -> String {
    match chance.below(10) {
        0 | 1 => lines(chance, text),
        2 => insert(chance, text, TOKENS[chance.clone().below(TOKENS.len())]),
        8 | 9 => word(chance, text, others),
        3 => {
            let Some(at) = chance.index(others) else { return text.to_owned() };
            let piece = line_of(chance, &others[at]);
            insert_line(chance, text, &piece)
        }
        4 => remove(chance, text),
        5 => scalar(chance, text),
        6 => indent(chance, text),
        _ => byte(chance, text),
    }
}

fn boundary(chance: &mut Chance, text: &str) -> usize {
    let mut at = chance.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn insert(chance: &mut Chance, text: &str, piece: &str) -> String {
    chance.draw();
    let at = boundary(chance, text);
    format!("{}{piece}{}", &text[..at], &text[at..])
}

fn remove(chance: &mut Chance, text: &str) -> String {
    let (a, b) = (boundary(chance, text), boundary(chance, text));
    let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 40));
    let to = (to..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    format!("{}{}", &text[..from], &text[to..])
}

fn byte(chance: &mut Chance, text: &str) -> String {
    let at = boundary(chance, text);
    let new = char::from_u32(u32::try_from(chance.below(0x250)).unwrap_or(0)).unwrap_or('x');
    let rest = text[at..].chars().next().map_or("", |c| &text[at + c.len_utf8()..]);
    format!("{}{new}{rest}", &text[..at])
}

fn line_of(chance: &mut Chance, text: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    chance.index(&lines).map_or_else(String::new, |at| lines[at].to_owned())
}

fn insert_line(chance: &mut Chance, text: &str, piece: &str) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let at = chance.below(lines.len() + 1);
    lines.insert(at, piece);
    lines.concat()
}

/// Takes out, doubles or swaps lines.
fn lines(chance: &mut Chance, text: &str) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (Some(a), Some(b)) = (chance.index(&lines), chance.index(&lines)) else { return text.to_owned() };
    match chance.below(3) {
        0 => drop(lines.remove(a)),
        1 => lines.insert(b, lines[a]),
        _ => lines.swap(a, b),
    }
    lines.concat()
}

/// Replaces what stands behind a colon.
fn scalar(chance: &mut Chance, text: &str) -> String {
    const VALUES: [&str; 12] = [
        "null",
        "[]",
        "{}",
        "0",
        "''",
        "[a, b]",
        "{a: b}",
        "true",
        "|-\n  x",
        "&x y",
        "*x",
        "12345678901234567890",
    ];
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let Some(at) = chance.index(&lines) else { return text.to_owned() };
    if let Some((key, _)) = lines[at].split_once(':') {
        lines[at] = format!("{key}: {}\n", chance.pick(&VALUES));
    }
    lines.concat()
}

fn indent(chance: &mut Chance, text: &str) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let Some(at) = chance.index(&lines) else { return text.to_owned() };
    let line = &lines[at];
    lines[at] = if chance.one_in(2) {
        format!("  {line}")
    } else {
        line.strip_prefix("  ").unwrap_or(line).to_owned()
    };
    lines.concat()
}

/// Replaces a word by one of another text.
fn word(chance: &mut Chance, text: &str, others: &[String]) -> String {
    let is_part = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let words = |text: &str| -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut start = None;
        for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
            match (is_part(c), start) {
                (true, None) => start = Some(at),
                (false, Some(from)) => {
                    found.push((from, at));
                    start = None;
                }
                _ => {}
            }
        }
        found
    };
    let own = words(text);
    let (Some(at), Some(other)) = (chance.index(&own), chance.index(others)) else { return text.to_owned() };
    let theirs = words(&others[other]);
    let Some(new) = chance.index(&theirs).map(|at| &others[other][theirs[at].0..theirs[at].1]) else {
        return text.to_owned();
    };
    format!("{}{new}{}", &text[..own[at].0], &text[own[at].1..])
}
