//! A cluster as one identity sees it: a client, and the map of kinds that all identities share.
//! Requests go through here, so that deadlines, bounded retries and error forms are the same everywhere.

use std::{sync::Arc, time::Duration};

use kube::Client;
use tokio::time::Instant;

use crate::{
    inventory::Inventory,
    object::{GroupKind, Manifest, ObjectId},
    plan::Scopes,
};

mod kinds;
mod mapper;
mod request;

pub use kinds::ApiKind;
pub(crate) use kinds::escaped;
pub use mapper::{MapError, Mapper};
pub(crate) use request::{Answer, Call, Failure, JSON, METADATA, describe, is_untypable};

/// A cluster as one identity sees it; cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    mapper: Arc<Mapper>,
}

impl Cluster {
    /// Makes a cluster whose kinds are discovered with this client.
    pub fn new(client: Client) -> Self {
        Self { mapper: Arc::new(Mapper::new(client.clone())), client }
    }

    /// Returns the same cluster as another identity sees it; the map of kinds is shared.
    pub fn with_client(&self, client: Client) -> Self {
        Self { client, mapper: Arc::clone(&self.mapper) }
    }

    /// Returns the client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the map of kinds.
    pub fn mapper(&self) -> &Mapper {
        &self.mapper
    }

    /// Finds out which of the kinds are namespaced; costs no request for kinds that are known.
    ///
    /// A kind that the cluster does not serve is left out; only a failed discovery is an error.
    pub async fn scopes(&self, desired: &[Manifest], inventory: &Inventory) -> Result<Scopes, MapError> {
        let desired = desired.iter().map(|manifest| (&manifest.id, manifest.version.as_str()));
        let mut scopes = Scopes::default();
        for (id, version) in desired.chain(inventory.iter()) {
            let kind = id.group_kind();
            if scopes.0.contains_key(&kind) {
                continue;
            }
            if let Some(found) = self.mapper.any_version(&kind, version).await? {
                scopes.0.insert(kind, found.namespaced);
            }
        }
        Ok(scopes)
    }

    /// Sends a request; retried a few times where that may help, and never beyond the deadline.
    pub(crate) async fn call(&self, call: &Call, deadline: Instant) -> Result<Answer, Failure> {
        request::send(&self.client, call, deadline).await
    }

    /// Finds the served form of an object's kind in any version, preferably in this one.
    pub(crate) async fn locate(
        &self,
        id: &ObjectId,
        version: &str,
    ) -> Result<Option<Arc<ApiKind>>, MapError> {
        self.mapper.any_version(&GroupKind::new(&id.group, &id.kind), version).await
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("mapper", &self.mapper).finish_non_exhaustive()
    }
}

/// How long a single request may take: as long as an API server lets it run.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
