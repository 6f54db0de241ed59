//! The commands of `sluice`, one line each, and what a shell sees of how they end: 0 when all went well, 1 for any
//! mistake, and 141 when nobody reads the output any more.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::build;
use crate::failure::Failure;
use crate::template;

/// Renders what Sluice's controllers would apply, with their own engines.
#[derive(Debug, Parser)]
#[command(name = "sluice", version, max_term_width = 120)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Build(build::Arguments),
    Template(Box<template::Arguments>),
}

impl Command {
    fn run(&self) -> Result<(), Failure> {
        match self {
            Self::Build(arguments) => build::run(arguments),
            Self::Template(arguments) => template::run(arguments),
        }
    }
}

/// Runs the command that `arguments` name, the program's own name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => return refuse(&error),
    };
    match args.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(&mut io::stderr()),
    }
}

/// Prints help to stdout, and what is wrong with the arguments to stderr.
fn refuse(error: &clap::Error) -> ExitCode {
    // Where nobody listens, there is nobody to tell.
    let _ = error.print();
    if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
