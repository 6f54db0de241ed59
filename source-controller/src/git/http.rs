//! Smart HTTP.
//!
//! Redirects are followed by hand and only where Git does, on the first request; another host never gets the
//! credentials, and TLS is never given up. Proxies are those of the process environment.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt as _;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Certificate, Client, RequestBuilder, Response, StatusCode};
use tokio::io::AsyncBufRead;
use tokio_util::io::StreamReader;
use url::Url;

use super::error::{GitError, chain};
use super::protocol::{AGENT, Advertisement, Version};
use super::remote::{Auth, Remote};
use super::session::{Answer, explain};

const REDIRECT_LIMIT: usize = 5;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection is kept for the next request; servers close theirs after a minute or more.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// How many sets of trusted certificates are kept ready, and for how many remotes what they offer is remembered.
const CACHE_LIMIT: usize = 1024;

/// Clients by the certificates they trust, and what servers have offered before.
#[derive(Debug, Default)]
pub(super) struct HttpClients {
    clients: Mutex<HashMap<Option<Vec<u8>>, Client>>,
    endpoints: Mutex<HashMap<String, Endpoint>>,
}

/// Where a remote is after redirects, and what it offers.
#[derive(Debug, Clone)]
struct Endpoint {
    base: Url,
    /// Whether the credentials may be sent there.
    trusted: bool,
    offer: Advertisement,
}

/// A session; every request is a connection of its own to the server.
pub(super) struct HttpSession {
    client: Client,
    endpoint: Endpoint,
    answer: Option<Answer>,
}

impl HttpClients {
    /// Remembers nothing yet.
    pub(super) fn new() -> Self {
        // The provider of the whole program, unless something has chosen one before.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Self::default()
    }

    fn client(&self, remote: &Remote) -> Result<Client, GitError> {
        let authority = remote.certificate_authority();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&authority.map(<[u8]>::to_vec)) {
            return Ok(client.clone());
        }
        let client = build(remote, authority)?;
        if clients.len() >= CACHE_LIMIT {
            clients.clear();
        }
        clients.insert(authority.map(<[u8]>::to_vec), client.clone());
        Ok(client)
    }

    fn remembered(&self, remote: &Remote) -> Option<Endpoint> {
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner).get(&remote.key()).cloned()
    }

    /// Remembers what a server offers, so that the next question needs one request; not with the first protocol,
    /// where the offer is the answer.
    fn remember(&self, remote: &Remote, endpoint: &Endpoint) {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        if endpoints.len() >= CACHE_LIMIT {
            endpoints.clear();
        }
        if endpoint.offer.version == Version::Second {
            endpoints.insert(remote.key(), endpoint.clone());
        }
    }

    /// Forgets what a server has offered.
    pub(super) fn forget(&self, remote: &Remote) -> bool {
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner).remove(&remote.key()).is_some()
    }
}

fn build(remote: &Remote, authority: Option<&[u8]>) -> Result<Client, GitError> {
    let mut builder = Client::builder()
        .user_agent(format!("git/{AGENT}"))
        .redirect(reqwest::redirect::Policy::none())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT);
    if let Some(pem) = authority {
        let certificates = Certificate::from_pem_bundle(pem).unwrap_or_default();
        if certificates.is_empty() {
            return Err(GitError::Credentials("the certificate authority holds no PEM certificate".into()));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| remote.connect_error(chain(&error)))
}

impl HttpSession {
    pub(super) async fn open(remote: &Remote, clients: &HttpClients) -> Result<Self, GitError> {
        let client = clients.client(remote)?;
        let endpoint = match clients.remembered(remote) {
            Some(endpoint) => endpoint,
            None => {
                let endpoint = discover(remote, &client).await?;
                clients.remember(remote, &endpoint);
                endpoint
            }
        };
        Ok(Self { client, endpoint, answer: None })
    }

    pub(super) fn offer(&self) -> &Advertisement {
        &self.endpoint.offer
    }

    pub(super) async fn send(
        &mut self,
        remote: &Remote,
        request: Bytes,
    ) -> Result<&mut (dyn AsyncBufRead + Send + Unpin), GitError> {
        let url = below(&self.endpoint.base, "git-upload-pack");
        let mut post = self.client.post(url).body(request);
        post = post.header(CONTENT_TYPE, "application/x-git-upload-pack-request");
        post = post.header(ACCEPT, "application/x-git-upload-pack-result");
        if self.endpoint.offer.version == Version::Second {
            post = post.header("git-protocol", "version=2");
        }
        let response = execute(remote, post, self.endpoint.trusted).await?;
        let response =
            check(remote, response, self.endpoint.trusted, "application/x-git-upload-pack-result")?;
        Ok(self.answer.insert(body(response)))
    }
}

