//! A digest of a JSON value that does not depend on the order of its keys.
//! Expects values whose nesting has been bounded before.

use std::fmt;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The first half of a SHA-256 over an unambiguous encoding of a JSON value with sorted keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 16]);

impl Digest {
    /// Computes the digest of a value.
    pub fn of(value: &Value) -> Self {
        let mut hasher = Sha256::new();
        feed(&mut hasher, value);
        let digest: [u8; 32] = hasher.finalize().into();
        Self(std::array::from_fn(|at| digest[at]))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..6].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Feeds a value to a hasher; every variable part carries its length, so different values differ in bytes.
pub(crate) fn feed(hasher: &mut Sha256, value: &Value) {
    match value {
        Value::Null => hasher.update(b"n"),
        Value::Bool(true) => hasher.update(b"t"),
        Value::Bool(false) => hasher.update(b"f"),
        Value::Number(number) => feed_text(hasher, b"#", &number.to_string()),
        Value::String(text) => feed_text(hasher, b"\"", text),
        Value::Array(items) => {
            feed_length(hasher, b"[", items.len());
            for item in items {
                feed(hasher, item);
            }
        }
        Value::Object(fields) => {
            feed_length(hasher, b"{", fields.len());
            // Sorted here because another crate may switch serde_json to insertion order.
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            for (key, value) in sorted {
                feed_text(hasher, b"\"", key);
                feed(hasher, value);
            }
        }
    }
}

/// Feeds a text with a tag and its length.
pub(crate) fn feed_text(hasher: &mut Sha256, tag: &[u8], text: &str) {
    feed_length(hasher, tag, text.len());
    hasher.update(text.as_bytes());
}

fn feed_length(hasher: &mut Sha256, tag: &[u8], length: usize) {
    hasher.update(tag);
    hasher.update((length as u64).to_le_bytes());
}
