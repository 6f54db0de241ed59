//! Leadership for the time the process runs, if it was asked for.

use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    Context,
    args::CommonArgs,
    election::{Elector, Settings},
};

/// How long giving up the lease may take.
const RELEASE: Duration = Duration::from_secs(5);

/// The lease we hold; nothing when no election was asked for.
pub(super) struct Leadership {
    lost: CancellationToken,
    stop: CancellationToken,
    keeper: Option<JoinHandle<()>>,
}

/// Waits until this process leads, and keeps renewing from then on.
pub(super) async fn win(context: &Context) -> Leadership {
    let (lost, stop) = (CancellationToken::new(), CancellationToken::new());
    let args = &context.args.scope;
    if !args.enable_leader_election {
        return Leadership { lost, stop, keeper: None };
    }
    let settings = settings(context);
    let name = settings.name.clone();
    let mut elector = Elector::new(context.client.clone(), settings);
    context.metrics.leading(&name, false);
    elector.acquire().await;
    context.metrics.leading(&name, true);
    let keeper = keep(elector, lost.clone(), stop.clone(), args.leader_election_release_on_cancel);
    Leadership { lost, stop, keeper: Some(tokio::spawn(keeper)) }
}

async fn keep(mut elector: Elector, lost: CancellationToken, stop: CancellationToken, release: bool) {
    tokio::select! {
        () = elector.hold() => lost.cancel(),
        () = stop.cancelled() => {
            if release {
                elector.release().await;
            }
        }
    }
}

fn settings(context: &Context) -> Settings {
    let args = &context.args.scope;
    Settings {
        name: lease_name(context.name, context.scope.label_selector.as_deref()),
        namespace: context.namespace.clone(),
        identity: format!("{}_{:032x}", hostname(&context.args), rand::random::<u128>()),
        lease_duration: args.leader_election_lease_duration,
        renew_deadline: args.leader_election_renew_deadline,
        retry_period: args.leader_election_retry_period,
    }
}

impl Leadership {
    /// Waits until the lease is lost; for ever without an election.
    pub(super) async fn lost(&self) {
        self.lost.cancelled().await;
    }

    /// Stops renewing and gives the lease up, if flags say so.
    pub(super) async fn release(self) {
        self.stop.cancel();
        if let Some(keeper) = self.keeper {
            // A lease that is not released runs out by itself.
            let _ = tokio::time::timeout(RELEASE, keeper).await;
        }
    }
}

/// Returns the lease's name; each shard has its own.
fn lease_name(controller: &str, selector: Option<&str>) -> String {
    match selector {
        None => format!("{controller}-leader-election"),
        Some(selector) => {
            let digest = hex::encode(Sha256::digest(selector.as_bytes()));
            format!("{controller}-leader-election-{}", &digest[..8])
        }
    }
}

/// Returns the host's name: the one that flags give, else the kernel's.
pub(super) fn hostname(args: &CommonArgs) -> String {
    let given = Some(args.hostname.clone()).filter(|name| !name.is_empty());
    let kernel = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    given.or_else(kernel).map_or_else(|| "unknown".to_owned(), |name| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_has_a_lease_of_its_own() {
        assert_eq!(lease_name("x", None), "x-leader-election");
        // printf '%s' '!sharding.fluxcd.io/key' | sha256sum
        let shard = lease_name("x", Some("!sharding.fluxcd.io/key"));
        assert_eq!(shard.len(), "x-leader-election-".len() + 8);
    }
}
