//! Flags, width and precision of one formatting directive.

use crate::characters;

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
pub(super) struct Spec {
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`: fields with names.
    pub(super) field_names: bool,
    /// `%#v`: Go syntax.
    pub(super) syntax: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

impl Spec {
    /// Writes a text with padding up to the width, counted in characters.
    pub(super) fn pad(&self, out: &mut Vec<u8>, text: &[u8]) {
        let Some(width) = self.width else {
            out.extend_from_slice(text);
            return;
        };
        let missing = width.saturating_sub(characters::count(text));
        if self.minus {
            out.extend_from_slice(text);
            self.fill(out, missing);
        } else {
            self.fill(out, missing);
            out.extend_from_slice(text);
        }
    }

    /// Writes padding alone; zeros only ever stand on the left.
    pub(super) fn fill(&self, out: &mut Vec<u8>, count: usize) {
        let byte = if self.zero && !self.minus { b'0' } else { b' ' };
        out.resize(out.len() + count, byte);
    }

    /// The same directive, padding with spaces.
    pub(super) fn without_zero(mut self) -> Self {
        self.zero = false;
        self
    }

    /// `v` takes `#` and `+` for itself.
    pub(super) fn for_value(mut self) -> Self {
        self.syntax = self.sharp;
        self.field_names = self.plus;
        self.sharp = false;
        self.plus = false;
        self
    }
}
