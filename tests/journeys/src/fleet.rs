//! One of each controller, working together.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::controller::{CommandLine, Controller, free_address};
use crate::{Error, Programs};

/// How one controller differs from its defaults.
#[derive(Debug, Clone, Default)]
pub struct ControllerOptions {
    /// Who it is to the API server, if not who the fleet is.
    pub kubeconfig: Option<PathBuf>,
    /// More arguments; a flag given here wins.
    pub arguments: Vec<String>,
}

/// How a fleet is set up.
#[derive(Debug, Clone)]
pub struct FleetOptions {
    /// The cluster, and who the controllers are in it.
    pub kubeconfig: PathBuf,
    /// The only namespace that is watched; all of them without one.
    pub namespace: Option<String>,
    /// The source-controller.
    pub source: ControllerOptions,
    /// The kustomize-controller.
    pub kustomize: ControllerOptions,
}

/// Running controllers; they end when it is dropped.
pub struct Fleet {
    /// The source-controller.
    pub source: Controller,
    /// The kustomize-controller.
    pub kustomize: Controller,
    directory: Option<TempDir>,
}

impl FleetOptions {
    /// Makes options with the defaults of the controllers, but for addresses and directories.
    #[must_use]
    pub fn new(kubeconfig: impl Into<PathBuf>) -> Self {
        Self {
            kubeconfig: kubeconfig.into(),
            namespace: None,
            source: ControllerOptions::default(),
            kustomize: ControllerOptions::default(),
        }
    }

    /// Makes the controllers watch one namespace alone, so that fleets on one cluster do not meet.
    #[must_use]
    pub fn in_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }
}

impl Fleet {
    /// Starts both controllers and waits until they are ready.
    ///
    /// # Errors
    /// A controller cannot be started, ends, or is not ready within a minute.
    pub async fn start(programs: &Programs, options: FleetOptions) -> Result<Self, Error> {
        let mut fleet = Self::prepare(programs, &options)?;
        fleet.source.spawn()?;
        fleet.kustomize.spawn()?;
        fleet.source.ready().await?;
        fleet.kustomize.ready().await?;
        Ok(fleet)
    }

    /// Sets both controllers up without starting them.
    ///
    /// # Errors
    /// The directory cannot be made or no port is free.
    pub fn prepare(programs: &Programs, options: &FleetOptions) -> Result<Self, Error> {
        let directory = tempfile::Builder::new().prefix("sluice-fleet-").tempdir();
        let directory = directory.map_err(Error::io("make a directory"))?;
        let storage = free_address()?;
        let of_source = vec![
            format!("--storage-path={}", directory.path().join("storage").display()),
            format!("--storage-addr={storage}"),
            format!("--storage-adv-addr={storage}"),
        ];
        let home = directory.path();
        let source =
            controller("source-controller", &programs.source, of_source, &options.source, options, home)?;
        let kustomize = controller(
            "kustomize-controller",
            &programs.kustomize,
            Vec::new(),
            &options.kustomize,
            options,
            home,
        )?;
        Ok(Self { source, kustomize, directory: Some(directory) })
    }

    /// Returns the directory with logs (`<controller>.log`) and storage (`storage`).
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.as_ref().map_or(Path::new(""), TempDir::path)
    }

    /// Keeps the directory when the fleet is dropped; returns it.
    pub fn keep_directory(&mut self) -> Option<PathBuf> {
        self.directory.take().map(TempDir::keep)
    }

    /// Fails if a controller ended by itself, with the end of its log.
    ///
    /// # Errors
    /// One ended.
    pub fn check(&mut self) -> Result<(), Error> {
        self.source.check()?;
        self.kustomize.check()
    }

    /// Asks both controllers to end, waits until they did, and removes the directory.
    ///
    /// # Errors
    /// The system does not let us.
    pub async fn stop(mut self) -> Result<(), Error> {
        self.kustomize.stop().await?;
        self.source.stop().await.map(drop)
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        // What failed can be looked at.
        if std::thread::panicking()
            && let Some(directory) = self.directory.take()
        {
            eprintln!("the controllers' logs are in {}", directory.keep().display());
        }
    }
}

fn controller(
    name: &'static str,
    program: &Path,
    mut arguments: Vec<String>,
    own: &ControllerOptions,
    options: &FleetOptions,
    home: &Path,
) -> Result<Controller, Error> {
    let temporary = home.join("tmp");
    std::fs::create_dir_all(&temporary).map_err(Error::io("make a directory"))?;
    if options.namespace.is_some() {
        arguments.push("--watch-all-namespaces=false".to_owned());
    }
    arguments.extend(own.arguments.iter().cloned());
    let kubeconfig = own.kubeconfig.as_ref().unwrap_or(&options.kubeconfig);
    let mut environment: Vec<(&'static str, OsString)> =
        vec![("KUBECONFIG", kubeconfig.into()), ("TMPDIR", temporary.into()), ("LOG_LEVEL", "info".into())];
    environment.extend(options.namespace.iter().map(|namespace| ("RUNTIME_NAMESPACE", namespace.into())));
    let arguments = arguments.into_iter().map(OsString::from).collect();
    Controller::new(name, CommandLine { program: program.to_owned(), arguments, environment }, home)
}
