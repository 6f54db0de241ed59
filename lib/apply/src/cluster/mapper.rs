//! The shared map of kinds: discovered once, and again when an unknown kind is asked for, but not more often than sensible.
//! A failed discovery is an error and never an answer.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use kube::Client;
use tokio::{
    sync::{Mutex, Notify},
    time::Instant,
};

use crate::{
    cluster::kinds::{ApiKind, Kinds},
    object::GroupKind,
};

/// How young a discovery is for an unknown kind to be believed unknown.
const FRESH: Duration = Duration::from_secs(5);

/// How long discovery may lag behind a definition.
const CHANGING: Duration = Duration::from_secs(10);

/// How long a discovery may take.
const DISCOVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// The kinds of a cluster, shared by all identities.
pub struct Mapper {
    client: Client,
    known: RwLock<Option<Known>>,
    /// Held while discovering, so that many askers cost one discovery.
    discovering: Mutex<()>,
    invalidated: Notify,
    /// When a definition changed last.
    changed: RwLock<Option<Instant>>,
}

#[derive(Clone)]
struct Known {
    kinds: Arc<Kinds>,
    since: Instant,
    /// Set when definitions changed after the discovery.
    outdated: bool,
}

/// Why a kind could not be mapped.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MapError {
    /// The cluster could not be asked which kinds it serves.
    #[error("discovering the kinds of the cluster: {0}")]
    Discovery(String),
    /// The server does not know at the moment which kinds the group has.
    #[error("the API server cannot say which kinds the group {0} has: its aggregated API is not available")]
    Stale(String),
}

impl Mapper {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            known: RwLock::new(None),
            discovering: Mutex::new(()),
            invalidated: Notify::new(),
            changed: RwLock::new(None),
        }
    }

    /// Finds a kind in exactly this version.
    pub async fn exact(&self, kind: &GroupKind, version: &str) -> Result<Option<Arc<ApiKind>>, MapError> {
        self.find(kind, |kinds| kinds.exact(kind, version)).await
    }

    /// Finds a kind in this version or, where that is not served, in the preferred one.
    ///
    /// Nothing means that a successful discovery, seconds old at most, does not hold the kind.
    pub async fn any_version(
        &self,
        kind: &GroupKind,
        version: &str,
    ) -> Result<Option<Arc<ApiKind>>, MapError> {
        self.find(kind, |kinds| kinds.any(kind, version)).await
    }

    /// Finds a kind in this version, else in the preferred one, in a discovery of now: a path was not served.
    pub(crate) async fn asked_anew(
        &self,
        kind: &GroupKind,
        version: &str,
    ) -> Result<Option<Arc<ApiKind>>, MapError> {
        self.invalidate();
        let kinds = self.refreshed().await?;
        answer(&kinds, kind, |kinds| kinds.any(kind, version))
    }

    /// Returns a kind as far as the last discovery knows it; never asks.
    pub fn cached(&self, kind: &GroupKind, version: &str) -> Option<Arc<ApiKind>> {
        self.known()?.kinds.exact(kind, version)
    }

    /// Makes the next question for an unknown kind ask the cluster.
    pub fn invalidate(&self) {
        if let Some(known) = self.known.write().unwrap_or_else(PoisonError::into_inner).as_mut() {
            known.outdated = true;
        }
    }

    /// Notes that a definition changed: kinds may come and go in these seconds.
    pub fn definition_changed(&self) {
        *self.changed.write().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.invalidate();
        self.invalidated.notify_waiters();
    }

    /// Tells whether a definition changed so recently that discovery may not show it yet.
    pub(crate) fn is_changing(&self) -> bool {
        let changed = *self.changed.read().unwrap_or_else(PoisonError::into_inner);
        changed.is_some_and(|when| when.elapsed() < CHANGING)
    }

    /// Waits until a definition changes.
    pub(crate) async fn changed(&self) {
        self.invalidated.notified().await;
    }

    async fn find(
        &self,
        kind: &GroupKind,
        pick: impl Fn(&Kinds) -> Option<Arc<ApiKind>>,
    ) -> Result<Option<Arc<ApiKind>>, MapError> {
        if let Some(found) = self.known().and_then(|known| pick(&known.kinds)) {
            return Ok(Some(found));
        }
        let kinds = self.refreshed().await?;
        answer(&kinds, kind, pick)
    }

    async fn refreshed(&self) -> Result<Arc<Kinds>, MapError> {
        let _only = self.discovering.lock().await;
        if let Some(known) = self.known().filter(|known| !known.outdated && known.since.elapsed() < FRESH) {
            return Ok(known.kinds);
        }
        let since = Instant::now();
        let kinds = Arc::new(self.discover().await?);
        let known = Known { kinds: Arc::clone(&kinds), since, outdated: false };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(kinds)
    }

    async fn discover(&self) -> Result<Kinds, MapError> {
        let documents = async {
            tokio::try_join!(
                self.client.list_core_api_versions_aggregated(),
                self.client.list_api_groups_aggregated()
            )
        };
        let (core, groups) = tokio::time::timeout(DISCOVERY_TIMEOUT, documents)
            .await
            .map_err(|_| MapError::Discovery("no answer within 30 seconds".to_owned()))?
            .map_err(|error| MapError::Discovery(super::request::describe(&error)))?;
        Kinds::read(&core, &groups)
            .ok_or_else(|| MapError::Discovery("the answer holds no core kinds".to_owned()))
    }

    fn known(&self) -> Option<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Nothing is an answer only where the server could say what the group holds.
fn answer(
    kinds: &Kinds,
    kind: &GroupKind,
    pick: impl Fn(&Kinds) -> Option<Arc<ApiKind>>,
) -> Result<Option<Arc<ApiKind>>, MapError> {
    match pick(kinds) {
        None if kinds.is_stale(&kind.group) => Err(MapError::Stale(kind.group.clone())),
        found => Ok(found),
    }
}

impl fmt::Debug for Mapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapper").field("discovered", &self.known().is_some()).finish_non_exhaustive()
    }
}
