//! A small API server in memory: enough of server-side apply, reads, deletions and watches, and faults on demand.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::body::{Body, Bytes};
use http::{Method, Request, Response};
use kube::Client;
use serde_json::{Value, json};
use sluice_apply::Owner;
use tokio::sync::{Notify, mpsc};

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The server refuses.
    Status { code: u16, message: &'static str, retry_after: Option<u32> },
    /// Something else answers.
    Body(u16, &'static str),
    /// The connection breaks before the request is read.
    Broken,
    /// The server does what it is asked, and the answer is lost.
    LostAnswer,
    /// Nothing ever comes.
    Silence,
}

impl Fault {
    pub(crate) fn status(code: u16, message: &'static str) -> Self {
        Self::Status { code, message, retry_after: None }
    }

    pub(crate) fn later(code: u16, seconds: u32) -> Self {
        Self::Status { code, message: "later", retry_after: Some(seconds) }
    }
}

#[derive(Clone, Default)]
pub(crate) struct Server(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Value>,
    version: u64,
    log: Vec<String>,
    faults: Vec<(String, Fault, bool)>,
    aliases: HashMap<String, String>,
    relabel: Option<Owner>,
    hidden: Option<String>,
    watches: HashMap<String, VecDeque<Stream>>,
}

/// The server's end of a watch.
#[derive(Clone)]
pub(crate) struct Stream {
    server: Server,
    path: String,
    sender: mpsc::UnboundedSender<String>,
    receiver: Arc<Mutex<Option<mpsc::UnboundedReceiver<String>>>>,
    opened: Arc<Notify>,
}

type Answer = Result<Response<Body>, Box<dyn std::error::Error + Send + Sync>>;

impl Server {
    pub(crate) fn client(&self) -> Client {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<kube::client::Body>| {
            let server = server.clone();
            async move { server.answer(request).await }
        });
        Client::new(service, "default")
    }

    /// One request whose method and path begin so fails; `PATCH!` is a patch that is no dry-run.
    pub(crate) fn fault(&self, request: &str, fault: Fault) {
        self.state().faults.push((request.to_owned(), fault, false));
    }

    /// All requests whose method and path begin so fail.
    pub(crate) fn always(&self, request: &str, fault: Fault) {
        self.state().faults.push((request.to_owned(), fault, true));
    }

    /// Discovery does not know a group any more.
    pub(crate) fn hide(&self, group: &str) {
        self.state().hidden = Some(group.to_owned());
    }

    /// Two paths lead to the same object.
    pub(crate) fn alias(&self, path: &str, to: &str) {
        self.state().aliases.insert(path.to_owned(), to.to_owned());
    }

    /// All objects carry the labels of another owner from now on.
    pub(crate) fn relabel(&self, owner: &Owner) {
        self.state().relabel(owner);
    }

    /// The next deletion finds the object with the labels of another owner.
    pub(crate) fn on_delete_relabel(&self, owner: &Owner) {
        self.state().relabel = Some(owner.clone());
    }

    /// Expects a watch.
    pub(crate) fn watch(&self, path: &str) -> Stream {
        let (sender, receiver) = mpsc::unbounded_channel();
        let stream = Stream {
            server: self.clone(),
            path: path.to_owned(),
            sender,
            receiver: Arc::new(Mutex::new(Some(receiver))),
            opened: Arc::default(),
        };
        self.state().watches.entry(path.to_owned()).or_default().push_back(stream.clone());
        stream
    }

    pub(crate) fn remove(&self, plural: &str, name: &str) {
        let end = format!("/{plural}/{name}");
        let mut state = self.state();
        state.version += 1;
        state.objects.retain(|path, _| !path.ends_with(&end));
    }

    pub(crate) fn names(&self, plural: &str) -> Vec<String> {
        let part = format!("/{plural}/");
        self.state().objects.keys().filter_map(|path| Some(path.split_once(&part)?.1.to_owned())).collect()
    }

    pub(crate) fn writes(&self) -> Vec<String> {
        let log = &self.state().log;
        log.iter().filter(|line| !line.starts_with("GET ") && !line.starts_with("PATCH ")).cloned().collect()
    }

    pub(crate) fn count(&self, request: &str) -> usize {
        self.state().log.iter().filter(|line| line.starts_with(request)).count()
    }

    async fn answer(&self, request: Request<kube::client::Body>) -> Answer {
        let (head, body) = request.into_parts();
        let body = body.collect_bytes().await?;
        let query = head.uri.query().unwrap_or_default().to_owned();
        let mark = if head.method == Method::PATCH && !query.contains("dryRun=All") { "!" } else { "" };
        let line = format!("{}{mark} {}", head.method, head.uri.path());
        let fault = self.state().take_fault(&line);
        match fault {
            Some(Fault::Silence) => std::future::pending().await,
            Some(Fault::Broken) => Err("connection reset".into()),
            Some(Fault::Body(code, text)) => Ok(Response::builder().status(code).body(Body::from(text))?),
            Some(Fault::Status { code, message, retry_after }) => refuse(code, message, "", retry_after),
            Some(Fault::LostAnswer) => {
                self.serve(&head.method, head.uri.path(), &query, &body)?;
                Err("connection reset".into())
            }
            None => self.serve(&head.method, head.uri.path(), &query, &body),
        }
    }

    fn serve(&self, method: &Method, path: &str, query: &str, body: &[u8]) -> Answer {
        let mut state = self.state();
        let path = state.aliases.get(path).cloned().unwrap_or_else(|| path.to_owned());
        match method.as_str() {
            "GET" if path == "/api" || path == "/apis" => {
                json_answer(&discovery(&path, state.hidden.as_deref().unwrap_or_default()))
            }
            "GET" if query.contains("watch=true") => state.open_watch(&path),
            "GET" if query.contains("limit=") => json_answer(&state.list(&path)),
            "GET" => match state.objects.get(&path) {
                Some(object) => json_answer(object),
                None => refuse(404, "not found", &path, None),
            },
            "PATCH" => json_answer(&state.apply(&path, body, query.contains("dryRun=All"))),
            "DELETE" => match state.objects.remove(&path) {
                Some(_) => json_answer(&json!({"kind": "Status", "status": "Success"})),
                None => refuse(404, "not found", &path, None),
            },
            _ => refuse(405, "method not allowed", "", None),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("a scripted request")
    }
}

impl State {
    fn take_fault(&mut self, line: &str) -> Option<Fault> {
        self.log.push(line.to_owned());
        let at = self.faults.iter().position(|(request, ..)| match request.strip_suffix(' ') {
            _ if request == "GET /api" => line == request,
            _ => line.starts_with(request.as_str()),
        })?;
        if line.starts_with("DELETE")
            && let Some(owner) = self.relabel.take()
        {
            self.relabel(&owner);
        }
        if self.faults[at].2 { Some(self.faults[at].1.clone()) } else { Some(self.faults.remove(at).1) }
    }

    fn relabel(&mut self, owner: &Owner) {
        for object in self.objects.values_mut() {
            object["metadata"]["labels"] = json!({"p/name": &*owner.name, "p/namespace": &*owner.namespace});
        }
    }

    fn apply(&mut self, path: &str, body: &[u8], dry_run: bool) -> Value {
        let mut object: Value = serde_json::from_slice(body).expect("a scripted request");
        let live = self.objects.get(path);
        let metadata = object["metadata"].as_object_mut().expect("a scripted request");
        let version = self.version + 1;
        match live {
            Some(live) => {
                metadata.insert("uid".into(), live["metadata"]["uid"].clone());
                metadata.insert("resourceVersion".into(), live["metadata"]["resourceVersion"].clone());
            }
            None => drop(metadata.insert("uid".into(), format!("uid-{version}").into())),
        }
        let entry = json!([{"manager": "ours", "operation": "Apply", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:x": {}}}]);
        metadata.insert("managedFields".into(), entry);
        if !dry_run {
            self.version = version;
            metadata.insert("resourceVersion".into(), version.to_string().into());
            self.objects.insert(path.to_owned(), object.clone());
        }
        object
    }

    fn selected(&self, path: &str) -> impl Iterator<Item = &Value> {
        let plural = path.rsplit('/').next().expect("a scripted request");
        let part = format!("/{plural}/");
        self.objects.iter().filter(move |(path, _)| path.contains(&part)).map(|(_, object)| object)
    }

    fn list(&self, path: &str) -> Value {
        let items: Vec<_> = self.selected(path).collect();
        json!({"metadata": {"resourceVersion": self.version.to_string()}, "items": items})
    }

    fn open_watch(&mut self, path: &str) -> Answer {
        let stream = self.watches.get_mut(path).and_then(VecDeque::pop_front);
        let Some(stream) = stream else { return refuse(500, "no watch expected", "", None) };
        let receiver =
            stream.receiver.lock().expect("a scripted request").take().expect("a scripted request");
        stream.opened.notify_one();
        let lines = futures::stream::unfold(receiver, |mut receiver| async move {
            let line = receiver.recv().await?;
            Some((Ok::<_, std::io::Error>(Bytes::from(line)), receiver))
        });
        Ok(Response::new(Body::from_stream(lines)))
    }
}

impl Stream {
    pub(crate) async fn wait_opened(&self) {
        self.opened.notified().await;
    }

    /// Sends everything that is there, and says so.
    pub(crate) fn initial(&self) {
        let (objects, version): (Vec<Value>, u64) = {
            let state = self.server.state();
            (state.selected(&self.path).cloned().collect(), state.version)
        };
        for object in objects {
            self.send(&json!({"type": "ADDED", "object": object}));
        }
        let metadata = json!({"resourceVersion": version.to_string(), "annotations": {"k8s.io/initial-events-end": "true"}});
        self.send(&json!({"type": "BOOKMARK", "object": {"metadata": metadata}}));
    }

    pub(crate) fn send(&self, event: &Value) {
        self.sender.send(format!("{event}\n")).expect("a scripted request");
    }
}

fn json_answer(value: &Value) -> Answer {
    Ok(Response::builder().body(Body::from(value.to_string()))?)
}

fn refuse(code: u16, message: &str, path: &str, retry_after: Option<u32>) -> Answer {
    let name = path.rsplit('/').next().unwrap_or_default();
    let status = json!({
        "kind": "Status", "status": "Failure", "code": code, "message": message, "reason": "Testing",
        "details": {"name": name},
    });
    let mut response = Response::builder().status(code);
    if let Some(seconds) = retry_after {
        response = response.header("retry-after", seconds);
    }
    Ok(response.body(Body::from(status.to_string()))?)
}

fn discovery(path: &str, hidden: &str) -> Value {
    let resource = |kind: &str, plural: &str, scope: &str| json!({"resource": plural, "responseKind": {"kind": kind}, "scope": scope, "verbs": ["get", "list", "watch", "patch", "delete"]});
    let group = |name: &str, freshness: &str, resources: Value| json!({"metadata": {"name": name}, "versions": [{"version": "v1", "freshness": freshness, "resources": resources}]});
    let items = if path == "/api" {
        let resources = json!([
            resource("Namespace", "namespaces", "Cluster"),
            resource("ConfigMap", "configmaps", "Namespaced"),
            resource("Secret", "secrets", "Namespaced"),
        ]);
        json!([group("", "Current", resources)])
    } else {
        let gadgets = json!([resource("Gadget", "gadgets", "Namespaced")]);
        let mut groups =
            vec![group("example.org", "Current", gadgets), group("stale.example.org", "Stale", json!([]))];
        groups.retain(|group| group["metadata"]["name"] != hidden);
        Value::Array(groups)
    };
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items})
}

/// Longer than any deadline of these tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
