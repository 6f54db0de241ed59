//! YAML as Kubernetes tools written in Go read and write it: bytes in, bytes out.
//!
//! Two dialects meet here. Resources are read with YAML 1.2-like scalars (`yes` stays a string) into a
//! [`Node`] tree that keeps key order, quoting and positions; configuration is read with YAML 1.1 booleans
//! ([`Document::to_json`]). [`to_yaml`] and [`Emitter`] write sorted, folded and quoted text byte for byte as those
//! tools do.
//! Refuses: unresolved aliases, nesting and alias expansion beyond fixed limits. Comments are not kept.

mod emit;
mod folded;
mod go_words;
mod json;
mod merge_keys;
mod node;
mod number;
mod order;
mod parse;
mod resolve;
mod styled;
mod through_json;
mod timestamp;

pub use emit::{Emitter, Layout, to_yaml};
pub use go_words::in_go_words;
pub use json::{JsonError, from_json, from_json_numbers_as_floats};
pub use node::{Mapping, Mark, Node, Scalar, Style, Tag, Value};
pub use number::{format_float, format_float_32, format_json_float};
pub use order::{natural, sort_naturally};
pub use parse::{
    Document, Error, MAX_DEPTH, MAX_NODES, parse_chunks, parse_documents, parse_first, read_value,
};
pub use resolve::{Resolved, reads_as_other_than_string, resolve_1_1, resolve_1_2};
pub use styled::{Styled, StyledError};
pub use through_json::{is_key_through_json, value_through_json};
