//! The files of a commit as contents of an artifact.

use std::{io, sync::Arc};

use sluice_crds::meta::reason;
use sluice_runtime::causes;

use crate::{
    contents::{Blobs, Contents, Origin},
    failure::Failure,
    git::{Mirrors, Reader, Remote, Resolved, Snapshot, TreeEntryKind},
};

/// Fetches a commit; returns its files and the subject of its message.
pub(super) async fn fetch(
    mirrors: &Mirrors,
    remote: &Remote,
    resolved: &Resolved,
) -> Result<(Contents, String), Failure> {
    let snapshot = Arc::new(mirrors.fetch(remote, resolved).await?);
    let subject = snapshot.subject().to_owned();
    let files = snapshot.entries().iter().enumerate().filter_map(|(number, entry)| match entry.kind {
        TreeEntryKind::Directory => None,
        TreeEntryKind::File { executable } => Some((number, entry.path.clone().into(), executable)),
    });
    let contents = Contents::of_origin(Arc::new(Commit(snapshot.clone())), files.collect::<Vec<_>>())
        .map_err(|error| Failure::fetch(reason::GIT_OPERATION_FAILED, causes(&error)))?;
    Ok((contents, subject))
}

/// The files of a commit, numbered as its entries.
struct Commit(Arc<Snapshot>);

impl Origin for Commit {
    fn reader(&self) -> Box<dyn Blobs + '_> {
        Box::new(CommitReader { snapshot: &self.0, reader: self.0.reader() })
    }
}

struct CommitReader<'a> {
    snapshot: &'a Snapshot,
    reader: Reader<'a>,
}

impl Blobs for CommitReader<'_> {
    fn read(&mut self, number: usize) -> io::Result<Vec<u8>> {
        let entry = &self.snapshot.entries()[number];
        self.reader.read(entry).map(<[u8]>::to_vec).map_err(io::Error::other)
    }
}
