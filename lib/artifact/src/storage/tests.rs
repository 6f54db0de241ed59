//! Paths, addresses, atomic writes and what garbage collection chooses.

use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::digest::Algorithm;

fn object() -> ObjectPath {
    ObjectPath::new("GitRepository", "apps", "podinfo").unwrap()
}

fn storage() -> (tempfile::TempDir, Storage) {
    let root = tempfile::tempdir().unwrap();
    let storage = Storage::open(root.path(), Address::new("localhost:9090"), Retention::default()).unwrap();
    (root, storage)
}

fn put(storage: &Storage, name: &str, contents: &[u8]) -> ArtifactPath {
    let path = object().file(name).unwrap();
    storage.write(&path, |writer| writer.write_all(contents)).unwrap();
    path
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn paths_name_kind_namespace_name_and_file() {
    let path = object().file("abc.tar.gz").unwrap();
    assert_eq!(path.as_str(), "gitrepository/apps/podinfo/abc.tar.gz");
    assert_eq!(path.file(), "abc.tar.gz");
    assert_eq!(object().parse(path.as_str()), Ok(path));
}

#[test]
fn unsafe_components_are_refused() {
    for component in ["", ".", "..", "a/b", "../x", ".hidden", "a\\b", "a\0", "a\nb"] {
        assert!(ObjectPath::new("GitRepository", component, "x").is_err(), "{component:?}");
        assert!(ObjectPath::new("GitRepository", "x", component).is_err(), "{component:?}");
        assert!(ObjectPath::new(component, "x", "x").is_err(), "{component:?}");
        assert!(object().file(component).is_err(), "{component:?}");
    }
}

#[test]
fn a_status_cannot_point_at_another_object() {
    for path in [
        "",
        "gitrepository/apps/podinfo",
        "gitrepository/apps/podinfo/",
        "gitrepository/apps/podinfo2/x",
        "gitrepository/other/podinfo/x",
        "gitrepository/apps/podinfo/../other/x",
        "/gitrepository/apps/podinfo/x",
    ] {
        assert!(object().parse(path).is_err(), "{path:?}");
    }
}

#[test]
fn the_advertised_host_follows_the_flags() {
    for (advertised_flag, listen, expected) in [
        ("", ":9090", "http://localhost:9090"),
        ("", "0.0.0.0:9090", "http://pod-1:9090"),
        ("", "127.0.0.1:80", "http://127.0.0.1:80"),
        ("", "[::1]:80", "http://[::1]:80"),
        ("source.flux-system.svc.cluster.local.", ":9090", "http://source.flux-system.svc.cluster.local."),
        ("https://artifacts.example/", ":9090", "https://artifacts.example"),
    ] {
        assert_eq!(advertised(advertised_flag, listen, "pod-1").to_string(), expected);
    }
    let (_root, storage) = storage();
    let url = storage.url(&object().file("x.tar.gz").unwrap());
    assert_eq!(url, "http://localhost:9090/gitrepository/apps/podinfo/x.tar.gz");
}

#[test]
fn writes_are_all_or_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_root, storage) = storage();
    let path = put(&storage, "x.tar.gz", b"old");
    let failing = storage.write(&path, |writer| {
        writer.write_all(b"half").unwrap();
        Err::<(), _>("broken")
    });
    assert!(matches!(failing, Err(WriteError::Contents("broken"))));
    assert_eq!(fs::read(storage.local_path(&path)).unwrap(), b"old");
    let directory = storage.root().join(object().as_str());
    assert_eq!(names(&directory), ["x.tar.gz"]);
    put(&storage, "x.tar.gz", b"new");
    assert_eq!(fs::read(storage.local_path(&path)).unwrap(), b"new");
    assert_eq!(fs::metadata(storage.local_path(&path)).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn verification_tells_missing_from_corrupt() {
    let (_root, storage) = storage();
    let path = put(&storage, "x.tar.gz", b"contents");
    let digest = Digest::of(Algorithm::Sha256, b"contents");
    assert_eq!(storage.verify(&path, &digest).unwrap(), Verification::Intact);
    assert_eq!(storage.verify(&path, &Digest::of(Algorithm::Blake3, b"")).unwrap(), Verification::Corrupt);
    storage.remove(&path).unwrap();
    storage.remove(&path).unwrap();
    assert_eq!(storage.verify(&path, &digest).unwrap(), Verification::Missing);
}

#[test]
fn an_object_goes_with_all_its_files() {
    let (_root, storage) = storage();
    put(&storage, "x.tar.gz", b"");
    assert!(storage.remove_object(&object()).unwrap());
    assert!(!storage.remove_object(&object()).unwrap());
    assert!(!storage.root().join(object().as_str()).exists());
}

#[test]
fn links_follow_the_newest_file_of_their_object() {
    let (_root, storage) = storage();
    let link = object().file("latest.tar.gz").unwrap();
    for contents in [b"1", b"2"] {
        let path = put(&storage, &format!("{}.tar.gz", contents[0]), contents);
        storage.link(&path, &link).unwrap();
        assert_eq!(fs::read(storage.local_path(&link)).unwrap(), contents);
    }
    let foreign = ObjectPath::new("Bucket", "apps", "x").unwrap().file("latest.tar.gz").unwrap();
    assert!(storage.link(&link, &foreign).is_err());
}

/// Files are given as names with their age in seconds; the current one is `c`.
#[track_caller]
fn check_garbage(files: &[(&str, u64)], records: usize, expected: &[&str]) {
    let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
    let stored = |(name, age): &(&str, u64)| StoredFile {
        name: (*name).to_owned(),
        modified: now - Duration::from_secs(*age),
    };
    let retention = Retention { ttl: Duration::from_secs(60), records };
    assert_eq!(garbage(files.iter().map(stored).collect(), "c", &retention, now), expected, "{files:?}");
}

#[test]
fn garbage_is_what_is_too_old_or_too_many() {
    check_garbage(&[("c", 0)], 2, &[]);
    check_garbage(&[("c", 0), ("a", 59)], 2, &[]);
    check_garbage(&[("c", 0), ("a", 61)], 2, &["a"]);
    check_garbage(&[("c", 99), ("a", 10)], 2, &[]);
    check_garbage(&[("c", 0), ("a", 10), ("b", 20)], 2, &["b"]);
    check_garbage(&[("a", 0), ("b", 20), ("c", 30)], 2, &["b"]);
    check_garbage(&[("c", 0), ("a", 10), ("b", 99), ("d", 98)], 3, &["b", "d"]);
    check_garbage(&[("c", 0), ("a", 1)], 0, &["a"]);
}

#[test]
fn a_file_from_the_future_is_kept() {
    let modified = UNIX_EPOCH + Duration::from_secs(100);
    let files = vec![StoredFile { name: "a".into(), modified }];
    assert!(garbage(files, "c", &Retention::default(), UNIX_EPOCH).is_empty());
}

#[test]
fn collecting_removes_files_with_their_locks() {
    let (_root, storage) = storage();
    let directory = storage.root().join(object().as_str());
    for name in ["old.tar.gz", "old.tar.gz.lock", "current.tar.gz", "current.tar.gz.lock"] {
        put(&storage, name, b"");
    }
    fs::write(directory.join(".tmp-abandoned"), "").unwrap();
    let later = SystemTime::now() + Duration::from_secs(7200);
    let current = object().file("current.tar.gz").unwrap();
    let collected = storage.collect(&current, later).unwrap();
    assert_eq!(collected.files, ["old.tar.gz"]);
    assert_eq!(names(&directory), ["current.tar.gz", "current.tar.gz.lock"]);
}

#[test]
fn a_crowded_directory_is_left_alone() {
    let (_root, storage) = storage();
    let current = put(&storage, "c", b"");
    let directory = storage.root().join(object().as_str());
    for n in 0..1000 {
        fs::write(directory.join(format!("f{n}")), "").unwrap();
    }
    let later = SystemTime::now() + Duration::from_secs(7200);
    assert!(matches!(storage.collect(&current, later), Err(CollectError::TooMany(_))));
    assert_eq!(names(&directory).len(), 1001);
}
