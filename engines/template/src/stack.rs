//! Room on the stack for nesting that the limits allow.
//!
//! The limits bound the depth; this makes sure that a thread with a small stack can go that deep.

/// Runs `work` with enough stack for one more level.
pub(crate) fn grow<T>(work: impl FnOnce() -> T) -> T {
    const RED_ZONE: usize = 128 << 10;
    const SEGMENT: usize = 1 << 20;
    stacker::maybe_grow(RED_ZONE, SEGMENT, work)
}
