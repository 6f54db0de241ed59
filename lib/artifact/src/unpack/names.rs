//! Names too long for a tar header: GNU's long-name entries and the `path` of POSIX extended headers.
//!
//! Only names are taken from them. A `size` in an extended header is refused, as files that need one exceed every limit;
//! link names, times and owners are of no use to us.

use std::io::Read;

use tar::{Entry, EntryType};

use super::UnpackError;
use crate::limits::LimitExceeded;

/// An extended header may hold more than a name; this is what is read of it beyond the name's own limit.
const OTHER_RECORDS: usize = 64 << 10;

/// Remembers the name that an extension header gives to the entry after it.
pub(super) struct Names {
    next: Option<Vec<u8>>,
    limit: usize,
}

impl Names {
    pub(super) const fn new(limit: usize) -> Self {
        Self { next: None, limit }
    }

    /// Takes an extension header; tells whether the entry was one.
    pub(super) fn absorb<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> Result<bool, UnpackError> {
        match entry.header().entry_type() {
            EntryType::GNULongName => {
                let mut name = self.read(entry, self.limit + 1)?;
                if name.last() == Some(&0) {
                    name.pop();
                }
                self.next = Some(name);
            }
            EntryType::XHeader => {
                let records = self.read(entry, self.limit + OTHER_RECORDS)?;
                if let Some(name) = path_record(&records)? {
                    self.next = Some(name.to_vec());
                }
            }
            // Global headers carry a commit's hash in archives that git made, and nothing we use.
            EntryType::XGlobalHeader | EntryType::GNULongLink => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Returns the name of an entry that is not an extension header.
    pub(super) fn take<R: Read>(&mut self, entry: &Entry<'_, R>) -> Vec<u8> {
        self.next.take().unwrap_or_else(|| entry.path_bytes().into_owned())
    }

    fn read<R: Read>(&self, entry: &mut Entry<'_, R>, limit: usize) -> Result<Vec<u8>, UnpackError> {
        let mut bytes = Vec::new();
        entry.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(UnpackError::Damaged)?;
        if bytes.len() > limit {
            return Err(LimitExceeded::PathBytes(self.limit).into());
        }
        Ok(bytes)
    }
}

/// Finds the `path` among records of the form `<length> <key>=<value>\n`.
fn path_record(mut records: &[u8]) -> Result<Option<&[u8]>, UnpackError> {
    let mut path = None;
    while !records.is_empty() {
        let (record, rest) = split_record(records).ok_or(UnpackError::Extension)?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or(UnpackError::Extension)?;
        match &record[..equals] {
            b"path" => path = Some(&record[equals + 1..]),
            b"size" => return Err(UnpackError::Extension),
            key if key.starts_with(b"GNU.sparse") => return Err(UnpackError::Extension),
            _ => {}
        }
        records = rest;
    }
    Ok(path)
}

/// Splits the first record off, without its length and newline.
fn split_record(records: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = records.iter().position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&records[..space]).ok()?.parse().ok()?;
    let record = records.get(space + 1..length)?;
    Some((record.strip_suffix(b"\n")?, &records[length..]))
}
