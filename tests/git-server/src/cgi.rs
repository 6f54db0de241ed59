//! Runs `git http-backend` for one request and turns its output into a response.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdout};
use tokio::sync::mpsc;

use crate::isolation;

/// What `git http-backend` needs to know of a request.
pub(crate) struct CgiRequest {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) content_type: String,
    pub(crate) protocol: Option<String>,
    pub(crate) body: Bytes,
}

/// Called with the length of each piece of the body; `false` ends the answer there.
pub(crate) type Meter = Arc<dyn Fn(usize) -> bool + Send + Sync>;

/// Answers a request from the repositories below `root`.
pub(crate) async fn answer(
    root: &Path,
    request: CgiRequest,
    meter: Meter,
) -> std::io::Result<Response<Body>> {
    let mut child = spawn(root, &request)?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(std::io::Error::other("git http-backend has no pipes"));
    };
    let body = request.body;
    tokio::spawn(async move {
        // A backend that refuses closes its input early; its answer says why.
        let _ = input.write_all(&body).await;
    });
    let mut output = BufReader::new(output);
    let mut response = Response::new(Body::empty());
    read_headers(&mut output, &mut response).await?;
    *response.body_mut() = stream(child, output, meter);
    Ok(response)
}

fn spawn(root: &Path, request: &CgiRequest) -> std::io::Result<Child> {
    let mut command = isolation::git_async(root);
    command.arg("http-backend");
    command.env("GIT_PROJECT_ROOT", root).env("GIT_HTTP_EXPORT_ALL", "1");
    command.env("PATH_INFO", &request.path).env("QUERY_STRING", &request.query);
    command.env("REQUEST_METHOD", request.method.as_str()).env("CONTENT_TYPE", &request.content_type);
    command.env("CONTENT_LENGTH", request.body.len().to_string());
    if let Some(protocol) = &request.protocol {
        command.env("GIT_PROTOCOL", protocol);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
}

async fn read_headers(
    output: &mut BufReader<ChildStdout>,
    response: &mut Response<Body>,
) -> std::io::Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        if output.read_line(&mut line).await? == 0 || line.trim().is_empty() {
            return Ok(());
        }
        let Some((name, value)) = line.trim().split_once(':') else { continue };
        if name.eq_ignore_ascii_case("status") {
            let code = value.trim().split(' ').next().and_then(|code| code.parse().ok());
            *response.status_mut() = code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        } else if let (Ok(name), Ok(value)) =
            (name.parse::<HeaderName>(), HeaderValue::from_str(value.trim()))
        {
            response.headers_mut().insert(name, value);
        }
    }
}

/// Streams the rest of the output; the process ends with the body.
fn stream(child: Child, mut output: BufReader<ChildStdout>, meter: Meter) -> Body {
    let (sender, receiver) = mpsc::channel::<std::io::Result<Bytes>>(4);
    tokio::spawn(async move {
        let _child = child;
        let mut buffer = vec![0; 32 * 1024];
        loop {
            let piece = match output.read(&mut buffer).await {
                Ok(0) => return,
                Ok(length) if meter(length) => Ok(Bytes::copy_from_slice(&buffer[..length])),
                Ok(_) => Err(std::io::Error::other("the connection was cut on purpose")),
                Err(error) => Err(error),
            };
            let ended = piece.is_err();
            if sender.send(piece).await.is_err() || ended {
                return;
            }
        }
    });
    Body::from_stream(futures::stream::unfold(receiver, async |mut receiver| {
        let piece = receiver.recv().await?;
        Some((piece, receiver))
    }))
}
