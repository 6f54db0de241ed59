//! Starts or joins a control plane, prints where its kubeconfig is, and holds it until standard input ends.
//!
//! `control-plane shared` joins what tests share; `control-plane own` starts one apart.

use std::io::{self, Write};
use std::process::ExitCode;

use sluice_control_plane::{ControlPlane, Error, Options};

#[tokio::main]
async fn main() -> ExitCode {
    let control_plane = match std::env::args().nth(1).as_deref() {
        Some("shared") => ControlPlane::shared().await,
        Some("own") => ControlPlane::start(Options::default()).await,
        _ => {
            eprintln!("usage: control-plane shared|own < /dev/tty");
            return ExitCode::FAILURE;
        }
    };
    match hold(control_plane).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("control plane: {error}");
            let mut source = std::error::Error::source(&error);
            while let Some(error) = source {
                eprintln!("  because: {error}");
                source = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn hold(control_plane: Result<ControlPlane, Error>) -> Result<(), Error> {
    let control_plane = control_plane?;
    let line = format!("{}\n", control_plane.kubeconfig().display());
    let wait = tokio::task::spawn_blocking(move || {
        // Whoever started this and went away does not want it any more.
        if io::stdout().write_all(line.as_bytes()).is_ok() {
            drop(io::copy(&mut io::stdin(), &mut io::sink()));
        }
    });
    drop(wait.await);
    Ok(())
}
