//! Rust types of every Flux 2.9 kind, of the artifacts sources publish and of the events controllers exchange.
//!
//! The types are the source: the CustomResourceDefinitions in `manifests/crds` are generated from them. They decode
//! whatever the API server stores under these definitions, and ignore fields they do not know. This crate refuses
//! IO, async and any behaviour beyond reading a field.
//!
//! - [`meta`]: references, condition types, reasons, well-known annotations and labels
//! - [`object`]: what kinds have in common, as traits
//! - [`duration`]: durations in Go's notation
//! - [`artifact`], [`event`]: what travels between controllers
//! - [`applier`]: pieces shared by the two kinds that apply objects
//! - [`source`], [`kustomize`], [`helm`], [`notification`]: the kinds, one file each
//! - [`definition`]: the CustomResourceDefinitions

#![expect(clippy::duplicated_attributes, reason = "printer columns of one kind share their type")]

pub mod applier;
pub mod artifact;
pub mod definition;
pub mod duration;
pub mod event;
pub mod helm;
pub mod kustomize;
pub mod meta;
pub mod notification;
pub mod object;
mod schema;
pub mod source;

pub use artifact::Artifact;
pub use definition::all;
pub use duration::Duration;
pub use event::Event;

#[cfg(test)]
mod tests;