/// Asks what the server offers, following it to where it is.
async fn discover(remote: &Remote, client: &Client) -> Result<Endpoint, GitError> {
    let mut base = remote.url().clone();
    let mut trusted = true;
    for _ in 0..=REDIRECT_LIMIT {
        let url = below(&base, "info/refs?service=git-upload-pack");
        let get = client.get(url.clone()).header("git-protocol", "version=2");
        let response = execute(remote, get, trusted).await?;
        if response.status().is_redirection() {
            let next = redirected(remote, &url, &response)?;
            trusted = trusted && may_know(&next, remote.url());
            base = next;
            continue;
        }
        let response = check(remote, response, trusted, "application/x-git-upload-pack-advertisement")?;
        let offer = Advertisement::read(&mut body(response)).await;
        let offer = offer.map_err(|error| explain(remote, &error))?;
        return Ok(Endpoint { base, trusted, offer });
    }
    Err(remote.server_error(format!("it redirects more than {REDIRECT_LIMIT} times")))
}

/// The base that a redirect of `info/refs` leads to.
fn redirected(remote: &Remote, from: &Url, response: &Response) -> Result<Url, GitError> {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut to = from.join(location).map_err(|_| remote.server_error("it redirects to no url"))?;
    let safe = to.scheme() == "https" || (to.scheme() == "http" && from.scheme() == "http");
    if !safe {
        return Err(remote.server_error("it redirects to where no tls is"));
    }
    let Some(path) = to.path().strip_suffix("/info/refs").map(str::to_owned) else {
        return Err(remote.server_error("it redirects to what is no git repository"));
    };
    to.set_path(&path);
    to.set_query(None);
    let _ = to.set_username("");
    let _ = to.set_password(None);
    Ok(to)
}

/// Whether credentials for one URL may be sent to another: the same server, or the same with TLS.
fn may_know(to: &Url, from: &Url) -> bool {
    let secured =
        from.scheme() == "http" && to.scheme() == "https" && (from.port(), to.port()) == (None, None);
    to.origin() == from.origin() || (secured && to.host_str() == from.host_str())
}

fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url.set_query(query);
    url
}

async fn execute(remote: &Remote, request: RequestBuilder, trusted: bool) -> Result<Response, GitError> {
    let request = match remote.auth() {
        _ if !trusted => request,
        Auth::Basic { username, password } => request.basic_auth(username, Some(password)),
        Auth::Bearer(token) => {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| GitError::Credentials("the bearer token cannot stand in a header".into()))?;
            value.set_sensitive(true);
            request.header(AUTHORIZATION, value)
        }
        Auth::None | Auth::Ssh(_) => request,
    };
    request.send().await.map_err(|error| unreachable(remote, error))
}

/// What stands before every cause.
const NOISE: [&str; 3] = ["error sending request: ", "client error (Connect): ", "tcp connect error: "];

fn unreachable(remote: &Remote, error: reqwest::Error) -> GitError {
    let detail = chain(&error.without_url());
    let known = [
        ("UnknownIssuer", "the server's certificate is signed by an unknown authority"),
        ("NotValidForName", "the server's certificate is for another host"),
        ("certificate expired", "the server's certificate has expired"),
        ("dns error", "the host is not known"),
        ("Connection refused", "connection refused"),
    ];
    let detail = NOISE.iter().fold(detail.as_str(), |rest, noise| rest.strip_prefix(noise).unwrap_or(rest));
    let plain = known.iter().find(|(part, _)| detail.contains(part)).map(|(_, plain)| (*plain).to_owned());
    remote.connect_error(plain.unwrap_or_else(|| remote.clean(detail.as_bytes())))
}

/// Sorts the status of an answer, and refuses what is not in the smart protocol.
fn check(remote: &Remote, response: Response, trusted: bool, content: &str) -> Result<Response, GitError> {
    match response.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            return Err(remote.unauthorized(refusal(remote, response.status(), trusted)));
        }
        status @ (StatusCode::NOT_FOUND | StatusCode::GONE) => {
            return Err(remote.repository_not_found(status.to_string()));
        }
        status if !status.is_success() => return Err(remote.server_error(format!("it answers {status}"))),
        _ => {}
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) == Some(content) {
        return Ok(response);
    }
    Err(remote.server_error("it does not speak the smart git protocol at this url"))
}

fn refusal(remote: &Remote, status: StatusCode, trusted: bool) -> String {
    let what = match remote.auth() {
        Auth::None => "the server asks for credentials and there are none",
        _ if !trusted => "the repository has moved to another host, which does not get the credentials",
        Auth::Basic { .. } => "the server refuses the username and password",
        Auth::Bearer(_) | Auth::Ssh(_) => "the server refuses the token",
    };
    format!("{what} ({status})")
}

fn body(response: Response) -> Answer {
    let stream = response.bytes_stream().map_err(|error| std::io::Error::other(chain(&error.without_url())));
    Box::new(StreamReader::new(Box::pin(stream)))
}

#[cfg(test)]
mod tests {
    use super::{Url, may_know};

    #[test]
    fn who_may_know_the_credentials() {
        let cases = [
            ("https://host/a", "https://host/b", true),
            ("http://host/a", "https://host/a", true),
            ("https://host/a", "https://host:8443/a", false),
            ("http://host:8080/a", "https://host/a", false),
            ("http://host/a", "https://other/a", false),
            ("https://host/a", "https://host.other/a", false),
        ];
        for (from, to, expected) in cases {
            let parse = |text| Url::parse(text).expect("a url");
            assert_eq!(may_know(&parse(to), &parse(from)), expected, "{from} {to}");
        }
    }
}
