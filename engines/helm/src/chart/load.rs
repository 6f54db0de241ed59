//! Files into a chart: what each file is for, in which order, and the charts in `charts/`, packed or not. The version of the
//! format decides over `requirements.yaml`; what is refused is refused in Helm's words.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::archive::{self, ArchiveError};
use super::budget::Budget;
use super::decode::{self, DecodeError};
use super::directory::{self, Directory};
use super::draft::{LockDraft, MetadataDraft, ValidationError};
use super::metadata::Lock;
use super::path::extension;
use super::{Chart, Content, File};
use crate::ignore::IgnoreError;
use crate::limits::MAX_FILE_SIZE;
use crate::values::{ReadError, Values, read_values};

/// Why files are no chart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The archive cannot be unpacked.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The directory cannot be read.
    #[error("{0}")]
    Directory(String),
    /// What stands there is no file.
    #[error("cannot load irregular file {0} as it has file mode type bits set")]
    Irregular(String),
    /// A file is too large.
    #[error("chart file {0:?} is larger than the maximum file size {MAX_FILE_SIZE}")]
    FileSize(String),
    /// `.helmignore` is broken.
    #[error(transparent)]
    Ignore(IgnoreError),
    /// A limit that Helm does not have.
    #[error("chart {0}")]
    Limit(&'static str),
    /// There is no `Chart.yaml` to tell the version of the format.
    #[error("unable to detect chart version, no Chart.yaml found")]
    NoVersion,
    /// `Chart.yaml` asks for a format that is not known.
    #[error("unsupported chart version")]
    UnknownVersion,
    /// There is no `Chart.yaml` in the directory.
    #[error("unable to detect chart: there is no Chart.yaml")]
    NotDetected,
    /// There is no `Chart.yaml` among the files, or `.helmignore` leaves it out.
    #[error("Chart.yaml file is missing")]
    NoMetadata,
    /// A file that describes the chart cannot be read.
    #[error("cannot load {file}: {cause}")]
    Decode {
        /// The name of the file.
        file: &'static str,
        /// What is wrong with it.
        cause: DecodeError,
    },
    /// The default values cannot be read.
    #[error("cannot load values.yaml: {0}")]
    Values(ReadError),
    /// `Chart.yaml` is not valid.
    #[error(transparent)]
    Validation(#[from] ValidationError),
    /// Below `charts/`, a directory is named as a packed chart.
    #[error("error unpacking subchart tar in {chart}: expected {expected}, got {found}")]
    PackedDirectory {
        /// The chart that holds it.
        chart: String,
        /// The name that should be a file.
        expected: String,
        /// A file below it.
        found: String,
    },
    /// A chart below `charts/` is none.
    #[error("error unpacking subchart {name} in {chart}: {cause}")]
    Subchart {
        /// Its name below `charts/`.
        name: String,
        /// The chart that holds it.
        chart: String,
        /// What is wrong with it.
        cause: Box<LoadError>,
    },
}

/// A chart as read, and what Helm would warn of.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The chart.
    pub chart: Chart,
    /// The warnings in order.
    pub warnings: Vec<String>,
}

impl Chart {
    /// Reads a packed chart (`.tgz`).
    ///
    /// # Errors
    /// When it cannot be unpacked, is no chart, or a chart inside it is none.
    pub fn from_archive(packed: &[u8]) -> Result<Loaded, LoadError> {
        let mut budget = Budget::default();
        let files = archive::unpack(packed, &mut budget)?;
        let first = files.iter().find(|file| file.name == "Chart.yaml").ok_or(LoadError::NoVersion)?;
        let format = Format::of(first)?;
        Loader { budget, format, warnings: Vec::new() }.finish(files)
    }

    /// Reads a chart that lies unpacked in a directory.
    ///
    /// # Errors
    /// When it cannot be read, is no chart, or a chart inside it is none.
    pub fn from_directory(directory: &dyn Directory) -> Result<Loaded, LoadError> {
        let mut budget = Budget::default();
        let data = directory.read("Chart.yaml").map_err(|_| LoadError::NotDetected)?;
        let format = Format::of(&File { name: "Chart.yaml".to_owned(), data, modified: None })?;
        let files = directory::read(directory, &mut budget)?;
        Loader { budget, format, warnings: Vec::new() }.finish(files)
    }

    /// Makes a chart of files that were read before, named relative to its directory.
    ///
    /// # Errors
    /// When they are no chart, or a chart inside it is none.
    pub fn from_files(files: Vec<File>) -> Result<Loaded, LoadError> {
        let format = files.iter().find(|file| file.name == "Chart.yaml").map(Format::of).transpose()?;
        let format = format.unwrap_or(Format::Second);
        Loader { budget: Budget::default(), format, warnings: Vec::new() }.finish(files)
    }
}

/// The format of the outermost chart; those inside are read in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// Versions `v1` and `v2`.
    Second,
    /// Version `v3`.
    Third,
}

impl Format {
    fn of(file: &File) -> Result<Self, LoadError> {
        let mut version = String::new();
        decode::decode(&file.data, &mut version, decode::api_version)
            .map_err(|cause| LoadError::Decode { file: "Chart.yaml", cause })?;
        match version.as_str() {
            "" | "v1" | "v2" => Ok(Self::Second),
            "v3" => Ok(Self::Third),
            _ => Err(LoadError::UnknownVersion),
        }
    }
}

struct Loader {
    budget: Budget,
    format: Format,
    warnings: Vec<String>,
}

