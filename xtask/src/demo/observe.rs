//! What is in the cluster now, kept up to date by watches.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt as _;
use kube::api::Api;
use kube::core::{DynamicObject, GroupVersionKind};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Client, ResourceExt as _};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::repository::{HOME, SHOP};
use crate::cluster::resource;

/// The kinds that are watched, with the namespace they are watched in.
const WATCHED: [(&str, &str, &str, Option<&str>); 7] = [
    ("source.toolkit.fluxcd.io", "v1", "GitRepository", Some(HOME)),
    ("kustomize.toolkit.fluxcd.io", "v1", "Kustomization", Some(HOME)),
    ("", "v1", "Namespace", None),
    ("", "v1", "ServiceAccount", Some(SHOP)),
    ("", "v1", "ConfigMap", Some(SHOP)),
    ("", "v1", "Service", Some(SHOP)),
    ("apps", "v1", "Deployment", Some(SHOP)),
];

/// Kind and name of an object; its namespace follows from the kind.
pub(super) type Id = (String, String);

/// The watched objects at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Snapshot {
    objects: BTreeMap<Id, Arc<DynamicObject>>,
}

/// Running watches.
pub(super) struct Observer {
    snapshot: watch::Receiver<Snapshot>,
    // Aborts the watches when dropped.
    _tasks: JoinSet<()>,
}

impl Snapshot {
    /// Returns an object.
    pub(super) fn get(&self, kind: &str, name: &str) -> Option<&DynamicObject> {
        self.objects.get(&(kind.to_owned(), name.to_owned())).map(Arc::as_ref)
    }

    /// Returns all objects of a kind, by name.
    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a DynamicObject> {
        self.objects.iter().filter(move |((of, _), _)| of == kind).map(|(_, object)| object.as_ref())
    }

    #[cfg(test)]
    pub(super) fn of(objects: Vec<DynamicObject>) -> Self {
        let id = |object: &DynamicObject| (object.types.clone().unwrap_or_default().kind, object.name_any());
        Self { objects: objects.into_iter().map(|object| (id(&object), Arc::new(object))).collect() }
    }
}

impl Observer {
    /// Starts the watches.
    pub(super) fn start(client: &Client) -> Self {
        let (sender, snapshot) = watch::channel(Snapshot::default());
        let mut tasks = JoinSet::new();
        for (group, version, kind, namespace) in WATCHED {
            let resource = resource(&GroupVersionKind::gvk(group, version, kind));
            let api: Api<DynamicObject> = match namespace {
                Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
                None => Api::all_with(client.clone(), &resource),
            };
            tasks.spawn(follow(api, kind, sender.clone()));
        }
        Self { snapshot, _tasks: tasks }
    }

    /// Returns how things stand.
    pub(super) fn now(&mut self) -> Snapshot {
        self.snapshot.borrow_and_update().clone()
    }

    /// Waits until something has changed since the last look.
    pub(super) async fn changed(&mut self) {
        if self.snapshot.changed().await.is_err() {
            // All watches ended, which they never do by themselves: nothing changes any more.
            std::future::pending::<()>().await;
        }
    }
}

async fn follow(api: Api<DynamicObject>, kind: &'static str, snapshot: watch::Sender<Snapshot>) {
    let mut events = watcher(api, watcher::Config::default()).default_backoff().boxed();
    let mut listed = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => listed.clear(),
            Ok(Event::InitApply(object)) => listed.push(object),
            Ok(Event::InitDone) => {
                let listed = std::mem::take(&mut listed);
                snapshot.send_modify(|snapshot| {
                    snapshot.objects.retain(|(of, _), _| of != kind);
                    snapshot.objects.extend(listed.into_iter().map(|object| entry(kind, object)));
                });
            }
            Ok(Event::Apply(object)) => snapshot.send_modify(|snapshot| {
                let (id, object) = entry(kind, object);
                snapshot.objects.insert(id, object);
            }),
            Ok(Event::Delete(object)) => snapshot.send_modify(|snapshot| {
                snapshot.objects.remove(&entry(kind, object).0);
            }),
            // The watch is resumed with growing pauses; what we wait for has a deadline of its own.
            Err(_) => {}
        }
    }
}

fn entry(kind: &str, object: DynamicObject) -> (Id, Arc<DynamicObject>) {
    ((kind.to_owned(), object.name_any()), Arc::new(object))
}
