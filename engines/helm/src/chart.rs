//! A chart in memory: its metadata, files, default values and the charts it holds.
//!
//! A chart is never changed in place; cloning one copies a few pointers, so it can be cached and shared between threads.
//! What a release makes of it (aliases, disabled dependencies, imported values) is a new chart over the same files.

mod archive;
mod budget;
mod decode;
mod directory;
mod draft;
mod load;
mod metadata;
mod path;

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

pub use archive::ArchiveError;
pub use decode::DecodeError;
pub use directory::{Directory, Entry, MemoryDirectory};
pub use draft::ValidationError;
pub use load::{LoadError, Loaded};
pub use metadata::{ChildAndParent, Dependency, ImportValues, Lock, Maintainer, Metadata};

use crate::values::Values;

/// A chart and the charts it holds.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What `Chart.yaml` says.
    pub metadata: Arc<Metadata>,
    /// The default values, with those imported from dependencies once these are resolved.
    pub values: Arc<Values>,
    /// The charts below: as found when read, as enabled and aliased once dependencies are resolved.
    pub dependencies: Vec<Chart>,
    /// The name with the names of the charts above, as in `parent/charts/child`.
    pub full_path: Arc<str>,
    /// What no release changes.
    pub content: Arc<Content>,
}

/// The files of one chart.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The files below `templates/`, in the order they were read.
    pub templates: Vec<File>,
    /// All other files that templates may see, in the order they were read.
    pub files: Vec<File>,
    /// `values.schema.json`.
    pub schema: Option<File>,
    /// `Chart.lock` or `requirements.lock`.
    pub lock: Option<Lock>,
    /// When `Chart.yaml` was modified last.
    pub modified: Option<Timestamp>,
}

/// A file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The path within the chart, `/`-separated.
    pub name: String,
    /// What it holds, without a byte order mark.
    pub data: Bytes,
    /// When it was modified last.
    pub modified: Option<Timestamp>,
}

/// A file below `crds/`.
#[derive(Clone, Debug)]
pub struct Crd<'a> {
    /// The path with the charts it is in, as in `parent/charts/child/crds/x.yaml`.
    pub full_path: String,
    /// The file itself.
    pub file: &'a File,
}

// === impl Chart ===

impl Chart {
    /// The name, or the alias where one was given.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Whether the chart only offers templates to others.
    pub fn is_library(&self) -> bool {
        self.metadata.kind.eq_ignore_ascii_case("library")
    }

    /// The files below `crds/` that hold manifests, of this chart first and then of those below.
    pub fn crds(&self) -> Vec<Crd<'_>> {
        let mut found = Vec::new();
        self.collect_crds(&mut found);
        found
    }

    /// Writes down where each chart stands, below `parent`.
    fn name_paths(&mut self, parent: &str) {
        let path = if parent.is_empty() {
            self.name().to_owned()
        } else {
            format!("{parent}/charts/{}", self.name())
        };
        for dependency in &mut self.dependencies {
            dependency.name_paths(&path);
        }
        self.full_path = Arc::from(path);
    }

    fn collect_crds<'a>(&'a self, found: &mut Vec<Crd<'a>>) {
        let manifests = self.content.files.iter().filter(|file| file.is_crd_manifest());
        found.extend(
            manifests.map(|file| Crd { full_path: format!("{}/{}", self.full_path, file.name), file }),
        );
        for dependency in &self.dependencies {
            dependency.collect_crds(found);
        }
    }
}

// === impl File ===

impl File {
    fn is_crd_manifest(&self) -> bool {
        let extension = self.name.rsplit('/').next().and_then(|base| base.rsplit_once('.')).map(|(_, it)| it);
        self.name.starts_with("crds/")
            && extension
                .is_some_and(|it| ["yaml", "yml", "json"].iter().any(|known| it.eq_ignore_ascii_case(known)))
    }
}
