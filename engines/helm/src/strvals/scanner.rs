//! The text of a setting, character by character.

pub(super) struct Scanner<'a> {
    rest: &'a str,
    /// Whether a backslash takes the next character as it is.
    escapes: bool,
}

/// Characters up to one that stops, and that one; nothing when the text ended before.
pub(super) struct Word {
    pub text: String,
    pub stop: Option<char>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, escapes: bool) -> Self {
        Self { rest: text, escapes }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    pub(super) fn until(&mut self, stops: &[char]) -> Word {
        let mut text = String::new();
        while let Some(c) = self.next() {
            if stops.contains(&c) {
                return Word { text, stop: Some(c) };
            }
            if c != '\\' || !self.escapes {
                text.push(c);
                continue;
            }
            match self.next() {
                Some(escaped) => text.push(escaped),
                None => break,
            }
        }
        Word { text, stop: None }
    }

    /// Skips blanks and one comma; says whether a comma or the end was met.
    pub(super) fn skip_blank(&mut self) -> bool {
        while let Some(c) = self.peek() {
            if c == ',' {
                self.next();
                return true;
            }
            if !c.is_whitespace() {
                return false;
            }
            self.next();
        }
        true
    }
}
