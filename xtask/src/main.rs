//! `cargo xtask`: the project's own chores. Each subcommand is a module; this file only routes.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod bench_build;
mod check;
mod cluster;
mod demo;
mod failure;
mod generate;
mod private;

/// Chores of the Sluice repository.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_version_flag = true)]
struct Xtask {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Measure 100 Kustomizations on a control plane of its own; fails when a target is missed.
    Bench(bench::Arguments),
    /// Measure `sluice build` next to `kustomize build`; fails when a target is missed.
    BenchBuild(bench_build::Arguments),
    /// Show a commit become running objects, on a control plane of its own.
    Demo(demo::Arguments),
    /// Check the architecture: which room may use what, `//!` on every file, stale generated files.
    Check,
    /// Write the generated files of the repository: the CustomResourceDefinitions.
    Generate {
        /// Write nothing; fail and name the files that are stale.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let done = match Xtask::parse().chore {
        Chore::Bench(arguments) => bench::run(&arguments),
        Chore::BenchBuild(arguments) => bench_build::run(&arguments),
        Chore::Demo(arguments) => demo::run(&arguments),
        Chore::Check => check::run(),
        Chore::Generate { check } => generate::run(check).map_err(Into::into),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
