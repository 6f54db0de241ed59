//! The chart: a directory of this machine, or a packed one. Links are followed, as Helm does.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::Timestamp;
use sluice_helm::chart::{Chart, Directory, Entry};

use crate::failure::Failure;

/// Reads the chart at a path.
pub(super) fn load(path: &Path) -> Result<Chart, Failure> {
    let Ok(metadata) = fs::metadata(path) else {
        return Err(Failure::Argument(format!("path {:?} not found", path.display().to_string())));
    };
    let loaded = if metadata.is_dir() {
        Chart::from_directory(&OnDisk { root: path.to_owned() })
    } else {
        let packed =
            fs::read(path).map_err(|source| Failure::File { path: path.display().to_string(), source })?;
        Chart::from_archive(&packed)
    };
    let loaded = loaded.map_err(|error| Failure::Argument(error.to_string()))?;
    super::warn(&loaded.warnings);
    Ok(loaded.chart)
}

/// A directory of this machine.
struct OnDisk {
    root: PathBuf,
}

impl Directory for OnDisk {
    fn list(&self, path: &str) -> Result<BTreeMap<String, Entry>, String> {
        let mut entries = BTreeMap::new();
        for entry in fs::read_dir(self.root.join(path)).map_err(|error| error.to_string())? {
            let entry = entry.map_err(|error| error.to_string())?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let metadata = fs::metadata(entry.path()).map_err(|error| error.to_string())?;
            let found = if metadata.is_dir() {
                Entry::Directory
            } else if metadata.is_file() {
                let modified = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
                Entry::File { size: metadata.len(), modified }
            } else {
                Entry::Irregular
            };
            entries.insert(name, found);
        }
        Ok(entries)
    }

    fn read(&self, path: &str) -> Result<Bytes, String> {
        fs::read(self.root.join(path)).map(Bytes::from).map_err(|error| error.to_string())
    }
}
