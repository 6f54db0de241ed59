//! Controllers that serve one test process: apart from those of others on the same cluster by a label.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Weak};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Patch, PatchParams};
use kube::runtime::{conditions, wait::await_condition};
use kube::{Api, Client, ResourceExt as _};
use sluice_control_plane::ControlPlane;
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, MutexGuard};

use super::PATIENCE;
use crate::{Fleet, FleetOptions, Profile, Programs};

/// The label by which controllers know their objects, as in Flux's guide to sharding.
pub const SHARD: &str = "sharding.fluxcd.io/key";

/// What the shared crew runs in: tests come and go with runtimes of their own.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("threads can be started"));
static SHARED: LazyLock<Mutex<Weak<Crew>>> = LazyLock::new(Mutex::default);

/// Running controllers, and the label of the objects they serve.
pub struct Crew {
    shard: String,
    fleet: Mutex<Fleet>,
    logs: [PathBuf; 2],
    keep: AtomicBool,
}

impl Crew {
    /// Returns the crew that all tests of this process share, on the shared control plane.
    ///
    /// # Panics
    /// When there is no control plane or the controllers do not start.
    pub async fn shared() -> Arc<Self> {
        RUNTIME.spawn(join_or_start()).await.expect("the crew starts")
    }

    /// Starts a crew with more arguments for both controllers.
    ///
    /// # Panics
    /// When the controllers do not start.
    pub async fn start(kubeconfig: &Path, client: &Client, arguments: &[&str]) -> Arc<Self> {
        define_kinds(client).await;
        let programs = Programs::build(Profile::Debug).await.expect("the controllers can be built");
        let shard = format!("journey-{:x}", RandomState::new().build_hasher().finish());
        let mut options = FleetOptions::new(kubeconfig);
        let more = || {
            let selector = format!("--watch-label-selector={SHARD}={shard}");
            std::iter::once(selector).chain(arguments.iter().map(ToString::to_string))
        };
        options.source.arguments.extend(more());
        options.kustomize.arguments.extend(more());
        let fleet = Fleet::start(&programs, options).await.unwrap_or_else(|error| panic!("{error}"));
        let logs = [fleet.source.log().to_owned(), fleet.kustomize.log().to_owned()];
        Arc::new(Self { shard, fleet: Mutex::new(fleet), logs, keep: AtomicBool::new(false) })
    }

    /// Returns the value of [`SHARD`] on the objects that this crew serves.
    #[must_use]
    pub fn shard(&self) -> &str {
        &self.shard
    }

    /// Returns the controllers.
    pub async fn fleet(&self) -> MutexGuard<'_, Fleet> {
        self.fleet.lock().await
    }

    /// Returns all that the controllers wrote, source-controller first.
    ///
    /// # Panics
    /// When a log cannot be read.
    #[must_use]
    pub fn logs(&self) -> [String; 2] {
        self.logs.each_ref().map(|log| std::fs::read_to_string(log).expect("logs can be read"))
    }

    /// Returns where the logs are.
    #[must_use]
    pub fn log_files(&self) -> &[PathBuf; 2] {
        &self.logs
    }

    /// Leaves the logs where they are when the crew is gone.
    pub fn keep_logs(&self) {
        self.keep.store(true, Ordering::Relaxed);
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        if self.keep.load(Ordering::Relaxed) {
            self.fleet.get_mut().keep_directory();
        }
    }
}

async fn join_or_start() -> Arc<Crew> {
    let mut shared = SHARED.lock().await;
    if let Some(crew) = shared.upgrade() {
        return crew;
    }
    let plane = ControlPlane::shared().await.expect("a control plane");
    let crew = Crew::start(plane.kubeconfig(), &plane.client(), &["--concurrent=8"]).await;
    *shared = Arc::downgrade(&crew);
    crew
}

/// Applies the definitions of our kinds; all test processes apply the same.
async fn define_kinds(client: &Client) {
    let api = Api::<CustomResourceDefinition>::all(client.clone());
    let define = |definition: CustomResourceDefinition| {
        let api = api.clone();
        async move {
            let (name, params) = (definition.name_any(), PatchParams::apply("sluice-tests").force());
            api.patch(&name, &params, &Patch::Apply(&definition)).await.expect("definitions are valid");
            let served = await_condition(api, &name, conditions::is_crd_established());
            tokio::time::timeout(PATIENCE, served).await.expect("definitions are served").expect("a watch");
        }
    };
    futures::future::join_all(sluice_crds::all().into_iter().map(define)).await;
}
