//! One scalar as text: which quoting it needs, how it is escaped and folded. The rules are libyaml's.

use crate::node::Style;
use crate::resolve::reads_as_other_than_string;

/// The column behind which a space may become a line break.
const WIDTH: usize = 80;

/// Where a scalar stands.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// Before a colon, on one line.
    Key,
    /// Anywhere else; further lines begin at `indent`.
    Value { indent: usize },
}

/// Text that grows, with the column of its end.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
    /// Whether text stays on its line however long it gets, and blocks hold tabs.
    unfolded: bool,
    column: usize,
    /// Whether only spaces and indicators stand on the line so far.
    indention: bool,
    /// Whether a space is not needed before what comes next.
    whitespace: bool,
    started: bool,
}

/// What a look at all characters says about the styles that can hold them.
struct Analysis {
    multiline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Quoting {
    Plain,
    Single,
    Double,
    Literal,
}

// === impl Writer ===

impl Writer {
    /// A writer that folds nothing.
    pub(super) fn unfolded() -> Self {
        Self { unfolded: true, ..Self::default() }
    }

    pub(super) fn finish(mut self) -> String {
        if !self.text.ends_with('\n') || self.column > 0 {
            self.text.push('\n');
        }
        self.text
    }

    /// Keys that are long or hold a line break are written with `?`.
    pub(super) fn fits_simple_key(key: &str) -> bool {
        key.len() <= 128 && !key.chars().any(is_break)
    }

