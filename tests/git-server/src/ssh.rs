//! The SSH server: public-key login, then `git upload-pack` of one repository.
//!
//! It runs nothing else, whatever a client asks for.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use rand::rng;
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::{KeypairData, RsaKeypair};
use russh::keys::{Algorithm, PrivateKey, PublicKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Handle, Handler, Msg, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::task::JoinHandle;

use crate::counters::{Counters, Kind};
use crate::{Error, Repository, Requests, isolation};

/// How an SSH server starts.
#[derive(Debug, Clone)]
pub struct SshOptions {
    /// Whether to have an RSA host key beside the Ed25519 one.
    pub rsa_host_key: bool,
    /// Whether the authorized client key is an RSA key.
    pub rsa_client_key: bool,
    /// Whether the client's request to set `GIT_PROTOCOL` is granted.
    pub accept_environment: bool,
    /// The key exchange algorithms offered; empty: all that are known.
    pub key_exchanges: Vec<russh::kex::Name>,
}

impl Default for SshOptions {
    fn default() -> Self {
        Self {
            rsa_host_key: false,
            rsa_client_key: false,
            accept_environment: true,
            key_exchanges: Vec::new(),
        }
    }
}

/// A running server; it ends when dropped.
#[derive(Debug)]
pub struct SshServer {
    root: TempDir,
    address: SocketAddr,
    host_keys: Vec<PrivateKey>,
    client_key: PrivateKey,
    counters: Arc<Counters>,
    task: JoinHandle<()>,
}

impl SshServer {
    /// Starts a server with an Ed25519 host key and one authorized Ed25519 client key.
    ///
    /// # Errors
    /// When no port, temporary directory or key is to be had.
    pub async fn start() -> Result<Self, Error> {
        Self::start_with(SshOptions::default()).await
    }

    /// Starts a server.
    ///
    /// # Errors
    /// When no port, temporary directory or key is to be had.
    pub async fn start_with(options: SshOptions) -> Result<Self, Error> {
        let root = tempfile::tempdir().map_err(Error::io("create temporary directory"))?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(Error::io("listen"))?;
        let address = listener.local_addr().map_err(Error::io("read own address"))?;
        let host_keys = host_keys(&options)?;
        let client_key = if options.rsa_client_key { rsa()? } else { ed25519()? };
        let counters = Arc::new(Counters::default());
        let visitor = Visitor {
            root: root.path().to_owned(),
            authorized: client_key.public_key().clone(),
            accept_environment: options.accept_environment,
            counters: Arc::clone(&counters),
            protocol: None,
            channels: HashMap::new(),
        };
        let config = Arc::new(configuration(&options, host_keys.clone()));
        let task = tokio::spawn(accept(listener, config, visitor));
        Ok(Self { root, address, host_keys, client_key, counters, task })
    }

    /// The URL of a repository, with the user `git`.
    pub fn url(&self, name: &str) -> String {
        format!("ssh://git@{}/{name}.git", self.address)
    }

    /// The address the server listens at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Creates an empty repository served as [`SshServer::url`] of the same name.
    ///
    /// # Errors
    /// When git refuses.
    pub fn repository(&self, name: &str) -> Result<Repository, Error> {
        Repository::init(&self.root.path().join(format!("{name}.git")))
    }

    /// The `known_hosts` lines of the server's keys.
    ///
    /// # Errors
    /// When a key cannot be written as text.
    pub fn known_hosts(&self) -> Result<String, Error> {
        let mut lines = String::new();
        for key in &self.host_keys {
            let mut public = key.public_key().clone();
            public.set_comment("");
            let host = format!("[{}]:{}", self.address.ip(), self.address.port());
            lines.push_str(&format!("{host} {}\n", public.to_openssh()?.trim()));
        }
        Ok(lines)
    }

    /// The private key of the server, Ed25519 first.
    pub fn host_keys(&self) -> &[PrivateKey] {
        &self.host_keys
    }

    /// The authorized private key.
    pub fn client_key(&self) -> &PrivateKey {
        &self.client_key
    }

    /// The authorized private key as OpenSSH PEM.
    ///
    /// # Errors
    /// When the key cannot be written as text.
    pub fn identity(&self) -> Result<String, Error> {
        Ok(self.client_key.to_openssh(LineEnding::LF)?.to_string())
    }

    /// The authorized private key as OpenSSH PEM, encrypted.
    ///
    /// # Errors
    /// When the key cannot be encrypted.
    pub fn identity_with(&self, passphrase: &str) -> Result<String, Error> {
        let encrypted = self.client_key.encrypt(&mut rng(), passphrase)?;
        Ok(encrypted.to_openssh(LineEnding::LF)?.to_string())
    }

    /// What has been asked so far.
    pub fn requests(&self) -> Requests {
        self.counters.snapshot()
    }
}

impl Drop for SshServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn ed25519() -> Result<PrivateKey, Error> {
    Ok(PrivateKey::random(&mut rng(), Algorithm::Ed25519)?)
}

fn rsa() -> Result<PrivateKey, Error> {
    let pair = RsaKeypair::random(&mut rng(), 2048)?;
    Ok(PrivateKey::new(KeypairData::from(pair), "")?)
}

fn host_keys(options: &SshOptions) -> Result<Vec<PrivateKey>, Error> {
    let mut keys = vec![ed25519()?];
    if options.rsa_host_key {
        keys.push(rsa()?);
    }
    Ok(keys)
}

fn configuration(options: &SshOptions, keys: Vec<PrivateKey>) -> Config {
    let mut config =
        Config { keys, auth_rejection_time: std::time::Duration::ZERO, nodelay: true, ..Config::default() };
    if !options.key_exchanges.is_empty() {
        config.preferred.kex = options.key_exchanges.clone().into();
    }
    config
}

async fn accept(listener: TcpListener, config: Arc<Config>, visitor: Visitor) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (config, visitor) = (Arc::clone(&config), visitor.clone());
        tokio::spawn(async move {
            if let Ok(session) = russh::server::run_stream(config, stream, visitor).await {
                let _ = session.await;
            }
        });
    }
}

