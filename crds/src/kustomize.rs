//! The group `kustomize.toolkit.fluxcd.io`: Kustomization, the labels and annotations of the objects it applies.

mod budget;
mod kustomization;

pub use crate::applier::*;
pub use budget::PruneBudget;
pub use kustomization::*;

/// API group of this module's kind.
pub const GROUP: &str = "kustomize.toolkit.fluxcd.io";

/// Label on applied objects: name of the Kustomization that owns them.
pub const NAME_LABEL: &str = "kustomize.toolkit.fluxcd.io/name";
/// Label on applied objects: namespace of the Kustomization that owns them.
pub const NAMESPACE_LABEL: &str = "kustomize.toolkit.fluxcd.io/namespace";

/// Annotation or label on applied objects: how to apply (`Override`, `Merge`, `IfNotPresent`, `Ignore`).
pub const SSA_ANNOTATION: &str = "kustomize.toolkit.fluxcd.io/ssa";
/// Annotation or label on applied objects: `Enabled` recreates the object when an immutable field changes.
pub const FORCE_ANNOTATION: &str = "kustomize.toolkit.fluxcd.io/force";
/// Annotation or label on applied objects: `Disabled` keeps the object when it leaves the source.
pub const PRUNE_ANNOTATION: &str = "kustomize.toolkit.fluxcd.io/prune";
/// Annotation or label on applied objects: `disabled` neither applies nor prunes the object.
pub const RECONCILE_ANNOTATION: &str = "kustomize.toolkit.fluxcd.io/reconcile";
/// Annotation or label on objects: `disabled` (in this case only) leaves variables in them alone.
pub const SUBSTITUTE_ANNOTATION: &str = "kustomize.toolkit.fluxcd.io/substitute";
/// Annotation on a Kustomization: the revision that may delete more than the prune budget.
pub const ALLOW_PRUNE: &str = "sluice.dev/allow-prune";
/// Annotation or label on objects: `Disabled` leaves them encrypted.
pub const DECRYPT_ANNOTATION: &str = "kustomize.toolkit.fluxcd.io/decrypt";
