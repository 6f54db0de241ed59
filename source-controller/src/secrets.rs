//! Secrets that sources refer to, read once per version.
//!
//! A watch on the metadata of Secrets tells when a copy is out of date, so an interval asks for nothing; and whoever used
//! the old one is woken at once. Where Secrets may not be watched, each is read whenever it is needed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{Api, Client};
use sluice_runtime::{ObjectRef, watch::Versions};

/// The data of a Secret.
pub(crate) type Data = BTreeMap<String, ByteString>;

/// Reads Secrets; cheap to clone.
#[derive(Clone)]
pub(crate) struct Secrets {
    client: Client,
    versions: Versions<Secret>,
    copies: Arc<Mutex<HashMap<ObjectRef<Secret>, Copy>>>,
}

/// What was read, and at which version; a Secret that was not there has neither.
#[derive(Clone, Default)]
struct Copy {
    version: Option<String>,
    data: Option<Arc<Data>>,
}

impl Secrets {
    /// Reads with the client, trusting copies as far as the versions say.
    pub(crate) fn new(client: Client, versions: Versions<Secret>) -> Self {
        Self { client, versions, copies: Arc::default() }
    }

    /// Returns the data of a Secret, or nothing when there is none.
    pub(crate) async fn read(&self, namespace: &str, name: &str) -> Result<Option<Arc<Data>>, kube::Error> {
        let key = ObjectRef::new(name).within(namespace);
        let version = self.versions.get(&key);
        if let Some(copy) = self.copy(&key).filter(|copy| version.is_some() && copy.version == version) {
            return Ok(copy.data);
        }
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), namespace);
        let copy = match secrets.get_opt(name).await? {
            Some(found) => Copy {
                version: found.metadata.resource_version,
                data: Some(Arc::new(found.data.unwrap_or_default())),
            },
            None => Copy::default(),
        };
        self.copies.lock().unwrap_or_else(PoisonError::into_inner).insert(key, copy.clone());
        Ok(copy.data)
    }

    /// Hears that a Secret has another version; returns whether someone has used it as it was before.
    pub(crate) fn changed(&self, secret: &ObjectRef<Secret>) -> bool {
        let version = self.versions.get(secret);
        let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        let stale = copies.get(secret).is_some_and(|copy| copy.version != version);
        if stale {
            copies.remove(secret);
        }
        stale
    }

    fn copy(&self, key: &ObjectRef<Secret>) -> Option<Copy> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
}
