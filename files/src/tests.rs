//! What a directory shows, by table: plain files, links that stay and links that leave, paths that climb.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use sluice_kustomize::{Entry, FileTree, TreeError};

use super::{Directory, Links};

/// `root/` beside `secret/`, with links of every sort.
fn laid_out() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let at = |path: &str| place.path().join(path);
    for directory in ["root/a", "secret"] {
        fs::create_dir_all(at(directory)).unwrap();
    }
    for file in ["root/a/x.yaml", "secret/key"] {
        fs::write(at(file), file).unwrap();
    }
    for (target, link) in [
        ("x.yaml", "root/a/inside"),
        ("a", "root/b"),
        ("../../secret/key", "root/a/file"),
        ("../secret", "root/dir"),
        ("nowhere", "root/dangling"),
        ("loop", "root/loop"),
    ] {
        symlink(target, at(link)).unwrap();
    }
    symlink(place.path().join("secret/key"), at("root/absolute")).unwrap();
    place
}

fn open(place: &Path, links: Links) -> Directory {
    Directory::open(&place.join("root"), links).unwrap()
}

#[test]
fn links_are_followed_inside_only() {
    let place = laid_out();
    let tree = open(place.path(), Links::Followed);
    for (path, real) in
        [("a/inside", "a/x.yaml"), ("b/inside", "a/x.yaml"), ("b", "a"), ("a/x.yaml", "a/x.yaml")]
    {
        assert_eq!(tree.real_path(path).as_deref(), Ok(real), "{path}");
    }
    assert_eq!(tree.entry("b"), Ok(Some(Entry::Directory)));
    assert_eq!(tree.read("b/inside").unwrap(), "root/a/x.yaml");
    for path in ["a/file", "dir", "dir/key", "absolute"] {
        let outside = TreeError::Outside { path: path.to_owned() };
        assert_eq!(tree.entry(path), Err(outside.clone()), "{path}");
        assert_eq!(tree.read(path), Err(outside.clone()), "{path}");
        assert_eq!(tree.list(path), Err(outside.clone()), "{path}");
        assert_eq!(tree.real_path(path), Err(outside), "{path}");
    }
    assert_eq!(tree.entry("dangling"), Ok(None));
    assert!(tree.read("loop").is_err());
}

#[test]
fn hidden_links_are_not_there() {
    let place = laid_out();
    let tree = open(place.path(), Links::Hidden);
    assert_eq!(tree.read("a/x.yaml").unwrap(), "root/a/x.yaml");
    for path in ["a/inside", "a/file", "b", "b/x.yaml", "dir", "dir/key", "absolute", "dangling"] {
        assert_eq!(tree.entry(path), Ok(None), "{path}");
        assert_eq!(tree.read(path), Err(TreeError::NotFound { path: path.to_owned() }), "{path}");
        assert_eq!(tree.list(path), Err(TreeError::NotFound { path: path.to_owned() }), "{path}");
    }
}

#[test]
fn no_path_climbs() {
    let place = laid_out();
    for links in [Links::Followed, Links::Hidden] {
        let tree = open(place.path(), links);
        for path in ["../secret/key", "a/../../secret/key", "/etc/passwd", "a//x.yaml", "a/./x.yaml", "a/\0"]
        {
            assert_eq!(tree.read(path), Err(TreeError::Outside { path: path.to_owned() }), "{path:?}");
        }
        assert_eq!(tree.list("a").unwrap(), ["file", "inside", "x.yaml"]);
        assert_eq!(tree.entry(""), Ok(Some(Entry::Directory)));
        assert_eq!(tree.entry("a/x.yaml/y"), Ok(None));
    }
}

#[test]
fn reading_a_device_ends() {
    let tree = Directory::open(Path::new("/dev"), Links::Followed).unwrap();
    let most = sluice_kustomize::Limits::default().file_size;
    assert_eq!(tree.read("zero").unwrap().len(), most + 1);
    assert_eq!(Directory::open(Path::new("/dev"), Links::Hidden).unwrap().entry("zero"), Ok(None));
}
