//! Determinism, order, and what a round trip keeps.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;

use super::*;
use crate::ignore;
use crate::unpack::unpack;

/// A tree of files: path to contents and the executable bit.
type Tree = BTreeMap<PathBuf, (Vec<u8>, bool)>;

fn write_tree(root: &Path, tree: &Tree) {
    for (path, (contents, executable)) in tree {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(if *executable { 0o755 } else { 0o664 }))
            .unwrap();
    }
}

fn read_tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let executable = fs::metadata(&path).unwrap().permissions().mode() & 0o111 != 0;
            let contents = fs::read(&path).unwrap();
            tree.insert(path.strip_prefix(root).unwrap().to_owned(), (contents, executable));
        }
    }
    tree
}

fn pack_tree(tree: &Tree, rules: &Rules) -> (Packed, Vec<u8>) {
    let root = tempfile::tempdir().unwrap();
    write_tree(root.path(), tree);
    let mut bytes = Vec::new();
    let packed = directory(root.path(), rules, &mut bytes, Options::default()).unwrap();
    (packed, bytes)
}

fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| (PathBuf::from(path), (text.as_bytes().to_vec(), false))).collect()
}

/// Lists the entries as `type mode name`.
fn listing(bytes: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let entries = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()), (0, 0, 0));
        assert_eq!((header.username().unwrap(), header.groupname().unwrap()), (Some(""), Some("")));
        format!("{:o} {}", header.mode().unwrap(), entry.path().unwrap().display())
    });
    entries.collect()
}

#[test]
fn entries_are_in_lexical_order_with_fixed_modes() {
    let mut files = tree(&[("b/x.yaml", "x"), ("a.txt", "a"), ("a/z", "z"), ("b.yaml", "b")]);
    files.insert("run.sh".into(), (b"#!".to_vec(), true));
    let (packed, bytes) = pack_tree(&files, &Rules::default());
    let expected = ["750 a", "600 a/z", "600 a.txt", "750 b", "600 b/x.yaml", "600 b.yaml", "700 run.sh"];
    assert_eq!(listing(&bytes), expected);
    assert_eq!((packed.entries, packed.size), (7, bytes.len() as u64));
    assert!(packed.digest.verify(&bytes));
}

/// The bytes before compression are part of the contract: a change here rebuilds every artifact.
#[test]
fn the_bytes_of_a_known_tree_do_not_change() {
    let (_, bytes) = pack_tree(
        &tree(&[("deploy/app.yaml", "kind: ConfigMap\n"), ("README.md", "# x\n")]),
        &Rules::default(),
    );
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
    assert_eq!(
        Digest::of(Algorithm::Sha256, &plain).to_string(),
        "sha256:0aeec97eaf45f86d2ba8ed9e212df772bb01c17bd5a54f6322736aff7f5265a0"
    );
}

#[test]
fn ignored_files_and_links_are_left_out() {
    let root = tempfile::tempdir().unwrap();
    write_tree(root.path(), &tree(&[("a/x.md", ""), ("a/keep.md", ""), ("b/y", ""), (".git/config", "")]));
    std::os::unix::fs::symlink("a", root.path().join("link")).unwrap();
    let rules = Rules::for_source(ignore::parse(b"*.md\n!keep.md\n/b\n", &[]));
    let mut bytes = Vec::new();
    directory(root.path(), &rules, &mut bytes, Options::default()).unwrap();
    assert_eq!(listing(&bytes), ["750 a", "600 a/keep.md"]);
}

#[test]
fn a_file_is_brought_back_from_a_directory_that_is_left_out() {
    let rules = Rules::for_source(ignore::parse(b"/*\n!/a/keep.yaml\n", &[]));
    let (_, bytes) = pack_tree(&tree(&[("a/keep.yaml", ""), ("a/other", ""), ("b", "")]), &rules);
    assert_eq!(listing(&bytes), ["600 a/keep.yaml"]);
}

#[test]
fn unsafe_and_unordered_entries_are_refused() {
    for path in ["", "/a", "../a", "a/../b", "./a", "a/", "a//b", "."] {
        let mut packer = Packer::new(Vec::new(), Options::default());
        assert!(matches!(packer.file(path, false, b""), Err(PackError::UnsafePath(_))), "{path:?}");
    }
    for (first, second) in [("b", "a"), ("a", "a"), ("a.txt", "a/b"), ("a/b/c", "a/b")] {
        let mut packer = Packer::new(Vec::new(), Options::default());
        packer.file(first, false, b"").unwrap();
        assert!(
            matches!(packer.file(second, false, b""), Err(PackError::OutOfOrder { .. })),
            "{first} {second}"
        );
    }
}

#[test]
fn limits_and_short_readers_are_errors() {
    let limits = Limits { entries: 2, file_bytes: 10, total_bytes: 15, depth: 2, path_bytes: 100 };
    let packer = || Packer::new(Vec::new(), Options { limits, ..Options::default() });
    let exceeded = |result| match result {
        Err(PackError::Limit { limit, .. }) => limit,
        other => panic!("{other:?}"),
    };
    assert_eq!(exceeded(packer().file("a", false, &[0; 11])), LimitExceeded::FileBytes(10));
    assert_eq!(exceeded(packer().file("a/b/c", false, b"")), LimitExceeded::Depth(2));
    let mut full = packer();
    full.file("a", false, &[0; 10]).unwrap();
    assert_eq!(exceeded(full.file("b", false, &[0; 10])), LimitExceeded::TotalBytes(15));
    assert_eq!(exceeded(full.file("c", false, b"")), LimitExceeded::Entries(2));
    assert!(matches!(packer().stream("a", false, 5, &b"abc"[..]), Err(PackError::Truncated(_))));
}

proptest! {
    #[test]
    fn the_same_tree_gives_the_same_bytes_and_comes_back(
        files in proptest::collection::btree_map(
            "[a-c]{1,2}(/[a-c.ü]{3,120}){0,3}[x-z]",
            (proptest::collection::vec(any::<u8>(), 0..2000), any::<bool>()),
            0..8,
        )
    ) {
        // A name cannot be a file and a directory at once.
        let mut wanted = Tree::new();
        for (path, file) in files {
            let path = PathBuf::from(path);
            if !wanted.keys().any(|other| other.starts_with(&path) || path.starts_with(other)) {
                wanted.insert(path, file);
            }
        }
        let (first, bytes) = pack_tree(&wanted, &Rules::default());
        let (second, _) = pack_tree(&wanted, &Rules::default());
        prop_assert_eq!(first, second);
        let root = tempfile::tempdir().unwrap();
        unpack(&bytes[..], root.path(), &Limits::default()).unwrap();
        prop_assert_eq!(read_tree(root.path()), wanted);
    }
}
