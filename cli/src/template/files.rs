//! `--output-dir`: a file for each template that gave something. Refuses paths that lead out of the directory.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Component, Path};

use sluice_helm::chart::Chart;
use sluice_helm::manifest::{Sorted, source};

use crate::failure::Failure;
use crate::output;

use super::Arguments;

/// Writes a rendered chart, and tells which files that made.
pub(super) fn write(
    arguments: &Arguments,
    directory: &Path,
    release: &str,
    chart: &Chart,
    sorted: &Sorted,
) -> Result<(), Failure> {
    let below = if arguments.release_name { directory.join(release) } else { directory.to_owned() };
    let mut written = Written::default();
    if arguments.include_crds {
        for crd in chart.crds() {
            written.add(directory, &crd.full_path, &String::from_utf8_lossy(&crd.file.data))?;
        }
    }
    for manifest in &sorted.manifests {
        written.add(&below, &manifest.name, &manifest.content)?;
    }
    let is_shown = |is_test: bool| !(arguments.no_hooks || arguments.skip_tests && is_test);
    for hook in sorted.hooks.iter().filter(|hook| is_shown(hook.is_test())) {
        written.add(&below, &hook.path, &hook.manifest)?;
    }
    output::print(|out| writeln!(out, "{}", written.report))
}

/// The files that were begun, and what is told about them.
#[derive(Default)]
struct Written {
    begun: BTreeSet<String>,
    report: String,
}

impl Written {
    fn add(&mut self, directory: &Path, name: &str, content: &str) -> Result<(), Failure> {
        if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(Failure::Argument(format!("{name:?} leads out of the output directory")));
        }
        let path = directory.join(name);
        let failed = |error| Failure::File { path: path.display().to_string(), source: error };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        let again = !self.begun.insert(name.to_owned());
        let mut options = OpenOptions::new();
        let mut file =
            options.create(true).write(true).append(again).truncate(!again).open(&path).map_err(failed)?;
        file.write_all(source(name, content).as_bytes()).map_err(failed)?;
        self.report.push_str(&format!("wrote {}\n", path.display()));
        Ok(())
    }
}
