//! Archives made to do harm, made by other tools, and made of anything.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tar::{Builder, Header};

use super::*;

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Writes one entry whose name and type are not checked.
fn entry(archive: &mut Builder<Vec<u8>>, kind: EntryType, name: &[u8], contents: &[u8]) {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(contents.len() as u64);
    if matches!(kind, EntryType::Symlink | EntryType::Link) {
        header.set_link_name("/etc").unwrap();
    }
    header.set_cksum();
    archive.append(&header, contents).unwrap();
}

fn archive(entries: &[(EntryType, &[u8], &[u8])]) -> Vec<u8> {
    let mut archive = Builder::new(Vec::new());
    for (kind, name, contents) in entries {
        entry(&mut archive, *kind, name, contents);
    }
    compressed(&archive.into_inner().unwrap())
}

fn unpack_into_new(bytes: &[u8], limits: &Limits) -> (tempfile::TempDir, Result<Unpacked, UnpackError>) {
    let parent = tempfile::tempdir().unwrap();
    let root = parent.path().join("root");
    fs::create_dir(&root).unwrap();
    let result = unpack(bytes, &root, limits);
    let outside: Vec<_> = fs::read_dir(parent.path()).unwrap().collect();
    assert_eq!(outside.len(), 1, "something was written outside");
    (parent, result)
}

#[test]
fn names_that_leave_the_root_are_refused() {
    for name in [&b"/etc/passwd"[..], b"../x", b"a/../../x", b"a/..", b"..", b"a/../b"] {
        let (_dir, result) =
            unpack_into_new(&archive(&[(EntryType::Regular, name, b"x")]), &Limits::default());
        assert!(matches!(result, Err(UnpackError::UnsafePath(_))), "{name:?}: {result:?}");
    }
}

#[test]
fn long_names_are_checked_like_short_ones() {
    for name in [format!("{}/../../../x", "a".repeat(200)), format!("/{}", "a".repeat(200))] {
        let bytes =
            archive(&[(EntryType::GNULongName, b"l", name.as_bytes()), (EntryType::Regular, b"ok", b"")]);
        let (_dir, result) = unpack_into_new(&bytes, &Limits::default());
        assert!(matches!(result, Err(UnpackError::UnsafePath(_))), "{result:?}");
        let record = format!(" path={name}\n");
        let record = format!("{}{record}", record.len() + 3);
        let bytes =
            archive(&[(EntryType::XHeader, b"x", record.as_bytes()), (EntryType::Regular, b"ok", b"")]);
        let (_dir, result) = unpack_into_new(&bytes, &Limits::default());
        assert!(matches!(result, Err(UnpackError::UnsafePath(_))), "{result:?}");
    }
}

#[test]
fn extended_headers_give_names() {
    let bytes = archive(&[
        (EntryType::XGlobalHeader, b"g", b"52 comment=0123456789012345678901234567890123456789\n"),
        (EntryType::XHeader, b"x", b"16 mtime=12.345\n18 path=dir/n\xc3\xa4me\n"),
        (EntryType::Regular, b"short", b"1"),
        (EntryType::Regular, b"./plain", b"2"),
    ]);
    let (dir, result) = unpack_into_new(&bytes, &Limits::default());
    result.unwrap();
    assert_eq!(fs::read(dir.path().join("root/dir/näme")).unwrap(), b"1");
    assert_eq!(fs::read(dir.path().join("root/plain")).unwrap(), b"2");
}

#[test]
fn malformed_extended_headers_are_refused() {
    for records in [&b"x"[..], b"99 path=a\n", b"0 path=a\n", b"9 path=ab", b"11 size=99\n", b"8 path\n\n"] {
        let bytes = archive(&[(EntryType::XHeader, b"x", records), (EntryType::Regular, b"a", b"")]);
        let (_dir, result) = unpack_into_new(&bytes, &Limits::default());
        assert!(matches!(result, Err(UnpackError::Extension)), "{records:?}: {result:?}");
    }
}

