//! Says on standard error what takes long.

use std::io::{self, Write};

/// Prints a line past the capture of the test harness: a silent build of minutes looks like a hang.
pub(crate) fn say(line: &str) {
    drop(writeln!(io::stderr(), "control plane: {line}"));
}
