//! Starts kustomize-controller, nothing else.

use std::process::ExitCode;

use clap::Parser as _;
use kustomize_controller::{Args, GATES, run};
use sluice_runtime::start::{self, Program};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    let program = Program { name: "kustomize-controller", gates: GATES };
    start::run(program, args.common.clone(), async |context| run(context, args, std::env::temp_dir()).await)
}
