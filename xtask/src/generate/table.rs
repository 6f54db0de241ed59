//! Tables in Markdown.

/// Writes a table with a head.
pub(super) fn write<'a, const N: usize>(
    head: [&'a str; N],
    rows: impl Iterator<Item = [&'a str; N]>,
) -> String {
    let mut text = line(head);
    text.push_str(&line(["---"; N]));
    rows.for_each(|row| text.push_str(&line(row)));
    text
}

fn line<const N: usize>(cells: [&str; N]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// Sets a text in the type of code; an empty text stays empty.
pub(super) fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cannot_break_out() {
        assert_eq!(
            write(["a", "b"], [["1|2", "3\n4"]].into_iter()),
            "| a | b |\n| --- | --- |\n| 1\\|2 | 3 4 |\n"
        );
    }
}
