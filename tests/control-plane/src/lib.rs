//! A real Kubernetes control plane for tests, the demo and the benchmark.
//!
//! etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok (fake nodes whose Pods become ready)
//! run as processes of the user, without containers, on the loopback interface, with certificates of their own
//! and RBAC. They are up within seconds and rest at about half a gigabyte.
//!
//! ```no_run
//! # async fn example() -> Result<(), sluice_control_plane::Error> {
//! let control_plane = sluice_control_plane::ControlPlane::shared().await?;
//! let namespace = control_plane.namespace("example").await;
//! let client = control_plane.client();
//! # drop((namespace, client)); Ok(())
//! # }
//! ```
//!
//! # How it works
//!
//! **Programs.** They are built once from Go modules (`go/go.mod` pins the versions) into the user's cache,
//! which takes some minutes and needs Go; a change of the versions makes another folder there. A folder named
//! by `KUBEBUILDER_ASSETS` comes first; what it lacks is built.
//!
//! **Shared or owned.** [`ControlPlane::shared`] is one control plane for all test processes that want it at
//! the same time: keep to namespaces of your own, and expect the cluster-wide objects of others.
//! [`ControlPlane::start`] is one that nobody else has.
//!
//! **Life and death.** A supervisor process owns the programs. Every process that uses a control plane holds a
//! connection to its supervisor; when the last one is gone, however it ended, the supervisor kills its
//! programs, removes their folder and ends: at once for an owned control plane, after a while for the shared
//! one, so that the next test binary finds it running. Each program runs behind a guard that kills it when the
//! supervisor is gone, so not even a SIGKILL leaves something running; a folder left behind by one is removed
//! by the next start.
//!
//! **Fake Pods.** A Pod annotated with [`PLAY`] plays a part, see [`Play`]; every other is ready at once, and
//! complete at once if it belongs to a Job. No image is pulled, nothing runs.
//!
//! # Environment
//!
//! | variable | meaning |
//! |---|---|
//! | `KUBEBUILDER_ASSETS` | folder with programs to use instead of built ones |
//! | `SLUICE_CONTROL_PLANE` | name of a shared control plane apart from that of others |
//! | `SLUICE_CONTROL_PLANE_LINGER` | seconds that a shared one outlives its last user (20) |
//! | `XDG_CACHE_HOME`, `HOME` | where the cache is: `sluice/control-plane` in it |
//! | `TMPDIR` | where data, logs and sockets are, in one folder for each control plane |
//! | `GOPROXY`, `GOFLAGS`, … | obeyed by the Go that builds |
//!
//! # What it refuses
//!
//! Real containers, networking between Pods, storage that keeps anything, and more than one API server.

mod access;
mod certificates;
mod commands;
mod environment;
mod error;
mod folder;
mod instance;
mod kubeconfig;
mod lock;
mod options;
mod play;
mod programs;
mod progress;
mod readiness;
mod shared;
mod supervisor;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, PostParams};
use kube::{Client, Config};

pub use access::Access;
pub use error::Error;
pub use options::Options;
pub use play::{PLAY, PLAY_DELAY, Play};

use instance::Instance;

/// A running control plane; it lives at least as long as this.
#[derive(Clone)]
pub struct ControlPlane {
    instance: Arc<Instance>,
    kubeconfig: PathBuf,
    config: Config,
    client: Client,
}

impl ControlPlane {
    /// Answers the control plane that all processes share, starting it where none runs.
    ///
    /// The first call ever builds the programs, which takes minutes and is reported on standard error.
    ///
    /// # Errors
    ///
    /// When Go is missing or too old, when the build fails, and when a program does not come up.
    pub async fn shared() -> Result<Self, Error> {
        Self::of(shared::instance().await?).await
    }

    /// Starts a control plane that only this process has, and which ends with its last clone here.
    ///
    /// # Errors
    ///
    /// As [`ControlPlane::shared`].
    pub async fn start(mut options: Options) -> Result<Self, Error> {
        // The programs run in a folder of their own.
        options.audit_log = options.audit_log.map(|path| std::path::absolute(&path).unwrap_or(path));
        Self::of(Arc::new(Instance::start(options, Duration::ZERO).await?)).await
    }

    async fn of(instance: Arc<Instance>) -> Result<Self, Error> {
        let kubeconfig = instance.kubeconfig();
        let config = kubeconfig::read(&kubeconfig).await?;
        let client = Client::try_from(config.clone())?;
        Ok(Self { instance, kubeconfig, config, client })
    }

    /// Answers a client of the administrator, bound to the runtime in which this control plane was asked for.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Answers the administrator's client configuration.
    #[must_use]
    pub fn config(&self) -> Config {
        self.config.clone()
    }

    /// Answers the administrator's kubeconfig file, for other programs.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Answers the folder with the logs of the programs, such as `kube-apiserver.log`.
    #[must_use]
    pub fn logs(&self) -> &Path {
        self.instance.folder()
    }

    /// Creates a namespace with a name that nobody else has, beginning with the prefix and a dash, and waits
    /// for its default service account.
    ///
    /// # Panics
    ///
    /// When the API server does not create it: no test can do anything about that.
    pub async fn namespace(&self, prefix: &str) -> String {
        match self.try_namespace(prefix).await {
            Ok(name) => name,
            Err(error) => {
                panic!("no namespace {prefix}-…: {error} ({:?})", std::error::Error::source(&error))
            }
        }
    }

    async fn try_namespace(&self, prefix: &str) -> Result<String, Error> {
        let metadata = ObjectMeta { generate_name: Some(format!("{prefix}-")), ..ObjectMeta::default() };
        let namespace = Namespace { metadata, ..Namespace::default() };
        let created = Api::all(self.client()).create(&PostParams::default(), &namespace).await?;
        let name = created.metadata.name.unwrap_or_default();
        if self.instance.has_controllers() {
            readiness::service_account(&self.client, &name).await?;
        }
        Ok(name)
    }

    /// Answers the means of a user with a client certificate, member of at most one group.
    ///
    /// # Errors
    ///
    /// When the certificate cannot be made.
    pub async fn user(&self, name: &str, group: Option<&str>) -> Result<Access, Error> {
        access::user(self, name, group).await
    }

    /// Answers the means of a service account, with a token that holds for an hour.
    ///
    /// # Errors
    ///
    /// When the API server does not issue a token, for example because there is no such account.
    pub async fn service_account(&self, namespace: &str, name: &str) -> Result<Access, Error> {
        access::service_account(self, namespace, name).await
    }

    /// Answers the means of somebody who shows nothing.
    ///
    /// # Errors
    ///
    /// When the files of the control plane cannot be read.
    pub async fn anonymous(&self) -> Result<Access, Error> {
        access::anonymous(self).await
    }

    /// Ends the control plane for all who hold it, and returns when nothing of it is left.
    ///
    /// Tests leave the shared one alone: it ends by itself.
    pub async fn stop(self) {
        self.instance.stop().await;
    }
}