    /// Goes to the beginning of a line at `column`, unless already there.
    pub(super) fn line(&mut self, column: usize) {
        if !self.started {
            (self.started, self.whitespace, self.indention) = (true, true, true);
        }
        if !self.indention || self.column > column || (self.column == column && !self.whitespace) {
            self.line_break();
        }
        while self.column < column {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    /// `-`, `?` or `:` in front of an entry; what comes next stays on the line.
    pub(super) fn indicator(&mut self, sign: &str) {
        self.space();
        self.put_str(sign);
        self.whitespace = false;
    }

    /// The colon behind a key.
    pub(super) fn colon(&mut self) {
        self.put(':');
        self.whitespace = false;
        self.indention = false;
    }

    /// Text that needs no look: numbers and words the format knows.
    pub(super) fn plain(&mut self, text: &str) {
        self.space();
        self.put_str(text);
        self.ended();
    }

    /// Text, quoted as it must be to be read back as text.
    pub(super) fn string(&mut self, text: &str, place: Place) {
        let analysis = analyze(text, self.unfolded);
        let indent = match place {
            Place::Key => None,
            Place::Value { indent } => Some(indent),
        };
        match choose(text, &analysis, indent.is_none()) {
            Quoting::Plain => self.plain_scalar(text, indent),
            Quoting::Single => self.single_quoted(text, indent),
            Quoting::Double => self.double_quoted(text, indent),
            Quoting::Literal => self.literal(text, indent.unwrap_or(0)),
        }
    }

    /// Text in the style that was asked for, or in one that can hold it.
    pub(super) fn styled(&mut self, text: &str, style: Style, place: Place, in_flow: bool) {
        let analysis = analyze(text, self.unfolded);
        let (indent, is_key) = match place {
            Place::Key => (None, true),
            Place::Value { indent } => (Some(indent), false),
        };
        let mut quoting = match style {
            Style::Single => Quoting::Single,
            Style::Double => Quoting::Double,
            Style::Literal => Quoting::Literal,
            Style::Folded if analysis.block && !is_key && !in_flow => {
                return self.folded_block(text, indent.unwrap_or(0));
            }
            Style::Folded => Quoting::Double,
            _ if text.contains('\n') && in_flow => Quoting::Double,
            _ if text.contains('\n') => Quoting::Literal,
            _ => Quoting::Plain,
        };
        if is_key && analysis.multiline {
            quoting = Quoting::Double;
        }
        let fits = analysis.plain && !(in_flow && has_flow_indicator(text)) && !(text.is_empty() && is_key);
        if quoting == Quoting::Plain && !fits {
            quoting = Quoting::Single;
        }
        if quoting == Quoting::Single && !analysis.single {
            quoting = Quoting::Double;
        }
        if quoting == Quoting::Literal && (!analysis.block || is_key || in_flow) {
            quoting = Quoting::Double;
        }
        match quoting {
            Quoting::Plain if text.is_empty() => self.ended(),
            Quoting::Plain => self.plain_scalar(text, indent),
            Quoting::Single => self.single_quoted(text, indent),
            Quoting::Double => self.double_quoted(text, indent),
            Quoting::Literal => self.literal(text, indent.unwrap_or(0)),
        }
    }

    /// A bracket or brace that opens.
    pub(super) fn open(&mut self, sign: &str) {
        self.space();
        self.put_str(sign);
        self.whitespace = true;
        self.indention = false;
    }

    /// A bracket or brace that closes.
    pub(super) fn close(&mut self, sign: &str) {
        self.put_str(sign);
        self.ended();
    }

    /// The comma between entries in brackets or braces.
    pub(super) fn comma(&mut self) {
        self.put(',');
        self.ended();
    }

    fn space(&mut self) {
        if self.started && !self.whitespace {
            self.put(' ');
        }
        self.started = true;
    }

    fn ended(&mut self) {
        self.whitespace = false;
        self.indention = false;
    }

    fn is_full(&self) -> bool {
        !self.unfolded && self.column > WIDTH
    }

    fn put(&mut self, c: char) {
        self.text.push(c);
        self.column += 1;
    }

    fn put_str(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.chars().count();
    }

    fn line_break(&mut self) {
        self.text.push('\n');
        self.column = 0;
    }

    /// A break of the value itself; others than `\n` are kept as they are.
    fn own_break(&mut self, c: char) {
        self.text.push(c);
        self.column = 0;
    }

    fn plain_scalar(&mut self, text: &str, indent: Option<usize>) {
        self.space();
        self.folded(text, indent, false);
        self.ended();
    }

    fn single_quoted(&mut self, text: &str, indent: Option<usize>) {
        self.space();
        self.put('\'');
        self.indention = false;
        self.folded(text, indent, true);
        self.put('\'');
        self.ended();
    }

    /// Plain and single-quoted text: a lone space beyond the width becomes a line break.
    fn folded(&mut self, text: &str, indent: Option<usize>, quoted: bool) {
        let (mut spaces, mut breaks) = (false, false);
        let mut rest = text.chars().peekable();
        let mut first = true;
        while let Some(c) = rest.next() {
            let next_is_space = rest.peek() == Some(&' ');
            let inner = !quoted || (!first && rest.peek().is_some());
            match (c, indent) {
                (' ', Some(column)) if !spaces && self.is_full() && inner && !next_is_space => {
                    self.line(column);
                    spaces = true;
                }
                (' ', _) => {
                    self.put(' ');
                    spaces = true;
                }
                (c, _) if is_break(c) => {
                    if !breaks && c == '\n' {
                        self.line_break();
                    }
                    self.own_break(c);
                    self.indention = true;
                    breaks = true;
                }
                (c, _) => {
                    if breaks {
                        self.line(indent.unwrap_or(0));
                    }
                    if quoted && c == '\'' {
                        self.put('\'');
                    }
                    self.put(c);
                    self.indention = false;
                    (spaces, breaks) = (false, false);
                }
            }
            first = false;
        }
    }

    fn double_quoted(&mut self, text: &str, indent: Option<usize>) {
        self.space();
        self.put('"');
        self.indention = false;
        let mut spaces = false;
        let mut rest = text.chars().peekable();
        let mut first = true;
        // The original looks for the mark at the beginning of the text, whatever character it stands at.
        let marked = text.starts_with('\u{feff}');
        while let Some(c) = rest.next() {
            if marked || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                self.put_str(&escape(c));
                spaces = false;
            } else if c == ' ' {
                match indent {
                    Some(column) if !spaces && self.is_full() && !first && rest.peek().is_some() => {
                        self.line(column);
                        if rest.peek() == Some(&' ') {
                            self.put('\\');
                        }
                    }
                    _ => self.put(' '),
                }
                spaces = true;
            } else {
                self.put(c);
                spaces = false;
            }
            first = false;
        }
        self.put('"');
        self.ended();
    }

    /// A `>` block without folding; the writer doubles breaks wherever it takes the text to begin plainly.
    fn folded_block(&mut self, text: &str, indent: usize) {
        self.block_head('>', text);
        let begins_plainly = text.trim_start_matches(is_break).starts_with(|c| !matches!(c, ' ' | '\t'));
        let (mut breaks, mut leading_spaces) = (true, true);
        for c in text.chars() {
            if is_break(c) {
                if !breaks && !leading_spaces && c == '\n' && begins_plainly {
                    self.line_break();
                }
                self.own_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.line(indent);
                    leading_spaces = matches!(c, ' ' | '\t');
                }
                self.put(c);
                self.indention = false;
                breaks = false;
            }
        }
    }

