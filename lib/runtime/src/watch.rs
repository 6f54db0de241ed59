//! Keeps an [`Objects`] in step with the API server and tells of every change.
//!
//! An object that does not decode is logged, counted and left out; it never stops the others. A broken watch is
//! resumed with backoff; nothing is removed because of an error.

use std::{
    collections::{HashMap, HashSet},
    fmt::Debug,
    sync::Arc,
};

use futures::{StreamExt, stream::BoxStream};
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

mod versions;

pub use versions::{Versions, follow_versions};

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
    /// The state told of before, if any. What this process wrote itself in between counts as part of the change.
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
    let mut follower = Follower {
        objects,
        on_change,
        told: HashMap::new(),
        listed: HashSet::new(),
        metrics: context.metrics.clone(),
    };
    run(&context, selection, |event| follower.take(event)).await;
}

/// Hands over the events of a kind until shutdown.
async fn run<K: Watched>(
    context: &Context,
    selection: Selection,
    mut take: impl FnMut(Event<DeserializeGuard<K>>),
) {
    let api = api(context);
    let mut events = watcher::watcher(api, config(context, selection)).default_backoff().boxed();
    while let Some(event) = next(context, &mut events).await {
        take(event);
    }
}

/// Returns the kind in the watched namespaces.
fn api<K: Resource<DynamicType = (), Scope = NamespaceResourceScope>>(context: &Context) -> Api<K> {
    match &context.scope.namespace {
        Some(namespace) => Api::namespaced(context.watch_client.clone(), namespace),
        None => Api::all(context.watch_client.clone()),
    }
}

fn config(context: &Context, selection: Selection) -> watcher::Config {
    let label_selector = match selection {
        Selection::Shard => context.scope.label_selector.clone(),
        Selection::Everything => None,
        Selection::Labels(selector) => Some(selector),
    };
    watcher::Config { label_selector, ..watcher::Config::default() }
}

/// Waits for the next event; errors are logged and the watch resumes. Nothing at shutdown.
async fn next<K: Resource<DynamicType = ()>>(
    context: &Context,
    events: &mut BoxStream<'_, watcher::Result<Event<K>>>,
) -> Option<Event<K>> {
    loop {
        tokio::select! {
            () = context.shutdown.cancelled() => return None,
            event = events.next() => match event? {
                Ok(event) => return Some(event),
                Err(error) => tracing::warn!(kind = %K::kind(&()), %error, "watch failed, resuming"),
            },
        }
    }
}

struct Follower<K: Watched, F> {
    objects: Objects<K>,
    /// The states told of last. The view cannot stand in for them: it already holds what we wrote ourselves.
    told: HashMap<ObjectRef<K>, Arc<K>>,
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
                self.objects.remove(&object);
                self.tell(ObjectRef::from_obj(&object), None);
            }
            Event::Delete(guard @ DeserializeGuard(Err(_))) => self.evict(&guard),
            Event::InitApply(guard) | Event::Apply(guard) => self.undecodable(&guard),
        }
    }

    fn apply(&mut self, mut object: K) {
        // Who owns which field is of no use here, and half of what an object weighs.
        object.meta_mut().managed_fields = None;
        let key = ObjectRef::from_obj(&object);
        let object = Arc::new(object);
        self.objects.apply(object.clone());
        self.tell(key, Some(object));
    }

    fn listing_done(&mut self) {
        let listed = std::mem::take(&mut self.listed);
        for gone in self.objects.retain(&listed) {
            self.tell(ObjectRef::from_obj(gone.as_ref()), None);
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
        self.objects.evict(&key);
        self.tell(key, None);
    }

    fn tell(&mut self, object: ObjectRef<K>, after: Option<Arc<K>>) {
        let before = match &after {
            Some(state) => self.told.insert(object.clone(), state.clone()),
            None => self.told.remove(&object),
        };
        (self.on_change)(Change { object, before, after });
    }
}
