//! Everything that runs while this process leads: the file server, and a controller for each kind.
//!
//! The file server starts only here, after leadership is won, so that a standby replica is not ready and gets no
//! requests. Work in progress and mirrors live in a directory whose name begins with a dot, which is never served.

use std::{path::Path, sync::Arc, time::Duration};

use sluice_artifact::{
    fetch::{self, Fetcher},
    serve,
    storage::{Retention, Storage, advertised},
};
use sluice_crds::source::GitRepository;
use sluice_runtime::{
    Context,
    controller::{Controller, Objects, Waker},
    start::Fatal,
    watch::{Selection, Versions, follow_versions},
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    args::Args,
    git::{Limits, Mirrors, SshAlgorithms},
    kinds::git_repository::GitRepositories,
    reconcile::{Sources, Workshop},
    secrets::Secrets,
    watch,
};

/// The directory below the storage that is not served.
const PRIVATE: &str = ".sluice";
/// How many reconciles of a kind run at once at most. Nearly all of that time is waiting for somebody's server; what
/// costs something of ours is bounded by `--concurrent`.
const WAITING: usize = 64;
/// How often unused mirrors are looked for.
const PRUNE_EVERY: Duration = Duration::from_secs(60 * 60);
/// How long downloads may go on after shutdown was asked for, so that a slow reader does not keep the lease.
const DOWNLOADS: Duration = Duration::from_secs(5);
/// How long a mirror may be unused: longer than any sensible interval.
const UNUSED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Serves artifacts and reconciles sources until shutdown.
pub(crate) async fn serve(context: Context, args: Args) -> Result<(), Fatal> {
    if !args.default_service_account.is_empty() && !context.gates.enabled("ObjectLevelWorkloadIdentity") {
        return Err("--default-service-account needs the feature gate ObjectLevelWorkloadIdentity".into());
    }
    let workshop = workshop(&args)?;
    let listener = serve::listen(&args.storage.storage_addr).await?;
    tracing::info!(server = "artifacts", addr = %listener.local_addr()?, "listening");
    let root = workshop.storage.root().to_owned();
    let stopped = context.shutdown.clone().cancelled_owned();
    let server = tokio::spawn(serve::serve(listener, root, stopped));
    git_repositories(&context, &args, workshop)?.await;
    match tokio::time::timeout(DOWNLOADS, server).await {
        Ok(ended) => ended??,
        Err(_) => tracing::warn!("downloads still run at shutdown, breaking them off"),
    }
    Ok(())
}

/// Opens the storage and empties the directory for work in progress.
fn workshop(args: &Args) -> Result<Workshop, Fatal> {
    let flags = &args.storage;
    let address = advertised(&flags.storage_adv_addr, &flags.storage_addr, &args.common.hostname);
    let retention =
        Retention { ttl: flags.artifact_retention_ttl, records: flags.artifact_retention_records };
    let storage = Storage::open(&flags.storage_path, address, retention)?;
    let scratch = storage.root().join(PRIVATE).join("work");
    empty(&scratch)?;
    let places = Arc::new(Semaphore::new(args.concurrent()));
    Ok(Workshop { storage, algorithm: flags.artifact_digest_algo, scratch, places })
}

/// Makes an empty directory; what a killed process left in it goes.
fn empty(directory: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::fs::create_dir_all(directory)
}

fn git_repositories(
    context: &Context,
    args: &Args,
    workshop: Workshop,
) -> Result<impl Future<Output = ()> + use<>, Fatal> {
    let controller: Controller<GitRepository> = Controller::new(context, WAITING);
    let mirrors =
        Arc::new(Mirrors::new(&workshop.storage.root().join(PRIVATE).join("git"), Limits::default())?);
    tokio::spawn(prune(mirrors.clone(), context.shutdown.clone()));
    let kind = GitRepositories {
        client: context.client.clone(),
        secrets: secrets(context, controller.objects(), controller.waker()),
        objects: controller.objects(),
        waker: controller.waker(),
        mirrors,
        storage: workshop.storage.clone(),
        fetcher: Fetcher::new(fetch::Options::default())?,
        algorithms: SshAlgorithms {
            key_exchanges: args.ssh_kex_algos.clone(),
            host_keys: args.ssh_hostkey_algos.clone(),
        },
        sharded: context.scope.label_selector.is_some(),
    };
    let sources = Sources { kind, context: context.clone(), objects: controller.objects(), workshop };
    Ok(controller.run(Arc::new(sources)))
}

/// Follows Secrets and wakes whoever used one that has changed.
fn secrets(context: &Context, objects: Objects<GitRepository>, waker: Waker<GitRepository>) -> Secrets {
    let versions = Versions::default();
    let secrets = Secrets::new(context.client.clone(), versions.clone());
    let hearing = secrets.clone();
    let follow = follow_versions(context.clone(), Selection::Everything, versions, move |secret| {
        if hearing.changed(&secret) {
            watch::readers(&objects.all(), &secret).into_iter().for_each(|reader| waker.wake(reader));
        }
    });
    tokio::spawn(follow);
    secrets
}

/// Removes mirrors that nobody has asked for in a day, every hour until shutdown.
async fn prune(mirrors: Arc<Mirrors>, shutdown: CancellationToken) {
    let mut hourly = tokio::time::interval(PRUNE_EVERY);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = hourly.tick() => {}
        }
        let mirrors = mirrors.clone();
        let pruned = tokio::task::spawn_blocking(move || mirrors.prune(UNUSED_FOR)).await;
        match pruned {
            Ok(Ok(0)) => {}
            Ok(Ok(removed)) => tracing::info!(removed, "removed unused mirrors"),
            Ok(Err(error)) => tracing::warn!(%error, "unused mirrors could not be removed"),
            Err(error) => tracing::warn!(%error, "unused mirrors could not be removed"),
        }
    }
}
