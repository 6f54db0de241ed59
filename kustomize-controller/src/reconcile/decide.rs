//! Decides what a pass does. Pure: the object, what was observed and the settings in, a decision out.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use sluice_apply::health::Expressions;
use sluice_crds::artifact::Artifact;
use sluice_crds::kustomize::{DeletionPolicy, Kustomization, KustomizationSpec, SourceKind};
use sluice_crds::meta::{READY, REQUESTED_AT, reason};
use sluice_render::kustomization::unserved;
use sluice_render::substitution::Variables;
use sluice_runtime::conditions;
use sluice_runtime::events::Kind;

use super::observe::{Dependency, Observed, SourceState, Unmet};
use crate::memory::{Attempt, Inputs, Settled};
use crate::sources::Source;

/// The reason of a refusal because of a field.
const UNSUPPORTED_FIELD: &str = "UnsupportedField";

/// What flags decide about every Kustomization.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Refuses sources and dependencies in other namespaces.
    pub no_cross_namespace_refs: bool,
    /// Whether ExternalArtifacts may be used.
    pub external_artifacts: bool,
    /// Whether an expression for the readiness of a dependency adds to the built-in check instead of replacing it.
    pub additive_expressions: bool,
    /// Whether a variable that is not set is a mistake.
    pub strict_substitution: bool,
    /// How long an unmet dependency may go without being looked at again.
    pub requeue_dependency: Duration,
}

/// What a pass does.
#[derive(Clone, Debug)]
pub enum Decision {
    /// Nothing: the object is suspended.
    Rest,
    /// The object is being deleted.
    Delete(Deletion),
    /// The object cannot be served until it is changed.
    Refuse(Refusal),
    /// Something else must come first.
    Hold(Hold),
    /// Everything is as it was applied.
    Settled,
    /// Everything is as it was applied, for all that is known of an older revision: find out whether the newer one
    /// changes any of it.
    Compare(Box<Comparison>),
    /// The newer revision changes nothing of what is applied: say so.
    Renew(Box<Plan>),
    /// Build and apply.
    Apply(Box<Plan>),
}

/// What happens to the inventory of a deleted object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// The objects stay.
    Release,
    /// The objects are deleted.
    Prune,
    /// The objects are deleted, and the Kustomization stays until they are gone.
    PruneAndWait,
}

/// Why an object is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason of the Stalled and Ready conditions.
    pub reason: &'static str,
    /// What to change.
    pub message: String,
}

/// What the object waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The reason of the Ready condition.
    pub reason: &'static str,
    /// What is missing.
    pub message: String,
    /// When to look again if nothing wakes the object before.
    pub again: Duration,
    /// How it is told: a source that only has to finish its first fetch is no reason for an alert.
    pub event: Kind,
}

/// An attempt that is ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The attempt, new or continued.
    pub attempt: Attempt,
    /// The artifact to build from.
    pub artifact: Artifact,
    /// The variables to substitute, or why they cannot be told.
    pub variables: Result<Arc<Variables>, String>,
}

/// What to compare, and what follows if it differs.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What is applied.
    pub settled: Settled,
    /// What must come before a change is applied.
    pub hold: Option<Hold>,
    /// The attempt to apply a change.
    pub plan: Plan,
}

