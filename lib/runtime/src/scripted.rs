//! A scripted API server for tests: every request goes to a closure, and is remembered.

use std::{
    future::Future,
    sync::{Arc, Mutex},
};

use clap::Parser;
use http::{Method, Request, Response};
use kube::{Client, client::Body};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    Context,
    access::Impersonator,
    args::CommonArgs,
    events::{EventRecorder, Reporter},
    metrics::Metrics,
};

/// A request as the script sees it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) query: String,
    pub(crate) accept: String,
    pub(crate) body: Value,
}

impl Asked {
    pub(crate) fn is_watch(&self) -> bool {
        self.query.contains("watch=true")
    }
}

/// Everything that was asked so far.
pub(crate) type Log = Arc<Mutex<Vec<Asked>>>;

/// Makes a client whose requests are answered by the script: a status code and a body, JSON or lines of JSON.
pub(crate) fn client<F, R>(script: F) -> (Client, Log)
where
    F: Fn(Asked) -> R + Send + Sync + 'static,
    R: Future<Output = (u16, String)> + Send + 'static,
{
    let log = Log::default();
    let remembered = log.clone();
    let script = Arc::new(script);
    let service = tower::service_fn(move |request: Request<Body>| {
        let (script, log) = (script.clone(), remembered.clone());
        async move {
            let asked = read(request).await;
            log.lock().unwrap().push(asked.clone());
            let (code, body) = script(asked).await;
            let response = Response::builder().status(code).body(Body::from(body.into_bytes()));
            Ok::<_, tower::BoxError>(response.unwrap())
        }
    });
    (Client::new(service, "default"), log)
}

async fn read(request: Request<Body>) -> Asked {
    let (parts, body) = request.into_parts();
    let bytes = body.collect_bytes().await.unwrap();
    Asked {
        method: parts.method,
        accept: parts.headers.get("accept").map_or("", |value| value.to_str().unwrap()).to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    }
}

/// An answer in the API server's form of an error.
pub(crate) fn refusal(code: u16) -> (u16, String) {
    let reason = match code {
        404 => "NotFound",
        409 => "Conflict",
        _ => "InternalError",
    };
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "scripted", "reason": reason,
        "code": code,
    });
    (code, status.to_string())
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    common: CommonArgs,
}

/// A context around a scripted client, with the given flags.
pub(crate) fn context(client: &Client, flags: &[&str]) -> Context {
    let args = Flags::parse_from(std::iter::once("test").chain(flags.iter().copied())).common;
    let metrics = Metrics::default();
    let reporter = Reporter { controller: "test", instance: "host".into(), events_addr: String::new() };
    let (events, _) = EventRecorder::start(client.clone(), &reporter, &metrics);
    let config = kube::Config::new("http://localhost".parse().unwrap());
    Context {
        client: client.clone(),
        watch_client: client.clone(),
        access: Impersonator::new(config.clone()),
        config,
        scope: args.watch_scope(),
        namespace: "flux-system".into(),
        args: Arc::new(args),
        gates: Arc::default(),
        name: "test",
        manager: "gotk-test".into(),
        events,
        metrics,
        shutdown: CancellationToken::new(),
    }
}
