//! Leader election on a Lease, by client-go's algorithm, so that Go and Rust replicas of a controller exclude each
//! other during an upgrade.
//!
//! A lease is judged by how long *we* have seen it unchanged on our own clock; the times written in it are for people.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::MicroTime,
};
use kube::{
    Api, Client,
    api::{ObjectMeta, PostParams},
};
use tokio::time::{Instant, timeout};

use crate::interval;

/// How a process takes part in an election.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The lease's name.
    pub name: String,
    /// The lease's namespace.
    pub namespace: String,
    /// Who we are; unique among all candidates.
    pub identity: String,
    /// How long others wait before they take over.
    pub lease_duration: Duration,
    /// How long the leader tries to renew before it gives up.
    pub renew_deadline: Duration,
    /// The pause between two tries.
    pub retry_period: Duration,
}

/// A candidate, and later perhaps the leader.
pub struct Elector {
    api: Api<Lease>,
    settings: Settings,
    observed: Option<Observed>,
}

/// The last lease that was seen, and when on our clock it was first seen like this.
#[derive(Clone, Debug)]
struct Observed {
    lease: Lease,
    since: Instant,
}

/// What to do about a lease. Pure.
#[derive(Debug, PartialEq)]
enum Decision {
    Create(LeaseSpec),
    Update(LeaseSpec),
    Wait,
}

impl Elector {
    /// Prepares a candidate; nothing is requested yet.
    #[must_use]
    pub fn new(client: Client, settings: Settings) -> Self {
        let api = Api::namespaced(client, &settings.namespace);
        Self { api, settings, observed: None }
    }

    /// Tries until this process holds the lease.
    pub async fn acquire(&mut self) {
        while !self.attempt().await {
            tokio::time::sleep(interval::jitter(self.settings.retry_period, 20)).await;
        }
        tracing::info!(lease = self.settings.name, "became leader");
    }

    /// Renews the lease and returns when it could not be renewed within the deadline, or someone else has it.
    pub async fn hold(&mut self) {
        loop {
            tokio::time::sleep(self.settings.retry_period).await;
            let deadline = self.settings.renew_deadline;
            if timeout(deadline, self.renew()).await.is_err() {
                tracing::error!(lease = self.settings.name, "lost the lease");
                return;
            }
        }
    }

    /// Gives the lease up, so that another candidate need not wait for it to run out.
    pub async fn release(&mut self) {
        let Some(observed) = self.observed.as_ref().filter(|observed| self.holds(observed)) else { return };
        let now = MicroTime(Timestamp::now());
        let spec = LeaseSpec {
            holder_identity: Some(String::new()),
            lease_duration_seconds: Some(1),
            acquire_time: Some(now.clone()),
            renew_time: Some(now),
            ..observed.lease.spec.clone().unwrap_or_default()
        };
        let lease = Lease { spec: Some(spec), ..observed.lease.clone() };
        if let Err(error) = self.api.replace(&self.settings.name, &PostParams::default(), &lease).await {
            tracing::warn!(%error, "lease could not be released");
        }
    }

    async fn renew(&mut self) {
        while !self.attempt().await {
            tokio::time::sleep(self.settings.retry_period).await;
        }
    }

    /// Makes one try and returns whether we hold the lease after it.
    async fn attempt(&mut self) -> bool {
        match self.try_acquire_or_renew().await {
            Ok(held) => held,
            Err(error) => {
                tracing::warn!(lease = self.settings.name, %error, "lease could not be read or written");
                false
            }
        }
    }

    async fn try_acquire_or_renew(&mut self) -> Result<bool, kube::Error> {
        // A leader knows its lease already; reading it first would double the requests.
        if let Some(observed) = self.observed.clone().filter(|observed| self.leads(observed))
            && let Ok(lease) = self.replace(&observed.lease, self.claim(observed.lease.spec.as_ref())).await
        {
            self.observe(lease);
            return Ok(true);
        }
        let found = self.api.get_opt(&self.settings.name).await?;
        if let Some(lease) = &found {
            self.observe(lease.clone());
        }
        let lease = match (self.decide(found.is_some()), found) {
            (Decision::Create(spec), _) => self.create(spec).await?,
            (Decision::Update(spec), Some(lease)) => self.replace(&lease, spec).await?,
            _ => return Ok(false),
        };
        self.observe(lease);
        Ok(true)
    }

    fn decide(&self, exists: bool) -> Decision {
        let Some(observed) = self.observed.as_ref().filter(|_| exists) else {
            return Decision::Create(self.claim(None));
        };
        let spec = observed.lease.spec.as_ref();
        let holder = spec.and_then(|spec| spec.holder_identity.as_deref()).unwrap_or_default();
        if !holder.is_empty() && holder != self.settings.identity && is_valid(observed) {
            return Decision::Wait;
        }
        Decision::Update(self.claim(spec))
    }

    /// Returns the lease as we would hold it; the acquire time and the count of transitions survive a renewal.
    fn claim(&self, current: Option<&LeaseSpec>) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        let ours = current.filter(|spec| spec.holder_identity.as_ref() == Some(&self.settings.identity));
        let transitions = current.and_then(|spec| spec.lease_transitions).unwrap_or(0);
        LeaseSpec {
            holder_identity: Some(self.settings.identity.clone()),
            lease_duration_seconds: Some(seconds(self.settings.lease_duration)),
            acquire_time: ours.and_then(|spec| spec.acquire_time.clone()).or_else(|| Some(now.clone())),
            renew_time: Some(now),
            lease_transitions: Some(if ours.is_some() || current.is_none() {
                transitions
            } else {
                transitions.saturating_add(1)
            }),
            ..LeaseSpec::default()
        }
    }

    async fn create(&self, spec: LeaseSpec) -> Result<Lease, kube::Error> {
        let metadata = ObjectMeta { name: Some(self.settings.name.clone()), ..ObjectMeta::default() };
        self.api.create(&PostParams::default(), &Lease { metadata, spec: Some(spec) }).await
    }

    /// Replaces the lease, guarded by its resource version: of two candidates only one succeeds.
    async fn replace(&self, lease: &Lease, spec: LeaseSpec) -> Result<Lease, kube::Error> {
        let lease = Lease { metadata: lease.metadata.clone(), spec: Some(spec) };
        self.api.replace(&self.settings.name, &PostParams::default(), &lease).await
    }

    /// Remembers a lease; our clock for it starts anew only when its content changed.
    fn observe(&mut self, lease: Lease) {
        let since = match &self.observed {
            Some(observed) if observed.lease.spec == lease.spec => observed.since,
            _ => Instant::now(),
        };
        self.observed = Some(Observed { lease, since });
    }

    fn holds(&self, observed: &Observed) -> bool {
        let holder = observed.lease.spec.as_ref().and_then(|spec| spec.holder_identity.as_ref());
        holder == Some(&self.settings.identity)
    }

    fn leads(&self, observed: &Observed) -> bool {
        self.holds(observed) && is_valid(observed)
    }
}

/// Returns whether the lease has not run out, on our clock.
fn is_valid(observed: &Observed) -> bool {
    let seconds = observed.lease.spec.as_ref().and_then(|spec| spec.lease_duration_seconds).unwrap_or(0);
    let duration = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    observed.since + duration > Instant::now()
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests;
