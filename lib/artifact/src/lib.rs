//! Artifacts: how a source becomes a `tar.gz` with a digest, how it is stored and served, and how a consumer fetches and
//! opens it.
//!
//! - [`digest`] names and checks contents, [`limits`] bounds them.
//! - Producer side: [`ignore`] chooses files, [`pack`] archives them, [`storage`] keeps them, [`serve`] hands them out.
//! - Consumer side: [`fetch`] downloads and verifies, [`unpack`] extracts within a directory, [`open`] shares the result.
//!
//! Nothing here knows a controller's decisions, and no setting comes from the environment.

pub mod digest;
pub mod fetch;
pub mod limits;
pub mod open;
pub mod pack;
pub mod serve;
pub mod storage;
pub mod unpack;

/// Which files an artifact leaves out.
pub use sluice_ignore as ignore;

#[cfg(test)]
mod tests;
