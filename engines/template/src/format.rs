//! Values as text, as Go's fmt package prints them.

/// Quotes a text as Go's `%q` does.
pub(crate) fn quote(text: &str) -> String {
    format!("{text:?}")
}
