//! The supervisor process as its holders see it: a connection that keeps it alive.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::error::{Error, OnFile};
use crate::lock::FileLock;

/// The lock file that a living supervisor keeps locked.
pub(crate) const ALIVE: &str = "alive";
const SOCKET: &str = "hold.sock";

/// A connection to a supervisor. What it supervises lives at least as long as one such connection, and no
/// longer than the linger time after the last, whether that was dropped or its process killed.
pub(crate) struct Holder {
    stream: UnixStream,
    answers: tokio::sync::Mutex<mpsc::UnboundedReceiver<String>>,
    gone: watch::Receiver<Option<String>>,
    ready: bool,
}

/// Starts a supervisor that owns the folder, and holds it.
pub(crate) fn start(folder: &Path, linger: Duration) -> Result<Holder, Error> {
    let socket = folder.join(SOCKET);
    let listener = UnixListener::bind(&socket).on("listen on", &socket)?;
    let alive = FileLock::acquire(&folder.join(ALIVE))?.into_file();
    let log = File::create(folder.join("supervisor.log")).on("create", folder.join("supervisor.log"))?;
    let program = env!("CONTROL_PLANE_SUPERVISOR");
    let mut supervisor = Command::new(program)
        .arg("supervise")
        .arg(folder)
        .arg(linger.as_millis().to_string())
        .current_dir(folder)
        .stdin(Stdio::from(OwnedFd::from(listener)))
        .stdout(alive)
        .stderr(log)
        // Out of the way of an interrupt from the terminal and of runners that kill a test's whole group.
        .process_group(0)
        .spawn()
        .on("run", program)?;
    // It outlives us on purpose; where it does not, somebody has to take its exit status.
    thread::spawn(move || supervisor.wait());
    hold(folder)?.ok_or_else(|| Error::Supervisor("it ended at once".to_owned()))
}

/// Holds the supervisor of a folder; `None` where it is gone or going.
pub(crate) fn hold(folder: &Path) -> Result<Option<Holder>, Error> {
    let Ok(stream) = UnixStream::connect(folder.join(SOCKET)) else { return Ok(None) };
    let mut lines = BufReader::new(stream.try_clone().on("use the socket in", folder)?);
    let mut greeting = String::new();
    // A supervisor that is ending closes the connection without a greeting.
    if lines.read_line(&mut greeting).is_err() || greeting.is_empty() {
        return Ok(None);
    }
    let (answer, answers) = mpsc::unbounded_channel();
    let (tell_gone, gone) = watch::channel(None);
    thread::spawn(move || {
        let message = listen(lines, &answer).unwrap_or_default();
        tell_gone.send_replace(Some(message));
    });
    let answers = tokio::sync::Mutex::new(answers);
    Ok(Some(Holder { stream, answers, gone, ready: greeting.trim() == "ready" }))
}

/// Passes on answers until the connection ends; answers what the supervisor said last, if it failed.
fn listen(mut lines: BufReader<UnixStream>, answers: &mpsc::UnboundedSender<String>) -> io::Result<String> {
    let mut message = String::new();
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        if line.trim() == "failed" {
            lines.read_to_string(&mut message)?;
        } else {
            drop(answers.send(line.trim().to_owned()));
        }
        line.clear();
    }
    Ok(message)
}

impl Holder {
    /// Says whether everything had been started when this connection was made.
    pub(crate) fn was_ready(&self) -> bool {
        self.ready
    }

    /// Says whether the supervisor is still there.
    pub(crate) fn is_alive(&self) -> bool {
        self.gone.borrow().is_none()
    }

    /// Starts the program whose command line is in `<name>.command`.
    pub(crate) async fn start(&self, name: &str) -> Result<(), Error> {
        self.ask(&format!("start {name}")).await
    }

    /// Says that everything is started: later holders need not wait.
    pub(crate) async fn mark_ready(&self) -> Result<(), Error> {
        self.ask("ready").await
    }

    /// Ends the supervisor and all it runs, and waits until they are gone.
    pub(crate) async fn stop(&self) {
        // Not being able to ask means that it is gone.
        drop(self.ask("stop").await);
        self.gone().await;
    }

    /// Waits until the supervisor is gone; answers what it said about why.
    pub(crate) async fn gone(&self) -> String {
        let mut gone = self.gone.clone();
        // The sender ends with a value sent, never without.
        let message = gone.wait_for(Option::is_some).await;
        message.ok().and_then(|message| message.clone()).unwrap_or_default()
    }

    async fn ask(&self, question: &str) -> Result<(), Error> {
        let mut answers = self.answers.lock().await;
        // A line of a few bytes never fills the buffer of a socket.
        if writeln!(&self.stream, "{question}").is_err() {
            return Err(Error::Gone(self.gone().await));
        }
        match answers.recv().await.as_deref() {
            Some("ok") => Ok(()),
            Some(answer) => Err(Error::Supervisor(answer.to_owned())),
            None => Err(Error::Gone(self.gone().await)),
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // The listening thread has the socket too: closing ours would not end the connection.
        drop(self.stream.shutdown(Shutdown::Both));
    }
}
