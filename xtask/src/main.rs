//! `cargo xtask`: the project's own chores. Each subcommand is a module; this file only routes.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod check;

/// Chores of the Sluice repository.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_version_flag = true)]
struct Xtask {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Check the architecture: which room may use what, `//!` on every file, stale generated files.
    Check,
}

fn main() -> ExitCode {
    let done = match Xtask::parse().chore {
        Chore::Check => check::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
