//! Follows a kind by its metadata alone and remembers nothing but each object's version.
//!
//! It tells when a copy made earlier is out of date, which saves asking, and costs little even for kinds that are many
//! and large, such as Secrets.

use std::{
    collections::{HashMap, HashSet},
    fmt::Debug,
    sync::Arc,
};

use futures::StreamExt;
use kube::{
    Resource,
    core::{NamespaceResourceScope, PartialObjectMeta},
    runtime::{WatchStreamExt, reflector::ObjectRef, watcher, watcher::Event},
};

use super::{Selection, api, config, next};
use crate::{Context, guarded::Guarded};

/// The versions of all objects of kind `K`; cheap to clone, shared by all clones.
pub struct Versions<K: Resource<DynamicType = ()>>(Arc<Guarded<HashMap<ObjectRef<K>, String>>>);

impl<K: Resource<DynamicType = ()>> Clone for Versions<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Resource<DynamicType = ()>> Default for Versions<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Resource<DynamicType = ()>> Versions<K> {
    /// Returns the version of an object as last seen; nothing when it is unknown, for instance before the first list.
    #[must_use]
    pub fn get(&self, object: &ObjectRef<K>) -> Option<String> {
        self.0.read(|versions| versions.get(object).cloned())
    }
}

/// Follows kind `K` until shutdown, calling `on_change` for every object whose version is another than before.
pub async fn follow_versions<K>(
    context: Context,
    selection: Selection,
    versions: Versions<K>,
    on_change: impl FnMut(ObjectRef<K>) + Send,
) where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + Send + Sync + 'static,
{
    let api = api::<PartialObjectMeta<K>>(&context);
    let mut events = watcher::watcher(api, config(&context, selection)).default_backoff().boxed();
    let mut follower = Follower { versions, on_change, listed: HashSet::new() };
    while let Some(event) = next(&context, &mut events).await {
        follower.take(event);
    }
}

struct Follower<K: Resource<DynamicType = ()>, F> {
    versions: Versions<K>,
    on_change: F,
    listed: HashSet<ObjectRef<K>>,
}

impl<K, F> Follower<K, F>
where
    K: Resource<DynamicType = ()> + Clone,
    F: FnMut(ObjectRef<K>),
{
    fn take(&mut self, event: Event<PartialObjectMeta<K>>) {
        match event {
            Event::Init => self.listed.clear(),
            Event::InitApply(object) => {
                if let Some(key) = self.apply(&object) {
                    self.listed.insert(key);
                }
            }
            Event::InitDone => self.listing_done(),
            Event::Apply(object) => {
                self.apply(&object);
            }
            Event::Delete(object) => {
                if let Some(key) = key(&object) {
                    self.versions.0.write(|versions| versions.remove(&key));
                    (self.on_change)(key);
                }
            }
        }
    }

    fn apply(&mut self, object: &PartialObjectMeta<K>) -> Option<ObjectRef<K>> {
        let key = key(object)?;
        let version = object.metadata.resource_version.clone().unwrap_or_default();
        let before = self.versions.0.write(|versions| versions.insert(key.clone(), version.clone()));
        if before != Some(version) {
            (self.on_change)(key.clone());
        }
        Some(key)
    }

    fn listing_done(&mut self) {
        let listed = std::mem::take(&mut self.listed);
        let gone: Vec<_> = self.versions.0.write(|versions| {
            versions.extract_if(|key, _| !listed.contains(key)).map(|(key, _)| key).collect()
        });
        gone.into_iter().for_each(&mut self.on_change);
    }
}

fn key<K: Resource<DynamicType = ()>>(object: &PartialObjectMeta<K>) -> Option<ObjectRef<K>> {
    let name = object.metadata.name.as_deref()?;
    Some(ObjectRef::new(name).within(object.metadata.namespace.as_deref()?))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Secret;
    use serde_json::{Value, json};
    use tokio::sync::mpsc;

    use super::*;
    use crate::scripted;

    fn secret(name: &str, version: &str) -> Value {
        json!({
            "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
            "metadata": { "name": name, "namespace": "n", "resourceVersion": version },
        })
    }

    #[tokio::test(start_paused = true)]
    async fn versions_are_kept_and_changes_told_without_asking_for_contents() {
        let events = Arc::new(std::sync::Mutex::new(vec![
            json!({ "type": "MODIFIED", "object": secret("a", "2") }),
            json!({ "type": "DELETED", "object": secret("b", "3") }),
        ]));
        let (client, log) = scripted::client(move |asked| {
            let events = events.clone();
            async move {
                if !asked.is_watch() {
                    let list = json!({
                        "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList",
                        "metadata": { "resourceVersion": "1" }, "items": [secret("a", "1"), secret("b", "1")],
                    });
                    return (200, list.to_string());
                }
                let lines: String =
                    events.lock().unwrap().drain(..).map(|event| format!("{event}\n")).collect();
                if lines.is_empty() { std::future::pending().await } else { (200, lines) }
            }
        });
        let versions: Versions<Secret> = Versions::default();
        let (tell, mut told) = mpsc::unbounded_channel();
        let context = scripted::context(&client, &[]);
        tokio::spawn(follow_versions(context, Selection::Everything, versions.clone(), move |key| {
            tell.send(key.name).unwrap();
        }));
        for expected in ["a", "b", "a", "b"] {
            assert_eq!(told.recv().await.as_deref(), Some(expected));
        }
        let version = |name: &str| versions.get(&ObjectRef::new(name).within("n"));
        assert_eq!((version("a").as_deref(), version("b")), (Some("2"), None));
        let asked = log.lock().unwrap();
        assert!(asked.iter().all(|asked| asked.accept.contains("PartialObjectMetadata")), "{asked:?}");
    }
}
