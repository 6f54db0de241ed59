//! The smart HTTP server: access, counting and misbehaviour on demand in front of `git http-backend`.

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::cgi::{self, CgiRequest};
use crate::counters::{Counters, Kind};
use crate::tls::{self, Identity, TlsListener};
use crate::{Access, Error, Repository, Requests};

/// The most bytes of a request that are read.
const REQUEST_LIMIT: usize = 64 * 1024 * 1024;

/// How a server starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who may read.
    pub access: Access,
    /// Whether to speak TLS, with a certificate of an authority made for this server.
    pub tls: bool,
    /// Whether protocol 2 is offered; without it clients get the first protocol.
    pub protocol_2: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { access: Access::Open, tls: false, protocol_2: true }
    }
}

/// What the server does with the requests it gets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Behaviour {
    /// Serves them.
    #[default]
    Serve,
    /// Answers with this status code.
    Fail(u16),
    /// Never answers.
    Hang,
    /// Cuts the connection after this many bytes of an answer to a fetch.
    CutFetch(u64),
    /// Redirects requests for `info/refs` to the same path below this base.
    Redirect(String),
}

/// A running server; it ends when dropped.
#[derive(Debug)]
pub struct GitServer {
    root: TempDir,
    base: String,
    authority_pem: Option<String>,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    root: std::path::PathBuf,
    access: Mutex<Access>,
    behaviour: Mutex<Behaviour>,
    protocol_2: bool,
    counters: Counters,
}

impl GitServer {
    /// Starts a server without TLS that everybody may read.
    ///
    /// # Errors
    /// When no port or temporary directory is to be had.
    pub async fn start() -> Result<Self, Error> {
        Self::start_with(Options::default()).await
    }

    /// Starts a server.
    ///
    /// # Errors
    /// When no port, temporary directory or certificate is to be had.
    pub async fn start_with(options: Options) -> Result<Self, Error> {
        let root = tempfile::tempdir().map_err(Error::io("create temporary directory"))?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(Error::io("listen"))?;
        let address = listener.local_addr().map_err(Error::io("read own address"))?;
        let shared = Arc::new(Shared {
            root: root.path().to_owned(),
            access: Mutex::new(options.access),
            behaviour: Mutex::default(),
            protocol_2: options.protocol_2,
            counters: Counters::default(),
        });
        let identity = options.tls.then(tls::identity).transpose()?;
        let authority_pem = identity.as_ref().map(|identity| identity.authority_pem.clone());
        let task = serve(listener, identity, Arc::clone(&shared))?;
        let base = base_url(address, options.tls);
        Ok(Self { root, base, authority_pem, shared, task })
    }

