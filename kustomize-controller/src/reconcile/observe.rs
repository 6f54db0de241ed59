//! Reads what a pass needs to decide, from watched copies. Only variables for substitution that others hold are asked for.

use std::sync::Arc;

use kube::ResourceExt;
use kube::runtime::reflector::ObjectRef;
use sluice_crds::artifact::Artifact;
use sluice_crds::kustomize::Kustomization;
use sluice_crds::meta::READY;
use sluice_render::substitution::Variables;
use sluice_runtime::conditions;

use super::{Reconcile, variables};

mod readiness;
use crate::memory::Memory;
use crate::sources::Source;

/// What the pass sees of the world.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The source and its artifact.
    pub source: SourceState,
    /// The dependencies, in the order the spec names them.
    pub dependencies: Vec<Dependency>,
    /// The names along a dependency cycle that this object is part of.
    pub cycle: Option<Vec<String>>,
    /// What the last pass left.
    pub memory: Memory,
    /// Whether the cluster still holds what was applied, as far as the watches tell.
    pub intact: bool,
    /// The variables to substitute, or why they cannot be told.
    pub variables: Result<Arc<Variables>, String>,
}

/// What is known of the source.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceState {
    /// There is no such object.
    Missing,
    /// It has no artifact yet.
    NoArtifact,
    /// Its artifact.
    Artifact(Box<Artifact>),
}

/// A dependency and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// `namespace/name`.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Why it holds its dependents back, if it does.
    pub unmet: Option<Unmet>,
    /// Why the expression for its readiness cannot be used, if it cannot.
    pub invalid: Option<String>,
}

impl Dependency {
    /// Whether it holds back also those that have nothing to apply: it is at fault, and not just at work.
    pub fn is_broken(&self) -> bool {
        matches!(self.unmet, Some(Unmet::Missing | Unmet::NotReady))
    }
}

/// Why a dependency is not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// There is no such Kustomization.
    Missing,
    /// It has not been reconciled in its present form.
    Unobserved,
    /// It says nothing about readiness yet, or is at work.
    Progressing,
    /// Its Ready condition is False.
    NotReady,
    /// The expression for its readiness does not hold.
    Unfulfilled,
    /// It shares the source and has not applied the current revision.
    Outdated,
}

/// Reads everything that bears on `object`.
pub async fn observe(reconcile: &Reconcile, object: &Kustomization) -> Observed {
    let source = source_state(reconcile, object);
    let variables = variables(reconcile, object).await;
    Observed {
        variables,
        dependencies: dependencies(reconcile, object, &source),
        cycle: cycle(object, |namespace, name| reconcile.views.dependencies.find(namespace, name)),
        memory: reconcile.memories.recall(&ObjectRef::from_obj(object)),
        intact: reconcile.fleet.is_intact(object),
        source,
    }
}

/// An object at rest, or about to go, substitutes nothing.
async fn variables(reconcile: &Reconcile, object: &Kustomization) -> Result<Arc<Variables>, String> {
    if object.spec.suspend || object.metadata.deletion_timestamp.is_some() {
        return Ok(Arc::default());
    }
    let strict = reconcile.settings.strict_substitution;
    variables::read(&reconcile.fleet, object, strict).await.map_err(|error| error.to_string())
}

fn source_state(reconcile: &Reconcile, object: &Kustomization) -> SourceState {
    match reconcile.views.sources.find(&Source::of(object)) {
        None => SourceState::Missing,
        Some(None) => SourceState::NoArtifact,
        Some(Some(artifact)) => SourceState::Artifact(Box::new(artifact)),
    }
}

fn dependencies(reconcile: &Reconcile, object: &Kustomization, source: &SourceState) -> Vec<Dependency> {
    let own = object.namespace().unwrap_or_default();
    let reference = |namespace: Option<&String>| namespace.cloned().unwrap_or_else(|| own.clone());
    let additive = reconcile.settings.additive_expressions;
    object
        .spec
        .depends_on
        .iter()
        .map(|dependency| {
            let namespace = reference(dependency.namespace.as_ref());
            let found = reconcile.views.dependencies.find(&namespace, &dependency.name);
            let built_in = || unmet(object, found.as_deref(), source);
            let by_expression = dependency.ready_expr.as_deref().filter(|text| !text.is_empty());
            let (unmet, invalid) =
                match by_expression.map(|text| readiness::judge(text, object, found.as_deref())) {
                    None => (built_in(), None),
                    Some(Ok(unmet)) if additive => (built_in().or(unmet), None),
                    Some(Ok(unmet)) => (unmet, None),
                    Some(Err(invalid)) => (Some(Unmet::Unfulfilled), Some(invalid)),
                };
            Dependency { name: format!("{namespace}/{}", dependency.name), namespace, unmet, invalid }
        })
        .collect()
}

