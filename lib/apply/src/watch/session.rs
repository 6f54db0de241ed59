//! One watch request, or one list: the protocol, without deciding what to do when it ends.
//! Initial lists are streamed, object by object; servers that cannot do so are listed in pages.

use std::{io, pin::pin, time::Duration};

use futures::{AsyncBufRead, AsyncBufReadExt};
use http::{Request, header};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::sight::Depth;
use crate::{
    cluster::{ApiKind, Cluster},
    ledger::ResourceVersion,
};

/// How long the server keeps a watch open.
const WATCH_SECONDS: u32 = 290;
/// How long a watch may be silent; servers send a bookmark every minute.
const SILENCE: Duration = Duration::from_secs(130);
/// How many objects a page of a list holds.
const PAGE: u32 = 250;
/// The longest event; etcd keeps no objects near this size.
const LONGEST_LINE: usize = 32 * 1024 * 1024;

const WHOLE: &str = "application/json";
const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
const METADATA_LIST: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// What is watched.
pub(super) struct Target<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) kind: &'a ApiKind,
    pub(super) namespace: &'a str,
    /// The selector, as a query parameter.
    pub(super) selector: &'a str,
    pub(super) depth: Depth,
}

/// What a watch or list tells.
pub(super) enum Event<'a> {
    /// An object is there.
    Present(&'a str),
    /// An object is gone, or no longer selected.
    Deleted(&'a str),
    /// Everything that is there has been told.
    Complete(ResourceVersion),
    /// A later watch may begin after this resource version.
    Progress(String),
}

/// Why a watch or list ended.
#[derive(Debug)]
pub(super) enum End {
    /// The server or the connection closed it; it can go on where it was.
    Closed,
    /// The place where it was is gone; it has to begin anew.
    Expired,
    /// The identity may not watch the kind, or it cannot be watched.
    Denied(String),
    /// The server does not serve the kind.
    Unserved,
    /// The server cannot stream initial lists.
    NoStreaming,
    /// Something else went wrong.
    Failed(String),
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(default)]
    metadata: PageMetadata,
    #[serde(borrow, default)]
    items: Vec<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PageMetadata {
    resource_version: String,
    #[serde(rename = "continue")]
    next: String,
}

#[derive(Deserialize)]
struct Bookmark {
    metadata: crate::metadata::Metadata,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: u16,
    #[serde(default)]
    message: String,
}

/// Watches from a resource version, or from the beginning with everything that is there.
pub(super) async fn watch(target: &Target<'_>, from: Option<&str>, sink: &mut impl FnMut(Event<'_>)) -> End {
    let start = match from {
        Some(from) => format!("resourceVersion={from}"),
        None => "sendInitialEvents=true&resourceVersionMatch=NotOlderThan".to_owned(),
    };
    let query = format!("watch=true&allowWatchBookmarks=true&timeoutSeconds={WATCH_SECONDS}&{start}");
    let accept = if target.depth == Depth::Whole { WHOLE } else { METADATA };
    let request = match target.request(&query, accept) {
        Ok(request) => request,
        Err(error) => return End::Failed(error.to_string()),
    };
    let opened = tokio::time::timeout(SILENCE, target.cluster.client().request_stream(request)).await;
    match opened {
        Err(_) => End::Closed,
        Ok(Err(error)) => End::of(&error),
        Ok(Ok(stream)) => read_lines(stream, sink).await,
    }
}

/// Lists everything in pages; returns the resource version to watch from.
pub(super) async fn list(target: &Target<'_>, sink: &mut impl FnMut(Event<'_>)) -> Result<String, End> {
    let accept = if target.depth == Depth::Whole { WHOLE } else { METADATA_LIST };
    let mut next = String::new();
    loop {
        let query = format!("limit={PAGE}&continue={next}");
        let request = target.request(&query, accept).map_err(|error| End::Failed(error.to_string()))?;
        let answer = tokio::time::timeout(SILENCE, target.cluster.client().request_text(request));
        let text = answer.await.map_err(|_| End::Closed)?.map_err(|error| End::of(&error))?;
        let page: Page<'_> =
            serde_json::from_str(&text).map_err(|_| End::Failed("unreadable list".to_owned()))?;
        for item in page.items {
            sink(Event::Present(item.get()));
        }
        next = page.metadata.next;
        if next.is_empty() {
            sink(Event::Complete(ResourceVersion::parse(&page.metadata.resource_version)));
            return Ok(page.metadata.resource_version);
        }
    }
}

