//! What a Kustomization object renders to: pure, bytes in and objects out.
//!
//! The controllers and the command line use this one crate, so a preview is what the cluster gets. It reads files
//! through [`sluice_kustomize::FileTree`] only; it knows no network, clock, environment or Kubernetes client.
//!
//! - [`kustomization`]: from a Kustomization and a source tree to the objects to apply.

pub mod kustomization;
pub mod substitution;
