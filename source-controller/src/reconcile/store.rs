//! Packs fetched contents into the artifact and puts it into storage.

use std::{
    io::Write,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sluice_artifact::{
    ignore::{self, Pattern, Rules},
    pack::{Options, PackError, Packed, Packer},
    storage::{ObjectPath, PathError, WriteError},
};
use sluice_crds::{Artifact, meta::reason};
use sluice_runtime::causes;

use super::Workshop;
use crate::{contents::Contents, failure::Failure, kinds::Fetched};

/// The largest ignore file, in bytes.
const MAX_IGNORE: usize = 1 << 20;
/// The most work that ignore patterns may cause: their bytes times the files that each is compared with.
const MAX_IGNORE_WORK: usize = 1 << 32;

/// What is to be stored.
pub(super) struct Job {
    /// The object's directory in storage.
    pub(super) object: ObjectPath,
    /// The revision.
    pub(super) revision: String,
    /// The patterns of the spec.
    pub(super) ignore: Option<String>,
}

#[derive(Debug, thiserror::Error)]
enum StoreError {
    #[error("artifact has no valid name")]
    Name(#[from] PathError),
    #[error("cannot read '{}'", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    #[error("'{}' is larger than {MAX_IGNORE} bytes", .0.display())]
    Ignore(PathBuf),
    #[error("ignore patterns of {bytes} bytes in all are too many for {compared} files")]
    IgnoreWork { bytes: usize, compared: usize },
    #[error("cannot archive the source")]
    Pack(#[from] PackError),
    #[error("cannot write the artifact")]
    Write(#[source] sluice_artifact::storage::StorageError),
    #[error("storing broke off")]
    Broken(#[from] tokio::task::JoinError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let reason = match &error {
            StoreError::Ignore(_) | StoreError::IgnoreWork { .. } => reason::SOURCE_IGNORE_ERROR,
            StoreError::Read(..) => reason::READ_OPERATION_FAILED,
            StoreError::Name(_) | StoreError::Pack(_) | StoreError::Write(_) | StoreError::Broken(_) => {
                reason::ARCHIVE_OPERATION_FAILED
            }
        };
        Self::storage(reason, causes(&error))
    }
}

/// Stores the contents and returns the artifact that status is to name.
pub(super) async fn store(workshop: &Workshop, job: Job, fetched: Fetched) -> Result<Artifact, Failure> {
    let stored = workshop.work(move |workshop| write(workshop, &job, &fetched)).await;
    Ok(stored.map_err(StoreError::from)??)
}

fn write(workshop: &Workshop, job: &Job, fetched: &Fetched) -> Result<Artifact, StoreError> {
    let path = job.object.file(&format!("{}.tar.gz", fetched.name))?;
    let rules = rules(&fetched.contents, job.ignore.as_deref())?;
    let options = Options { algorithm: workshop.algorithm, ..Options::default() };
    let packed = workshop.storage.write(&path, |writer| pack(&fetched.contents, &rules, writer, options));
    let packed = packed.map_err(|error| match error {
        WriteError::Storage(error) => StoreError::Write(error),
        WriteError::Contents(error) => error,
    })?;
    Ok(Artifact {
        path: path.as_str().to_owned(),
        url: workshop.storage.url(&path),
        revision: job.revision.clone(),
        digest: packed.digest.to_string(),
        last_update_time: Time(Timestamp::now()),
        size: i64::try_from(packed.size).ok(),
        metadata: Default::default(),
    })
}

/// Collects the ignore files, outer before inner, and the patterns of the spec, which win.
fn rules(contents: &Contents, spec: Option<&str>) -> Result<Rules, StoreError> {
    let mut files: Vec<_> = contents
        .iter()
        .filter(|(path, _)| path.file_name().is_some_and(|name| name == ignore::FILE_NAME))
        .collect();
    files.sort_by_key(|(path, _)| path.components().count());
    let mut patterns: Vec<Pattern> = Vec::new();
    let mut reader = contents.reader();
    let compared = contents.iter().count();
    let mut bytes = spec.unwrap_or_default().len();
    bound_work(bytes, compared)?;
    for (path, file) in files {
        let text = reader.read(file).map_err(|error| StoreError::Read(path.to_owned(), error))?;
        if text.len() > MAX_IGNORE {
            return Err(StoreError::Ignore(path.to_owned()));
        }
        bytes += text.len();
        bound_work(bytes, compared)?;
        let scope: Vec<&[u8]> = path
            .parent()
            .into_iter()
            .flat_map(Path::components)
            .map(|part| part.as_os_str().as_bytes())
            .collect();
        patterns.extend(ignore::parse(&text, &scope));
    }
    patterns.extend(ignore::parse(spec.unwrap_or_default().as_bytes(), &[]));
    Ok(Rules::for_source(patterns))
}

/// Refuses patterns that would keep a worker busy for hours.
fn bound_work(bytes: usize, compared: usize) -> Result<(), StoreError> {
    let bounded = bytes.saturating_mul(compared) <= MAX_IGNORE_WORK;
    bounded.then_some(()).ok_or(StoreError::IgnoreWork { bytes, compared })
}

/// Writes the archive: every file that is not left out, after the directories that lead to it.
fn pack(
    contents: &Contents,
    rules: &Rules,
    writer: &mut dyn Write,
    options: Options,
) -> Result<Packed, StoreError> {
    let mut packer = Packer::new(writer, options);
    let mut open: Vec<PathBuf> = Vec::new();
    let mut reader = contents.reader();
    for (path, file) in contents.iter() {
        enter(path, rules, &mut open, &mut packer)?;
        if rules.excludes(path, false) {
            continue;
        }
        let bytes = reader.read(file).map_err(|error| StoreError::Read(path.to_owned(), error))?;
        packer.file(path, file.executable, &bytes)?;
    }
    Ok(packer.finish()?.0)
}

/// Adds the directories above a path that were not added yet; those left out have no entry.
fn enter<W: Write>(
    path: &Path,
    rules: &Rules,
    open: &mut Vec<PathBuf>,
    packer: &mut Packer<W>,
) -> Result<(), PackError> {
    let mut above: Vec<&Path> = path.ancestors().skip(1).filter(|dir| !dir.as_os_str().is_empty()).collect();
    above.reverse();
    let shared = open.iter().zip(&above).take_while(|(open, above)| open.as_path() == **above).count();
    open.truncate(shared);
    for directory in &above[shared..] {
        open.push((*directory).to_owned());
        if !rules.excludes(directory, true) {
            packer.directory(directory)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::tests::contents;

    fn packed_names(files: &[(&str, &str)], ignore: Option<&str>) -> Vec<String> {
        let contents = contents(files);
        let mut bytes = Vec::new();
        pack(&contents, &rules(&contents, ignore).unwrap(), &mut bytes, Options::default()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        sluice_artifact::unpack::unpack(bytes.as_slice(), dir.path(), &Default::default()).unwrap();
        let found = Contents::of_directory(dir.path()).unwrap();
        found.iter().map(|(path, _)| path.display().to_string()).collect()
    }

    #[test]
    fn files_are_left_out_by_default_by_file_and_by_spec() {
        let files = [
            ("a/x.yaml", "1"),
            ("a/logo.png", "2"),
            (".gitignore", "3"),
            (".github/w.yml", "4"),
            ("b/y", "5"),
        ];
        let with = |text: &'static str| {
            let mut files = files.to_vec();
            files.push(("a/.sourceignore", text));
            files
        };
        for (files, ignore, expected) in [
            (files.to_vec(), None, vec!["a/x.yaml", "b/y"]),
            (files.to_vec(), Some("b/"), vec![".github/w.yml", "a/logo.png", "a/x.yaml"]),
            (with("*.yaml"), None, vec![".github/w.yml", "a/.sourceignore", "a/logo.png", "b/y"]),
            (
                with("*.yaml"),
                Some("!*.yaml"),
                vec![".github/w.yml", "a/.sourceignore", "a/logo.png", "a/x.yaml", "b/y"],
            ),
        ] {
            assert_eq!(packed_names(&files, ignore), expected, "{ignore:?}");
        }
    }

    #[test]
    fn the_archive_is_the_one_of_a_directory_on_disk() {
        let files = [("a/b/c", "1"), ("a/b.txt", "2"), ("a.txt", "3"), ("z/q", "4")];
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let rules = Rules::for_source(Vec::new());
        let mut from_disk = Vec::new();
        sluice_artifact::pack::directory(dir.path(), &rules, &mut from_disk, Options::default()).unwrap();
        let mut ours = Vec::new();
        pack(&contents(&files), &rules, &mut ours, Options::default()).unwrap();
        assert_eq!(ours, from_disk);
    }

    #[test]
    fn patterns_that_would_take_hours_are_refused() {
        let patterns = "a/**/b\n".repeat(MAX_IGNORE / 7);
        let names: Vec<String> = (0..4200).map(|number| format!("f{number}")).collect();
        let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        assert!(rules(&contents(&files), None).is_ok());
        files.push((".sourceignore", &patterns));
        let refused = rules(&contents(&files), None).err().unwrap().to_string();
        assert!(refused.contains("too many for 4201 files"), "{refused}");
    }
}
