//! Repositories that would cost too much or lead elsewhere.

use super::{Bench, main_branch, noise};
use crate::git::{GitError, Limits};
use sluice_git_server::Options;

async fn bench(limits: Limits) -> Bench {
    Bench::start_with(Options::default(), limits).await
}

#[tokio::test]
async fn a_pack_that_is_too_large() {
    let bench = bench(Limits { pack_bytes: 10_000, ..Limits::default() }).await;
    bench.commit(&[("a", Some(&noise(1, 30_000)))]);
    for _ in 0..2 {
        let error = bench.snapshot(&main_branch()).await.expect_err("an error").to_string();
        let url = bench.server.url("app");
        assert_eq!(error, format!("oversized repository '{url}': the pack is larger than 10000 bytes"));
    }
    assert_eq!(bench.server.requests().fetches, 1, "it is not received again");
    bench.repository.force("main", None, &[("a", super::file("small"))], "Small").expect("force");
    bench.snapshot(&main_branch()).await.expect("a snapshot");
}

#[tokio::test]
async fn objects_that_unpack_to_too_much() {
    let bench = bench(Limits { file_bytes: 100_000, ..Limits::default() }).await;
    bench.commit(&[("a", Some("small"))]);
    bench.snapshot(&main_branch()).await.expect("a snapshot");
    bench.commit(&[("zeros", Some(&"0".repeat(10_000_000)))]);
    let result = bench.snapshot(&main_branch()).await.and_then(|snapshot| {
        let mut reader = snapshot.reader();
        snapshot.entries().iter().try_for_each(|entry| reader.read(entry).map(drop))
    });
    assert!(matches!(result, Err(GitError::Oversized { .. })), "{result:?}");
}

#[tokio::test]
async fn too_many_or_too_deep() {
    let bench = bench(Limits { entries: 5, depth: 3, ..Limits::default() }).await;
    bench.commit(&[("a/b/c/d", Some("deep enough"))]);
    bench.snapshot(&main_branch()).await.expect("a snapshot");
    bench.commit(&[("a/b/c/d", None), ("a/b/c/d/e", Some("too deep"))]);
    let error = bench.snapshot(&main_branch()).await.expect_err("an error").to_string();
    assert!(error.contains("nest deeper than 3"), "{error}");
    bench.commit(&[("a", None::<&str>), ("1", Some("")), ("2", Some("")), ("3", Some("")), ("4", Some(""))]);
    bench.snapshot(&main_branch()).await.expect("a snapshot");
    bench.commit(&[("5", Some("")), ("6", Some(""))]);
    let error = bench.snapshot(&main_branch()).await.expect_err("an error").to_string();
    assert!(error.contains("more than 5 files and directories"), "{error}");
}

#[tokio::test]
async fn names_that_lead_elsewhere() {
    let bench = bench(Limits::default()).await;
    let blob = bench.repository.git_with(&["hash-object", "-w", "--stdin"], b"x").expect("blob");
    let names: [&[u8]; 6] = [b"..", b".", b".git", b".GIT", b"a/b", b"\xff"];
    for name in names {
        let mut tree = [b"100644 ", name, b"\0"].concat();
        let bytes = (0..blob.len()).step_by(2).map(|at| u8::from_str_radix(&blob[at..at + 2], 16));
        tree.extend(bytes.map(|byte| byte.expect("hex")));
        let arguments = ["hash-object", "-t", "tree", "--literally", "-w", "--stdin"];
        let tree = bench.repository.git_with(&arguments, &tree).expect("tree");
        let commit = bench
            .repository
            .git(&["-c", "user.name=a", "-c", "user.email=b", "commit-tree", "-m", "x", &tree])
            .expect("commit");
        bench.repository.set_reference("refs/heads/main", &commit).expect("branch");
        let error = bench.snapshot(&main_branch()).await.expect_err("an error");
        assert!(matches!(error, GitError::UnsafePath { .. }), "{name:?}: {error}");
    }
}

#[tokio::test]
async fn links_count_although_they_are_left_out() {
    let bench = bench(Limits { entries: 5, ..Limits::default() }).await;
    let blob = bench.repository.git_with(&["hash-object", "-w", "--stdin"], b"x").expect("blob");
    let links: String = (0..6).map(|number| format!("120000 blob {blob}\tlink{number}\n")).collect();
    let tree = bench.repository.git_with(&["mktree"], links.as_bytes()).expect("tree");
    let author = ["-c", "user.name=a", "-c", "user.email=b"];
    let arguments = [&author[..], &["commit-tree", "-m", "x", &tree]].concat();
    let commit = bench.repository.git(&arguments).expect("commit");
    bench.repository.set_reference("refs/heads/main", &commit).expect("branch");
    let error = bench.snapshot(&main_branch()).await.expect_err("an error").to_string();
    assert!(error.contains("more than 5 files and directories"), "{error}");
}
