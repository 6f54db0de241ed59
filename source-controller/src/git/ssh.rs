//! SSH in process: the host proves itself first, then one command runs: `git-upload-pack` of one path.

mod algorithms;
mod identity;
mod known_hosts;

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::{Stream, stream};
use russh::client::{Config, Handle, Handler, Msg};
use russh::keys::{HashAlg, PrivateKeyWithHashAlg};
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::io::AsyncBufRead;
use tokio::net::TcpStream;
use tokio_util::io::StreamReader;

use super::error::{GitError, chain};
use super::protocol::{Advertisement, PacketError, ProtocolError};
use super::remote::{Remote, SshAuth, percent_decode};
use super::session::{Answer, explain, reported};
use known_hosts::{KnownHosts, Verdict};

const DEFAULT_USER: &str = "git";

/// The most bytes kept of what a server writes to its error stream.
const COMPLAINT_LIMIT: usize = 4096;

/// What the server wrote to its error stream.
type Complaint = Arc<Mutex<Vec<u8>>>;

/// A running `git-upload-pack` on the other side.
pub(super) struct SshSession {
    /// Keeps the connection; it ends with this.
    _connection: Handle<HostCheck>,
    requests: ChannelWriteHalf<Msg>,
    answers: Answer,
    complaint: Complaint,
    offer: Advertisement,
}

impl SshSession {
    pub(super) async fn open(remote: &Remote, auth: &SshAuth) -> Result<Self, GitError> {
        let host = Host::of(remote);
        let known = Arc::new(KnownHosts::parse(&auth.known_hosts, &host.name)?);
        let key = identity::decode(auth).await?;
        let mut connection = connect(remote, &host, known).await?;
        log_in(remote, &mut connection, auth, key).await?;
        let channel = connection.channel_open_session().await.map_err(|error| broken(remote, &error))?;
        // A server that does not let this be set speaks the first protocol.
        let set = channel.set_env(false, "GIT_PROTOCOL", "version=2").await;
        set.map_err(|error| broken(remote, &error))?;
        channel.exec(true, command(remote)?).await.map_err(|error| broken(remote, &error))?;
        let (reader, requests) = channel.split();
        let complaint = Complaint::default();
        let mut answers: Answer =
            Box::new(StreamReader::new(Box::pin(answers(reader, Arc::clone(&complaint)))));
        let offer = Advertisement::read(&mut answers).await;
        let offer = offer.map_err(|error| complain(remote, &complaint, &error))?;
        Ok(Self { _connection: connection, requests, answers, complaint, offer })
    }

    pub(super) fn offer(&self) -> &Advertisement {
        &self.offer
    }

    pub(super) async fn send(
        &mut self,
        remote: &Remote,
        request: Bytes,
    ) -> Result<&mut (dyn AsyncBufRead + Send + Unpin), GitError> {
        self.requests.data_bytes(request).await.map_err(|error| broken(remote, &error))?;
        Ok(&mut self.answers)
    }

    pub(super) fn explain(&self, remote: &Remote, error: &ProtocolError) -> GitError {
        complain(remote, &self.complaint, error)
    }
}

/// Where to connect.
struct Host {
    address: String,
    port: u16,
    /// As `known_hosts` names it: with brackets and the port, unless that is 22.
    name: String,
}

impl Host {
    fn of(remote: &Remote) -> Self {
        let host = remote.url().host_str().unwrap_or_default();
        let address = host.trim_matches(['[', ']']).to_lowercase();
        let port = remote.url().port().unwrap_or(22);
        let name = if port == 22 { address.clone() } else { format!("[{address}]:{port}") };
        Self { address, port, name }
    }
}

async fn connect(
    remote: &Remote,
    host: &Host,
    known: Arc<KnownHosts>,
) -> Result<Handle<HostCheck>, GitError> {
    let config = Config {
        preferred: algorithms::preferred(remote.algorithms(), &known)?,
        nodelay: true,
        // Ends what goes on in the background when an operation is given up while a server says nothing.
        inactivity_timeout: Some(remote.timeout()),
        ..Config::default()
    };
    let stream = TcpStream::connect((host.address.as_str(), host.port)).await;
    let stream = stream.map_err(|error| unreachable(remote, &error))?;
    let refusal = Arc::new(Mutex::new(None));
    let check = HostCheck { known, refusal: Arc::clone(&refusal) };
    let connected = russh::client::connect_stream(Arc::new(config), stream, check).await;
    connected.map_err(|error| match refusal.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(detail) => GitError::HostKey { url: remote.to_string(), detail },
        None => broken(remote, &error),
    })
}

fn unreachable(remote: &Remote, error: &std::io::Error) -> GitError {
    let detail = match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        _ if error.to_string().contains("lookup") => "the host is not known".to_owned(),
        _ => error.to_string(),
    };
    remote.connect_error(detail)
}

