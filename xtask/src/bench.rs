//! `cargo xtask bench`: what 100 Kustomizations cost, next to what Flux 2.9 was measured to need and to our targets.
//!
//! A release build, a control plane of its own without fake nodes and with a quick controller-manager, and an audit log of
//! every request. Each controller is a user of its own, so that the log tells them from each other and from the benchmark.

mod audit;
mod change;
mod report;
mod usage;
mod workload;

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sluice_control_plane::Options;
use sluice_git_server::{GitServer, Repository};
use sluice_journeys::{Controller, Fleet, FleetOptions, Profile, Programs};

use crate::cluster::Cluster;
use crate::failure::Failure;
use audit::{Log, Window};
use report::Measured;
use usage::Usage;

/// The users of the controllers in the audit log.
const SOURCE: &str = "bench-source-controller";
const KUSTOMIZE: &str = "bench-kustomize-controller";
/// How long no request must come before the quiet minute begins, and how long that is waited for.
const CALM: Duration = Duration::from_secs(5);
const CALM_WITHIN: Duration = Duration::from_secs(60);

/// The arguments of `cargo xtask bench`.
#[derive(clap::Args, Debug, Clone)]
pub struct Arguments {
    /// The number of Kustomizations; the recorded figures are for 100.
    #[arg(long, default_value_t = 100)]
    pub kustomizations: usize,
    /// How long the quiet phase lasts, in seconds.
    #[arg(long, default_value_t = 60)]
    pub quiet: u64,
    /// List the requests by verb and resource.
    #[arg(long)]
    pub requests: bool,
    /// Copy the audit log and the controllers' logs to this directory.
    #[arg(long, value_name = "DIRECTORY")]
    pub keep: Option<std::path::PathBuf>,
}

/// The repository that everything comes from.
struct Source {
    url: String,
    repository: Repository,
}

/// Runs the benchmark.
///
/// # Errors
/// Something could not be started, or a target is missed.
pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let interrupted = async {
        // Without the signal the benchmark simply cannot be interrupted in good order.
        let _ = tokio::signal::ctrl_c().await;
    };
    let measured = runtime.block_on(async {
        tokio::select! {
            measured = measure(arguments) => measured,
            () = interrupted => Err(Failure::Interrupted),
        }
    })?;
    print!("{}", report::table(&measured));
    if arguments.requests {
        print!("{}", report::requests(&measured));
    }
    let missed = report::missed(&measured);
    if missed.is_empty() { Ok(()) } else { Err(format!("missed: {}", missed.join(", ")).into()) }
}

async fn measure(arguments: &Arguments) -> Result<Measured, Failure> {
    say("building the controllers");
    let programs = Programs::build(Profile::Release).await?;
    let directory = tempfile::tempdir().map_err(Failure::io("make a directory"))?;
    let log = Log::new(directory.path().join("audit.log"));
    say("starting a control plane");
    let options = Options { kwok: false, audit_log: Some(log.path().to_owned()), ..Options::default() };
    let cluster = Cluster::embedded(options).await?;
    cluster.define_kinds().await?;
    let git = GitServer::start().await?;
    let repository = git.repository("bench")?;
    workload::commit(&repository, arguments.kustomizations)?;
    let mut fleet = start(&programs, &cluster, directory.path()).await?;
    let source = Source { url: git.url("bench"), repository };
    let measured = phases(arguments, &cluster, &source, &mut fleet, &log).await;
    if let Some(keep) = &arguments.keep {
        keep_logs(keep, &log, &fleet)?;
    }
    let measured = measured?;
    fleet.stop().await?;
    if let Some(plane) = cluster.plane {
        plane.stop().await;
    }
    Ok(measured)
}

/// Measures the roll-out, then the quiet time, then what one changed application costs.
async fn phases(
    arguments: &Arguments,
    cluster: &Cluster,
    source: &Source,
    fleet: &mut Fleet,
    log: &Log,
) -> Result<Measured, Failure> {
    workload::declare_source(cluster, &source.url).await?;
    say(&format!("applying {} Kustomizations", arguments.kustomizations));
    let started = Instant::now();
    workload::apply(cluster, arguments.kustomizations).await?;
    workload::all_ready(cluster, arguments.kustomizations, || fleet.check()).await?;
    let wall = started.elapsed();
    let usage = [&fleet.source, &fleet.kustomize].map(usage_of);
    workload::verify(cluster, arguments.kustomizations).await?;

    say("waiting for the last requests");
    calm(log).await?;
    let quiet_from = Timestamp::now();
    say(&format!("counting requests for {} s", arguments.quiet));
    tokio::time::sleep(Duration::from_secs(arguments.quiet)).await;
    fleet.check()?;
    let quiet_to = Timestamp::now();

    say("changing one of them");
    let reaction = change::one(cluster, &source.repository, arguments.kustomizations).await?;
    calm(log).await?;

    let [source, kustomize] = usage;
    Ok(Measured {
        kustomizations: arguments.kustomizations,
        wall,
        source: source?,
        kustomize: kustomize?,
        rollout: log.count(&Window { from: Timestamp::MIN, to: quiet_from }, &[SOURCE, KUSTOMIZE])?,
        quiet: log.count(&Window { from: quiet_from, to: quiet_to }, &[SOURCE, KUSTOMIZE])?,
        quiet_seconds: arguments.quiet,
        reaction,
        change: log.count(&Window { from: quiet_to, to: Timestamp::MAX }, &[SOURCE, KUSTOMIZE])?,
    })
}

async fn start(programs: &Programs, cluster: &Cluster, directory: &Path) -> Result<Fleet, Failure> {
    let mut options = FleetOptions::new(&cluster.kubeconfig);
    if let Some(plane) = &cluster.plane {
        for (user, controller) in [(SOURCE, &mut options.source), (KUSTOMIZE, &mut options.kustomize)] {
            // Administrators by group, so that no role has to be kept in step.
            let access = plane.user(user, Some("system:masters")).await?;
            let path = directory.join(format!("{user}.kubeconfig"));
            crate::private::write(&path, &access.kubeconfig)?;
            controller.kubeconfig = Some(path);
        }
    }
    Ok(Fleet::start(programs, options).await?)
}

fn usage_of(controller: &Controller) -> Result<Usage, Failure> {
    let pid =
        controller.pid().ok_or_else(|| Failure::Wrong(format!("{} does not run", controller.name())))?;
    Usage::of(pid)
}

/// Waits until the controllers have sent no request for a while: events and the like may follow the last status.
async fn calm(log: &Log) -> Result<(), Failure> {
    let deadline = Instant::now() + CALM_WITHIN;
    let everything = Window { from: Timestamp::MIN, to: Timestamp::MAX };
    let mut before = None;
    while Instant::now() < deadline {
        let now = log.count(&everything, &[SOURCE, KUSTOMIZE])?.total();
        if before == Some(now) {
            break;
        }
        before = Some(now);
        tokio::time::sleep(CALM).await;
    }
    Ok(())
}

fn keep_logs(directory: &Path, log: &Log, fleet: &Fleet) -> Result<(), Failure> {
    std::fs::create_dir_all(directory).map_err(Failure::io("make the directory for logs"))?;
    for path in [log.path(), fleet.source.log(), fleet.kustomize.log()] {
        let name = path.file_name().unwrap_or_default();
        std::fs::copy(path, directory.join(name)).map_err(Failure::io(format!("copy {}", path.display())))?;
    }
    Ok(())
}

fn say(text: &str) {
    eprintln!("bench: {text}");
}
