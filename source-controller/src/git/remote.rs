//! A remote repository and the right to read it, checked once and ready to use.

use std::fmt;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use url::Url;

use super::error::GitError;

/// The most characters a URL may have.
const URL_LIMIT: usize = 2048;

/// How to prove the right to read.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Auth {
    /// Nothing is proved, unless the URL holds user information.
    #[default]
    None,
    /// A user name and a password, over HTTP.
    Basic {
        /// The user name.
        username: String,
        /// The password.
        password: String,
    },
    /// A bearer token, over HTTP.
    Bearer(String),
    /// A key, over SSH.
    Ssh(SshAuth),
}

/// What an SSH session needs.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SshAuth {
    /// The private key: OpenSSH, PKCS#8, PKCS#1 or SEC1, as PEM.
    pub identity: String,
    /// What the key is encrypted with.
    pub passphrase: Option<String>,
    /// The lines of a `known_hosts` file.
    pub known_hosts: String,
    /// Who to log in as; the URL's user, or `git`, when missing.
    pub user: Option<String>,
}

/// The SSH algorithms an operator allows, most preferred first; empty: those considered safe.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SshAlgorithms {
    /// Key exchange algorithms.
    pub key_exchanges: Vec<String>,
    /// Host key algorithms.
    pub host_keys: Vec<String>,
}

/// What a remote is made of.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RemoteOptions {
    /// The right to read.
    pub auth: Auth,
    /// Certificates (PEM) trusted beside those of the system.
    pub certificate_authority: Option<Vec<u8>>,
    /// What a whole operation may take; one minute when zero.
    pub timeout: Duration,
    /// The SSH algorithms to offer.
    pub algorithms: SshAlgorithms,
}

/// A remote repository for the time of one reconcile: its deadline starts when it is made.
#[derive(Clone)]
pub struct Remote {
    url: Url,
    auth: Auth,
    certificate_authority: Option<Vec<u8>>,
    algorithms: SshAlgorithms,
    timeout: Duration,
    deadline: Instant,
}

impl Remote {
    /// Checks a URL and its options.
    ///
    /// # Errors
    /// When the URL is no `http`, `https` or `ssh` URL with a host and a path, or the credentials do not fit it.
    pub fn new(url: &str, options: RemoteOptions) -> Result<Self, GitError> {
        let mut url = parse(url)?;
        let auth = complete(options.auth, &url)?;
        // From here on no one can print them.
        let stripped = url.set_username("").and_then(|()| url.set_password(None));
        stripped.map_err(|()| GitError::Url("it has no host".into()))?;
        url.set_fragment(None);
        let timeout = if options.timeout.is_zero() { Duration::from_secs(60) } else { options.timeout };
        Ok(Self {
            url,
            auth,
            certificate_authority: options.certificate_authority,
            algorithms: options.algorithms,
            timeout,
            deadline: Instant::now() + timeout,
        })
    }

    /// The URL without user information.
    pub fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn auth(&self) -> &Auth {
        &self.auth
    }

    pub(super) fn certificate_authority(&self) -> Option<&[u8]> {
        self.certificate_authority.as_deref()
    }

    pub(super) fn algorithms(&self) -> &SshAlgorithms {
        &self.algorithms
    }

    /// What a whole operation may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Runs an operation until the deadline.
    pub(super) async fn in_time<T>(
        &self,
        operation: impl Future<Output = Result<T, GitError>>,
    ) -> Result<T, GitError> {
        match tokio::time::timeout_at(self.deadline, operation).await {
            Ok(result) => result,
            Err(_) => Err(GitError::Timeout { url: self.to_string(), after: self.timeout }),
        }
    }

    /// Names the remote and all that decides what it shows, without telling any of it.
    pub(super) fn key(&self) -> String {
        let mut hash = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        field(self.url.as_str().as_bytes());
        match &self.auth {
            Auth::None => field(b"none"),
            Auth::Basic { username, password } => {
                for text in ["basic", username, password] {
                    field(text.as_bytes());
                }
            }
            Auth::Bearer(token) => {
                for text in ["bearer", token] {
                    field(text.as_bytes());
                }
            }
            Auth::Ssh(ssh) => {
                let user = ssh.user.as_deref().unwrap_or_default();
                let passphrase = ssh.passphrase.as_deref().unwrap_or_default();
                for text in ["ssh", user, &ssh.identity, &ssh.known_hosts, passphrase] {
                    field(text.as_bytes());
                }
            }
        }
        field(self.certificate_authority.as_deref().unwrap_or_default());
        hex::encode(hash.finalize())
    }

