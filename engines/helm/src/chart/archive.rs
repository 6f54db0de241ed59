//! Packed charts: a gzipped tar whose entries stand in one directory. Refuses absolute paths, paths that leave that
//! directory, drive letters, and what is larger than the limits; all with Helm's words. Links are read as empty files.

use std::io::{ErrorKind, Read};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use tar::{Archive, Entry, EntryType};

use super::File;
use super::budget::Budget;
use super::path::{clean, has_drive_letter};
use crate::limits::{MAX_CHART_SIZE, MAX_FILE_SIZE};

/// Why bytes are no packed chart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// They are not gzipped.
    #[error("gzip: invalid header")]
    NoGzip,
    /// They end too early.
    #[error("unexpected EOF")]
    Truncated,
    /// The compressed data is broken.
    #[error("gzip: invalid checksum")]
    BrokenGzip,
    /// What was packed is no tar.
    #[error("archive/tar: invalid tar header")]
    BrokenTar,
    /// An entry has an absolute path.
    #[error("chart illegally contains absolute paths")]
    AbsolutePath,
    /// An entry stands beside the directory of the chart.
    #[error("chart illegally contains content outside the base directory: {0:?}")]
    OutsideBase(String),
    /// An entry leaves the directory of the chart.
    #[error("chart illegally references parent directory")]
    ParentDirectory,
    /// An entry has a drive letter.
    #[error("chart contains illegally named files")]
    DriveLetter,
    /// `Chart.yaml` stands in no directory.
    #[error("chart yaml not in base directory")]
    NoBase,
    /// The chart is too large.
    #[error("decompressed chart is larger than the maximum size {MAX_CHART_SIZE}")]
    ChartSize,
    /// A file is too large.
    #[error("decompressed chart file {0:?} is larger than the maximum file size {MAX_FILE_SIZE}")]
    FileSize(String),
    /// The archive holds no files.
    #[error("no files in chart archive")]
    Empty,
    /// A limit that Helm does not have.
    #[error("chart {0}")]
    Limit(&'static str),
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Unpacks the files of a chart, named relative to its directory.
pub(super) fn unpack(packed: &[u8], budget: &mut Budget) -> Result<Vec<File>, ArchiveError> {
    if !packed.starts_with(b"\x1f\x8b") {
        return Err(if packed.is_empty() { ArchiveError::Truncated } else { ArchiveError::NoGzip });
    }
    // Whatever is packed, headers and padding included, stays within the size of a chart and some.
    let unpacked = MultiGzDecoder::new(packed).take(2 * MAX_CHART_SIZE);
    let mut archive = Archive::new(unpacked);
    let mut remaining = MAX_CHART_SIZE;
    let mut files = Vec::new();
    for entry in archive.entries().map_err(|error| broken(&error))? {
        let mut entry = entry.map_err(|error| broken(&error))?;
        if let Some(file) = read_entry(&mut entry, &mut remaining)? {
            budget.file(file.data.len()).map_err(ArchiveError::Limit)?;
            files.push(file);
        }
    }
    if files.is_empty() { Err(ArchiveError::Empty) } else { Ok(files) }
}

fn read_entry(entry: &mut Entry<'_, impl Read>, remaining: &mut u64) -> Result<Option<File>, ArchiveError> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let kind = entry.header().entry_type();
    let is_directory = kind == EntryType::Directory || name.ends_with('/');
    if is_directory || matches!(kind, EntryType::XGlobalHeader | EntryType::XHeader) {
        return Ok(None);
    }
    let path = inner_path(&name)?;
    let size = if kind.is_file() || kind == EntryType::Continuous { entry.size() } else { 0 };
    if size > *remaining {
        return Err(ArchiveError::ChartSize);
    }
    if size > MAX_FILE_SIZE {
        return Err(ArchiveError::FileSize(name));
    }
    let data = read_data(entry, size)?;
    *remaining = remaining.saturating_sub(data.len() as u64);
    if *remaining == 0 {
        return Err(ArchiveError::ChartSize);
    }
    Ok(Some(File { name: path, data: without_mark(data), modified: modified(entry) }))
}

fn read_data(entry: &mut Entry<'_, impl Read>, size: u64) -> Result<Vec<u8>, ArchiveError> {
    let mut data = Vec::new();
    entry.take(size).read_to_end(&mut data).map_err(|error| broken(&error))?;
    if (data.len() as u64) < size {
        return Err(ArchiveError::Truncated);
    }
    data.shrink_to_fit();
    Ok(data)
}

/// Text without its byte order mark.
pub(super) fn without_mark(data: impl Into<Bytes>) -> Bytes {
    let data = data.into();
    if data.starts_with(BYTE_ORDER_MARK) { data.slice(BYTE_ORDER_MARK.len()..) } else { data }
}

/// The path behind the first part, checked; archives made on Windows have backslashes.
fn inner_path(name: &str) -> Result<String, ArchiveError> {
    let delimiter = if name.contains('\\') { '\\' } else { '/' };
    let (base, inner) = name.split_once(delimiter).unwrap_or((name, ""));
    let inner = inner.replace(delimiter, "/");
    if inner.starts_with('/') {
        return Err(ArchiveError::AbsolutePath);
    }
    let inner = clean(&inner);
    if inner == "." {
        return Err(ArchiveError::OutsideBase(name.to_owned()));
    }
    if inner.starts_with("..") {
        return Err(ArchiveError::ParentDirectory);
    }
    if has_drive_letter(&inner) {
        return Err(ArchiveError::DriveLetter);
    }
    if base == "Chart.yaml" {
        return Err(ArchiveError::NoBase);
    }
    Ok(inner)
}

fn modified(entry: &mut Entry<'_, impl Read>) -> Option<Timestamp> {
    if let Some(precise) = precise_time(entry) {
        return Some(precise);
    }
    let seconds = i64::try_from(entry.header().mtime().ok()?).ok()?;
    Timestamp::from_second(seconds).ok()
}

fn precise_time(entry: &mut Entry<'_, impl Read>) -> Option<Timestamp> {
    let extensions = entry.pax_extensions().ok()??;
    let text = extensions.flatten().find(|pair| pair.key() == Ok("mtime"))?.value().ok()?.to_owned();
    let (seconds, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let nanoseconds = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    Timestamp::new(seconds.parse().ok()?, nanoseconds).ok()
}

fn broken(error: &std::io::Error) -> ArchiveError {
    match error.kind() {
        ErrorKind::UnexpectedEof => ArchiveError::Truncated,
        ErrorKind::InvalidInput | ErrorKind::InvalidData => ArchiveError::BrokenGzip,
        _ => ArchiveError::BrokenTar,
    }
}