/// Decides about `object` at `now`.
pub fn decide(object: &Kustomization, observed: &Observed, settings: &Settings, now: Timestamp) -> Decision {
    if object.metadata.deletion_timestamp.is_some() {
        return delete(object);
    }
    if object.spec.suspend {
        return Decision::Rest;
    }
    if let Some(refusal) = refuse(object, observed, settings) {
        return Decision::Refuse(refusal);
    }
    let artifact = match &observed.source {
        SourceState::Artifact(artifact) => artifact.as_ref(),
        missing => return Decision::Hold(hold_for_source(object, missing, settings)),
    };
    let inputs = inputs(object, artifact, &observed.variables);
    let plan = plan(object, observed, &inputs, artifact, now);
    let hold = hold_for_dependencies(&observed.dependencies, settings);
    match undisturbed(object, observed, &inputs) {
        Some(settled) if settled.inputs == inputs => Decision::Settled,
        Some(settled) if settled.unsaid.as_ref() == Some(&inputs) => Decision::Renew(Box::new(plan)),
        Some(settled) => Decision::Compare(Box::new(Comparison { settled: settled.clone(), hold, plan })),
        None => hold.map_or_else(|| Decision::Apply(Box::new(plan)), Decision::Hold),
    }
}

/// What is applied, where nothing speaks against it: the object asks for the same, status says so, the cluster holds it,
/// and no dependency is at fault.
fn undisturbed<'a>(object: &Kustomization, observed: &'a Observed, inputs: &Inputs) -> Option<&'a Settled> {
    let settled = observed.memory.settled.as_ref()?;
    let undisturbed = settled.inputs.asks_the_same(inputs)
        && observed.variables.is_ok()
        && observed.intact
        && is_ready(object, &settled.inputs.revision)
        && !observed.dependencies.iter().any(Dependency::is_broken);
    undisturbed.then_some(settled)
}

fn plan(
    object: &Kustomization,
    observed: &Observed,
    inputs: &Inputs,
    artifact: &Artifact,
    now: Timestamp,
) -> Plan {
    let attempt = if is_requested(object) {
        Attempt::new(inputs, now)
    } else {
        observed.memory.attempt_at(inputs, now)
    };
    Plan { attempt, artifact: artifact.clone(), variables: observed.variables.clone() }
}

/// Reference 04.10. A suspended object is never pruned, and one that manages nothing is let go at once.
fn delete(object: &Kustomization) -> Decision {
    let spec = &object.spec;
    let inventory = object.status.as_ref().and_then(|status| status.inventory.as_ref());
    if spec.suspend || inventory.is_none_or(|inventory| inventory.entries.is_empty()) {
        return Decision::Delete(Deletion::Release);
    }
    let deletion = match spec.deletion_policy.unwrap_or_default() {
        DeletionPolicy::MirrorPrune if spec.prune => Deletion::Prune,
        DeletionPolicy::MirrorPrune | DeletionPolicy::Orphan => Deletion::Release,
        DeletionPolicy::Delete => Deletion::Prune,
        DeletionPolicy::WaitForTermination => Deletion::PruneAndWait,
    };
    if deletion != Deletion::Release && spec.kube_config.is_some() {
        let message = "objects on the cluster of spec.kubeConfig cannot be deleted: spec.kubeConfig is not served yet; \
                       set spec.deletionPolicy to Orphan to let go of them";
        return Decision::Refuse(Refusal { reason: UNSUPPORTED_FIELD, message: message.to_owned() });
    }
    Decision::Delete(deletion)
}

fn refuse(object: &Kustomization, observed: &Observed, settings: &Settings) -> Option<Refusal> {
    let denied = |message: String| Some(Refusal { reason: reason::ACCESS_DENIED, message });
    let own = object.namespace().unwrap_or_default();
    let source = Source::of(object);
    if settings.no_cross_namespace_refs {
        if source.namespace != own {
            return denied(format!("can't access '{source}', cross-namespace references have been blocked"));
        }
        if let Some(other) = observed.dependencies.iter().find(|dependency| dependency.namespace != own) {
            return denied(format!(
                "can't access '{}', cross-namespace references have been blocked",
                other.name
            ));
        }
    }
    if source.kind == SourceKind::ExternalArtifact && !settings.external_artifacts {
        return denied(format!("can't access '{source}', the feature gate ExternalArtifact is not enabled"));
    }
    if let Some(message) = invalid_expression(object, observed) {
        return Some(Refusal { reason: reason::INVALID_CEL_EXPRESSION, message });
    }
    if let Some(names) = &observed.cycle {
        let message = format!("dependency cycle: {}", names.join(" -> "));
        return Some(Refusal { reason: reason::DEPENDENCY_NOT_READY, message });
    }
    let unserved = unserved(&object.spec).err()?;
    Some(Refusal { reason: UNSUPPORTED_FIELD, message: unserved.to_string() })
}

