//! Which change wakes whom: a source's new artifact its Kustomizations, a Kustomization's readiness its dependents, a
//! managed object its owner, a labelled ConfigMap or Secret those who substitute from it.

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::runtime::reflector::ObjectRef;
use kube::{Resource, ResourceExt};
use sluice_apply::ledger::Wake;
use sluice_crds::applier::ValuesSourceKind;
use sluice_crds::kustomize::{ALLOW_PRUNE, Kustomization};
use sluice_crds::meta::{Condition, READY};
use sluice_crds::source::{Bucket, ExternalArtifact, GitRepository, OCIRepository};
use sluice_runtime::Context;
use sluice_runtime::conditions;
use sluice_runtime::controller::{Controller, Objects, Waker};
use sluice_runtime::watch::{Change, Selection, Versions, Watched, follow, follow_versions};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::sources::{Publishes, Source, Sources, published};

/// Follows the source kinds and waits until their first lists are complete.
///
/// ExternalArtifacts are followed only where their gate is open: their kind may not be installed.
pub async fn follow_sources(
    context: &Context,
    sources: &Sources,
    kustomizations: &Objects<Kustomization>,
    waker: &Waker<Kustomization>,
) {
    follow_kind::<GitRepository>(context, &sources.git_repositories, kustomizations, waker);
    follow_kind::<OCIRepository>(context, &sources.oci_repositories, kustomizations, waker);
    follow_kind::<Bucket>(context, &sources.buckets, kustomizations, waker);
    let external = context.gates.enabled("ExternalArtifact");
    if external {
        follow_kind::<ExternalArtifact>(context, &sources.external_artifacts, kustomizations, waker);
    }
    let all = async {
        sources.git_repositories.synced().await;
        sources.oci_repositories.synced().await;
        sources.buckets.synced().await;
        if external {
            sources.external_artifacts.synced().await;
        }
    };
    tokio::select! {
        () = all => {}
        () = context.shutdown.cancelled() => {}
    }
}

fn follow_kind<K: Watched + Publishes>(
    context: &Context,
    objects: &Objects<K>,
    kustomizations: &Objects<Kustomization>,
    waker: &Waker<Kustomization>,
) {
    let (kustomizations, waker) = (kustomizations.clone(), waker.clone());
    let on_change = move |change: Change<K>| {
        if !publishes_anew(&change) {
            return;
        }
        let source = Source {
            kind: K::KIND,
            namespace: change.object.namespace.unwrap_or_default(),
            name: change.object.name,
        };
        wake_where(&kustomizations, &waker, |object| Source::of(object) == source);
    };
    // Sources may belong to another shard than the Kustomizations that use them.
    tokio::spawn(follow(context.clone(), Selection::Everything, objects.clone(), on_change));
}

/// The Kustomizations that others may depend on. A shard follows those of other shards too; without shards the
/// controller's own view holds them all.
pub async fn follow_dependencies(
    context: &Context,
    controller: &Controller<Kustomization>,
) -> Objects<Kustomization> {
    let (own, waker) = (controller.objects(), controller.waker());
    if context.scope.label_selector.is_none() {
        return own;
    }
    let all = Objects::default();
    let on_change = move |change: Change<Kustomization>| wake_dependents(&change, &own, &waker);
    tokio::spawn(follow(context.clone(), Selection::Everything, all.clone(), on_change));
    tokio::select! {
        () = all.synced() => {}
        () = context.shutdown.cancelled() => {}
    }
    all
}

/// Whether the change is one of the artifact; conditions of a source do not matter to those who use it.
fn publishes_anew<K: Watched + Publishes>(change: &Change<K>) -> bool {
    let artifact = |state: &Option<std::sync::Arc<K>>| state.as_deref().map(published);
    artifact(&change.before) != artifact(&change.after)
}