    /// The URL all repositories are below, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base
    }

    /// The URL of a repository.
    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}.git", self.base)
    }

    /// The URL of a repository with user information in it.
    pub fn url_with(&self, userinfo: &str, name: &str) -> String {
        self.url(name).replacen("://", &format!("://{userinfo}@"), 1)
    }

    /// The directory all repositories are in.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The PEM of the authority that signed the server's certificate; `None` without TLS.
    pub fn authority_pem(&self) -> Option<&str> {
        self.authority_pem.as_deref()
    }

    /// Creates an empty repository served as [`GitServer::url`] of the same name.
    ///
    /// # Errors
    /// When git refuses.
    pub fn repository(&self, name: &str) -> Result<Repository, Error> {
        Repository::init(&self.root.path().join(format!("{name}.git")))
    }

    /// What has been asked so far.
    pub fn requests(&self) -> Requests {
        self.shared.counters.snapshot()
    }

    /// Changes what is done with later requests.
    pub fn behave(&self, behaviour: Behaviour) {
        *self.shared.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    /// Changes who may read from now on.
    pub fn admit(&self, access: Access) {
        *self.shared.access.lock().unwrap_or_else(PoisonError::into_inner) = access;
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn base_url(address: SocketAddr, tls: bool) -> String {
    let scheme = if tls { "https" } else { "http" };
    format!("{scheme}://{address}")
}

fn serve(
    listener: TcpListener,
    identity: Option<Identity>,
    shared: Arc<Shared>,
) -> Result<JoinHandle<()>, Error> {
    let router = Router::new().fallback(handle).with_state(shared);
    Ok(match identity {
        None => tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        }),
        Some(identity) => {
            let listener = TlsListener::new(listener, identity.config).map_err(Error::io("listen"))?;
            tokio::spawn(async move {
                let _ = axum::serve(listener, router).await;
            })
        }
    })
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, REQUEST_LIMIT).await.ok();
    let Some(body) = body.and_then(|body| inflate(&parts.headers, body)) else {
        return plain(StatusCode::BAD_REQUEST, "unreadable request body");
    };
    let kind = kind(&parts.method, parts.uri.path(), &body);
    if let Some(refusal) = shared.refusal(&parts.headers) {
        shared.counters.count(Kind::Unauthorized);
        return refusal;
    }
    shared.counters.count(kind);
    let behaviour = shared.behaviour();
    match &behaviour {
        Behaviour::Fail(code) => {
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return plain(status, "told to fail");
        }
        Behaviour::Hang => std::future::pending::<()>().await,
        Behaviour::Redirect(base) if kind == Kind::InfoRefs => return redirect(base, &parts.uri),
        Behaviour::Serve | Behaviour::CutFetch(_) | Behaviour::Redirect(_) => {}
    }
    let request = shared.cgi_request(&parts, body);
    let answer = cgi::answer(&shared.root, request, meter(&shared, kind, &behaviour)).await;
    answer.unwrap_or_else(|error| plain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()))
}

impl Shared {
    fn behaviour(&self) -> Behaviour {
        self.behaviour.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn refusal(&self, headers: &HeaderMap) -> Option<Response<Body>> {
        let access = self.access.lock().unwrap_or_else(PoisonError::into_inner);
        if access.admits(text(headers, &header::AUTHORIZATION)) {
            return None;
        }
        let mut response = plain(StatusCode::UNAUTHORIZED, "credentials are needed");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(access.challenge()));
        Some(response)
    }

    fn cgi_request(&self, parts: &axum::http::request::Parts, body: Bytes) -> CgiRequest {
        let protocol = parts.headers.get("git-protocol").and_then(|value| value.to_str().ok());
        CgiRequest {
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            content_type: text(&parts.headers, &header::CONTENT_TYPE).unwrap_or_default().to_owned(),
            protocol: protocol.filter(|_| self.protocol_2).map(str::to_owned),
            body,
        }
    }
}

fn meter(shared: &Arc<Shared>, kind: Kind, behaviour: &Behaviour) -> cgi::Meter {
    let (shared, sent) = (Arc::clone(shared), AtomicU64::new(0));
    let limit = match behaviour {
        Behaviour::CutFetch(limit) => *limit,
        _ => u64::MAX,
    };
    Arc::new(move |length| {
        if kind != Kind::Fetch {
            return true;
        }
        shared.counters.fetched(length);
        sent.fetch_add(length as u64, Ordering::Relaxed) + (length as u64) <= limit
    })
}

fn kind(method: &Method, path: &str, body: &[u8]) -> Kind {
    match path {
        path if path.ends_with("/info/refs") => Kind::InfoRefs,
        path if path.ends_with("/git-upload-pack") && method == Method::POST => Kind::of_body(body),
        _ => Kind::Other,
    }
}

fn inflate(headers: &HeaderMap, body: Bytes) -> Option<Bytes> {
    if text(headers, &header::CONTENT_ENCODING) != Some("gzip") {
        return Some(body);
    }
    let mut plain = Vec::new();
    let mut limited = flate2::read::GzDecoder::new(&body[..]).take(REQUEST_LIMIT as u64);
    limited.read_to_end(&mut plain).ok()?;
    Some(plain.into())
}

fn redirect(base: &str, uri: &axum::http::Uri) -> Response<Body> {
    let query = uri.query().unwrap_or_default();
    let mut response = plain(StatusCode::FOUND, "moved");
    if let Ok(location) = HeaderValue::from_str(&format!("{base}{}?{query}", uri.path())) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    response
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
