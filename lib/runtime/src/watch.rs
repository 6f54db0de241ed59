//! Keeps an [`Objects`] in step with the API server and tells of every change.
//!
//! An object that does not decode is logged, counted and left out; it never stops the others. A broken watch is
//! resumed with backoff; nothing is removed because of an error.

use std::{collections::HashSet, fmt::Debug, sync::Arc};

use futures::StreamExt;
use kube::{
    Api, Resource,
    core::{DeserializeGuard, NamespaceResourceScope},
    runtime::{
        WatchStreamExt,
        reflector::ObjectRef,
        watcher::{self, Event},
    },
};
use serde::de::DeserializeOwned;

use crate::{Context, controller::Objects, metrics::Metrics};

/// A kind that can be followed.
pub trait Watched:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + Clone
    + Debug
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
}

impl<K> Watched for K where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static
{
}

/// What happened to one object.
#[derive(Clone, Debug)]
pub struct Change<K: Resource<DynamicType = ()>> {
    /// The object.
    pub object: ObjectRef<K>,
    /// The state known before, if any.
    pub before: Option<Arc<K>>,
    /// The state the API server reported; nothing when the object is gone.
    pub after: Option<Arc<K>>,
}

/// Which objects are followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// The objects of this process's shard.
    #[default]
    Shard,
    /// All objects in the watched namespaces, whatever the shard.
    Everything,
    /// The objects that match a label selector.
    Labels(String),
}

/// Follows kind `K` in the watched namespaces until shutdown, calling `on_change` for every event in order.
///
/// Spawn the returned future and wait on [`Objects::synced`] where a complete view is needed.
pub async fn follow<K: Watched>(
    context: Context,
    selection: Selection,
    objects: Objects<K>,
    on_change: impl FnMut(Change<K>) + Send,
) {
    let api: Api<DeserializeGuard<K>> = match &context.scope.namespace {
        Some(namespace) => Api::namespaced(context.watch_client.clone(), namespace),
        None => Api::all(context.watch_client.clone()),
    };
    let selector = match selection {
        Selection::Shard => context.scope.label_selector.clone(),
        Selection::Everything => None,
        Selection::Labels(selector) => Some(selector),
    };
    let config = watcher::Config { label_selector: selector, ..watcher::Config::default() };
    let mut follower =
        Follower { objects, on_change, listed: HashSet::new(), metrics: context.metrics.clone() };
    let mut events = watcher::watcher(api, config).default_backoff().boxed();
    loop {
        tokio::select! {
            () = context.shutdown.cancelled() => return,
            event = events.next() => match event {
                Some(Ok(event)) => follower.take(event),
                Some(Err(error)) => tracing::warn!(kind = %K::kind(&()), %error, "watch failed, resuming"),
                None => return,
            },
        }
    }
}

struct Follower<K: Watched, F> {
    objects: Objects<K>,
    on_change: F,
    listed: HashSet<ObjectRef<K>>,
    metrics: Metrics,
}

impl<K: Watched, F: FnMut(Change<K>)> Follower<K, F> {
    fn take(&mut self, event: Event<DeserializeGuard<K>>) {
        match event {
            Event::Init => self.listed.clear(),
            Event::InitApply(DeserializeGuard(Ok(object))) => {
                self.listed.insert(ObjectRef::from_obj(&object));
                self.apply(object);
            }
            Event::InitDone => self.listing_done(),
            Event::Apply(DeserializeGuard(Ok(object))) => self.apply(object),
            Event::Delete(DeserializeGuard(Ok(object))) => {
                let before = self.objects.remove(&object);
                self.tell(ObjectRef::from_obj(&object), before, None);
            }
            Event::Delete(guard @ DeserializeGuard(Err(_))) => self.evict(&guard),
            Event::InitApply(guard) | Event::Apply(guard) => self.undecodable(&guard),
        }
    }

    fn apply(&mut self, object: K) {
        let key = ObjectRef::from_obj(&object);
        let object = Arc::new(object);
        let before = self.objects.get(&key);
        self.objects.apply(object.clone());
        self.tell(key, before, Some(object));
    }

    fn listing_done(&mut self) {
        let listed = std::mem::take(&mut self.listed);
        for gone in self.objects.retain(&listed) {
            self.tell(ObjectRef::from_obj(gone.as_ref()), Some(gone), None);
        }
        self.objects.mark_synced();
    }

    fn undecodable(&mut self, guard: &DeserializeGuard<K>) {
        let DeserializeGuard(Err(invalid)) = guard else { return };
        let (name, namespace) = (&invalid.metadata.name, &invalid.metadata.namespace);
        tracing::error!(kind = %K::kind(&()), ?name, ?namespace, error = %invalid.error, "object does not decode");
        self.metrics.undecodable(&K::kind(&()));
        self.evict(guard);
    }

    fn evict(&mut self, guard: &DeserializeGuard<K>) {
        let meta = guard.meta();
        let (Some(name), Some(namespace)) = (&meta.name, &meta.namespace) else { return };
        let key = ObjectRef::new(name).within(namespace);
        let before = self.objects.evict(&key);
        self.tell(key, before, None);
    }

    fn tell(&mut self, object: ObjectRef<K>, before: Option<Arc<K>>, after: Option<Arc<K>>) {
        (self.on_change)(Change { object, before, after });
    }
}
