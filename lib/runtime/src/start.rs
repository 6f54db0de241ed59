//! Starts a controller process: flags to logs, clients, servers, leadership, and an orderly end.
//!
//! 1. Logs and the TLS provider are set up; a bad flag ends the process with code 1.
//! 2. Clients get timeouts on connect, read and write; nothing retries behind our back.
//! 3. Health and metrics are served on every replica.
//! 4. With leader election the controller's own part starts only as leader; a lost lease ends the process.
//! 5. SIGTERM or SIGINT cancels the shutdown token, the controller ends, events are flushed, the lease is released.

use std::{error::Error, process::ExitCode, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    Context,
    access::Impersonator,
    args::{CommonArgs, FeatureGates},
    events::{EventRecorder, Reporter, Sinks},
    metrics::Metrics,
};

mod clients;
mod leadership;
mod logs;
mod servers;
mod signals;

/// How long queued events may still be written at shutdown.
const FLUSH: Duration = Duration::from_secs(2);

/// An error that ends the process.
pub type Fatal = Box<dyn Error + Send + Sync>;

/// What distinguishes one controller from another at start-up.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The controller's name, such as `source-controller`.
    pub name: &'static str,
    /// The feature gates it knows, with their defaults.
    pub gates: &'static [(&'static str, bool)],
}

/// Runs a controller until it ends, a signal comes, or the lease is lost.
pub fn run<E: Into<Fatal>>(
    program: Program,
    args: CommonArgs,
    controller: impl AsyncFnOnce(Context) -> Result<(), E>,
) -> ExitCode {
    logs::start(args.log_level, args.log_encoding);
    // Fails only when a provider is installed already, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let gates = match FeatureGates::parse(program.gates, &args.feature_gates) {
        Ok(gates) => gates,
        Err(error) => return fail("flags are not valid", &error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail("runtime could not be started", &error),
    };
    let result = runtime.block_on(async {
        let (context, sinks) = prepare(program, args, gates).await?;
        supervise(context, sinks, controller).await
    });
    // Whatever still runs has had its time; a stuck blocking task must not keep the process.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail("controller ended", error.as_ref()),
    }
}

fn fail(what: &str, error: &(dyn Error + 'static)) -> ExitCode {
    tracing::error!(error, "{what}");
    ExitCode::FAILURE
}

async fn prepare(program: Program, args: CommonArgs, gates: FeatureGates) -> Result<(Context, Sinks), Fatal> {
    let metrics = Metrics::default();
    let clients = clients::connect(&metrics).await?;
    let reporter = Reporter {
        controller: program.name,
        instance: leadership::hostname(&args),
        events_addr: args.events_addr.clone(),
    };
    let (events, sinks) = EventRecorder::start(clients.requests.clone(), &reporter, &metrics);
    let shutdown = CancellationToken::new();
    servers::start(&args, &metrics, &shutdown).await?;
    let context = Context {
        client: clients.requests,
        watch_client: clients.watches,
        access: Impersonator::new(clients.config.clone()),
        config: clients.config,
        scope: args.watch_scope(),
        namespace: args.scope.runtime_namespace.clone(),
        args: Arc::new(args),
        gates: Arc::new(gates),
        name: program.name,
        manager: format!("gotk-{}", program.name),
        events,
        metrics,
        shutdown,
    };
    Ok((context, sinks))
}

/// Runs the controller's part under signals and leadership, then ends everything in order.
async fn supervise<E: Into<Fatal>>(
    context: Context,
    sinks: Sinks,
    controller: impl AsyncFnOnce(Context) -> Result<(), E>,
) -> Result<(), Fatal> {
    let signals = signals::Signals::listen()?;
    tokio::spawn(signals.cancel(context.shutdown.clone()));
    let leadership = tokio::select! {
        leadership = leadership::win(&context) => leadership,
        () = context.shutdown.cancelled() => return Ok(()),
    };
    tracing::info!("starting {}", context.name);
    let result = tokio::select! {
        result = controller(context.clone()) => result.map_err(Into::into),
        () = leadership.lost() => return Err("leader election lost".into()),
    };
    tracing::info!("stopping {}", context.name);
    context.shutdown.cancel();
    sinks.flush(FLUSH).await;
    leadership.release().await;
    result
}