#[test]
fn links_are_never_made() {
    let bytes = archive(&[(EntryType::Symlink, b"link", b""), (EntryType::Regular, b"link/passwd", b"x")]);
    let (dir, result) = unpack_into_new(&bytes, &Limits::default());
    result.unwrap();
    assert!(!fs::symlink_metadata(dir.path().join("root/link")).unwrap().is_symlink());
    for kind in [EntryType::Link, EntryType::Char, EntryType::Block, EntryType::Fifo, EntryType::GNUSparse] {
        let (_dir, result) = unpack_into_new(&archive(&[(kind, b"x", b"")]), &Limits::default());
        assert!(matches!(result, Err(UnpackError::Unsupported { .. } | UnpackError::Damaged(_))), "{kind:?}");
    }
}

#[test]
fn limits_hold() {
    let small = Limits { entries: 3, file_bytes: 100, total_bytes: 8 << 10, depth: 3, path_bytes: 20 };
    let many: Vec<_> = (0..4).map(|_| (EntryType::Regular, &b"x"[..], &b""[..])).collect();
    let long = "n".repeat(5000);
    for (bytes, limit) in [
        (archive(&many), LimitExceeded::Entries(3)),
        (archive(&[(EntryType::Regular, b"x", &[0; 101])]), LimitExceeded::FileBytes(100)),
        (archive(&[(EntryType::Regular, b"a/b/c/d", b"")]), LimitExceeded::Depth(3)),
        (archive(&[(EntryType::Regular, b"aaaaaaaaaaaaaaaaaaaaa", b"")]), LimitExceeded::PathBytes(20)),
        (archive(&[(EntryType::GNULongName, b"l", long.as_bytes())]), LimitExceeded::PathBytes(20)),
    ] {
        let (_dir, result) = unpack_into_new(&bytes, &small);
        let refused = matches!(&result, Err(UnpackError::Limit(found)) if *found == limit);
        assert!(refused, "{limit:?}: {result:?}");
    }
}

#[test]
fn a_bomb_of_one_huge_entry_stops_at_the_limit() {
    let limits = Limits { total_bytes: 1 << 20, file_bytes: 1 << 40, ..Limits::default() };
    let bytes =
        archive(&[(EntryType::XGlobalHeader, b"g", &vec![0; 4 << 20]), (EntryType::Regular, b"x", b"")]);
    let (_dir, result) = unpack_into_new(&bytes, &limits);
    assert!(matches!(result, Err(UnpackError::Limit(LimitExceeded::TotalBytes(_)))), "{result:?}");
}

#[test]
fn truncated_archives_are_damaged() {
    let whole = archive(&[(EntryType::Regular, b"x", &[7; 3000])]);
    for length in [0, 5, 30, whole.len() / 2] {
        let (_dir, result) = unpack_into_new(&whole[..length], &Limits::default());
        assert!(result.is_err(), "{length} of {} bytes", whole.len());
    }
}

proptest! {
    #[test]
    fn anything_stays_inside(entries in proptest::collection::vec(
        (any::<u8>(), proptest::collection::vec(proptest::sample::select(b"./ab\0\xff".to_vec()), 0..12), any::<Vec<u8>>()),
        0..6,
    )) {
        let entries: Vec<_> = entries.iter()
            .map(|(kind, name, contents)| (EntryType::new(*kind), name.as_slice(), contents.as_slice()))
            .collect();
        // The check is in the helper: nothing appears beside the root, and nothing panics.
        let _ = unpack_into_new(&archive(&entries), &Limits::default());
    }

    #[test]
    fn any_bytes_are_refused_or_unpacked(bytes in any::<Vec<u8>>()) {
        let _ = unpack_into_new(&bytes, &Limits::default());
        let _ = unpack_into_new(&compressed(&bytes), &Limits::default());
    }
}
