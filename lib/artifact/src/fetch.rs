//! Downloads an artifact into a file and verifies its digest before anyone can use it.
//!
//! Connections that fail or break and answers of the server's own fault (429, 5xx) are tried again with growing pauses; a
//! missing artifact, a refusal and wrong contents are not. No download is longer than its limit, in bytes and in time.
//! Messages show URLs without credentials and query.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write};
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use reqwest::{Client, Response, StatusCode};
use url::Url;

use crate::digest::{Digest, HashingWriter, ParseDigestError};
use crate::unpack::UnpackError;

/// How artifacts are downloaded.
#[derive(Debug, Clone)]
pub struct Options {
    /// How often a failed download is tried again.
    pub retries: usize,
    /// The pause before the first new attempt; it doubles each time.
    pub min_pause: Duration,
    /// The longest pause.
    pub max_pause: Duration,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long the server may be silent.
    pub read_timeout: Duration,
    /// How long one attempt may take as a whole.
    pub attempt_timeout: Duration,
    /// How many bytes an artifact may have.
    pub max_bytes: u64,
    /// A host, with or without a port, that takes the place of the one in every URL; for controllers that run outside the
    /// cluster they serve.
    pub host: Option<String>,
}

/// Downloads artifacts; clones share their connections.
#[derive(Debug, Clone)]
pub struct Fetcher {
    client: Client,
    options: Options,
}

/// Why an artifact could not be had.
///
/// Clones are cheap: one failure is reported to everyone who waited for the same artifact.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FetchError {
    /// The server has no such artifact; it may be there again when the source was reconciled.
    #[error("artifact not found at {url}")]
    NotFound {
        /// The URL.
        url: String,
    },
    /// The server answered with an error.
    #[error("{url} answered {status}")]
    Status {
        /// The URL.
        url: String,
        /// The status.
        status: StatusCode,
    },
    /// The connection failed or broke.
    #[error("cannot download {url}")]
    Transport {
        /// The URL.
        url: String,
        /// What the client said.
        source: Arc<reqwest::Error>,
    },
    /// The artifact is larger than allowed.
    #[error("the artifact at {url} is larger than {limit} bytes")]
    TooLarge {
        /// The URL.
        url: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The contents are not the ones that were announced.
    #[error("the artifact at {url} has digest {found} instead of {expected}")]
    DigestMismatch {
        /// The URL.
        url: String,
        /// What was announced.
        expected: Digest,
        /// What came.
        found: Digest,
    },
    /// The announced digest cannot be used.
    #[error("the artifact's digest is invalid")]
    Digest(#[from] ParseDigestError),
    /// The URL cannot be used.
    #[error("the artifact's URL is invalid: {0}")]
    Url(&'static str),
    /// The archive was refused.
    #[error("cannot unpack the artifact from {url}")]
    Unpack {
        /// The URL.
        url: String,
        /// Why.
        source: Arc<UnpackError>,
    },
    /// The client could not be set up.
    #[error("cannot set up the HTTP client")]
    Client(#[source] Arc<reqwest::Error>),
    /// The local file system failed.
    #[error("cannot store the artifact")]
    Io(#[source] Arc<io::Error>),
    /// The task that did the work was stopped.
    #[error("the download was interrupted")]
    Interrupted,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            retries: 9,
            min_pause: Duration::from_millis(250),
            max_pause: Duration::from_secs(15),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            attempt_timeout: Duration::from_secs(600),
            max_bytes: 1 << 30,
            host: None,
        }
    }
}

// === impl FetchError ===

impl FetchError {
    /// Tells whether the artifact is not there.
    #[must_use]
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Tells whether trying again can help although nothing has changed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport { .. } => true,
            Self::Status { status, .. } => {
                status.is_server_error()
                    || matches!(*status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
            }
            _ => false,
        }
    }
}

impl From<io::Error> for FetchError {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}

// === impl Fetcher ===

impl Fetcher {
    /// Sets up a client.
    ///
    /// # Errors
    /// The client cannot be set up, or the replacing host is malformed.
    pub fn new(options: Options) -> Result<Self, FetchError> {
        // A second caller loses the race and finds a provider installed, which is all that matters.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.read_timeout)
            .timeout(options.attempt_timeout)
            .redirect(reqwest::redirect::Policy::limited(5))
            .build()
            .map_err(|e| FetchError::Client(Arc::new(e)))?;
        let fetcher = Self { client, options };
        fetcher.resolve("http://probe.invalid/")?;
        Ok(fetcher)
    }

    /// Downloads `url` into an unnamed temporary file, positioned at its start, once its contents have `digest`.
    ///
    /// # Errors
    /// See [`FetchError`]; transient ones only after the last attempt.
    pub async fn fetch(&self, url: &str, digest: &Digest) -> Result<File, FetchError> {
        let url = self.resolve(url)?;
        let pauses = ExponentialBuilder::new()
            .with_min_delay(self.options.min_pause)
            .with_max_delay(self.options.max_pause)
            .with_max_times(self.options.retries)
            .with_jitter();
        (|| self.attempt(&url, digest))
            .retry(pauses)
            .when(FetchError::is_transient)
            .notify(|error, pause| {
                tracing::debug!(%error, ?pause, "artifact download failed, trying again");
            })
            .await
    }

    /// Parses a URL and puts the replacing host in.
    fn resolve(&self, text: &str) -> Result<Url, FetchError> {
        let mut url = Url::parse(text).map_err(|_| FetchError::Url("it cannot be parsed"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Url("its scheme is neither http nor https"));
        }
        if let Some(host) = &self.options.host {
            let wrong = FetchError::Url("the replacing host is malformed");
            let other = Url::parse(&format!("http://{host}/")).map_err(|_| wrong.clone())?;
            url.set_host(other.host_str()).map_err(|_| wrong.clone())?;
            url.set_port(other.port()).map_err(|()| wrong)?;
        }
        Ok(url)
    }

    async fn attempt(&self, url: &Url, digest: &Digest) -> Result<File, FetchError> {
        let response = self.client.get(url.clone()).send().await.map_err(|e| transport(url, e))?;
        match response.status() {
            StatusCode::OK => self.receive(url, response, digest).await,
            StatusCode::NOT_FOUND | StatusCode::GONE => Err(FetchError::NotFound { url: shown(url) }),
            status => Err(FetchError::Status { url: shown(url), status }),
        }
    }

    async fn receive(&self, url: &Url, mut response: Response, digest: &Digest) -> Result<File, FetchError> {
        let limit = self.options.max_bytes;
        let too_large = || FetchError::TooLarge { url: shown(url), limit };
        if response.content_length().is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let file = BufWriter::with_capacity(64 << 10, tempfile::tempfile()?);
        let mut writer = HashingWriter::new(file, digest.algorithm());
        let mut received = 0;
        while let Some(chunk) = response.chunk().await.map_err(|e| transport(url, e))? {
            received += chunk.len() as u64;
            if received > limit {
                return Err(too_large());
            }
            // Chunks are small and go to the page cache: a thread for each would cost more than it saves.
            writer.write_all(&chunk)?;
        }
        let (found, _, file) = writer.finish();
        if found != *digest {
            return Err(FetchError::DigestMismatch { url: shown(url), expected: digest.clone(), found });
        }
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(file)
    }
}

fn transport(url: &Url, error: reqwest::Error) -> FetchError {
    FetchError::Transport { url: shown(url), source: Arc::new(error.without_url()) }
}

/// Prints a URL without what may be secret in it.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both only fail for URLs that cannot have credentials in the first place.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}
