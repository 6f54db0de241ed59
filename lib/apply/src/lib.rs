//! Brings objects into a cluster and keeps them there.
pub mod apply;
pub mod cluster;
pub mod conventions;
pub mod entry;
pub mod error;
pub mod health;
pub mod inventory;
pub mod ledger;
mod metadata;
pub mod object;
pub mod order;
pub mod plan;
pub mod policy;
pub mod prune;
