//! Room on the stack for nesting that the limits allow.
//!
//! The limits bound the depth; this makes sure that a thread with a small stack can go that deep.

/// Runs `work` with enough stack for one more level of templates or parentheses, or for one function that walks a
/// value as deep as values may be nested.
pub(crate) fn grow<T>(work: impl FnOnce() -> T) -> T {
    const RED_ZONE: usize = 512 << 10;
    const SEGMENT: usize = 4 << 20;
    stacker::maybe_grow(RED_ZONE, SEGMENT, work)
}