async fn read_lines(stream: impl AsyncBufRead, sink: &mut impl FnMut(Event<'_>)) -> End {
    let mut stream = pin!(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        match tokio::time::timeout(SILENCE, read_line(&mut stream, &mut line)).await {
            Ok(Ok(0)) | Ok(Err(_)) | Err(_) => return End::Closed,
            Ok(Ok(_)) => {}
        }
        if let Some(end) = read_event(&line, sink) {
            return end;
        }
    }
}

/// Reads one line; a line beyond all reason ends the watch instead of filling the memory.
async fn read_line(stream: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        let chunk = stream.fill_buf().await?;
        if chunk.is_empty() {
            // A line that was cut off tells nothing.
            return Ok(0);
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(chunk.len(), |end| end + 1);
        line.extend_from_slice(&chunk[..taken]);
        stream.consume_unpin(taken);
        if end.is_some() {
            return Ok(line.len());
        }
        if line.len() > LONGEST_LINE {
            return Err(io::Error::other("an event is too long"));
        }
    }
}

/// Hands one event on; returns the end of the watch if it says so.
fn read_event(line: &[u8], sink: &mut impl FnMut(Event<'_>)) -> Option<End> {
    let Ok(event) = serde_json::from_slice::<Line<'_>>(line) else {
        return Some(End::Failed("unreadable event".to_owned()));
    };
    let object = event.object.get();
    match event.kind.as_str() {
        "ADDED" | "MODIFIED" => sink(Event::Present(object)),
        "DELETED" => sink(Event::Deleted(object)),
        "BOOKMARK" => {
            let bookmark: Bookmark = serde_json::from_str(object).ok()?;
            let version = bookmark.metadata.resource_version;
            let complete = bookmark.metadata.annotations.get("k8s.io/initial-events-end");
            if complete.is_some_and(|end| end == "true") {
                sink(Event::Complete(ResourceVersion::parse(&version)));
            }
            sink(Event::Progress(version));
        }
        "ERROR" => {
            let refusal: Option<Refusal> = serde_json::from_str(object).ok();
            return Some(match refusal {
                Some(Refusal { code: 410, .. }) => End::Expired,
                Some(refusal) => End::Failed(refusal.message),
                None => End::Failed("the server ended the watch".to_owned()),
            });
        }
        _ => {}
    }
    None
}

impl Target<'_> {
    fn request(&self, query: &str, accept: &str) -> Result<Request<Vec<u8>>, http::Error> {
        let path = self.kind.collection(self.namespace);
        Request::get(format!("{path}?{}&{query}", self.selector))
            .header(header::ACCEPT, accept)
            // Compressed watches come in many members, of which decoders read only the first.
            .header(header::ACCEPT_ENCODING, "identity")
            .body(Vec::new())
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Closed => f.write_str("closed"),
            Self::Expired => f.write_str("expired"),
            Self::Unserved => f.write_str("the kind is not served"),
            Self::NoStreaming => f.write_str("initial lists cannot be streamed"),
            Self::Denied(why) | Self::Failed(why) => f.write_str(why),
        }
    }
}

impl End {
    fn of(error: &kube::Error) -> Self {
        let kube::Error::Api(status) = error else { return Self::Failed(crate::cluster::describe(error)) };
        let message = status.message.clone();
        match status.code {
            403 | 405 => Self::Denied(message),
            404 => Self::Unserved,
            410 => Self::Expired,
            400 | 422
                if message.contains("sendInitialEvents") || message.contains("resourceVersionMatch") =>
            {
                Self::NoStreaming
            }
            _ => Self::Failed(message),
        }
    }
}
