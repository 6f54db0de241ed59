//! The file server for a storage: plain files with ranges, and listings of directories.
//!
//! It refuses, always with 404, every path that leads out of the root, through a link or otherwise, and every name that
//! begins with a dot or belongs to a lock. It answers GET and HEAD only.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use tokio::net::TcpListener;
use tower::ServiceExt as _;
use tower_http::services::ServeFile;

/// A listing stops here, so that a crowded directory does not become an endless page.
const MAX_LISTED: usize = 10_000;

/// Makes the routes that serve the directory `root`.
pub fn router(root: impl Into<PathBuf>) -> Router {
    Router::new().fallback(answer).with_state(Arc::new(root.into()))
}

/// Serves the directory `root` on `listener` until `stopped` is ready; requests under way are finished.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    root: impl Into<PathBuf>,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(root)).with_graceful_shutdown(stopped).await
}

/// Listens on an address as the flags have it: an empty host means every interface.
///
/// # Errors
/// The address is malformed or taken.
pub async fn listen(address: &str) -> io::Result<TcpListener> {
    match address.strip_prefix(':').and_then(|port| port.parse().ok()) {
        Some(port) => {
            let everywhere = SocketAddr::from((std::net::Ipv6Addr::UNSPECIFIED, port));
            match TcpListener::bind(everywhere).await {
                // A machine without IPv6 has no such address.
                Err(_) => TcpListener::bind(("0.0.0.0", port)).await,
                bound => bound,
            }
        }
        None => TcpListener::bind(address).await,
    }
}

async fn answer(State(root): State<Arc<PathBuf>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let path = request.uri().path().to_owned();
    match tokio::task::spawn_blocking(move || find(&root, &path)).await {
        Ok(Some(Found::File(file))) => send(file, request).await,
        Ok(Some(Found::Directory(page))) => Html(page).into_response(),
        Ok(Some(Found::Elsewhere(to))) => Redirect::permanent(&to).into_response(),
        Ok(None) | Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn send(file: PathBuf, request: Request) -> Response {
    let sent = ServeFile::new(file).oneshot(request).await;
    sent.map_or_else(|never| match never {}, |response| response.map(Body::new))
}

/// What a path leads to.
enum Found {
    File(PathBuf),
    Directory(String),
    Elsewhere(String),
}

fn find(root: &Path, path: &str) -> Option<Found> {
    let relative = path.strip_prefix('/')?;
    let names: Vec<&str> = relative.split('/').filter(|name| !name.is_empty()).collect();
    // Names in the storage need no escapes but the colon and plus sign, which clients may or may not escape.
    let names: Vec<String> = names.into_iter().map(unescape).collect::<Option<_>>()?;
    if !names.iter().all(|name| is_public(name)) {
        return None;
    }
    let found = root.join(names.join("/")).canonicalize().ok()?;
    if !found.starts_with(root.canonicalize().ok()?) {
        return None;
    }
    if found.is_file() {
        return (!path.ends_with('/')).then_some(Found::File(found));
    }
    if !path.ends_with('/') {
        // Only the last name, so that no path can be read as another host.
        return names.last().map(|name| Found::Elsewhere(format!("./{name}/")));
    }
    listing(&found).ok().map(Found::Directory)
}

fn is_public(name: &str) -> bool {
    !name.starts_with('.') && !name.ends_with(".lock") && !name.contains(['/', '\\', '\0'])
}

fn listing(directory: &Path) -> io::Result<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory)?.take(MAX_LISTED) {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string()
            && is_public(&name)
        {
            names.push(if entry.path().is_dir() { name + "/" } else { name });
        }
    }
    names.sort();
    let mut page = String::from("<!doctype html>\n<pre>\n");
    for name in names {
        // `./` keeps a name with a colon from being read as a scheme.
        let text = escape(&name);
        writeln!(page, "<a href=\"./{text}\">{text}</a>").map_err(io::Error::other)?;
    }
    Ok(page + "</pre>\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Decodes `%41`; `None` for a malformed escape or what is not UTF-8.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let value = digit(rest.next())? * 16 + digit(rest.next())?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
