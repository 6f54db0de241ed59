//! The group `helm.toolkit.fluxcd.io`: HelmRelease, the labels and annotations of the objects it applies.

mod actions;
mod chart;
mod helm_release;
mod status;

pub use crate::applier::*;
pub use actions::*;
pub use chart::*;
pub use helm_release::*;
pub use status::*;

/// API group of this module's kind.
pub const GROUP: &str = "helm.toolkit.fluxcd.io";

/// Label on applied objects: name of the HelmRelease that owns them.
pub const NAME_LABEL: &str = "helm.toolkit.fluxcd.io/name";
/// Label on applied objects: namespace of the HelmRelease that owns them.
pub const NAMESPACE_LABEL: &str = "helm.toolkit.fluxcd.io/namespace";
/// Annotation or label on applied objects: `disabled` leaves the object out of drift detection.
pub const DRIFT_DETECTION_ANNOTATION: &str = "helm.toolkit.fluxcd.io/driftDetection";
