//! The process that owns a control plane: it starts programs, and ends them when nobody holds it any more.
//!
//! It knows nothing of Kubernetes and uses the standard library alone. Two ways to run it:
//!
//! - `supervise DIRECTORY LINGER_MILLISECONDS`, with a listening Unix socket as standard input and a locked
//!   file as standard output (the lock lives as long as this process: that is how others see that it lives);
//! - `guard PROGRAM ARGUMENTS…`: what stands between the supervisor and each program, see [`guard`].
//!
//! It refuses to outlive its holders, to restart what has ended, and to leave its directory behind.

mod guard;
mod programs;
mod state;

use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use state::{End, Supervisor};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let mode = arguments.next().unwrap_or_default();
    if mode == "guard" {
        return guard::run(arguments);
    }
    let directory = arguments.next().map(PathBuf::from);
    let linger = arguments.next().and_then(|text| text.to_str()?.parse().ok()).map(Duration::from_millis);
    let (Some(directory), Some(linger), true) = (directory, linger, mode == "supervise") else {
        eprintln!("usage: supervise DIRECTORY LINGER_MILLISECONDS | guard PROGRAM ARGUMENTS…");
        return ExitCode::FAILURE;
    };
    match supervise(directory, linger) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("supervisor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn supervise(directory: PathBuf, linger: Duration) -> io::Result<()> {
    let listener = UnixListener::from(io::stdin().as_fd().try_clone_to_owned()?);
    let supervisor = Arc::new(Supervisor::new(directory, linger));
    let acceptor = Arc::clone(&supervisor);
    thread::spawn(move || accept(&acceptor, &listener));
    supervisor.wait_until_abandoned();
    supervisor.tear_down();
    Ok(())
}

fn accept(supervisor: &Arc<Supervisor>, listener: &UnixListener) {
    for stream in listener.incoming().map_while(Result::ok) {
        let supervisor = Arc::clone(supervisor);
        thread::spawn(move || drop(serve(&supervisor, stream)));
    }
}

/// Serves one holder until its connection ends, which is all that a holder killed with SIGKILL says.
fn serve(supervisor: &Arc<Supervisor>, mut stream: UnixStream) -> io::Result<()> {
    let Some(holder) = supervisor.register(stream.try_clone()?)? else { return Ok(()) };
    for line in BufReader::new(stream.try_clone()?).lines() {
        let Ok(line) = line else { break };
        let answer = obey(supervisor, &line);
        if writeln!(stream, "{answer}").is_err() {
            break;
        }
    }
    supervisor.release(holder);
    Ok(())
}

fn obey(supervisor: &Arc<Supervisor>, line: &str) -> String {
    match line.split_once(' ').unwrap_or((line, "")) {
        ("start", name) => match programs::start(supervisor, name) {
            Ok(()) => "ok".to_owned(),
            Err(error) => format!("error cannot start {name}: {error}"),
        },
        ("ready", _) => {
            supervisor.mark_ready();
            "ok".to_owned()
        }
        ("stop", _) => {
            supervisor.end(End::Asked);
            "ok".to_owned()
        }
        _ => "error unknown command".to_owned(),
    }
}
