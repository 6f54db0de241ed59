//! One running control plane: its folder, and the connection that keeps it alive.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::commands::{self, ADMIN};
use crate::error::{Error, OnFile};
use crate::folder;
use crate::kubeconfig;
use crate::options::Options;
use crate::programs::{Program, Programs};
use crate::readiness;
use crate::supervisor::{self, Holder};

/// How long everything may take to come up, on a machine that compiles at the same time.
const DEADLINE: Duration = Duration::from_secs(180);

/// How often to try when somebody else takes the port between finding and using it.
const ATTEMPTS: usize = 3;

/// A control plane that this process holds.
pub(crate) struct Instance {
    folder: PathBuf,
    controllers: bool,
    holder: Holder,
}

/// What to start: the parts, where their programs are, and how they are to behave.
struct Plan {
    parts: Vec<Program>,
    programs: Programs,
    options: Options,
    linger: Duration,
}

impl Instance {
    /// Starts a control plane; it ends `linger` after its last holder.
    pub(crate) async fn start(options: Options, linger: Duration) -> Result<Self, Error> {
        let plan = blocking(move || {
            let parts = parts(&options);
            Ok(Plan { programs: Programs::ensure(&parts)?, parts, options, linger })
        });
        let plan = Arc::new(plan.await?);
        for _ in 1..ATTEMPTS {
            match Self::attempt(&plan).await {
                Err(Error::Gone(why)) if why.contains("address already in use") => {}
                outcome => return outcome,
            }
        }
        Self::attempt(&plan).await
    }

    /// Holds a complete control plane that another process started; `None` where it is gone or never got ready.
    pub(crate) async fn join(folder: PathBuf) -> Result<Option<Self>, Error> {
        let Some(holder) = supervisor::hold(&folder)? else { return Ok(None) };
        if holder.was_ready() {
            return Ok(Some(Self { folder, controllers: true, holder }));
        }
        holder.stop().await;
        Ok(None)
    }

    /// Answers the folder with the kubeconfigs and the programs' logs.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Answers the administrator's kubeconfig.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.join(ADMIN)
    }

    /// Says whether controllers answer to what is created.
    pub(crate) fn has_controllers(&self) -> bool {
        self.controllers
    }

    /// Says whether it still runs.
    pub(crate) fn is_alive(&self) -> bool {
        self.holder.is_alive()
    }

    /// Ends it for all who hold it, and waits until nothing of it is left.
    pub(crate) async fn stop(&self) {
        self.holder.stop().await;
    }

    async fn attempt(plan: &Arc<Plan>) -> Result<Self, Error> {
        let theirs = Arc::clone(plan);
        let supervised = blocking(move || {
            let port = free_port()?;
            folder::supervised(theirs.linger, |folder| theirs.fill(folder, port))
        });
        let (folder, holder) = supervised.await?;
        let instance = Self { folder, controllers: plan.options.controller_manager, holder };
        instance.bring_up(&plan.parts).await?;
        Ok(instance)
    }

    async fn bring_up(&self, parts: &[Program]) -> Result<(), Error> {
        let late = || Error::Late { what: "the control plane".to_owned(), after: DEADLINE };
        let steps = tokio::time::timeout(DEADLINE, self.run(parts));
        tokio::select! {
            done = steps => done.unwrap_or_else(|_| Err(late())),
            why = self.holder.gone() => Err(Error::Gone(why)),
        }
    }

    async fn run(&self, parts: &[Program]) -> Result<(), Error> {
        let (storage, others) = parts.split_at(2);
        for part in storage {
            self.holder.start(part.name()).await?;
        }
        let client = kube::Client::try_from(kubeconfig::read(&self.kubeconfig()).await?)?;
        readiness::api_server(&client).await;
        for part in others {
            self.holder.start(part.name()).await?;
        }
        if parts.contains(&Program::ControllerManager) {
            readiness::service_account(&client, "default").await?;
        }
        if parts.contains(&Program::Kwok) {
            readiness::nodes(&client).await?;
        }
        self.holder.mark_ready().await
    }
}

impl Plan {
    /// Writes what the programs read, and the command lines for the supervisor.
    fn fill(&self, folder: &Path, port: u16) -> Result<(), Error> {
        commands::write_files(folder, port)?;
        for part in &self.parts {
            let mut lines = vec![self.programs.path(*part).display().to_string()];
            lines.extend(commands::arguments(*part, port, &self.options));
            let file = folder.join(format!("{}.command", part.name()));
            fs::write(&file, lines.join("\n")).on("write", file)?;
        }
        Ok(())
    }
}

/// Runs what blocks for long away from the threads that drive other futures.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

/// Answers the parts that the options ask for; the first two are what the others talk to.
fn parts(options: &Options) -> Vec<Program> {
    let wanted = |program| match program {
        Program::Etcd | Program::ApiServer => true,
        Program::ControllerManager => options.controller_manager,
        Program::Scheduler => options.scheduler,
        Program::Kwok => options.kwok,
    };
    Program::ALL.into_iter().filter(|program| wanted(*program)).collect()
}

fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).on("find a port on", "127.0.0.1")?;
    Ok(listener.local_addr().on("find a port on", "127.0.0.1")?.port())
}
