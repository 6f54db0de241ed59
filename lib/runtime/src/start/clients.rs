//! The two clients of a process: one for requests that answer at once, one for watches that may stay silent.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response};

use kube::{
    Client, Config,
    client::{Body, ClientBuilder},
};
use tower::{Layer, Service};

use super::Fatal;
use crate::metrics::Metrics;

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
pub(super) async fn connect(metrics: &Metrics) -> Result<Clients, Fatal> {
    let mut config = Config::infer().await?;
    config.connect_timeout = Some(CONNECT);
    config.read_timeout = Some(READ);
    config.write_timeout = Some(WRITE);
    config.reset_reader_on_write = true;
    config.default_retry = false;
    let mut watching = config.clone();
    watching.read_timeout = Some(WATCH_READ);
    Ok(Clients { requests: client(&config, metrics)?, watches: client(&watching, metrics)?, config })
}

/// Makes a client whose requests are counted.
fn client(config: &Config, metrics: &Metrics) -> Result<Client, Fatal> {
    let host = config.cluster_url.authority().map(ToString::to_string).unwrap_or_default();
    let counting = Counting { metrics: metrics.clone(), host };
    Ok(ClientBuilder::try_from(config.clone())?.with_layer(&counting).build())
}

/// Counts requests by method and answer.
#[derive(Clone)]
struct Counting {
    metrics: Metrics,
    host: String,
}

/// A service whose requests are counted.
#[derive(Clone)]
struct Counted<S> {
    inner: S,
    counting: Counting,
}

impl<S> Layer<S> for Counting {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted { inner, counting: self.clone() }
    }
}

impl<S, B> Service<Request<Body>> for Counted<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Counting { metrics, host } = self.counting.clone();
        let method = request.method().clone();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await;
            // client-go calls a request that got no answer an error, too.
            let code =
                answer.as_ref().map_or("<error>".to_owned(), |answer| answer.status().as_str().to_owned());
            metrics.requested(method.as_str(), &host, &code);
            answer
        })
    }
}