/// One connection.
struct Visitor {
    root: PathBuf,
    authorized: PublicKey,
    accept_environment: bool,
    counters: Arc<Counters>,
    protocol: Option<String>,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl Clone for Visitor {
    /// Makes a visitor for another connection: what one has opened is not another's.
    fn clone(&self) -> Self {
        Self {
            root: self.root.clone(),
            authorized: self.authorized.clone(),
            accept_environment: self.accept_environment,
            counters: Arc::clone(&self.counters),
            protocol: None,
            channels: HashMap::new(),
        }
    }
}

impl Handler for Visitor {
    type Error = russh::Error;

    async fn auth_publickey(&mut self, _: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        if key.public_key.key_data() == self.authorized.key_data() {
            return Ok(Auth::Accept);
        }
        self.counters.count(Kind::Unauthorized);
        Ok(Auth::reject())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        if name == "GIT_PROTOCOL" && self.accept_environment {
            self.protocol = Some(value.to_owned());
            return session.channel_success(channel);
        }
        session.channel_failure(channel)
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let Some(channel) = self.channels.remove(&id) else { return session.channel_failure(id) };
        let started = repository(&self.root, data).and_then(|directory| self.upload_pack(&directory).ok());
        let Some(child) = started else {
            self.counters.count(Kind::Other);
            session.channel_success(id)?;
            tokio::spawn(refuse(channel, session.handle()));
            return Ok(());
        };
        self.counters.count(Kind::InfoRefs);
        session.channel_success(id)?;
        tokio::spawn(relay(child, channel, session.handle(), Arc::clone(&self.counters)));
        Ok(())
    }
}

impl Visitor {
    fn upload_pack(&self, directory: &Path) -> std::io::Result<Child> {
        let mut command = isolation::git_async(&self.root);
        if let Some(protocol) = &self.protocol {
            command.env("GIT_PROTOCOL", protocol);
        }
        command.arg("upload-pack").arg(directory);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
    }
}

/// The directory that `git-upload-pack '<path>'` names, if it is a repository right below the root.
fn repository(root: &Path, command: &[u8]) -> Option<PathBuf> {
    let command = std::str::from_utf8(command).ok()?;
    let quoted = command.strip_prefix("git-upload-pack ")?.strip_prefix('\'')?.strip_suffix('\'')?;
    let name = quoted.replace("'\\''", "'");
    let name = name.trim_start_matches('/');
    let directory = root.join(name);
    (!name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.') && directory.is_dir())
        .then_some(directory)
}

async fn refuse(channel: Channel<Msg>, handle: Handle) {
    let text = &b"fatal: no such repository, or not a command of this server\n"[..];
    let _ = channel.extended_data(1, text).await;
    finish(channel.id(), &handle, 128).await;
}

async fn finish(id: ChannelId, handle: &Handle, status: u32) {
    let _ = handle.exit_status_request(id, status).await;
    let _ = handle.eof(id).await;
    let _ = handle.close(id).await;
}

async fn relay(mut child: Child, channel: Channel<Msg>, handle: Handle, counters: Arc<Counters>) {
    let id = channel.id();
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else { return };
    let (from_client, to_client) = tokio::io::split(channel.into_stream());
    let request = copy(from_client, input, |piece| match Kind::of_body(piece) {
        Kind::Other => {}
        kind => counters.count(kind),
    });
    let answer = copy(output, to_client, |piece| counters.fetched(piece.len()));
    // The answer decides: git may end before the client has closed its side.
    tokio::select! {
        () = answer => {}
        () = async { request.await; std::future::pending::<()>().await } => {}
    }
    let status = child.wait().await.ok().and_then(|status| status.code()).unwrap_or(255);
    finish(id, &handle, status.unsigned_abs()).await;
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut observe: impl FnMut(&[u8]),
) {
    let mut buffer = vec![0; 32 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        observe(&buffer[..length]);
        if to.write_all(&buffer[..length]).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}