/// An expression that does not compile; it stays so until the object is changed.
fn invalid_expression(object: &Kustomization, observed: &Observed) -> Option<String> {
    let health = Expressions::compile(&object.spec.health_check_exprs).err();
    let health = health.map(|error| format!("spec.{error}"));
    health.or_else(|| observed.dependencies.iter().find_map(|dependency| dependency.invalid.clone()))
}

fn hold_for_source(object: &Kustomization, state: &SourceState, settings: &Settings) -> Hold {
    let source = Source::of(object);
    let (message, again, event) = match state {
        SourceState::Missing => {
            (format!("source '{source}' not found"), retry_interval(&object.spec), Kind::Warning)
        }
        _ => (format!("source '{source}' has no artifact yet"), settings.requeue_dependency, Kind::Trace),
    };
    Hold { reason: reason::ARTIFACT_FAILED, message, again, event }
}

fn hold_for_dependencies(dependencies: &[Dependency], settings: &Settings) -> Option<Hold> {
    let unmet: Vec<String> = dependencies
        .iter()
        .filter_map(|dependency| {
            let why = match dependency.unmet.as_ref()? {
                Unmet::Missing => "not found",
                Unmet::Unobserved | Unmet::Progressing | Unmet::NotReady => "is not ready",
                Unmet::Unfulfilled => "is not ready by its readyExpr",
                Unmet::Outdated => "has not applied the current revision",
            };
            Some(format!("dependency '{}' {why}", dependency.name))
        })
        .collect();
    if unmet.is_empty() {
        return None;
    }
    let again = settings.requeue_dependency;
    Some(Hold { reason: reason::DEPENDENCY_NOT_READY, message: unmet.join("; "), again, event: Kind::Normal })
}

fn inputs(object: &Kustomization, artifact: &Artifact, variables: &Result<Arc<Variables>, String>) -> Inputs {
    Inputs {
        variables: variables.as_ref().map(|variables| variables.digest()).unwrap_or_default(),
        uid: object.uid().unwrap_or_default(),
        generation: object.metadata.generation.unwrap_or_default(),
        revision: artifact.revision.clone(),
        digest: artifact.digest.clone(),
    }
}

/// Whether somebody asks for a reconciliation that has not been answered yet.
fn is_requested(object: &Kustomization) -> bool {
    let handled = object.status.as_ref().and_then(|status| status.last_handled_reconcile_at.as_ref());
    let token = object.annotations().get(REQUESTED_AT);
    token.is_some() && token != handled
}

/// Whether status says that `object` is served in its present form; others wait for it to say so.
fn is_ready(object: &Kustomization, revision: &str) -> bool {
    let Some(status) = &object.status else { return false };
    status.observed_generation == object.metadata.generation
        && status.last_applied_revision.as_deref() == Some(revision)
        && conditions::is_true(&status.conditions, READY)
}

/// The pause after a failure.
pub fn retry_interval(spec: &KustomizationSpec) -> Duration {
    spec.retry_interval.unwrap_or(spec.interval).std()
}

/// The time limit of a whole attempt: `spec.timeout`, else the interval less half a minute, never below half a minute.
pub fn timeout(spec: &KustomizationSpec) -> Duration {
    const LEAST: Duration = Duration::from_secs(30);
    let timeout =
        spec.timeout.map_or_else(|| spec.interval.std().saturating_sub(LEAST), sluice_crds::Duration::std);
    timeout.max(LEAST)
}

#[cfg(test)]
mod tests;
