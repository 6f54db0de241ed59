//! `cargo xtask bench-build`: what `sluice build` costs next to `kustomize build`, as whole processes in one run.
//!
//! A release build, the same overlays for both programs, and outputs that must be equal byte for byte. Fails when one
//! differs or a target is missed.

mod measure;
mod report;
mod workload;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use measure::{Cost, measure};
use report::{Compared, Grown};

/// How many times less than the original we shall take.
const TEN_OBJECTS: f64 = 10.0;
const DEFINITIONS: f64 = 5.0;
const GENERATED: [(usize, f64); 2] = [(1_000, 40.0), (3_000, 200.0)];
/// Sizes between which the time per resource shall stay the same.
const GROWTH: [usize; 3] = [100, 1_000, 10_000];

/// The arguments of `cargo xtask bench-build`.
#[derive(clap::Args, Debug, Clone)]
pub struct Arguments {
    /// The original, `kustomize` 5.8.1.
    #[arg(long, value_name = "PROGRAM")]
    pub kustomize: PathBuf,
    /// A directory with large definitions to build, such as `manifests/overlays/standalone` of Kubeflow's training
    /// operator.
    #[arg(long, value_name = "DIRECTORY")]
    pub definitions: Option<PathBuf>,
    /// Measure this program instead of building one.
    #[arg(long, value_name = "PROGRAM")]
    pub sluice: Option<PathBuf>,
}

/// Runs the benchmark.
///
/// # Errors
/// Something could not be started, outputs differ, or a target is missed.
pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let sluice = match &arguments.sluice {
        Some(program) => program.clone(),
        None => build()?,
    };
    let room = tempfile::tempdir()?;
    let programs = Programs { sluice: &sluice, kustomize: &arguments.kustomize };
    let compared = compare_all(&programs, arguments.definitions.as_deref(), room.path())?;
    let grown = grow(&sluice, room.path())?;
    print!("{}", report::table(&compared, &grown));
    let missed = report::missed(&compared, &grown);
    if missed.is_empty() { Ok(()) } else { Err(format!("missed: {}", missed.join(", ")).into()) }
}

/// The two programs.
struct Programs<'a> {
    sluice: &'a Path,
    kustomize: &'a Path,
}

fn build() -> Result<PathBuf, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = crate::check::repository_root();
    let status = Command::new(cargo)
        .args(["build", "--locked", "--release", "--package", "sluice-cli"])
        .current_dir(&root)
        .status()
        .map_err(Failure::io("build sluice"))?;
    if !status.success() {
        return Err(Failure::Wrong("sluice does not build".to_owned()));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join("release/sluice"))
}

fn compare_all(
    programs: &Programs<'_>,
    definitions: Option<&Path>,
    room: &Path,
) -> Result<Vec<Compared>, Failure> {
    let ten = room.join("ten");
    workload::ten_objects(&ten)?;
    let mut compared = vec![compare(programs, "ten objects".to_owned(), &ten.join("overlay"), TEN_OBJECTS)?];
    if let Some(directory) = definitions {
        compared.push(compare(programs, "large definitions".to_owned(), directory, DEFINITIONS)?);
    }
    for (resources, factor) in GENERATED {
        let directory = room.join(resources.to_string());
        workload::generated(&directory, resources)?;
        compared.push(compare(programs, format!("{resources} resources"), &directory, factor)?);
    }
    Ok(compared)
}

fn compare(
    programs: &Programs<'_>,
    what: String,
    directory: &Path,
    target: f64,
) -> Result<Compared, Failure> {
    eprintln!("bench: {what}");
    let (sluice, ours) = measure(programs.sluice, directory)?;
    let (kustomize, theirs) = measure(programs.kustomize, directory)?;
    if ours != theirs {
        return Err(Failure::Wrong(format!("{what}: the outputs differ, so the times say nothing")));
    }
    Ok(Compared { what, kustomize, sluice, target })
}

fn grow(sluice: &Path, room: &Path) -> Result<Vec<Grown>, Failure> {
    let cost = |resources: usize| -> Result<Cost, Failure> {
        eprintln!("bench: growth, {resources} resources");
        let directory = room.join(format!("growth-{resources}"));
        workload::generated(&directory, resources)?;
        Ok(measure(sluice, &directory)?.0)
    };
    GROWTH.iter().map(|&resources| Ok(Grown { resources, cost: cost(resources)? })).collect()
}
