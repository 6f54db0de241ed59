//! The objects of one kind as this process knows them: what the watch said, overlaid with what we wrote ourselves.
//!
//! An older state never replaces a newer one, so a reconcile sees at least the status that it wrote itself even when
//! the watch lags behind.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::guarded::Guarded;
use kube::{Resource, runtime::reflector::ObjectRef};
use tokio::sync::watch;

/// A shared view of all objects of kind `K` in scope; cheap to clone.
pub struct Objects<K: Resource<DynamicType = ()>> {
    map: Arc<Guarded<HashMap<ObjectRef<K>, Arc<K>>>>,
    synced: watch::Sender<bool>,
}

impl<K: Resource<DynamicType = ()>> Clone for Objects<K> {
    fn clone(&self) -> Self {
        Self { map: self.map.clone(), synced: self.synced.clone() }
    }
}

impl<K: Resource<DynamicType = ()>> Default for Objects<K> {
    fn default() -> Self {
        Self { map: Arc::default(), synced: watch::Sender::new(false) }
    }
}

impl<K: Resource<DynamicType = ()>> Objects<K> {
    /// Returns the object, if it is known.
    #[must_use]
    pub fn get(&self, object: &ObjectRef<K>) -> Option<Arc<K>> {
        self.map.read(|map| map.get(object).cloned())
    }

    /// Returns the object of the namespace and name, if it is known.
    #[must_use]
    pub fn find(&self, namespace: &str, name: &str) -> Option<Arc<K>> {
        self.get(&ObjectRef::new(name).within(namespace))
    }

    /// Returns all objects, in no order.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<K>> {
        self.map.read(|map| map.values().cloned().collect())
    }

    /// Takes in what a write of our own returned, unless a newer state is known or the object is gone.
    ///
    /// Returns whether it was taken.
    pub fn record(&self, object: Arc<K>) -> bool {
        let key = ObjectRef::from_obj(object.as_ref());
        self.map.write(|map| match map.get_mut(&key) {
            Some(known) if !is_older(object.as_ref(), known.as_ref()) => {
                *known = object;
                true
            }
            _ => false,
        })
    }

    /// Takes in what the watch reported, unless a newer state is known.
    pub(crate) fn apply(&self, object: Arc<K>) {
        let key = ObjectRef::from_obj(object.as_ref());
        self.map.write(|map| {
            if map.get(&key).is_none_or(|known| !is_older(object.as_ref(), known.as_ref())) {
                map.insert(key, object);
            }
        });
    }

    /// Takes an object out, unless a later incarnation of it is known.
    pub(crate) fn remove(&self, object: &K) -> Option<Arc<K>> {
        let key = ObjectRef::from_obj(object);
        self.map.write(|map| match map.get(&key) {
            Some(known) if !is_older(object, known.as_ref()) => map.remove(&key),
            _ => None,
        })
    }

    /// Keeps only the listed objects and returns those that went.
    pub(crate) fn retain(&self, listed: &HashSet<ObjectRef<K>>) -> Vec<Arc<K>> {
        self.map.write(|map| map.extract_if(|key, _| !listed.contains(key)).map(|(_, gone)| gone).collect())
    }

    /// Takes the named object out whatever its state; for objects that no longer decode.
    pub(crate) fn evict(&self, object: &ObjectRef<K>) -> Option<Arc<K>> {
        self.map.write(|map| map.remove(object))
    }

    /// Waits until the first list is complete.
    pub async fn synced(&self) {
        let mut receiver = self.synced.subscribe();
        // The sender lives in self, so the channel cannot close before.
        let _ = receiver.wait_for(|synced| *synced).await;
    }

    /// Says that the first list is complete.
    pub(crate) fn mark_synced(&self) {
        self.synced.send_replace(true);
    }
}

/// Returns whether `candidate` is an older state than `known`, by resourceVersion.
///
/// Kubernetes promises decimal, comparable resource versions for its own storage; anything else counts as newer.
fn is_older<K: Resource>(candidate: &K, known: &K) -> bool {
    let version = |object: &K| object.meta().resource_version.as_ref().and_then(|v| v.parse::<u128>().ok());
    matches!((version(candidate), version(known)), (Some(candidate), Some(known)) if candidate < known)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::api::ObjectMeta;

    use super::*;

    fn object(version: &str) -> ConfigMap {
        let metadata = ObjectMeta {
            name: Some("a".into()),
            namespace: Some("n".into()),
            resource_version: Some(version.into()),
            ..ObjectMeta::default()
        };
        ConfigMap { metadata, ..ConfigMap::default() }
    }

    #[test]
    fn versions_compare_as_numbers() {
        for (known, candidate, taken) in
            [("9", "10", true), ("10", "9", false), ("10", "10", true), ("x", "1", true), ("99", "100", true)]
        {
            let objects = Objects::default();
            objects.apply(Arc::new(object(known)));
            assert_eq!(objects.record(Arc::new(object(candidate))), taken, "{candidate} over {known}");
        }
    }

    #[test]
    fn a_late_deletion_spares_a_new_incarnation() {
        let objects = Objects::default();
        objects.apply(Arc::new(object("12")));
        assert!(objects.remove(&object("11")).is_none());
        assert!(objects.find("n", "a").is_some());
        assert!(objects.remove(&object("13")).is_some());
        assert!(!objects.record(Arc::new(object("12"))), "an answer that comes late must not raise the dead");
        assert!(objects.all().is_empty());
    }
}
