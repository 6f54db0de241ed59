//! Who is let in, and what is said to those who are not.

use std::time::Duration;

use sluice_git_server::{Access, Behaviour, GitServer, Options};

use super::{Bench, listing, main_branch, remote, snapshot};
use crate::git::{Auth, GitError, Limits, Remote, RemoteOptions, SshAuth};

fn basic(username: &str, password: &str) -> Auth {
    Auth::Basic { username: username.into(), password: password.into() }
}

#[tokio::test]
async fn credentials() {
    let bench = Bench::start().await;
    bench.commit(&[("a", Some("1"))]);
    let bearer = |token: &str| Auth::Bearer(token.into());
    let (password, token) = (Access::basic("ann", "pass word"), Access::Bearer("t0ken".into()));
    let url = bench.server.url("app");
    let with = |userinfo: &str| bench.server.url_with(userinfo, "app");
    let refused = Some("the server refuses the username and password (401 Unauthorized)");
    let missing = Some("the server asks for credentials and there are none (401 Unauthorized)");
    let cases = [
        (&Access::Open, &url, Auth::None, None),
        (&password, &url, basic("ann", "pass word"), None),
        (&password, &with("ann:pass%20word"), Auth::None, None),
        (&password, &with("bob:nothing"), basic("ann", "pass word"), None),
        (&password, &url, basic("ann", "wrong"), refused),
        (&password, &with("ann:wrong"), Auth::None, refused),
        (&password, &url, Auth::None, missing),
        (&token, &url, bearer("t0ken"), None),
        (&token, &url, bearer("wrong"), Some("the server refuses the token (401 Unauthorized)")),
        (&token, &url, Auth::None, missing),
    ];
    for (access, url, auth, problem) in cases {
        bench.server.admit(access.clone());
        let result = snapshot(&bench.mirrors, &remote(url, auth), &main_branch()).await;
        let problem =
            problem.map(|why| format!("authentication failed for '{}': {why}", bench.server.url("app")));
        assert_eq!(result.err().map(|error| error.to_string()), problem, "{url}");
    }
}

#[tokio::test]
async fn no_secret_is_ever_shown() {
    let bench = Bench::start().await;
    bench.server.admit(Access::basic("ann", "s3cret"));
    let url = bench.server.url_with("ann:s3cret-of-url", "app");
    for auth in [Auth::None, basic("ann", "s3cret-of-url")] {
        let options = RemoteOptions { auth, ..RemoteOptions::default() };
        let shown = format!("{options:?}");
        let remote = Remote::new(&url, options).expect("a remote");
        let error = bench.mirrors.resolve(&remote, &main_branch()).await.expect_err("an error");
        let shown = format!("{shown} {remote} {remote:?} {error} {error:?} {}", remote.url());
        assert!(!shown.contains("s3cret") && !shown.contains("ann"), "{shown}");
    }
}

#[tokio::test]
async fn another_host_gets_no_credentials() {
    let bench = Bench::start().await;
    bench.commit(&[("a", Some("1"))]);
    bench.server.admit(Access::basic("ann", "secret"));
    let old = GitServer::start().await.expect("server");
    old.behave(Behaviour::Redirect(bench.server.base_url().to_owned()));
    let remote = remote(&old.url("app"), basic("ann", "secret"));
    let error = snapshot(&bench.mirrors, &remote, &main_branch()).await.expect_err("an error");
    assert!(error.to_string().contains("another host, which does not get the credentials"), "{error}");
}

#[tokio::test]
async fn certificates() {
    let bench = Bench::start_with(Options { tls: true, ..Options::default() }, Limits::default()).await;
    bench.commit(&[("a", Some("1"))]);
    let authority = bench.server.authority_pem().expect("authority").as_bytes().to_vec();
    let with = |certificate_authority| {
        let options = RemoteOptions { certificate_authority, ..RemoteOptions::default() };
        Remote::new(&bench.server.url("app"), options).expect("a remote")
    };
    let trusted = snapshot(&bench.mirrors, &with(Some(authority)), &main_branch()).await.expect("a snapshot");
    assert_eq!(listing(&trusted), ["a=1"]);
    let error = bench.mirrors.resolve(&with(None), &main_branch()).await.expect_err("an error");
    assert!(error.to_string().contains("signed by an unknown authority"), "{error}");
    let error =
        bench.mirrors.resolve(&with(Some(b"junk".to_vec())), &main_branch()).await.expect_err("an error");
    assert_eq!(error.reason(), "AuthenticationFailed");
}

