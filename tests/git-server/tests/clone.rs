//! Clones with the real `git`: what the servers serve is what git understands.

use std::path::Path;
use std::process::Output;

use sluice_git_server::{Access, Behaviour, Change, GitServer, Options, Repository};

async fn git(directory: &Path, arguments: &[&str]) -> Output {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut command = tokio::process::Command::new("git");
    command.env_clear().env("PATH", path).env("HOME", directory).env("GIT_CONFIG_NOSYSTEM", "1");
    command.env("GIT_TERMINAL_PROMPT", "0").current_dir(directory).args(arguments);
    command.output().await.expect("git starts")
}

async fn clone(url: &str, configuration: &[&str]) -> Result<String, String> {
    let directory = tempfile::tempdir().expect("temporary directory");
    let mut arguments = configuration.to_vec();
    arguments.extend(["clone", "--quiet", "--depth=1", url, "clone"]);
    let output = git(directory.path(), &arguments).await;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(std::fs::read_to_string(directory.path().join("clone/a.txt")).expect("cloned file"))
}

fn seed(repository: &Repository) -> String {
    repository.commit("main", &[("a.txt", Some("one\n"))], "First").expect("commit")
}

#[tokio::test]
async fn clones_and_counts() {
    let server = GitServer::start().await.expect("server");
    seed(&server.repository("app").expect("repository"));
    assert_eq!(clone(&server.url("app"), &[]).await.as_deref(), Ok("one\n"));
    let requests = server.requests();
    assert_eq!((requests.info_refs, requests.ls_refs, requests.fetches), (1, 1, 1), "{requests:?}");
    assert!(requests.fetched_bytes > 0);
}

#[tokio::test]
async fn serves_the_first_protocol_when_told() {
    let options = Options { protocol_2: false, ..Options::default() };
    let server = GitServer::start_with(options).await.expect("server");
    seed(&server.repository("app").expect("repository"));
    assert_eq!(clone(&server.url("app"), &[]).await.as_deref(), Ok("one\n"));
    assert_eq!(server.requests().ls_refs, 0);
}

#[tokio::test]
async fn asks_for_credentials() {
    let server = GitServer::start().await.expect("server");
    seed(&server.repository("app").expect("repository"));
    server.admit(Access::basic("ann", "secret"));
    assert!(clone(&server.url("app"), &[]).await.is_err());
    let url = server.url_with("ann:secret", "app");
    assert_eq!(clone(&url, &[]).await.as_deref(), Ok("one\n"));
    server.admit(Access::Bearer("token".into()));
    let header = ["-c", "http.extraHeader=Authorization: Bearer token"];
    assert_eq!(clone(&server.url("app"), &header).await.as_deref(), Ok("one\n"));
    assert!(server.requests().unauthorized > 0);
}

#[tokio::test]
async fn speaks_tls_with_its_own_authority() {
    let server = GitServer::start_with(Options { tls: true, ..Options::default() }).await.expect("server");
    seed(&server.repository("app").expect("repository"));
    assert!(clone(&server.url("app"), &[]).await.is_err());
    let file = server.root().join("authority.pem");
    std::fs::write(&file, server.authority_pem().expect("authority")).expect("write");
    let option = format!("http.sslCAInfo={}", file.display());
    assert_eq!(clone(&server.url("app"), &["-c", &option]).await.as_deref(), Ok("one\n"));
}

#[tokio::test]
async fn misbehaves_on_demand() {
    let server = GitServer::start().await.expect("server");
    seed(&server.repository("app").expect("repository"));
    for behaviour in [Behaviour::Fail(503), Behaviour::CutFetch(10)] {
        server.behave(behaviour.clone());
        assert!(clone(&server.url("app"), &[]).await.is_err(), "{behaviour:?}");
    }
    server.behave(Behaviour::Serve);
    assert!(clone(&server.url("app"), &[]).await.is_ok());
}

#[test]
fn writes_the_same_hashes_every_time() {
    let hashes = [0, 1].map(|_| {
        let directory = tempfile::tempdir().expect("temporary directory");
        let repository = Repository::init(directory.path()).expect("repository");
        let first = seed(&repository);
        let changes = [
            ("bin/run", Change::Executable(b"#!/bin/sh\n".to_vec())),
            ("link", Change::Symlink("a.txt".into())),
            ("a.txt", Change::Remove),
        ];
        let second = repository.commit_changes("main", &changes, "Second").expect("commit");
        let tag = repository.annotated_tag("v1", &first, "One").expect("tag");
        let listing = repository.git(&["ls-tree", "-r", "main"]).expect("listing");
        assert!(listing.starts_with("100755 blob") && listing.contains("\n120000 blob"), "{listing}");
        let forced = repository.force("main", None, &[("b", Change::File(vec![1]))], "New").expect("force");
        assert_eq!(repository.hash("main").expect("hash"), forced);
        [first, second, tag, forced]
    });
    assert_eq!(hashes[0], hashes[1]);
}
