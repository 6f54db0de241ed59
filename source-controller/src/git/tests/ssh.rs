//! Over SSH.

use sluice_git_server::{SshOptions, SshServer};
use tempfile::TempDir;

use super::{listing, main_branch, snapshot};
use crate::git::{Auth, GitError, Limits, Mirrors, Reference, Remote, RemoteOptions, SshAlgorithms, SshAuth};

struct SshBench {
    server: SshServer,
    repository: sluice_git_server::Repository,
    mirrors: Mirrors,
    _directory: TempDir,
}

impl SshBench {
    async fn start(options: SshOptions) -> Self {
        let server = SshServer::start_with(options).await.expect("server");
        let repository = server.repository("app").expect("repository");
        repository.commit("main", &[("a", Some("1"))], "First").expect("commit");
        let directory = tempfile::tempdir().expect("temporary directory");
        let mirrors = Mirrors::new(directory.path(), Limits::default()).expect("mirrors");
        Self { server, repository, mirrors, _directory: directory }
    }

    fn auth(&self) -> SshAuth {
        SshAuth {
            identity: self.server.identity().expect("identity"),
            known_hosts: self.server.known_hosts().expect("known hosts"),
            ..SshAuth::default()
        }
    }

    fn remote(&self, name: &str, auth: SshAuth) -> Remote {
        let options = RemoteOptions { auth: Auth::Ssh(auth), ..RemoteOptions::default() };
        Remote::new(&self.server.url(name), options).expect("a remote")
    }

    async fn list(&self, auth: SshAuth) -> Result<Vec<String>, GitError> {
        let remote = self.remote("app", auth);
        snapshot(&self.mirrors, &remote, &main_branch()).await.map(|snapshot| listing(&snapshot))
    }

