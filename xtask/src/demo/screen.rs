//! The terminal: headings, finished steps, and one live region that is painted over as things change.
//!
//! Without a terminal there are no colours and nothing is painted over: a line is printed when it changes.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Instant;

use super::board::{Mark, Row};
use crate::failure::seconds;

const SPINNER: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const NARROWEST: usize = 40;
const USUAL_WIDTH: usize = 100;
const TITLE_WIDTH: usize = 34;

/// Where the demo shows what happens.
pub(super) struct Screen {
    terminal: bool,
    started: Instant,
    shown: Vec<Row>,
    painted: usize,
    turn: usize,
}

#[derive(Clone, Copy)]
enum Style {
    Bold,
    Green,
    Red,
    Yellow,
    Dim,
}

impl Screen {
    pub(super) fn new() -> Self {
        let terminal = io::stdout().is_terminal();
        Self { terminal, started: Instant::now(), shown: Vec::new(), painted: 0, turn: 0 }
    }

    /// Prints a heading; what was live stays as it is.
    pub(super) fn heading(&mut self, text: &str) {
        self.settle();
        self.print(&format!("\n{}\n", self.styled(Style::Bold, text)));
    }

    /// Prints that a step is done.
    pub(super) fn done(&mut self, text: &str, since: Instant) {
        self.settle();
        let took = self.styled(Style::Dim, &seconds(since.elapsed()));
        self.print(&format!("{} {text}  {took}\n", self.styled(Style::Green, "✓")));
    }

    /// Prints a line.
    pub(super) fn line(&mut self, text: &str) {
        self.settle();
        self.print(&format!("{text}\n"));
    }

    /// Prints what went wrong.
    pub(super) fn problem(&mut self, text: &str) {
        self.settle();
        self.print(&format!("{} {text}\n", self.styled(Style::Red, "✗")));
    }

    /// Shows the tree, in place of the one shown before.
    pub(super) fn show(&mut self, rows: Vec<Row>) {
        if self.terminal {
            self.shown = rows;
            self.paint();
        } else {
            self.print_changes(rows);
        }
    }

    /// Turns the spinner.
    pub(super) fn tick(&mut self) {
        self.turn = self.turn.wrapping_add(1);
        if self.terminal && self.shown.iter().any(|row| row.mark == Mark::Working) {
            self.paint();
        }
    }

    /// Leaves the tree as it is; what comes next is below it.
    pub(super) fn settle(&mut self) {
        self.painted = 0;
        if self.terminal {
            self.shown.clear();
        }
    }

    fn paint(&mut self) {
        let width = width();
        let mut text = String::new();
        if self.painted > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "\x1b[{}A", self.painted);
        }
        for row in &self.shown {
            let _ = writeln!(text, "\r{}\x1b[K", self.render(row, width));
        }
        text.push_str("\x1b[J");
        self.painted = self.shown.len();
        self.print(&text);
    }

    fn print_changes(&mut self, rows: Vec<Row>) {
        let mut text = String::new();
        let elapsed = self.started.elapsed().as_secs_f64();
        for row in rows.iter().filter(|row| !self.shown.contains(row)) {
            let _ = writeln!(text, "{elapsed:7.1}s {}", self.render(row, usize::MAX));
        }
        for gone in self.shown.iter().filter(|old| !rows.iter().any(|row| row.title == old.title)) {
            let _ = writeln!(text, "{elapsed:7.1}s {}- {} is gone", "  ".repeat(gone.depth), gone.title);
        }
        self.shown = rows;
        self.print(&text);
    }

    fn render(&self, row: &Row, width: usize) -> String {
        let mark = match row.mark {
            Mark::Ready => self.styled(Style::Green, "✓"),
            Mark::Failed => self.styled(Style::Red, "✗"),
            Mark::Working if self.terminal => {
                self.styled(Style::Yellow, &SPINNER[self.turn % SPINNER.len()].to_string())
            }
            Mark::Working => "…".to_owned(),
        };
        let indent = "  ".repeat(row.depth);
        let title_width = TITLE_WIDTH - indent.len();
        let room = width.saturating_sub(TITLE_WIDTH + 4);
        let note = one_line(&row.note, room);
        let line = format!("{indent}{mark} {:title_width$} {}", row.title, self.styled(Style::Dim, &note));
        line.trim_end().to_owned()
    }

    fn styled(&self, style: Style, text: &str) -> String {
        if !self.terminal || text.is_empty() {
            return text.to_owned();
        }
        let code = match style {
            Style::Bold => 1,
            Style::Dim => 2,
            Style::Red => 31,
            Style::Green => 32,
            Style::Yellow => 33,
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    #[expect(clippy::unused_self, reason = "what is printed belongs to the screen")]
    fn print(&self, text: &str) {
        let mut output = io::stdout().lock();
        // A terminal that is gone is no reason to leave the cluster half torn down.
        let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    }
}

/// Puts text on one line of at most `room` characters.
fn one_line(text: &str, room: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= room {
        return flat;
    }
    let mut short: String = flat.chars().take(room.saturating_sub(1)).collect();
    short.push('…');
    short
}

fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stdout());
    let columns = size.map_or(0, |size| usize::from(size.ws_col));
    if columns == 0 { USUAL_WIDTH } else { columns.max(NARROWEST) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_stay_on_one_line() {
        assert_eq!(one_line("a\nb  c", 10), "a b c");
        assert_eq!(one_line("abcdef", 4), "abc…");
        assert_eq!(one_line("äöü", 3), "äöü");
    }

    #[test]
    fn a_row_has_no_colours_without_a_terminal() {
        let screen = Screen { terminal: false, started: Instant::now(), shown: vec![], painted: 0, turn: 0 };
        let row =
            Row { depth: 1, title: "Kustomization/shop".into(), mark: Mark::Ready, note: "main".into() };
        let line = screen.render(&row, 80);
        assert!(line.starts_with("  ✓ Kustomization/shop ") && line.ends_with(" main"), "{line:?}");
    }
}