    fn block_head(&mut self, sign: char, text: &str) {
        self.space();
        self.put(sign);
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.put('2');
        }
        self.put_str(chomping(text));
        self.line_break();
        (self.indention, self.whitespace) = (true, true);
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.block_head('|', text);
        let mut breaks = true;
        for c in text.chars() {
            if is_break(c) {
                self.own_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.line(indent);
                }
                self.put(c);
                self.indention = false;
                breaks = false;
            }
        }
    }
}

/// What may not stand plainly inside of brackets.
fn has_flow_indicator(text: &str) -> bool {
    text.contains([',', '?', '[', ']', '{', '}', ':'])
}

fn chomping(text: &str) -> &'static str {
    let mut backwards = text.chars().rev();
    match (backwards.next(), backwards.next()) {
        (Some(last), _) if !is_break(last) => "-",
        (Some(_), None) => "+",
        (Some(_), Some(before)) if is_break(before) => "+",
        (Some(_), Some(_)) => "",
        (None, _) => "-",
    }
}

/// How the writer would write a text that is a value.
pub(crate) fn style_of(text: &str) -> Style {
    match choose(text, &analyze(text, false), false) {
        Quoting::Plain => Style::Plain,
        Quoting::Single => Style::Single,
        Quoting::Double => Style::Double,
        Quoting::Literal => Style::Literal,
    }
}

fn choose(text: &str, analysis: &Analysis, key: bool) -> Quoting {
    let mut quoting = if text.contains('\n') {
        Quoting::Literal
    } else if reads_as_other_than_string(text) {
        Quoting::Double
    } else {
        Quoting::Plain
    };
    if key && analysis.multiline {
        quoting = Quoting::Double;
    }
    if quoting == Quoting::Plain && !analysis.plain {
        quoting = Quoting::Single;
    }
    if quoting == Quoting::Single && !analysis.single {
        quoting = Quoting::Double;
    }
    if quoting == Quoting::Literal && (!analysis.block || key) {
        quoting = Quoting::Double;
    }
    quoting
}

fn analyze(text: &str, block_tabs: bool) -> Analysis {
    let mut indicators = text.starts_with("---") || text.starts_with("...");
    let mut tabs = false;
    let (mut special, mut breaks, mut break_space, mut space_break) = (false, false, false, false);
    let (mut previous_space, mut previous_break, mut after_blank) = (false, false, true);
    let mut rest = text.chars().peekable();
    let mut first = true;
    while let Some(c) = rest.next() {
        let before_blank = rest.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
        indicators |= is_indicator(c, first, after_blank, before_blank);
        let block_tab = c == '\t' && block_tabs;
        tabs |= block_tab;
        special |= !is_printable(c) && !block_tab;
        breaks |= is_break(c);
        break_space |= c == ' ' && previous_break;
        space_break |= is_break(c) && previous_space;
        (previous_space, previous_break) = (c == ' ', is_break(c));
        after_blank = matches!(c, ' ' | '\t' | '\0') || is_break(c);
        first = false;
    }
    let edge = |c: Option<char>| c.is_some_and(|c| c == ' ' || is_break(c));
    let edges = edge(text.chars().next()) || edge(text.chars().next_back());
    let special = special || space_break;
    Analysis {
        multiline: breaks,
        plain: !(indicators || edges || breaks || break_space || special || tabs),
        single: !(break_space || special || tabs),
        block: !text.is_empty() && !text.ends_with(' ') && !special,
    }
}

fn is_indicator(c: char, first: bool, after_blank: bool, before_blank: bool) -> bool {
    match c {
        ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => first,
        '?' | '-' => first && before_blank,
        ':' => before_blank,
        '#' => first || after_blank,
        _ => false,
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Tabs and characters beyond the basic plane count as not printable, so they are escaped.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn escape(c: char) -> String {
    let short = match c {
        '\0' => "\\0",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{b}' => "\\v",
        '\u{c}' => "\\f",
        '\r' => "\\r",
        '\u{1b}' => "\\e",
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{85}' => "\\N",
        '\u{a0}' => "\\_",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        _ => return numeric_escape(u32::from(c)),
    };
    short.to_owned()
}

fn numeric_escape(code: u32) -> String {
    match code {
        0..=0xff => format!("\\x{code:02X}"),
        0x100..=0xffff => format!("\\u{code:04X}"),
        _ => format!("\\U{code:08X}"),
    }
}
