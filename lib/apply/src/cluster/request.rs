//! One request: sent, bounded by the deadline, retried a few times when the server or the connection hiccups.
//! Errors carry what the API server said; whether that may be shown is decided where the object is known.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};
use jiff::{Timestamp, fmt::rfc2822};
use kube::{Client, client::Body, core::Status};
use tokio::time::Instant;

use crate::cluster::REQUEST_TIMEOUT;

/// How often a request is sent at most.
const ATTEMPTS: u32 = 3;
/// The pause before the second attempt; doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(150);
/// The longest pause that a server can ask for; longer ones are left to the next pass.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The answer holds whole objects.
pub(crate) const JSON: &str = "application/json";
/// The answer holds only the metadata of an object.
///
/// A server that cannot leave the rest out sends the whole object, of which the metadata is read all the same.
pub(crate) const METADATA: &str =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/// A request that can be sent more than once.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) uri: String,
    pub(crate) accept: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
}

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    /// The server's clock when it answered.
    pub(crate) date: Option<Timestamp>,
    /// How long the answer took.
    pub(crate) took: Duration,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server refused; nothing was written.
    Refused(Box<Status>),
    /// The deadline passed or the connection failed; whether something was written is not known.
    NoAnswer(String),
}

impl Call {
    pub(crate) fn get(uri: String, accept: &'static str) -> Self {
        Self { method: Method::GET, uri, accept, content_type: JSON, body: Bytes::new() }
    }

    pub(crate) fn patch(uri: String, accept: &'static str, content_type: &'static str, body: Bytes) -> Self {
        Self { method: Method::PATCH, uri, accept, content_type, body }
    }

    pub(crate) fn post(uri: String, accept: &'static str, body: Bytes) -> Self {
        Self { method: Method::POST, uri, accept, content_type: JSON, body }
    }

    pub(crate) fn delete(uri: String, body: Bytes) -> Self {
        Self { method: Method::DELETE, uri, accept: JSON, content_type: JSON, body }
    }

    fn request(&self) -> Result<Request<Body>, http::Error> {
        Request::builder()
            .method(self.method.clone())
            .uri(&self.uri)
            .header(header::ACCEPT, self.accept)
            .header(header::CONTENT_TYPE, self.content_type)
            .body(Body::from(self.body.clone()))
    }
}

/// Sends a request until it is answered, refused for good, or out of attempts or time.
pub(crate) async fn send(client: &Client, call: &Call, deadline: Instant) -> Result<Answer, Failure> {
    let mut attempt = 1;
    loop {
        let (failure, wait) = match once(client, call, deadline).await {
            Ok(Outcome::Answer(answer)) => return Ok(answer),
            Ok(Outcome::Refused(status, wait)) => match wait {
                Some(wait) => (Failure::Refused(status), wait),
                None => return Err(Failure::Refused(status)),
            },
            Err(failure) => (failure, None),
        };
        let pause = wait.unwrap_or(FIRST_PAUSE * 2_u32.pow(attempt - 1));
        if attempt == ATTEMPTS || pause > LONGEST_PAUSE || Instant::now() + pause >= deadline {
            return Err(failure);
        }
        // A pause of the protocol, short and bounded: the request itself is tried again, nothing is waited for.
        tokio::time::sleep(pause).await;
        attempt += 1;
    }
}

enum Outcome {
    Answer(Answer),
    /// Refused; retrying may help when a pause is given, which the server may have chosen.
    Refused(Box<Status>, Option<Option<Duration>>),
}

async fn once(client: &Client, call: &Call, deadline: Instant) -> Result<Outcome, Failure> {
    let request =
        call.request().map_err(|error| Failure::NoAnswer(format!("building the request: {error}")))?;
    let until = deadline.min(Instant::now() + REQUEST_TIMEOUT);
    let start = Instant::now();
    let exchange = async {
        let response = client.send(request).await?;
        let (head, body) = response.into_parts();
        Ok::<_, kube::Error>((head, body.collect_bytes().await?))
    };
    let (head, body) = match tokio::time::timeout_at(until, exchange).await {
        Err(_) => return Err(Failure::NoAnswer("no answer in time".to_owned())),
        Ok(Err(error)) => return Err(Failure::NoAnswer(describe(&error))),
        Ok(Ok(answer)) => answer,
    };
    if head.status.is_success() {
        return Ok(Outcome::Answer(Answer { body, date: date(&head.headers), took: start.elapsed() }));
    }
    let code = head.status.as_u16();
    let status = status(code, &body);
    let hiccup = matches!(code, 429 | 500 | 502 | 503 | 504) && !is_untypable(&status);
    let retry = hiccup.then(|| retry_after(&head.headers));
    Ok(Outcome::Refused(Box::new(status), retry))
}

/// What no schema knows is the server's own failure to it, and stays one however often it is tried.
pub(crate) fn is_untypable(status: &Status) -> bool {
    status.code == 500 && status.message.starts_with("failed to create typed patch object")
}

/// Reads the error form of the API server; a proxy's page is cut to its first line.
fn status(code: u16, body: &[u8]) -> Status {
    if let Ok(status) = serde_json::from_slice::<Status>(body)
        && !(status.message.is_empty() && status.reason.is_empty())
    {
        return Status { code, ..status };
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(200)]);
    Status::failure(text.lines().next().unwrap_or_default().trim(), "").with_code(code)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// Says what went wrong with a connection: the whole chain of causes, each once.
pub(crate) fn describe(error: &kube::Error) -> String {
    if let kube::Error::Api(status) = error {
        return status.message.clone();
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
