//! The text of an error with everything that caused it, each said once.

use std::{error::Error, fmt::Write as _};

/// Writes an error with its causes, leaving out a cause that the text above it already holds.
#[must_use]
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            // Writing to a string cannot fail.
            let _ = write!(text, ": {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Outer(&'static str, #[source] std::io::Error);

    #[test]
    fn causes_are_said_once() {
        for (outer, text) in [("outer", "outer: inner"), ("outer: inner!", "outer: inner!")] {
            assert_eq!(causes(&Outer(outer, std::io::Error::other("inner"))), text);
        }
    }
}