#[tokio::test]
async fn a_plain_redirect_from_tls_is_refused() {
    let bench = Bench::start_with(Options { tls: true, ..Options::default() }, Limits::default()).await;
    let plain = GitServer::start().await.expect("server");
    bench.server.behave(Behaviour::Redirect(plain.base_url().to_owned()));
    let certificate_authority = bench.server.authority_pem().map(|pem| pem.as_bytes().to_vec());
    let options = RemoteOptions { certificate_authority, ..RemoteOptions::default() };
    let remote = Remote::new(&bench.server.url("app"), options).expect("a remote");
    let error = bench.mirrors.resolve(&remote, &main_branch()).await.expect_err("an error");
    assert!(error.to_string().contains("where no tls is"), "{error}");
    assert_eq!(plain.requests().info_refs, 0);
}

#[tokio::test]
async fn servers_that_do_not_answer() {
    let bench = Bench::start().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let gone = format!("http://{}/app", free.expect("an address"));
    for (url, expected) in
        [(gone.as_str(), "connection refused"), ("http://host.invalid/app", "the host is not known")]
    {
        let error =
            bench.mirrors.resolve(&remote(url, Auth::None), &main_branch()).await.expect_err("an error");
        assert_eq!(error.to_string(), format!("cannot connect to '{url}': {expected}"));
    }
}

#[tokio::test]
async fn the_deadline_holds() {
    let bench = Bench::start().await;
    bench.server.behave(Behaviour::Hang);
    let options = RemoteOptions { timeout: Duration::from_millis(50), ..RemoteOptions::default() };
    let remote = Remote::new(&bench.server.url("app"), options).expect("a remote");
    let error = bench.mirrors.resolve(&remote, &main_branch()).await.expect_err("an error");
    assert!(matches!(error, GitError::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn the_deadline_holds_for_ssh() {
    let bench = Bench::start().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("an address");
    let identity = sluice_git_server::SshServer::start().await.expect("server").identity().expect("identity");
    let auth = SshAuth { identity, known_hosts: "host ssh-ed25519 AAAA".into(), ..SshAuth::default() };
    let options = RemoteOptions {
        auth: Auth::Ssh(auth),
        timeout: Duration::from_millis(50),
        ..RemoteOptions::default()
    };
    let remote = Remote::new(&format!("ssh://{address}/app"), options).expect("a remote");
    let error = bench.mirrors.resolve(&remote, &main_branch()).await.expect_err("an error");
    assert!(matches!(error, GitError::Timeout { .. }), "{error}");
}

#[test]
fn urls_and_credentials_that_do_not_fit() {
    let ssh = || Auth::Ssh(SshAuth::default());
    let cases = [
        ("ftp://host/path", Auth::None, "URLInvalid"),
        ("nonsense", Auth::None, "URLInvalid"),
        ("https://host", Auth::None, "URLInvalid"),
        ("https://host/", Auth::None, "URLInvalid"),
        ("https://host/path?query", Auth::None, "URLInvalid"),
        ("ssh:///path", ssh(), "URLInvalid"),
        ("ssh://host/path", Auth::None, "AuthenticationFailed"),
        ("ssh://host/path", basic("a", "b"), "AuthenticationFailed"),
        ("https://host/path", ssh(), "AuthenticationFailed"),
    ];
    for (url, auth, reason) in cases {
        let options = RemoteOptions { auth, ..RemoteOptions::default() };
        let error = Remote::new(url, options).expect_err("an error");
        assert_eq!(error.reason(), reason, "{url}: {error}");
    }
}