/// Wakes the dependents of a Kustomization whose readiness changed.
pub fn wake_dependents(
    change: &Change<Kustomization>,
    kustomizations: &Objects<Kustomization>,
    waker: &Waker<Kustomization>,
) {
    let same = !changes_readiness(change);
    let name = (change.object.namespace.clone().unwrap_or_default(), change.object.name.clone());
    wake_where(kustomizations, waker, |object| {
        let own = object.namespace().unwrap_or_default();
        // An expression may look at anything.
        let mut dependencies = object.spec.depends_on.iter().filter(|to| !same || to.ready_expr.is_some());
        dependencies.any(|to| to.name == name.1 && to.namespace.as_ref().unwrap_or(&own) == &name.0)
    });
}

/// Wakes a Kustomization that has been allowed to delete more than its budget.
pub fn wake_permitted(change: &Change<Kustomization>, waker: &Waker<Kustomization>) {
    let permission = |state: &Option<std::sync::Arc<Kustomization>>| {
        state.as_ref().and_then(|object| object.annotations().get(ALLOW_PRUNE).cloned())
    };
    if permission(&change.before) != permission(&change.after) {
        waker.wake(change.object.clone());
    }
}

/// Whether a change is one of what others go by.
pub fn changes_readiness(change: &Change<Kustomization>) -> bool {
    change.before.as_deref().map(readiness) != change.after.as_deref().map(readiness)
}

/// What dependents look at.
fn readiness(object: &Kustomization) -> (Option<i64>, Option<i64>, Option<Condition>, Option<String>) {
    let status = object.status.as_ref();
    let ready = status.and_then(|status| conditions::find(&status.conditions, READY));
    (
        object.metadata.generation,
        status.and_then(|status| status.observed_generation),
        ready.cloned(),
        status.and_then(|status| status.last_applied_revision.clone()),
    )
}

/// Follows the ConfigMaps and Secrets that are labelled to be watched, and wakes the Kustomizations that substitute from
/// one that has changed. Others are looked at when their readers are.
pub fn follow_variables(
    context: &Context,
    kustomizations: &Objects<Kustomization>,
    waker: &Waker<Kustomization>,
) {
    if context.gates.enabled("DisableConfigWatchers") {
        return;
    }
    follow_values::<ConfigMap>(context, ValuesSourceKind::ConfigMap, kustomizations, waker);
    follow_values::<Secret>(context, ValuesSourceKind::Secret, kustomizations, waker);
}

fn follow_values<K>(
    context: &Context,
    kind: ValuesSourceKind,
    kustomizations: &Objects<Kustomization>,
    waker: &Waker<Kustomization>,
) where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + Send + Sync + 'static,
{
    let (kustomizations, waker) = (kustomizations.clone(), waker.clone());
    let on_change = move |changed: ObjectRef<K>| {
        wake_where(&kustomizations, &waker, |object| {
            let references = object.spec.post_build.iter().flat_map(|post_build| &post_build.substitute_from);
            let mut references = references.map(|reference| (reference.kind, &reference.name));
            object.namespace() == changed.namespace && references.any(|named| named == (kind, &changed.name))
        });
    };
    let selection = Selection::Labels(context.args.scope.watch_configs_label_selector.clone());
    tokio::spawn(follow_versions(context.clone(), selection, Versions::default(), on_change));
}

fn wake_where(
    kustomizations: &Objects<Kustomization>,
    waker: &Waker<Kustomization>,
    concerned: impl Fn(&Kustomization) -> bool,
) {
    for object in kustomizations.all() {
        if concerned(&object) {
            waker.wake(ObjectRef::from_obj(object.as_ref()));
        }
    }
}

/// Passes on what the watches of managed objects report, for as long as they do.
pub async fn follow_managed_objects(mut wakes: UnboundedReceiver<Wake>, waker: Waker<Kustomization>) {
    while let Some(wake) = wakes.recv().await {
        waker.wake(ObjectRef::new(&wake.owner.name).within(&wake.owner.namespace));
    }
}