async fn log_in(
    remote: &Remote,
    connection: &mut Handle<HostCheck>,
    auth: &SshAuth,
    key: russh::keys::PrivateKey,
) -> Result<(), GitError> {
    let user = auth.user.as_deref().unwrap_or(DEFAULT_USER);
    let hash = if key.algorithm().is_rsa() { rsa_hash(connection).await } else { None };
    let public = key.public_key();
    let shown = format!("{} {}", public.algorithm(), public.fingerprint(HashAlg::Sha256));
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
    let result = connection.authenticate_publickey(user, key).await;
    if result.map_err(|error| broken(remote, &error))?.success() {
        return Ok(());
    }
    Err(remote.unauthorized(format!("the server refuses the key {shown} for user '{user}'")))
}

/// The hash for signatures with an RSA key: what the server names, else the one every current server takes.
async fn rsa_hash(connection: &Handle<HostCheck>) -> Option<HashAlg> {
    match connection.best_supported_rsa_hash().await {
        Ok(Some(named)) => named,
        Ok(None) | Err(_) => Some(HashAlg::Sha256),
    }
}

/// The command, quoted for the shell that servers of the common kind pass it to.
fn command(remote: &Remote) -> Result<String, GitError> {
    let path = percent_decode(remote.url().path()).filter(|path| !path.contains(|c: char| c.is_control()));
    let path = path.ok_or_else(|| GitError::Url("its path is not plain text".into()))?;
    // `/~user/x` is below the home directory of that user.
    let path = if path.starts_with("/~") { &path[1..] } else { &path };
    Ok(format!("git-upload-pack '{}'", path.replace('\'', "'\\''").replace('!', "'\\!'")))
}

fn broken(remote: &Remote, error: &russh::Error) -> GitError {
    let text = remote.clean(chain(error).as_bytes());
    match error {
        russh::Error::NoCommonAlgo { .. } => remote.server_error(format!("ssh: {}", text.to_lowercase())),
        _ => remote.connect_error(format!("ssh: {text}")),
    }
}

/// Prefers what the server wrote to its error stream when it ended without an answer.
fn complain(remote: &Remote, complaint: &Complaint, error: &ProtocolError) -> GitError {
    let said = remote.clean(&complaint.lock().unwrap_or_else(PoisonError::into_inner));
    let ended = matches!(error, ProtocolError::Malformed | ProtocolError::Packet(PacketError::Ended));
    if ended && !said.is_empty() { reported(remote, &said) } else { explain(remote, error) }
}

/// The bytes of the answers; what comes beside them goes to `complaint`.
fn answers(
    reader: ChannelReadHalf,
    complaint: Complaint,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send {
    stream::unfold((reader, complaint), async |(mut reader, complaint)| {
        loop {
            match reader.wait().await? {
                ChannelMsg::Data { data } => return Some((Ok(data), (reader, complaint))),
                ChannelMsg::ExtendedData { data, .. } => keep(&complaint, &data),
                ChannelMsg::Failure => keep(&complaint, b"the server refuses to run git-upload-pack"),
                ChannelMsg::Close => return None,
                _ => {}
            }
        }
    })
}

fn keep(complaint: &Complaint, said: &[u8]) {
    let mut kept = complaint.lock().unwrap_or_else(PoisonError::into_inner);
    let room = COMPLAINT_LIMIT.saturating_sub(kept.len());
    kept.extend_from_slice(&said[..said.len().min(room)]);
}

/// Compares the host's key with `known_hosts`.
pub(super) struct HostCheck {
    known: Arc<KnownHosts>,
    refusal: Arc<Mutex<Option<String>>>,
}

impl Handler for HostCheck {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        key: &russh::keys::PublicKeyOrCertificate,
    ) -> Result<bool, russh::Error> {
        let verdict = match key {
            russh::keys::PublicKeyOrCertificate::PublicKey { key, .. } => self.known.judge(key),
            // None is ever asked for.
            russh::keys::PublicKeyOrCertificate::Certificate(_) => {
                Verdict::Refused("it shows a certificate".into())
            }
        };
        match verdict {
            Verdict::Known => Ok(true),
            Verdict::Refused(why) => {
                *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                Ok(false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::remote::{Auth, Remote, RemoteOptions, SshAuth};
    use super::{Host, command};

    fn remote(url: &str) -> Remote {
        let auth = Auth::Ssh(SshAuth::default());
        Remote::new(url, RemoteOptions { auth, ..RemoteOptions::default() }).expect("a remote")
    }

    #[test]
    fn commands_are_quoted() {
        let cases = [
            ("ssh://git@host/org/repo.git", "git-upload-pack '/org/repo.git'"),
            ("ssh://host/~ann/repo", "git-upload-pack '~ann/repo'"),
            ("ssh://host/it's;rm%20-rf", "git-upload-pack '/it'\\''s;rm -rf'"),
            ("ssh://host/a!b", "git-upload-pack '/a'\\!'b'"),
        ];
        for (url, expected) in cases {
            assert_eq!(command(&remote(url)).expect("a command"), expected);
        }
        assert!(command(&remote("ssh://host/a%0ab")).is_err());
    }

    #[test]
    fn hosts_are_named_as_in_known_hosts() {
        for (url, name) in [
            ("ssh://git@Example.com/r", "example.com"),
            ("ssh://example.com:22/r", "example.com"),
            ("ssh://example.com:2222/r", "[example.com]:2222"),
            ("ssh://[::1]:2222/r", "[::1]:2222"),
        ] {
            assert_eq!(Host::of(&remote(url)).name, name);
        }
    }
}
