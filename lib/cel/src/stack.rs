//! Room for the recursion of the expression library, which needs far more stack than the threads of a server have.

use std::thread;

/// What the deepest expression within [bounds](crate::bounds) needs, several times over; only what is used is memory.
const STACK: usize = 64 << 20;

/// Runs `work` on a thread with enough stack and waits for it; nothing where no thread can be had, or `work` panics.
pub fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok()?.join().ok()
    })
}
