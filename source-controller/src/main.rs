//! The source-controller: publishes what is in a repository as an artifact that others fetch. This file only starts it.

use std::process::ExitCode;

use clap::Parser;

mod args;
mod contents;
mod failure;
mod git;
mod kinds;
mod reconcile;
mod secrets;
mod serving;
mod watch;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let program = sluice_runtime::start::Program { name: "source-controller", gates: args::GATES };
    sluice_runtime::start::run(program, args.common.clone(), async |context| {
        serving::serve(context, args).await
    })
}
