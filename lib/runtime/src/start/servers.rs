//! The health and metrics endpoints, which every replica serves.

use std::net::SocketAddr;

use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Fatal;
use crate::{
    args::{CommonArgs, listen_address},
    metrics::Metrics,
};

/// What prometheus-client writes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Binds both endpoints and serves them until shutdown.
pub(super) async fn start(
    args: &CommonArgs,
    metrics: &Metrics,
    shutdown: &CancellationToken,
) -> Result<(), Fatal> {
    let health = Router::new().route("/healthz", get(ok)).route("/readyz", get(ok));
    serve("health", &args.health_addr, health, shutdown).await?;
    let scrape = Router::new().route("/metrics", get(render)).with_state(metrics.clone());
    serve("metrics", &args.metrics_addr, scrape, shutdown).await
}

/// Binds an address, logs it, and serves the routes in the background until shutdown.
async fn serve(
    what: &'static str,
    address: &str,
    routes: Router,
    shutdown: &CancellationToken,
) -> Result<(), Fatal> {
    if address == "0" {
        return Ok(());
    }
    let address = listen_address(address)?;
    let listener = bind(address).await.map_err(|error| format!("{what} address {address}: {error}"))?;
    tracing::info!(server = what, addr = %listener.local_addr()?, "listening");
    let stop = shutdown.clone().cancelled_owned();
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, routes).with_graceful_shutdown(stop).await {
            tracing::error!(%error, server = what, "server ended");
        }
    });
    Ok(())
}

/// Binds; where the host has no IPv6, every IPv4 address is as good as "every address".
async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Err(_) if address.ip() == std::net::Ipv6Addr::UNSPECIFIED => {
            TcpListener::bind((std::net::Ipv4Addr::UNSPECIFIED, address.port())).await
        }
        result => result,
    }
}

async fn ok() -> &'static str {
    "ok"
}

async fn render(State(metrics): State<Metrics>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.render())
}
