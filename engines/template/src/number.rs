//! Numbers as Go's strconv package reads and writes them.
//!
//! Refuses: what Go refuses, with the same distinction between bad syntax and a value out of range.

mod float;
mod parse;

pub use float::{FloatStyle, format_float};
pub use parse::{NumberError, parse_float, parse_int, parse_uint};

use crate::value::FloatKind;

/// Writes a float as Go's `%v` does: the shortest digits that read back, with an exponent below 1e-4 and from 1e6 on.
pub fn shortest(value: f64, kind: FloatKind) -> String {
    format_float(value, FloatStyle::General, None, kind)
}
