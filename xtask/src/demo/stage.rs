//! What the demo plays on: cluster, Git server, controllers; set up in order and torn down in reverse.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, DeleteParams};
use kube::core::{DynamicObject, GroupVersionKind};
use kube::{Client, ResourceExt as _};
use sluice_control_plane::Options;
use sluice_git_server::{GitServer, Repository};
use sluice_journeys::{Fleet, FleetOptions, Profile, Programs};
use tempfile::TempDir;
use tokio::time::{interval, timeout};

use super::board::{self, Mark};
use super::observe::{Observer, Snapshot};
use super::repository::{HOME, SHOP};
use super::screen::Screen;
use crate::cluster::{Cluster, resource};
use crate::failure::Failure;

/// How long one step of the story may take; pulling an image is the slowest part, in a cluster of the user's own.
const STEP_WITHIN: Duration = Duration::from_secs(120);
const REMOVED_WITHIN: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(100);

/// A running stage.
pub(super) struct Stage {
    pub(super) cluster: Cluster,
    pub(super) git: GitServer,
    pub(super) repository: Repository,
    observer: Observer,
    fleet: Fleet,
    /// The definitions that were not there before us.
    defined: Vec<String>,
    _directory: TempDir,
}

impl Stage {
    /// Sets everything up.
    pub(super) async fn set_up(context: Option<&str>, screen: &mut Screen) -> Result<Self, Failure> {
        let directory = tempfile::tempdir().map_err(Failure::io("make a directory"))?;
        screen.heading("Setting up");
        let since = Instant::now();
        let programs = Programs::build(Profile::Debug).await?;
        screen.done("source-controller and kustomize-controller are built", since);

        let since = Instant::now();
        let cluster = match context {
            Some(context) => Cluster::named(context, directory.path()).await?,
            None => Cluster::embedded(Options::default()).await?,
        };
        screen.done(&format!("Kubernetes {} answers", cluster.version().await?), since);

        let since = Instant::now();
        let defined = cluster.define_kinds().await?;
        screen.done(&format!("{} custom resources are defined", sluice_crds::all().len()), since);

        let since = Instant::now();
        let git = GitServer::start().await?;
        let repository = git.repository("shop")?;
        let options = FleetOptions::new(&cluster.kubeconfig).in_namespace(HOME);
        let fleet = Fleet::start(&programs, options).await?;
        screen.done(
            &format!("a Git server and both controllers run, logs in {}", fleet.directory().display()),
            since,
        );
        let observer = Observer::start(&cluster.client);
        Ok(Self { cluster, git, repository, observer, fleet, defined, _directory: directory })
    }

    /// Shows how things change until `done` says so, or says what is wrong.
    pub(super) async fn watch<T>(
        &mut self,
        screen: &mut Screen,
        what: &str,
        done: impl Fn(&Snapshot) -> Option<T>,
    ) -> Result<T, Failure> {
        let waiting = timeout(STEP_WITHIN, self.follow(screen, done)).await;
        match waiting {
            Ok(result) => result,
            Err(_) => Err(Failure::Late { what: what.to_owned(), after: STEP_WITHIN, state: self.state() }),
        }
    }

    /// Shows how things change, until one of the controllers ends by itself.
    pub(super) async fn stay(&mut self, screen: &mut Screen) -> Result<(), Failure> {
        self.follow(screen, |_| None).await
    }

    async fn follow<T>(
        &mut self,
        screen: &mut Screen,
        done: impl Fn(&Snapshot) -> Option<T>,
    ) -> Result<T, Failure> {
        let mut ticks = interval(TICK);
        loop {
            let snapshot = self.observer.now();
            screen.show(board::rows(&snapshot));
            if let Some(value) = done(&snapshot) {
                return Ok(value);
            }
            loop {
                tokio::select! {
                    () = self.observer.changed() => break,
                    _ = ticks.tick() => {
                        screen.tick();
                        self.fleet.check()?;
                    }
                }
            }
        }
    }

    /// Says what is not ready.
    fn state(&mut self) -> String {
        let rows = board::rows(&self.observer.now());
        let waiting: Vec<_> = rows
            .into_iter()
            .filter(|row| row.mark != Mark::Ready)
            .map(|row| format!("{}: {}", row.title, row.note))
            .collect();
        if waiting.is_empty() { "everything shown is ready".to_owned() } else { waiting.join("; ") }
    }

    /// Shows the end of the controllers' logs.
    pub(super) fn show_logs(&self, screen: &mut Screen) {
        for controller in [&self.fleet.source, &self.fleet.kustomize] {
            screen.heading(&format!("The end of the log of {}", controller.name()));
            screen.line(controller.tail().trim_end());
        }
    }

    /// Ends and removes everything; a cluster of the user's own is left as it was.
    pub(super) async fn tear_down(self, screen: &mut Screen) -> Result<(), Failure> {
        screen.heading("Tearing down");
        let since = Instant::now();
        if self.cluster.plane.is_none() {
            remove_objects(&self.cluster.client, &self.defined).await?;
        }
        self.fleet.stop().await?;
        if let Some(plane) = self.cluster.plane {
            plane.stop().await;
        }
        screen.done("everything is stopped and removed", since);
        Ok(())
    }
}

/// Removes our objects from a cluster that stays; the controllers, which still run, prune what they applied.
async fn remove_objects(client: &Client, defined: &[String]) -> Result<(), Failure> {
    let kinds = [
        ("kustomize.toolkit.fluxcd.io", "v1", "Kustomization"),
        ("source.toolkit.fluxcd.io", "v1", "GitRepository"),
    ];
    for (group, version, kind) in kinds {
        let resource = resource(&GroupVersionKind::gvk(group, version, kind));
        let api = Api::<DynamicObject>::namespaced_with(client.clone(), HOME, &resource);
        let found =
            api.list(&Default::default()).await.map_err(Failure::kubernetes(format!("list {kind}s")))?;
        for object in found {
            remove(api.clone(), &object.name_any()).await?;
        }
    }
    let namespaces = Api::<Namespace>::all(client.clone());
    remove(namespaces.clone(), HOME).await?;
    remove(namespaces, SHOP).await?;
    let definitions = Api::<CustomResourceDefinition>::all(client.clone());
    for name in defined {
        remove(definitions.clone(), name).await?;
    }
    Ok(())
}

/// Deletes an object and waits until it is gone.
async fn remove<K>(api: Api<K>, name: &str) -> Result<(), Failure>
where
    K: kube::Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned + Send + 'static,
{
    let failed = |e: &dyn std::fmt::Display| Failure::Wrong(format!("cannot remove {name}: {e}"));
    let parameters = DeleteParams::default();
    let deleted = kube::runtime::wait::delete::delete_and_finalize(api, name, &parameters);
    match timeout(REMOVED_WITHIN, deleted).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(kube::runtime::wait::delete::Error::Delete(kube::Error::Api(status))))
            if status.is_not_found() =>
        {
            Ok(())
        }
        Ok(Err(error)) => Err(failed(&error)),
        Err(_) => Err(Failure::Late {
            what: format!("the removal of {name}"),
            after: REMOVED_WITHIN,
            state: "it is still there".to_owned(),
        }),
    }
}
