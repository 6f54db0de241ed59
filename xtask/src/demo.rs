//! `cargo xtask demo`: from a commit to running objects, as it happens.
//!
//! Everything it starts ends with it, also on Ctrl-C, and a cluster of the user's own is left as it was.

mod board;
mod interrupt;
mod observe;
mod repository;
mod screen;
mod stage;
mod story;

use std::error::Error;

use crate::failure::Failure;
use interrupt::Interrupts;
use screen::Screen;
use stage::Stage;

/// The arguments of `cargo xtask demo`.
#[derive(clap::Args, Debug, Clone)]
pub struct Arguments {
    /// Check every step and end instead of staying until Ctrl-C.
    #[arg(long)]
    pub once: bool,
    /// Use the cluster of this context in your kubeconfig instead of an embedded control plane.
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
}

/// Runs the demo.
///
/// # Errors
/// Something could not be started, or a step did not do what it should.
pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(runtime.block_on(demo(arguments))?)
}

async fn demo(arguments: &Arguments) -> Result<(), Failure> {
    let mut interrupts = Interrupts::listen()?;
    let mut screen = Screen::new();
    let mut stage = tokio::select! {
        stage = Stage::set_up(arguments.context.as_deref(), &mut screen) => stage?,
        () = interrupts.next() => return Err(Failure::Interrupted),
    };
    let played = tokio::select! {
        played = story::play(&mut stage, &mut screen, arguments.once) => played,
        () = interrupts.next() => if arguments.once { Err(Failure::Interrupted) } else { Ok(()) },
    };
    if let Err(failure) = &played {
        screen.settle();
        screen.problem(&failure.to_string());
        stage.show_logs(&mut screen);
    }
    let torn_down = tokio::select! {
        torn_down = stage.tear_down(&mut screen) => torn_down,
        () = interrupts.next() => Err(Failure::Interrupted),
    };
    played.and(torn_down)
}
