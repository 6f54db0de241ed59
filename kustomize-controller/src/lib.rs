//! kustomize-controller: builds manifests from source artifacts, applies them, and keeps them applied.
//!
//! - [`args`]: the flags.
//! - [`watch`]: which change wakes whom.
//! - [`reconcile`]: the story of a pass, one step a file.
//! - [`sources`], [`memory`], [`renders`]: watched copies of sources, and what one pass leaves for the next.
//! - [`claims`]: which objects each Kustomization wants, so that they change hands instead of being deleted.
//!
//! It never fetches from an origin itself, and it starts no program.

pub mod args;
pub mod claims;
pub mod memory;
pub mod reconcile;
pub mod renders;
pub mod sources;
pub mod watch;

use std::path::PathBuf;
use std::sync::Arc;

pub use args::Args;
use sluice_artifact::fetch::{Fetcher, Options as FetchOptions};
use sluice_artifact::open::{ArtifactCache, Options as CacheOptions};
use sluice_runtime::Context;
use sluice_runtime::controller::Controller;
use sluice_runtime::start::Fatal;
use tokio::sync::mpsc::unbounded_channel;

use reconcile::Reconcile;
use sources::Sources;

/// How many Kustomizations are reconciled at once where no flag says otherwise; waiting ones do not count.
const CONCURRENT: usize = 4;

/// The feature gates that Flux's kustomize-controller knows, with their defaults (reference 02.3).
///
/// Those that tune waiting or caching have no effect: nothing here waits or caches in the way they switch.
pub const GATES: &[(&str, bool)] = &[
    ("AdditiveCELDependencyCheck", false),
    ("CacheSecretsAndConfigMaps", false),
    ("CancelHealthCheckOnNewRevision", false),
    ("DirectSourceFetch", false),
    ("DisableConfigWatchers", false),
    ("DisableFailFastBehavior", false),
    ("DisableStatusPollerCache", true),
    ("ExternalArtifact", false),
    ("GroupChangeLog", false),
    ("MigrateAPIVersion", false),
    ("ObjectLevelWorkloadIdentity", false),
    ("StrictPostBuildSubstitutions", true),
];

/// Runs the controller until shutdown, with opened artifacts in a folder below `temporary`.
///
/// # Errors
/// Fails when the folder cannot be used.
pub async fn run(context: Context, args: Args, temporary: PathBuf) -> Result<(), Fatal> {
    let controller = Controller::new(&context, context.args.concurrent.unwrap_or(CONCURRENT));
    let sources = Sources::default();
    let (wakes, woken) = unbounded_channel();
    let artifacts = open_cache(&args, &temporary)?;
    let dependencies = watch::follow_dependencies(&context, &controller).await;
    let views = reconcile::Views::of(&controller, &dependencies, &sources);
    let reconcile = Reconcile::new(&context, &args, views, artifacts, wakes)?;
    tokio::spawn(watch::follow_managed_objects(woken, controller.waker()));
    watch::follow_variables(&context, &controller.objects(), &controller.waker());
    watch::follow_sources(&context, &sources, &controller.objects(), &controller.waker()).await;
    controller.run(Arc::new(reconcile)).await;
    Ok(())
}

fn open_cache(args: &Args, temporary: &std::path::Path) -> Result<ArtifactCache, Fatal> {
    let host = Some(args.source_controller_localhost.clone()).filter(|host| !host.is_empty());
    let fetcher = Fetcher::new(FetchOptions { retries: args.http_retry, host, ..FetchOptions::default() })?;
    Ok(ArtifactCache::new(
        &temporary.join("kustomize-controller-artifacts"),
        fetcher,
        CacheOptions::default(),
    )?)
}
