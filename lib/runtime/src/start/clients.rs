//! The two clients of a process: one for requests that answer at once, one for watches that may stay silent.

use std::time::Duration;

use kube::{Client, Config};

use super::Fatal;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the server may stay silent on a request.
const READ: Duration = Duration::from_secs(30);
/// How long the server may stay silent on a watch: longer than the 290 s a watch is asked to last.
const WATCH_READ: Duration = Duration::from_secs(310);
/// How long sending may stand still.
const WRITE: Duration = Duration::from_secs(30);

/// The clients, and the configuration of the first.
pub(super) struct Clients {
    pub(super) config: Config,
    pub(super) requests: Client,
    pub(super) watches: Client,
}

/// Reads KUBECONFIG or the in-cluster configuration and makes the clients; no request is made yet.
pub(super) async fn connect() -> Result<Clients, Fatal> {
    let mut config = Config::infer().await?;
    config.connect_timeout = Some(CONNECT);
    config.read_timeout = Some(READ);
    config.write_timeout = Some(WRITE);
    config.reset_reader_on_write = true;
    config.default_retry = false;
    let mut watching = config.clone();
    watching.read_timeout = Some(WATCH_READ);
    Ok(Clients { requests: Client::try_from(config.clone())?, watches: Client::try_from(watching)?, config })
}
