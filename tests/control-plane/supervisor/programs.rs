//! Starts programs behind guards and notices their end.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::state::{End, Supervisor};

/// How much of a program's log is worth showing when it ended by itself, in bytes.
const TAIL: u64 = 3000;

/// A running program: it lives as long as its lifeline is open.
pub(crate) struct Program {
    lifeline: ChildStdin,
    watcher: JoinHandle<()>,
}

impl Program {
    /// Closes the lifeline and returns what to wait for.
    pub(crate) fn cut(self) -> JoinHandle<()> {
        drop(self.lifeline);
        self.watcher
    }
}

/// Starts what `<directory>/<name>.command` says: one argument a line, the program first.
pub(crate) fn start(supervisor: &Arc<Supervisor>, name: &str) -> io::Result<()> {
    let directory = supervisor.directory();
    let command = fs::read_to_string(directory.join(format!("{name}.command")))?;
    let log = File::create(directory.join(format!("{name}.log")))?;
    let mut guard = Command::new(std::env::current_exe()?)
        .arg("guard")
        .args(command.lines())
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    let lifeline = guard.stdin.take().expect("standard input is piped above");
    let watcher = watch(Arc::clone(supervisor), name.to_owned(), guard);
    supervisor.add(Program { lifeline, watcher });
    Ok(())
}

fn watch(supervisor: Arc<Supervisor>, name: String, mut guard: Child) -> JoinHandle<()> {
    thread::spawn(move || {
        drop(guard.wait());
        let log = supervisor.directory().join(format!("{name}.log"));
        let tail = tail(&log).unwrap_or_default();
        supervisor.end(End::Failed(format!("{name} ended; the end of its log:\n{tail}")));
    })
}

fn tail(log: &Path) -> io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
