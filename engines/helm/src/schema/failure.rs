//! What fails where, as a tree, and how it is printed.

use std::fmt;

use super::display::{pointer, quoted};

/// One thing that fails, with what makes it fail.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub path: Vec<String>,
    pub kind: Kind,
    pub causes: Vec<Failure>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// The whole, which is not printed.
    Whole,
    /// Several failures of one schema.
    Group,
    /// A schema that another one refers to.
    Reference,
    /// Anything that has words of its own.
    Other(String),
}

impl Failure {
    pub(super) fn new(path: &[String], kind: Kind) -> Self {
        Self { path: path.to_vec(), kind, causes: Vec::new() }
    }

    pub(super) fn because(self, causes: Vec<Failure>) -> Self {
        Self { causes, ..self }
    }

    /// The failures of a group, or this one.
    pub(super) fn parts(self) -> Vec<Failure> {
        if self.kind == Kind::Group { self.causes } else { vec![self] }
    }

    fn print(&self, out: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let is_passage = self.kind == Kind::Reference && self.causes.len() == 1;
        let mut inner = depth;
        if !is_passage && self.kind != Kind::Whole {
            if depth > 0 {
                out.write_str("\n")?;
            }
            let words = match &self.kind {
                Kind::Other(words) => words,
                _ => "validation failed",
            };
            write!(out, "{}- at {}: {words}", "  ".repeat(depth), quoted(&pointer(&self.path)))?;
            inner += 1;
        }
        for (index, cause) in self.causes.iter().enumerate() {
            // At the top nothing stands before the first line.
            if inner == 0 && index > 0 {
                out.write_str("\n")?;
            }
            cause.print(out, inner)?;
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print(out, 0)
    }
}
