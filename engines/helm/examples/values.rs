//! Prints what the templates of a chart see as values: `values DIRECTORY|FILE.tgz`. Also says how long each step took.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use bytes::Bytes;
use sluice_helm::chart::{Chart, Directory, Entry};
use sluice_helm::values::{Values, coalesce_values};
use sluice_helm::{dependencies, schema};

struct OnDisk(PathBuf);

impl Directory for OnDisk {
    fn list(&self, path: &str) -> Result<BTreeMap<String, Entry>, String> {
        let entries = std::fs::read_dir(self.0.join(path)).map_err(|error| error.to_string())?;
        let mut found = BTreeMap::new();
        for entry in entries {
            let entry = entry.map_err(|error| error.to_string())?;
            let metadata = std::fs::metadata(entry.path()).map_err(|error| error.to_string())?;
            let kind = if metadata.is_dir() {
                Entry::Directory
            } else {
                Entry::File { size: metadata.len(), modified: None }
            };
            found.insert(entry.file_name().to_string_lossy().into_owned(), kind);
        }
        Ok(found)
    }

    fn read(&self, path: &str) -> Result<Bytes, String> {
        std::fs::read(self.0.join(path)).map(Bytes::from).map_err(|error| error.to_string())
    }
}

fn run(path: PathBuf) -> Result<String, String> {
    let started = Instant::now();
    let loaded = if path.is_dir() {
        Chart::from_directory(&OnDisk(path))
    } else {
        Chart::from_archive(&std::fs::read(path).map_err(|error| error.to_string())?)
    };
    let chart = loaded.map_err(|error| error.to_string())?.chart;
    dependencies::check(&chart).map_err(|error| error.to_string())?;
    let read = Instant::now();
    let given = Values::new();
    let chart = dependencies::resolve(&chart, &given)
        .map_err(|error| format!("chart dependencies processing failed: {error}"))?
        .chart;
    let values = coalesce_values(&chart, &given).map_err(|error| error.to_string())?.values;
    let laid = Instant::now();
    schema::check(&chart, &values).result.map_err(|error| error.to_string())?;
    eprintln!("read {:?}, values {:?}, schema {:?}", read - started, laid - read, laid.elapsed());
    Ok(serde_json::Value::Object(values).to_string())
}

fn main() -> std::process::ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: values CHART");
        return std::process::ExitCode::FAILURE;
    };
    match run(PathBuf::from(path)) {
        Ok(values) => println!("{values}"),
        Err(error) => {
            eprintln!("Error: {error}");
            return std::process::ExitCode::FAILURE;
        }
    }
    std::process::ExitCode::SUCCESS
}
