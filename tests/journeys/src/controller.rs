//! One controller as a process: started, watched, killed, started again.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::Error;
use crate::guard::Guard;

/// How long a controller may take to become ready, and to end when asked to.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often readiness is asked for; there is nothing to watch before a process listens.
const PAUSE: Duration = Duration::from_millis(25);
const TAIL_BYTES: u64 = 4096;

/// A controller that runs, or ran and can be started again.
pub struct Controller {
    name: &'static str,
    command: CommandLine,
    health: SocketAddr,
    metrics: SocketAddr,
    log: PathBuf,
    running: Option<Running>,
}

/// How a controller is started, every time in the same way.
pub(crate) struct CommandLine {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(&'static str, OsString)>,
}

struct Running {
    guard: Guard,
    child: Child,
}

impl Controller {
    pub(crate) fn new(name: &'static str, mut command: CommandLine, directory: &Path) -> Result<Self, Error> {
        let (health, metrics) = (free_address()?, free_address()?);
        command.arguments.splice(
            0..0,
            [format!("--health-addr={health}").into(), format!("--metrics-addr={metrics}").into()],
        );
        let log = directory.join(format!("{name}.log"));
        Ok(Self { name, command, health, metrics, log, running: None })
    }

    /// Returns the controller's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the file that holds what the controller wrote, across restarts.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Returns the address of the health endpoints.
    #[must_use]
    pub const fn health(&self) -> SocketAddr {
        self.health
    }

    /// Returns the address of the metrics endpoint.
    #[must_use]
    pub const fn metrics(&self) -> SocketAddr {
        self.metrics
    }

    /// Returns the process's id while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().and_then(|running| running.child.id())
    }

    /// Starts the controller unless it runs, and waits until it is ready.
    ///
    /// # Errors
    /// It cannot be started, ends, or is not ready within a minute.
    pub async fn start(&mut self) -> Result<(), Error> {
        self.spawn()?;
        self.ready().await
    }

    /// Starts the controller unless it runs, without waiting.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn(&mut self) -> Result<(), Error> {
        if self.running.is_some() {
            return Ok(());
        }
        let failed =
            |source| Error::Io { action: format!("start {}", self.command.program.display()), source };
        let log = OpenOptions::new().create(true).append(true).open(&self.log).map_err(failed)?;
        let mut command = Command::new(&self.command.program);
        command.args(&self.command.arguments).envs(self.command.environment.iter().cloned());
        command.stdin(Stdio::null()).stdout(log.try_clone().map_err(failed)?).stderr(log);
        // An interrupt from the terminal is for us: we end controllers in our own order.
        command.process_group(0).kill_on_drop(true);
        let child = command.spawn().map_err(failed)?;
        let guard = Guard::new(child.id().unwrap_or_default()).map_err(failed)?;
        self.running = Some(Running { guard, child });
        Ok(())
    }

    /// Waits until the controller is ready.
    ///
    /// # Errors
    /// It does not run, ends, or is not ready within a minute.
    pub async fn ready(&mut self) -> Result<(), Error> {
        let waited = timeout(PATIENCE, async {
            loop {
                if let Some(status) = self.ended()? {
                    return Err(self.ended_error(status));
                }
                if is_ready(self.health).await {
                    return Ok(());
                }
                sleep(PAUSE).await;
            }
        });
        match waited.await {
            Ok(result) => result,
            Err(_) => Err(Error::NotReady {
                name: self.name,
                after: PATIENCE,
                log: self.log.clone(),
                tail: self.tail(),
            }),
        }
    }

    /// Reads the metrics, as text.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn scrape(&self) -> Result<String, Error> {
        ask(self.metrics, "/metrics").await.map_err(Error::io(format!("read the metrics of {}", self.name)))
    }

    /// Returns how the process ended, if it did by itself.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, Error> {
        let Some(running) = &mut self.running else { return Ok(None) };
        running.child.try_wait().map_err(Error::io(format!("wait for {}", self.name)))
    }

    /// Fails if the process ended by itself, with the end of its log.
    ///
    /// # Errors
    /// It ended.
    pub fn check(&mut self) -> Result<(), Error> {
        self.ended()?.map_or(Ok(()), |status| Err(self.ended_error(status)))
    }

    /// Kills the process without warning (SIGKILL) and waits until it is gone.
    ///
    /// # Errors
    /// The system does not let us.
    pub async fn kill(&mut self) -> Result<(), Error> {
        let Some(mut running) = self.running.take() else { return Ok(()) };
        let killed = async {
            running.child.start_kill()?;
            running.guard.release().await?;
            running.child.wait().await
        };
        killed.await.map(drop).map_err(Error::io(format!("kill {}", self.name)))
    }

    /// Asks the process to end (SIGTERM) and waits until it did; kills it when that takes longer than a minute.
    ///
    /// # Errors
    /// The system does not let us.
    pub async fn stop(&mut self) -> Result<Option<ExitStatus>, Error> {
        let Some(mut running) = self.running.take() else { return Ok(None) };
        let stopped = async {
            if let Some(process) = running.child.id().and_then(as_pid) {
                kill_process(process, Signal::TERM)?;
            }
            if timeout(PATIENCE, running.child.wait()).await.is_err() {
                running.child.start_kill()?;
            }
            running.guard.release().await?;
            running.child.wait().await
        };
        stopped.await.map(Some).map_err(Error::io(format!("stop {}", self.name)))
    }

    /// Returns the end of the log.
    #[must_use]
    pub fn tail(&self) -> String {
        tail(&self.log).unwrap_or_else(|error| format!("(the log cannot be read: {error})"))
    }

    /// Returns the whole log.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read_log(&self) -> Result<String, Error> {
        fs::read_to_string(&self.log).map_err(Error::io(format!("read {}", self.log.display())))
    }

    fn ended_error(&self, status: ExitStatus) -> Error {
        Error::Ended { name: self.name, status, log: self.log.clone(), tail: self.tail() }
    }
}

fn as_pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

async fn is_ready(address: SocketAddr) -> bool {
    matches!(ask(address, "/readyz").await, Ok(answer) if answer.starts_with("HTTP/1.1 200"))
}

/// Asks for a path and returns the whole answer.
async fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: controller\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        io::Result::Ok(answer)
    };
    timeout(Duration::from_secs(5), asked).await?
}

/// Finds an address nobody listens on. Somebody else may take it before we use it, which shows as a failed start.
pub(crate) fn free_address() -> Result<SocketAddr, Error> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    listener.and_then(|listener| listener.local_addr()).map_err(Error::io("find a free port"))
}

fn tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
