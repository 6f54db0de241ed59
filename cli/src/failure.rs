//! Why a command ended early, as one message on stderr and an exit code.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use sluice_kustomize::BuildErrors;
use sluice_render::kustomization::{RenderError, Unserved};
use thiserror::Error;

/// What a shell reports of a process that a closed pipe has ended.
const BROKEN_PIPE: u8 = 128 + 13;

/// A reason to stop.
#[derive(Debug, Error)]
pub enum Failure {
    /// An argument cannot be used.
    #[error("{0}")]
    Argument(String),
    /// The files do not build.
    #[error("{}", list(.0))]
    Build(BuildErrors),
    /// The object does not render.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The object has fields that no controller serves yet.
    #[error(transparent)]
    Unserved(#[from] Unserved),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file, as it was named.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The result could not be written to stdout.
    #[error("writing to stdout: {0}")]
    Output(io::Error),
}

impl Failure {
    /// Says on `stderr` what went wrong, and to the shell that it did.
    pub fn report(&self, stderr: &mut dyn Write) -> ExitCode {
        if matches!(self, Self::Output(error) if error.kind() == ErrorKind::BrokenPipe) {
            return ExitCode::from(BROKEN_PIPE);
        }
        // Where nobody listens, there is nobody to tell.
        let _ = writeln!(stderr, "Error: {self}");
        ExitCode::FAILURE
    }
}

/// One mistake stands on the line; several get a line each.
fn list(errors: &BuildErrors) -> String {
    match errors.errors.as_slice() {
        [only] => only.to_string(),
        several => several.iter().fold(format!("{} mistakes:", several.len()), |text, error| {
            let indented = error.to_string().replace('\n', "\n    ");
            format!("{text}\n  {indented}")
        }),
    }
}
