//! Wakes that cross tasks: any number of them for one object are one.

use std::{collections::HashSet, sync::Arc};

use kube::{Resource, runtime::reflector::ObjectRef};
use tokio::sync::Notify;

use crate::guarded::Guarded;

/// Makes a controller reconcile an object soon; cheap to clone, never blocks.
pub struct Waker<K: Resource<DynamicType = ()>>(Arc<Shared<K>>);

struct Shared<K: Resource<DynamicType = ()>> {
    woken: Guarded<HashSet<ObjectRef<K>>>,
    bell: Notify,
}

impl<K: Resource<DynamicType = ()>> Clone for Waker<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Resource<DynamicType = ()>> Default for Waker<K> {
    fn default() -> Self {
        Self(Arc::new(Shared { woken: Guarded::default(), bell: Notify::new() }))
    }
}

impl<K: Resource<DynamicType = ()>> Waker<K> {
    /// Wakes the object; a name that no object in scope bears is ignored later on.
    pub fn wake(&self, object: ObjectRef<K>) {
        self.0.woken.write(|woken| woken.insert(object));
        self.0.bell.notify_one();
    }

    /// Waits for wakes and takes them all.
    pub(crate) async fn woken(&self) -> HashSet<ObjectRef<K>> {
        loop {
            let woken = self.0.woken.write(std::mem::take);
            if !woken.is_empty() {
                return woken;
            }
            self.0.bell.notified().await;
        }
    }
}
