//! Starts `sluice`, nothing else.

use std::process::ExitCode;

mod args;
mod build;
mod failure;
mod output;
mod template;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    args::run(std::env::args_os())
}