/// What the files of one chart said so far.
#[derive(Default)]
struct Parts {
    metadata: Option<MetadataDraft>,
    lock: Option<Lock>,
    values: Values,
    content: Content,
    /// Files below `charts/`, without that prefix, by the first part of their path.
    subcharts: BTreeMap<String, Vec<File>>,
}

impl Loader {
    fn finish(mut self, files: Vec<File>) -> Result<Loaded, LoadError> {
        let mut chart = self.chart(files)?;
        chart.name_paths("");
        Ok(Loaded { chart, warnings: self.warnings })
    }

    fn chart(&mut self, files: Vec<File>) -> Result<Chart, LoadError> {
        let mut parts = Parts::default();
        for file in files.iter().filter(|file| file.name == "Chart.yaml") {
            self.metadata(file, &mut parts)?;
        }
        for file in files {
            self.file(file, &mut parts)?;
        }
        let metadata = parts.metadata.take().ok_or(LoadError::NoMetadata)?.validate()?;
        let mut dependencies = Vec::new();
        for (name, files) in parts.subcharts {
            dependencies.extend(self.subchart(&name, files, &metadata.name)?);
        }
        parts.content.lock = parts.lock;
        Ok(Chart {
            full_path: Arc::from(metadata.name.as_str()),
            metadata: Arc::new(metadata),
            values: Arc::new(parts.values),
            dependencies,
            content: Arc::new(parts.content),
        })
    }

    fn metadata(&self, file: &File, parts: &mut Parts) -> Result<(), LoadError> {
        let draft = parts.metadata.get_or_insert_default();
        decode::decode(&file.data, draft, decode::metadata)
            .map_err(|cause| LoadError::Decode { file: "Chart.yaml", cause })?;
        if draft.api_version.is_empty() {
            draft.api_version = if self.format == Format::Third { "v3" } else { "v1" }.to_owned();
        }
        parts.content.modified = file.modified;
        Ok(())
    }

    fn file(&mut self, file: File, parts: &mut Parts) -> Result<(), LoadError> {
        match file.name.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => parts.lock = Some(lock(&file, "Chart.lock")?),
            "values.yaml" => parts.values = read_values(&file.data).map_err(LoadError::Values)?,
            "values.schema.json" => parts.content.schema = Some(file),
            "requirements.yaml" if self.format == Format::Second => self.requirements(file, parts)?,
            "requirements.lock" if self.format == Format::Second => {
                parts.lock = Some(lock(&file, "requirements.lock")?);
                if self.keeps_requirements(parts, "Dependency locking is handled in Chart.lock since apiVersion \"v2\". We recommend migrating to Chart.lock.") {
                    parts.content.files.push(file);
                }
            }
            name if name.starts_with("templates/") => parts.content.templates.push(file),
            name if name.starts_with("charts/") && extension(name) != ".prov" => {
                let name = name["charts/".len()..].to_owned();
                let first = name.split('/').next().unwrap_or_default().to_owned();
                parts.subcharts.entry(first).or_default().push(File { name, ..file });
            }
            _ => parts.content.files.push(file),
        }
        Ok(())
    }

    fn requirements(&mut self, file: File, parts: &mut Parts) -> Result<(), LoadError> {
        let keeps = self.keeps_requirements(parts, "Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend migrating dependencies to Chart.yaml.");
        let draft = parts.metadata.get_or_insert_default();
        decode::decode(&file.data, draft, decode::metadata)
            .map_err(|cause| LoadError::Decode { file: "requirements.yaml", cause })?;
        if keeps {
            parts.content.files.push(file);
        }
        Ok(())
    }

    /// Whether the chart is of version 1, to which these files belong; warns otherwise.
    fn keeps_requirements(&mut self, parts: &mut Parts, warning: &str) -> bool {
        let keeps = parts.metadata.get_or_insert_default().api_version == "v1";
        if !keeps {
            self.warnings.push(format!("Warning: {warning}"));
        }
        keeps
    }

    fn subchart(&mut self, name: &str, files: Vec<File>, holder: &str) -> Result<Option<Chart>, LoadError> {
        if name.starts_with(['_', '.']) {
            return Ok(None);
        }
        let failed = |cause| LoadError::Subchart {
            name: name.to_owned(),
            chart: holder.to_owned(),
            cause: Box::new(cause),
        };
        let files = if extension(name) == ".tgz" {
            let Some(file) = files.first() else { return Ok(None) };
            if file.name != name {
                return Err(LoadError::PackedDirectory {
                    chart: holder.to_owned(),
                    expected: name.to_owned(),
                    found: file.name.clone(),
                });
            }
            archive::unpack(&file.data, &mut self.budget).map_err(|error| failed(error.into()))?
        } else {
            let inner = |file: File| Some(File { name: file.name.split_once('/')?.1.to_owned(), ..file });
            files.into_iter().filter_map(inner).collect()
        };
        let chart = self.inside(|loader| loader.chart(files)).map_err(failed)?;
        Ok(Some(chart))
    }

    /// Goes one chart deeper, within the budget.
    fn inside(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<Chart, LoadError>,
    ) -> Result<Chart, LoadError> {
        self.budget.enter().map_err(LoadError::Limit)?;
        let chart = work(self);
        self.budget.leave();
        chart
    }
}

fn lock(file: &File, name: &'static str) -> Result<Lock, LoadError> {
    let mut draft = LockDraft::default();
    decode::decode(&file.data, &mut draft, decode::lock)
        .map_err(|cause| LoadError::Decode { file: name, cause })?;
    Ok(draft.finish())
}
