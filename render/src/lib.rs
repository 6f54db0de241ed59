//! What a Kustomization or HelmRelease object renders to: pure, bytes in and objects out.
//!
//! The controllers and the command line use this one crate, so a preview is what the cluster gets. It reads files
//! through [`sluice_kustomize::FileTree`] only; it knows no network, clock, environment or Kubernetes client.
//!
//! - [`helm_release`]: from a HelmRelease, a chart and values to hooks and manifests
//! - [`kustomization`]: from a Kustomization and a source tree to the objects to apply.

pub mod helm_release;
pub mod kustomization;
pub mod substitution;
