//! Runs one program and kills it when standard input ends.
//!
//! The supervisor holds the other end of that pipe. The kernel closes it however the supervisor ends, so no
//! program outlives a supervisor killed with SIGKILL; no parent-death signal (Linux only, unsafe) is needed.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How late the end of the program may be noticed; the end of the supervisor is noticed at once.
const CHECK: Duration = Duration::from_millis(200);

/// Runs the program named by the first argument; ends as it ends.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let Some(program) = arguments.next() else { return ExitCode::FAILURE };
    match Command::new(&program).args(arguments).stdin(Stdio::null()).spawn() {
        Ok(child) => watch(child),
        Err(error) => {
            eprintln!("{}: {error}", program.display());
            ExitCode::FAILURE
        }
    }
}

fn watch(mut child: Child) -> ExitCode {
    let (tell, told) = mpsc::channel::<()>();
    thread::spawn(move || {
        drop(io::copy(&mut io::stdin(), &mut io::sink()));
        drop(tell);
    });
    while let Err(RecvTimeoutError::Timeout) = told.recv_timeout(CHECK) {
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) if status.success() => return ExitCode::SUCCESS,
            ended => {
                eprintln!("ended: {ended:?}");
                return ExitCode::FAILURE;
            }
        }
    }
    end(&mut child);
    ExitCode::FAILURE
}

fn end(child: &mut Child) {
    // Fails only where the program is gone already.
    drop(child.kill());
    drop(child.wait());
}
