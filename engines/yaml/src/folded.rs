//! What is left of a folded (`>`) text after Go's writer put it down and its reader took it up again. kustomize does
//! that with every resource; the writer has two flaws with lines that begin with a blank, and users see the result.

/// The text as it comes back.
pub(crate) fn written_and_read(text: &str) -> String {
    if !can_be_folded(text) {
        return text.to_owned();
    }
    // The writer looks at the beginning of the whole text where it should look at the next line.
    let begins_plainly = text.trim_start_matches('\n').starts_with(|c| !matches!(c, ' ' | '\t'));
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(at) = rest.find('\n') {
        let (line, behind) = rest.split_at(at);
        let next = behind.trim_start_matches('\n');
        let breaks = behind.len() - next.len();
        let plain_line = !line.is_empty() && !line.starts_with([' ', '\t']);
        out.push_str(line);
        out.push_str(&"\n".repeat(breaks_read(breaks, plain_line, begins_plainly, next)));
        if breaks == 1 && plain_line && !begins_plainly && !next.is_empty() && !next.starts_with([' ', '\t'])
        {
            out.push(' ');
        }
        rest = next;
    }
    out.push_str(rest);
    out
}

/// How many line breaks come back between a line and the next one.
fn breaks_read(breaks: usize, plain_line: bool, begins_plainly: bool, next: &str) -> usize {
    if !plain_line {
        return breaks;
    }
    let written = breaks + usize::from(begins_plainly);
    match next.chars().next() {
        // One break alone ends the text in any case; more of them are all kept.
        None if breaks == 1 => 1,
        None | Some(' ' | '\t') => written,
        Some(_) => written - 1,
    }
}

/// Texts that cannot stand in a block are written in quotes, which keep everything.
fn can_be_folded(text: &str) -> bool {
    let special = |c: char| !matches!(c, '\t' | '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}');
    !text.is_empty() && !text.ends_with(' ') && !text.contains(" \n") && !text.contains(special)
}

#[cfg(test)]
mod tests {
    #[test]
    fn texts() {
        for (text, expected) in [
            ("a\nb", "a\nb"),
            ("a\n\nb\n", "a\n\nb\n"),
            ("a\n  b\nc", "a\n\n  b\nc"),
            ("a\n  b\n  c\nd\n  e", "a\n\n  b\n  c\nd\n\n  e"),
            (" a\nb\nc", " a\nb c"),
            ("a \n  b", "a \n  b"),
        ] {
            assert_eq!(super::written_and_read(text), expected, "{text:?}");
        }
    }
}
