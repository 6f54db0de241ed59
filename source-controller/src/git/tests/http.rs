//! Over HTTP: what is asked, how often, and what comes.

use sluice_git_server::{Behaviour, Change, GitServer, Options};

use super::{Bench, file, listing, main_branch, noise, remote, snapshot};
use crate::git::{Auth, Limits, Reference};

#[tokio::test]
async fn an_unchanged_upstream_costs_one_question() {
    let bench = Bench::start().await;
    bench.commit(&[("a.yaml", Some("a"))]);
    for round in 1..=3 {
        bench.snapshot(&main_branch()).await.expect("a snapshot");
        let requests = bench.server.requests();
        assert_eq!((requests.info_refs, requests.ls_refs, requests.fetches), (1, round, 1), "{requests:?}");
        assert_eq!(requests.other, 0);
    }
}

#[tokio::test]
async fn a_snapshot_lists_files_in_order() {
    let bench = Bench::start().await;
    let changes = [
        ("a/b.yaml", file("in a")),
        ("a.yaml", file("beside a")),
        ("a-b/c.yaml", file("in a-b")),
        ("run.sh", Change::Executable(b"#!".to_vec())),
        ("link", Change::Symlink("a.yaml".into())),
        ("module", Change::Submodule("1".repeat(40))),
        ("z/empty", file("")),
    ];
    bench.repository.commit_changes("main", &changes, "First line\n\nMore.").expect("commit");
    let snapshot = bench.snapshot(&main_branch()).await.expect("a snapshot");
    let expected = [
        "a/",
        "a/b.yaml=in a",
        "a-b/",
        "a-b/c.yaml=in a-b",
        "a.yaml=beside a",
        "run.sh*=#!",
        "z/",
        "z/empty=",
    ];
    assert_eq!(listing(&snapshot), expected);
    assert_eq!((snapshot.subject(), snapshot.seconds()), ("First line", 1_700_000_000));
}

/// A new commit must cost its difference, also after a restart, and with the first protocol too.
async fn check_increments(options: Options) {
    let bench = Bench::start_with(options, Limits::default()).await;
    let names: Vec<String> = (0..20).map(|number| format!("dir/{number}")).collect();
    let texts: Vec<String> = (0..20).map(|number| noise(number, 10_000)).collect();
    let files: Vec<_> =
        names.iter().zip(&texts).map(|(name, text)| (name.as_str(), Some(text.as_str()))).collect();
    bench.commit(&files);
    bench.snapshot(&main_branch()).await.expect("a snapshot");
    let whole = bench.server.requests().fetched_bytes;
    assert!(whole > 100_000, "{whole}");

    let appended = format!("{}appended", texts[3]);
    bench.commit(&[("dir/3", Some(&appended))]);
    bench.snapshot(&main_branch()).await.expect("a snapshot");
    let second = bench.server.requests().fetched_bytes;
    assert!(second - whole < 3000, "{}", second - whole);

    bench.commit(&[("new", Some("new")), ("dir/1", None)]);
    let restarted = bench.restarted();
    let snapshot = snapshot(&restarted, &bench.remote(), &main_branch()).await.expect("a snapshot");
    let third = bench.server.requests().fetched_bytes;
    assert!(third - second < 3000, "{}", third - second);
    let listing = listing(&snapshot);
    assert_eq!(listing.len(), 21, "{}", listing.len());
    assert!(listing.contains(&format!("dir/3={appended}")) && listing.contains(&"new=new".to_owned()));
}

#[tokio::test]
async fn a_new_commit_costs_its_difference() {
    check_increments(Options::default()).await;
}

#[tokio::test]
async fn the_first_protocol_does_too() {
    check_increments(Options { protocol_2: false, ..Options::default() }).await;
}

#[tokio::test]
async fn a_forced_branch_is_followed() {
    let bench = Bench::start().await;
    let first = bench.commit(&[("a", Some("1"))]);
    bench.snapshot(&main_branch()).await.expect("a snapshot");
    bench.repository.force("main", None, &[("b", file("2"))], "New root").expect("force");
    assert_eq!(listing(&bench.snapshot(&main_branch()).await.expect("a snapshot")), ["b=2"]);
    bench.repository.set_reference("refs/heads/main", &first).expect("reset");
    assert_eq!(listing(&bench.snapshot(&main_branch()).await.expect("a snapshot")), ["a=1"]);
    assert_eq!(bench.server.requests().fetches, 2, "what is there is not fetched again");
}

#[tokio::test]
async fn a_server_that_changes_is_asked_anew() {
    let bench = Bench::start().await;
    bench.commit(&[("a", Some("1"))]);
    bench.snapshot(&main_branch()).await.expect("a snapshot");
    for behaviour in [Behaviour::Fail(500), Behaviour::Fail(404)] {
        bench.server.behave(behaviour);
        assert!(bench.snapshot(&main_branch()).await.is_err());
    }
    bench.server.behave(Behaviour::Serve);
    bench.snapshot(&main_branch()).await.expect("a snapshot");
    assert!(bench.server.requests().info_refs > 1);
}

#[tokio::test]
async fn redirects_are_followed() {
    let bench = Bench::start().await;
    bench.commit(&[("a", Some("1"))]);
    let old = GitServer::start().await.expect("server");
    old.behave(Behaviour::Redirect(bench.server.base_url().to_owned()));
    let remote = remote(&old.url("app"), Auth::None);
    let moved = snapshot(&bench.mirrors, &remote, &main_branch()).await.expect("a snapshot");
    assert_eq!(listing(&moved), ["a=1"]);
    assert_eq!(old.requests().ls_refs, 0);
}

#[tokio::test]
async fn repositories_of_sha256_work() {
    let bench = Bench::start().await;
    let path = bench.server.root().join("new.git");
    let repository = sluice_git_server::Repository::init_with(&path, "sha256").expect("repository");
    let remote = remote(&bench.server.url("new"), Auth::None);
    for text in ["1", "2"] {
        let hash = repository.commit("main", &[("a", Some(text))], "Commit").expect("commit");
        assert_eq!(hash.len(), 64);
        let resolved = bench.mirrors.resolve(&remote, &main_branch()).await.expect("a commit");
        assert_eq!(resolved.revision(), format!("main@sha256:{hash}"));
        let snapshot = bench.mirrors.fetch(&remote, &resolved).await.expect("a snapshot");
        assert_eq!(listing(&snapshot), [format!("a={text}")]);
    }
}

#[tokio::test]
async fn a_commit_that_is_no_tip_is_fetched_alone() {
    let bench = Bench::start().await;
    let hash = bench.commit(&[("a", Some("1"))]);
    bench.commit(&[("a", Some(&noise(1, 100_000)))]);
    bench.commit(&[("a", None), ("b", Some("3"))]);
    for branch in [None, Some("main".to_owned())] {
        let reference = Reference::Commit { hash: hash.clone(), branch };
        let snapshot = bench.snapshot(&reference).await.expect("a snapshot");
        assert_eq!(listing(&snapshot), ["a=1"]);
    }
    let requests = bench.server.requests();
    assert!(requests.fetched_bytes < 10_000 && requests.ls_refs == 0, "{requests:?}");
    let unknown = Reference::Commit { hash: "1".repeat(40), branch: Some("main".into()) };
    for round in 1..=2 {
        let error = bench.snapshot(&unknown).await.expect_err("an unknown commit").to_string();
        assert_eq!(error, format!("commit '{}' not found in '{}'", "1".repeat(40), bench.server.url("app")));
        // The history was searched once; what is known not to be there is not fetched again.
        assert_eq!(bench.server.requests().fetches, 2 + round, "{round}");
    }
}
