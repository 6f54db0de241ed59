//! What references name.

use super::{Bench, main_branch, remote};
use crate::git::{Auth, GitError, Reference, ReferenceFields};

const EMPTY: ReferenceFields<'_> =
    ReferenceFields { branch: None, tag: None, semver: None, name: None, commit: None };

#[tokio::test]
async fn all_kinds() {
    let bench = Bench::start().await;
    let first = bench.commit(&[("a", Some("1"))]);
    let second = bench.commit(&[("a", Some("2"))]);
    let other = bench.repository.commit("main2", &[("a", Some("3"))], "Other").expect("commit");
    bench.repository.tag("light", &first).expect("tag");
    let object = bench.repository.annotated_tag("heavy", &second, "Heavy").expect("tag");
    bench.repository.set_reference("refs/pull/1/head", &other).expect("reference");
    let cases = [
        (ReferenceFields { branch: Some("main"), ..EMPTY }, "main", &second, None),
        (ReferenceFields { branch: Some("main2"), ..EMPTY }, "main2", &other, None),
        (ReferenceFields { tag: Some("light"), ..EMPTY }, "light", &first, None),
        (ReferenceFields { tag: Some("heavy"), ..EMPTY }, "heavy", &second, Some(&object)),
        (ReferenceFields { name: Some("refs/pull/1/head"), ..EMPTY }, "refs/pull/1/head", &other, None),
        (
            ReferenceFields { name: Some("refs/tags/heavy"), ..EMPTY },
            "refs/tags/heavy",
            &second,
            Some(&object),
        ),
        (
            ReferenceFields { name: Some("refs/tags/heavy^{}"), ..EMPTY },
            "refs/tags/heavy^{}",
            &second,
            Some(&object),
        ),
        (ReferenceFields { name: Some("HEAD"), ..EMPTY }, "HEAD", &second, None),
        (ReferenceFields { commit: Some(&first), branch: Some("main"), ..EMPTY }, "main", &first, None),
    ];
    for (fields, name, hash, tag) in cases {
        let resolved = bench.mirrors.resolve(&bench.remote(), &Reference::choose(&fields)).await;
        let resolved = resolved.unwrap_or_else(|error| panic!("{fields:?}: {error}"));
        assert_eq!((resolved.name.as_deref(), &resolved.hash), (Some(name), hash), "{fields:?}");
        assert_eq!(resolved.tag.as_ref().map(|tag| &tag.hash), tag, "{fields:?}");
    }
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let bench = Bench::start().await;
    bench.commit(&[("a", Some("1"))]);
    bench.repository.tag("v1.0.0", "main").expect("tag");
    let url = bench.server.url("app");
    let cases = [
        (Reference::Branch("mai".into()), format!("branch 'mai' not found in '{url}'")),
        (Reference::Branch("master".into()), format!("branch 'master' not found in '{url}'")),
        (Reference::Tag("v2".into()), format!("tag 'v2' not found in '{url}'")),
        (Reference::Name("refs/x/y".into()), format!("reference 'refs/x/y' not found in '{url}'")),
        (Reference::Semver(">=2".into()), format!("tag in the semver range '>=2' not found in '{url}'")),
        (
            Reference::Semver("nonsense".into()),
            "invalid git reference: semver range 'nonsense': 'nonsense' is not a version or part of one"
                .to_owned(),
        ),
        (Reference::Branch("a b".into()), "invalid git reference: 'a b' is not a valid name".to_owned()),
    ];
    for (reference, expected) in cases {
        let error = bench.mirrors.resolve(&bench.remote(), &reference).await.expect_err("an error");
        assert_eq!((error.to_string(), error.reason()), (expected, "GitOperationFailed"));
    }
}

#[tokio::test]
async fn an_empty_repository_is_told_from_a_missing_one() {
    let bench = Bench::start().await;
    for (name, reason) in [("app", "EmptyGitRepository"), ("nothing", "GitOperationFailed")] {
        let remote = remote(&bench.server.url(name), Auth::None);
        let error = bench.mirrors.resolve(&remote, &main_branch()).await.expect_err("an error");
        assert_eq!(error.reason(), reason, "{error}");
        assert_eq!(matches!(error, GitError::RepositoryNotFound { .. }), name == "nothing", "{error}");
    }
}

#[tokio::test]
async fn ranges_choose_the_highest_tag() {
    let bench = Bench::start().await;
    let hash = bench.commit(&[("a", Some("1"))]);
    for tag in ["0.1.0", "v1.0.0", "1.2.0", "v1.10.0", "v2.0.0-rc.1", "v2.0", "latest", "1.9.0"] {
        bench.repository.tag(tag, &hash).expect("tag");
    }
    for (range, expected) in [
        (">=1.0.0 <2.0.0", "v1.10.0"),
        ("*", "v1.10.0"),
        ("~1.2", "1.2.0"),
        ("1.9.x", "1.9.0"),
        ("<1", "0.1.0"),
        (">=1.0.0-0", "v2.0.0-rc.1"),
    ] {
        let resolved = bench.mirrors.resolve(&bench.remote(), &Reference::Semver(range.into())).await;
        assert_eq!(resolved.expect("a tag").name.as_deref(), Some(expected), "{range}");
    }
    assert_eq!(bench.server.requests().ls_refs, 6);
}

#[tokio::test]
async fn the_time_of_the_commit_breaks_a_tie() {
    let bench = Bench::start().await;
    for (tag, seconds) in [("1.0.0+c", 1_700_000_000), ("1.0.0+a", 1_700_009_000), ("1.0.0+b", 1_700_005_000)]
    {
        bench.repository.set_clock(seconds);
        let hash = bench.commit(&[("a", Some(tag))]);
        bench.repository.tag(tag, &hash).expect("tag");
    }
    let resolved = bench.mirrors.resolve(&bench.remote(), &Reference::Semver("1.x".into())).await;
    assert_eq!(resolved.expect("a tag").name.as_deref(), Some("1.0.0+a"));
}
