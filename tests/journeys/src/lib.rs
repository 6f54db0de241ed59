//! The controllers as processes, for journeys through the whole system, the demo and the benchmark.
//!
//! ```no_run
//! # async fn example() -> Result<(), sluice_journeys::Error> {
//! # let kubeconfig = std::path::Path::new("kubeconfig");
//! use sluice_journeys::{Fleet, FleetOptions, Profile, Programs};
//!
//! let programs = Programs::build(Profile::Debug).await?;
//! let mut fleet = Fleet::start(&programs, FleetOptions::new(kubeconfig)).await?;
//! fleet.kustomize.kill().await?;
//! fleet.kustomize.start().await?;
//! # Ok(())
//! # }
//! ```
//!
//! - [`Programs`] builds the binaries, [`Fleet`] runs one of each against a kubeconfig, on free loopback ports, with its
//!   storage, temporary files and logs in a directory of its own.
//! - A [`Controller`] can be killed at any moment and started again with the same storage and addresses.
//! - Nothing stays behind: processes end with the value, and also when the process that holds it is killed.
//!
//! - A [`World`] is what a journey happens in: a [`Crew`] of controllers, a namespace and a Git server, with the means to
//!   change the cluster as a user does and to wait, by watching, until it is as expected. [`manifest`] writes what is
//!   committed.
//!
//! What journeys do and expect is in `tests/`.

mod controller;
mod fleet;
mod guard;
pub mod manifest;
mod programs;
pub mod world;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

pub use controller::Controller;
pub use fleet::{ControllerOptions, Fleet, FleetOptions};
pub use programs::{Profile, Programs};
pub use world::{Crew, World};

/// Why controllers could not be built or run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The build failed; its messages went to standard error.
    #[error("cargo could not build the controllers ({0})")]
    Build(std::process::ExitStatus),
    /// Cargo did not say where a program is.
    #[error("cargo built no program {0}")]
    NoProgram(&'static str),
    /// A file, process or socket could not be used.
    #[error("cannot {action}")]
    Io {
        /// What was attempted.
        action: String,
        /// The cause.
        source: io::Error,
    },
    /// A controller ended by itself.
    #[error("{name} ended ({status}); its last lines, from {}:\n{tail}", log.display())]
    Ended {
        /// The controller.
        name: &'static str,
        /// How it ended.
        status: std::process::ExitStatus,
        /// Its log.
        log: PathBuf,
        /// The end of its log.
        tail: String,
    },
    /// A controller did not become ready in time.
    #[error("{name} is not ready after {after:?}; its last lines, from {}:\n{tail}", log.display())]
    NotReady {
        /// The controller.
        name: &'static str,
        /// How long it was given.
        after: Duration,
        /// Its log.
        log: PathBuf,
        /// The end of its log.
        tail: String,
    },
}

impl Error {
    fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }
}
