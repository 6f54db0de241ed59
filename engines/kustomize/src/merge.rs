//! Patches of one object: strategic merge and RFC 6902.

pub(crate) mod json6902;
mod list;
pub(crate) mod strategic;