    /// What must not be repeated when a server repeats it.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let secret = match &self.auth {
            // A token may stand in for the user name.
            Auth::Basic { username, password } if matches!(password.as_str(), "" | "x-oauth-basic") => {
                Some(username.as_str())
            }
            Auth::Basic { password, .. } => Some(password.as_str()),
            Auth::Bearer(token) => Some(token.as_str()),
            Auth::Ssh(ssh) => ssh.passphrase.as_deref(),
            Auth::None => None,
        };
        secret.into_iter().filter(|secret| secret.len() > 3)
    }
}

fn parse(text: &str) -> Result<Url, GitError> {
    if text.len() > URL_LIMIT {
        return Err(GitError::Url(format!("it is longer than {URL_LIMIT} characters")));
    }
    let url = Url::parse(text).map_err(|error| GitError::Url(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https" | "ssh") {
        return Err(GitError::Url(format!("scheme '{}' is not http, https or ssh", url.scheme())));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(GitError::Url("it has no host".into()));
    }
    if url.path().trim_matches('/').is_empty() {
        return Err(GitError::Url("it has no path to a repository".into()));
    }
    if url.query().is_some() {
        return Err(GitError::Url("it has a query".into()));
    }
    Ok(url)
}

/// Takes credentials from the URL where none are given, and refuses those of another transport.
fn complete(auth: Auth, url: &Url) -> Result<Auth, GitError> {
    let ssh = url.scheme() == "ssh";
    match auth {
        Auth::None if ssh => {
            Err(GitError::Credentials("ssh needs a secret with 'identity' and 'known_hosts'".into()))
        }
        Auth::None if !url.username().is_empty() || url.password().is_some() => Ok(Auth::Basic {
            username: decode(url.username())?,
            password: decode(url.password().unwrap_or_default())?,
        }),
        Auth::Ssh(mut key) if ssh => {
            let user = key.user.take().filter(|user| !user.is_empty());
            let from_url = decode(url.username())?;
            key.user = user.or_else(|| Some(from_url).filter(|user| !user.is_empty()));
            Ok(Auth::Ssh(key))
        }
        Auth::Ssh(_) => Err(GitError::Credentials(format!("an ssh key does not fit '{}'", url.scheme()))),
        Auth::Basic { .. } | Auth::Bearer(_) if ssh => {
            Err(GitError::Credentials("ssh needs a secret with 'identity' and 'known_hosts'".into()))
        }
        auth => Ok(auth),
    }
}

fn decode(encoded: &str) -> Result<String, GitError> {
    percent_decode(encoded).ok_or_else(|| GitError::Url("its user information is not UTF-8".into()))
}

/// Decodes `%41` to `A`; `None` when the result is not UTF-8.
pub(super) fn percent_decode(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'%').then(|| tail.get(..2)).flatten();
        let value = escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(value.unwrap_or(first));
        rest = if value.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Display for Remote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(formatter)
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Remote");
        debug.field("url", &self.url.as_str()).field("auth", &self.auth).finish_non_exhaustive()
    }
}

impl fmt::Debug for RemoteOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("RemoteOptions");
        debug.field("auth", &self.auth).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::None => "None",
            Self::Basic { .. } => "Basic(…)",
            Self::Bearer(_) => "Bearer(…)",
            Self::Ssh(_) => "Ssh(…)",
        })
    }
}

impl fmt::Debug for SshAuth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SshAuth(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Remote, RemoteOptions};

    #[test]
    fn secrets_are_not_repeated() {
        for (url, said, shown) in [
            ("https://ann:hunter2@host/r", "ann has hunter2", "ann has ***"),
            ("https://token@host/r", "no token like this", "no *** like this"),
            ("https://token:x-oauth-basic@host/r", "no token like this", "no *** like this"),
        ] {
            let remote = Remote::new(url, RemoteOptions::default()).expect("a remote");
            assert_eq!(remote.clean(said.as_bytes()), shown);
        }
    }
}