    #[track_caller]
    fn check(result: Result<Vec<String>, GitError>, reason: &str, part: &str) {
        let error = result.expect_err("an error");
        assert!(error.reason() == reason && error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn commits_arrive_with_either_protocol() {
    for (accept_environment, listings) in [(true, 2), (false, 0)] {
        let bench = SshBench::start(SshOptions { accept_environment, ..SshOptions::default() }).await;
        assert_eq!(bench.list(bench.auth()).await.expect("a listing"), ["a=1"]);
        bench.repository.commit("main", &[("b", Some("2"))], "Second").expect("commit");
        assert_eq!(bench.list(bench.auth()).await.expect("a listing"), ["a=1", "b=2"]);
        let requests = bench.server.requests();
        assert_eq!((requests.ls_refs, requests.fetches), (listings, 2), "{requests:?}");
    }
}

#[tokio::test]
async fn history_is_searched_where_commits_are_not_served() {
    let bench = SshBench::start(SshOptions { accept_environment: false, ..SshOptions::default() }).await;
    let hash = bench.repository.hash("main").expect("hash");
    bench.repository.commit("main", &[("a", Some("2"))], "Second").expect("commit");
    let remote = bench.remote("app", bench.auth());
    for branch in [None, Some("main".to_owned())] {
        let old = snapshot(&bench.mirrors, &remote, &Reference::Commit { hash: hash.clone(), branch }).await;
        assert_eq!(listing(&old.expect("a snapshot")), ["a=1"]);
    }
    assert_eq!(bench.list(bench.auth()).await.expect("a listing"), ["a=2"]);
    assert_eq!(bench.server.requests().fetches, 2, "one was refused, one had everything");
    let unknown = Reference::Commit { hash: "1".repeat(40), branch: None };
    let error = snapshot(&bench.mirrors, &remote, &unknown).await.expect_err("an unknown commit");
    assert!(error.to_string().starts_with("commit '1111"), "{error}");
}

#[tokio::test]
async fn large_packs_arrive() {
    let bench = SshBench::start(SshOptions::default()).await;
    let text = super::noise(1, 3_000_000);
    bench.repository.commit("main", &[("large", Some(&text))], "Large").expect("commit");
    assert_eq!(bench.list(bench.auth()).await.expect("a listing")[1].len(), "large=".len() + text.len());
}

#[tokio::test]
async fn the_host_must_be_known() {
    let bench =
        SshBench::start(SshOptions { rsa_host_key: true, rsa_client_key: true, ..SshOptions::default() })
            .await;
    let lines = bench.server.known_hosts().expect("known hosts");
    let with = |known_hosts: String| SshAuth { known_hosts, ..bench.auth() };
    let rsa = lines.lines().find(|line| line.contains("ssh-rsa")).expect("an rsa key").to_owned();
    assert!(
        bench.list(with(rsa)).await.is_ok(),
        "the known key is asked for; ours signs with a current hash"
    );

    let stranger = SshServer::start().await.expect("server");
    let host = format!("[127.0.0.1]:{}", bench.server.address().port());
    let other = stranger.known_hosts().expect("known hosts");
    let other = format!("{host} {}", other.split_once(' ').expect("a line").1);
    let revoked = format!("{lines}@revoked {}", lines.lines().next().expect("a line"));
    let fingerprint = bench.server.host_keys()[0].fingerprint(russh::keys::HashAlg::Sha256).to_string();
    let failed = "GitOperationFailed";
    SshBench::check(bench.list(with(other)).await, failed, "known_hosts has other keys of this host");
    SshBench::check(bench.list(with("github.com ssh-ed25519 AAAA".into())).await, failed, &fingerprint);
    SshBench::check(bench.list(with(revoked)).await, failed, "which known_hosts revokes");
    SshBench::check(bench.list(with(String::new())).await, "AuthenticationFailed", "no 'known_hosts'");
}

#[tokio::test]
async fn the_key_must_be_right() {
    let bench = SshBench::start(SshOptions::default()).await;
    let stranger = SshServer::start().await.expect("server").identity().expect("identity");
    let locked = bench.server.identity_with("open sesame").expect("identity");
    let with = |identity: &str, passphrase: Option<&str>| SshAuth {
        identity: identity.into(),
        passphrase: passphrase.map(Into::into),
        ..bench.auth()
    };
    assert!(bench.list(with(&locked, Some("open sesame"))).await.is_ok());
    let plain = bench.server.identity().expect("identity");
    assert!(bench.list(with(&plain, Some("unneeded"))).await.is_ok());
    let failed = "AuthenticationFailed";
    SshBench::check(
        bench.list(with(&locked, Some("wrong"))).await,
        failed,
        "the password does not decrypt it",
    );
    SshBench::check(bench.list(with(&locked, None)).await, failed, "there is no password");
    SshBench::check(bench.list(with("junk", None)).await, failed, "not in PEM form");
    let refused = bench.list(with(&stranger, None)).await;
    SshBench::check(refused, "GitOperationFailed", "the server refuses the key ssh-ed25519 SHA256:");
}

#[tokio::test]
async fn a_missing_repository_is_named() {
    let bench = SshBench::start(SshOptions::default()).await;
    let remote = bench.remote("nothing", bench.auth());
    let error = bench.mirrors.resolve(&remote, &main_branch()).await.expect_err("an error");
    assert!(matches!(error, GitError::RepositoryNotFound { .. }), "{error}");
    assert!(!error.to_string().contains("git@"), "{error}");
}

#[tokio::test]
async fn algorithms_are_those_allowed() {
    let key_exchanges = vec![russh::kex::DH_G14_SHA256];
    let bench = SshBench::start(SshOptions { key_exchanges, ..SshOptions::default() }).await;
    let with = |names: &[&str]| {
        let key_exchanges = names.iter().map(|name| (*name).to_owned()).collect();
        let algorithms = SshAlgorithms { key_exchanges, host_keys: vec!["ssh-ed25519".into()] };
        let options = RemoteOptions { auth: Auth::Ssh(bench.auth()), algorithms, ..RemoteOptions::default() };
        Remote::new(&bench.server.url("app"), options).expect("a remote")
    };
    let mirrors = &bench.mirrors;
    assert!(mirrors.resolve(&with(&["diffie-hellman-group14-sha256"]), &main_branch()).await.is_ok());
    let error = mirrors.resolve(&with(&["curve25519-sha256"]), &main_branch()).await.expect_err("an error");
    assert!(error.to_string().contains("no common kex algorithm"), "{error}");
    let error = mirrors.resolve(&with(&["rot13"]), &main_branch()).await.expect_err("an error");
    assert!(error.to_string().contains("ssh algorithm 'rot13' is not known"), "{error}");
}