/// Flux's built-in check (reference 04.3).
fn unmet(object: &Kustomization, dependency: Option<&Kustomization>, source: &SourceState) -> Option<Unmet> {
    let Some(dependency) = dependency else { return Some(Unmet::Missing) };
    let Some(status) = &dependency.status else { return Some(Unmet::Unobserved) };
    if status.observed_generation != dependency.metadata.generation {
        return Some(Unmet::Unobserved);
    }
    if conditions::is_false(&status.conditions, READY) {
        return Some(Unmet::NotReady);
    }
    if !conditions::is_true(&status.conditions, READY) {
        return Some(Unmet::Progressing);
    }
    match source {
        SourceState::Artifact(artifact)
            if Source::of(dependency) == Source::of(object)
                && status.last_applied_revision.as_deref() != Some(artifact.revision.as_str()) =>
        {
            Some(Unmet::Outdated)
        }
        _ => None,
    }
}

/// The names along a way from `object` back to itself, if `dependsOn` has one.
fn cycle(
    object: &Kustomization,
    find: impl Fn(&str, &str) -> Option<Arc<Kustomization>>,
) -> Option<Vec<String>> {
    let start = (object.namespace().unwrap_or_default(), object.name_any());
    let mut path = vec![start.clone()];
    let mut visited = std::collections::HashSet::new();
    // Each frame holds the dependencies of the last name on the path that are still to be followed.
    let mut frames = vec![references(object)];
    while let Some(frame) = frames.last_mut() {
        let Some(next) = frame.pop() else {
            frames.pop();
            path.pop();
            continue;
        };
        if next == start {
            path.push(next);
            return Some(path.into_iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect());
        }
        if visited.insert(next.clone()) {
            let further = find(&next.0, &next.1).map(|found| references(&found)).unwrap_or_default();
            path.push(next);
            frames.push(further);
        }
    }
    None
}

/// The dependencies of an object as namespace and name, last first.
fn references(object: &Kustomization) -> Vec<(String, String)> {
    let own = object.namespace().unwrap_or_default();
    let reference = |namespace: Option<&String>| namespace.cloned().unwrap_or_else(|| own.clone());
    let all = object.spec.depends_on.iter().rev();
    all.map(|dependency| (reference(dependency.namespace.as_ref()), dependency.name.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kustomization(name: &str, depends_on: &[&str]) -> Kustomization {
        let depends_on: Vec<_> = depends_on.iter().map(|name| json!({ "name": name })).collect();
        serde_json::from_value(json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": { "name": name, "namespace": "n", "generation": 2 },
            "spec": {
                "interval": "1m", "prune": true, "dependsOn": depends_on,
                "sourceRef": { "kind": "GitRepository", "name": "s" },
            },
        }))
        .unwrap()
    }

    #[test]
    fn cycles_are_found() {
        for (edges, expected) in [
            (vec![("a", vec!["b"]), ("b", vec![])], None),
            (vec![("a", vec!["a"])], Some("n/a n/a")),
            (
                vec![("a", vec!["b", "c"]), ("b", vec![]), ("c", vec!["d"]), ("d", vec!["a"])],
                Some("n/a n/c n/d n/a"),
            ),
            // A cycle further down that does not come back here is the others' to report.
            (vec![("a", vec!["b"]), ("b", vec!["c"]), ("c", vec!["b"])], None),
        ] {
            let all: Vec<_> = edges.iter().map(|(name, to)| Arc::new(kustomization(name, to))).collect();
            let find = |_: &str, name: &str| all.iter().find(|found| found.name_any() == name).cloned();
            assert_eq!(cycle(&all[0], find).map(|names| names.join(" ")).as_deref(), expected);
        }
    }

    #[test]
    fn dependencies_are_met_at_the_same_revision() {
        let artifact = serde_json::from_value(json!({
            "path": "p", "url": "u", "revision": "main@sha1:2", "digest": "sha256:00",
            "lastUpdateTime": "2026-01-01T00:00:00Z",
        }))
        .unwrap();
        let source = SourceState::Artifact(Box::new(artifact));
        let ready = |generation: i64, ready: &str, revision: &str| {
            let mut dependency = kustomization("dep", &[]);
            let status = json!({
                "observedGeneration": generation, "lastAppliedRevision": revision,
                "conditions": [{ "type": "Ready", "status": ready, "reason": "R", "message": "",
                    "lastTransitionTime": "2026-01-01T00:00:00Z" }],
            });
            dependency.status = serde_json::from_value(status).unwrap();
            dependency
        };
        let dependent = kustomization("a", &["dep"]);
        for (dependency, expected) in [
            (None, Some(Unmet::Missing)),
            (Some(ready(1, "True", "main@sha1:2")), Some(Unmet::Unobserved)),
            (Some(ready(2, "False", "main@sha1:2")), Some(Unmet::NotReady)),
            (Some(ready(2, "Unknown", "main@sha1:2")), Some(Unmet::Progressing)),
            (Some(ready(2, "True", "main@sha1:1")), Some(Unmet::Outdated)),
            (Some(ready(2, "True", "main@sha1:2")), None),
        ] {
            assert_eq!(unmet(&dependent, dependency.as_ref(), &source), expected);
        }
    }
}
