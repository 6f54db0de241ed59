//! Mirrors: shared, repaired, renewed and removed.

use std::time::Duration;

use sluice_git_server::{Access, Behaviour, Options};

use super::{Bench, listing, main_branch, noise, remote, snapshot};
use crate::git::{Auth, Limits, Mirrors};

fn files_below(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn objects_with_one_remote_share_a_fetch() {
    let bench = Bench::start().await;
    bench.commit(&[("a", Some("1"))]);
    let (remote, branch) = (bench.remote(), main_branch());
    let one = || snapshot(&bench.mirrors, &remote, &branch);
    let (first, second, third) = tokio::join!(one(), one(), one());
    for snapshot in [first, second, third] {
        assert_eq!(listing(&snapshot.expect("a snapshot")), ["a=1"]);
    }
    assert_eq!(bench.server.requests().fetches, 1);
}

#[tokio::test]
async fn other_credentials_have_another_mirror() {
    let bench = Bench::start().await;
    bench.commit(&[("a", Some("1"))]);
    let url = bench.server.url("app");
    let basic = |password: &str| Auth::Basic { username: "ann".into(), password: password.into() };
    bench.server.admit(Access::basic("ann", "right"));
    let resolved =
        bench.mirrors.resolve(&remote(&url, basic("right")), &main_branch()).await.expect("a commit");
    bench.mirrors.fetch(&remote(&url, basic("right")), &resolved).await.expect("a snapshot");
    let stolen = bench.mirrors.fetch(&remote(&url, basic("wrong")), &resolved).await;
    assert!(stolen.is_err(), "a commit is not to be had with other credentials");
}

#[tokio::test]
async fn a_cut_fetch_leaves_the_mirror_usable() {
    let bench = Bench::start().await;
    bench.commit(&[("a", Some("1"))]);
    bench.snapshot(&main_branch()).await.expect("a snapshot");
    bench.commit(&[("b", Some(&noise(1, 1_000_000)))]);
    for limit in [0, 100, 500_000] {
        bench.server.behave(Behaviour::CutFetch(limit));
        assert!(bench.snapshot(&main_branch()).await.is_err());
    }
    bench.server.behave(Behaviour::Serve);
    let snapshot = bench.snapshot(&main_branch()).await.expect("a snapshot");
    assert_eq!(snapshot.entries().len(), 2);
    // The lock, the state, and two packs with their indices.
    let left = files_below(bench.directory.path());
    assert_eq!(left.len(), 6, "{left:?}");
}

#[tokio::test]
async fn a_fetch_given_up_leaves_the_mirror_usable() {
    let bench = Bench::start().await;
    bench.commit(&[("a", Some(&noise(1, 400_000)))]);
    let remote = bench.remote();
    let resolved = bench.mirrors.resolve(&remote, &main_branch()).await.expect("a commit");
    let mut polls = 0;
    loop {
        let mut fetch = Box::pin(bench.mirrors.fetch(&remote, &resolved));
        let given_up = std::future::poll_fn(|context| {
            polls += 1;
            let limit = polls % 7 == 0;
            match fetch.as_mut().poll(context) {
                std::task::Poll::Ready(result) => std::task::Poll::Ready(Some(result)),
                std::task::Poll::Pending if limit => std::task::Poll::Ready(None),
                std::task::Poll::Pending => std::task::Poll::Pending,
            }
        });
        if let Some(result) = given_up.await {
            result.expect("a snapshot");
            break;
        }
        drop(fetch);
        if polls > 50 {
            bench.mirrors.fetch(&remote, &resolved).await.expect("a snapshot");
            break;
        }
    }
}

#[tokio::test]
async fn a_damaged_mirror_is_fetched_anew() {
    let bench = Bench::start().await;
    bench.commit(&[("a", Some(&noise(1, 50_000)))]);
    bench.snapshot(&main_branch()).await.expect("a snapshot");
    for (ending, contents) in
        [(".pack", Some("PACK")), (".idx", Some("junk")), (".idx", None), ("state", Some("junk"))]
    {
        for file in files_below(bench.directory.path()) {
            if file.to_string_lossy().ends_with(ending) {
                std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))
                    .expect("mode");
                match contents {
                    Some(junk) => std::fs::write(&file, junk).expect("write"),
                    None => std::fs::remove_file(&file).expect("remove"),
                }
            }
        }
        let mirrors = bench.restarted();
        let mended = snapshot(&mirrors, &bench.remote(), &main_branch()).await.expect("a snapshot");
        assert_eq!(listing(&mended).len(), 1, "{ending}");
        bench.commit(&[("a", Some(&noise(1, 50_001)))]);
        snapshot(&mirrors, &bench.remote(), &main_branch()).await.expect("a snapshot");
    }
}

