//! A received pack becomes part of an object database.

use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gix_hash::Kind;
use gix_odb::Store;
use gix_odb::pack::Bundle;
use gix_odb::pack::bundle::write::Options;
use gix_odb::store::init::{Options as StoreOptions, Slots};

/// The most threads that index one pack.
const THREAD_LIMIT: usize = 2;

/// How many packs a database may hold while it is open: more than any mirror keeps.
const SLOTS: u16 = 256;

/// Why a pack could not be taken in.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackError {
    #[error("given up")]
    Interrupted,
    #[error("an object in the pack is larger than {0} bytes")]
    LargeObject(usize),
    #[error("the pack is broken: {0}")]
    Broken(String),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Opens the object database in a directory; nothing is read yet.
pub(super) fn open(objects: &Path, kind: Kind, object_limit: usize) -> std::io::Result<Arc<Store>> {
    let options = StoreOptions {
        slots: Slots::Given(SLOTS),
        use_multi_pack_index: false,
        alloc_limit_bytes: Some(object_limit),
        ..StoreOptions::default()
    };
    Store::at_opts(objects.to_owned(), kind, &mut std::iter::empty(), options).map(Arc::new)
}

/// Indexes a pack into the database at `objects`, which may hold the bases of its differences.
pub(super) fn take_in(
    pack: Box<dyn Read + Send>,
    objects: &Path,
    kind: Kind,
    object_limit: usize,
    interrupt: &AtomicBool,
) -> Result<(), PackError> {
    let bases = open(objects, kind, object_limit)?.to_cache_arc();
    let options = Options {
        thread_limit: Some(THREAD_LIMIT),
        alloc_limit_bytes: Some(object_limit),
        ..Options::default()
    };
    let written = Bundle::write_to_directory(
        &mut BufReader::with_capacity(64 * 1024, pack),
        Some(&objects.join("pack")),
        &mut gix_utils::progress::Discard,
        interrupt,
        Some(bases),
        kind,
        options,
    );
    let written = written.map_err(|error| sort(&error, object_limit, interrupt))?;
    // The file keeps the pack from a garbage collection that never happens here.
    if let Some(keep) = written.keep_path {
        std::fs::remove_file(keep)?;
    }
    Ok(())
}

fn sort(error: &gix_error::Error, object_limit: usize, interrupt: &AtomicBool) -> PackError {
    if interrupt.load(Ordering::Relaxed) {
        return PackError::Interrupted;
    }
    if error.is_resource_exhausted() {
        return PackError::LargeObject(object_limit);
    }
    PackError::Broken(error.to_string())
}