#[tokio::test]
async fn a_mirror_is_renewed_and_old_readers_keep_reading() {
    let limits = Limits { packs: 4, ..Limits::default() };
    let bench = Bench::start_with(Options::default(), limits).await;
    let packs = |bench: &Bench| {
        let files = files_below(bench.directory.path());
        files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "pack")).count()
    };
    bench.commit(&[("a", Some("0"))]);
    let old = bench.snapshot(&main_branch()).await.expect("a snapshot");
    for (number, expected) in [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6)] {
        bench.commit(&[("a", Some(&number.to_string()))]);
        let snapshot = bench.snapshot(&main_branch()).await.expect("a snapshot");
        assert_eq!((listing(&snapshot), packs(&bench)), (vec![format!("a={number}")], expected));
    }
    assert_eq!(listing(&old), ["a=0"], "the old generation is read");
    drop(old);
    assert_eq!(packs(&bench), 2, "the old generation is gone");
}

#[tokio::test]
async fn what_nobody_wants_is_removed() {
    let bench = Bench::start().await;
    bench.commit(&[("a", Some("1"))]);
    let snapshot = bench.snapshot(&main_branch()).await.expect("a snapshot");
    let prune = |mirrors: &Mirrors, seconds| mirrors.prune(Duration::from_secs(seconds)).expect("prune");
    assert_eq!(prune(&bench.mirrors, 3600), 0, "it is new");
    assert_eq!(prune(&bench.mirrors, 0), 0, "it is read");
    drop(snapshot);
    assert_eq!(prune(&bench.restarted(), 3600), 0, "it is new");
    assert_eq!(prune(&bench.mirrors, 0), 1);
    assert!(files_below(bench.directory.path()).is_empty());
    bench.snapshot(&main_branch()).await.expect("a snapshot");
    assert_eq!(prune(&bench.restarted(), 0), 1, "a later process removes what it does not know");
}

#[tokio::test]
async fn what_a_killed_process_left_is_swept() {
    let bench = Bench::start().await;
    bench.commit(&[("a", Some("1"))]);
    bench.snapshot(&main_branch()).await.expect("a snapshot");
    let files = files_below(bench.directory.path());
    let pack =
        files.iter().find(|path| path.extension().is_some_and(|ending| ending == "pack")).expect("a pack");
    let (packs, mirror) = (pack.parent().expect("packs"), pack.ancestors().nth(3).expect("a mirror"));
    std::fs::create_dir_all(mirror.join("objects-9/pack")).expect("directory");
    for left in [packs.join(".tmpAbc"), mirror.join(".tmpAbc"), mirror.join("objects-9/pack/x.pack")] {
        std::fs::write(left, b"left").expect("write");
    }
    let volume = bench.directory.path().join("mirrors/lost+found");
    std::fs::write(&volume, b"not ours").expect("write");
    let again = snapshot(&bench.restarted(), &bench.remote(), &main_branch()).await.expect("a snapshot");
    assert_eq!(listing(&again), ["a=1"]);
    bench.restarted().prune(Duration::from_secs(3600)).expect("prune");
    std::fs::remove_file(volume).expect("what is not ours stays");
    assert_eq!(files_below(bench.directory.path()), files);
    assert_eq!(bench.server.requests().fetches, 1);
}
