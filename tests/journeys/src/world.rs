//! What a journey happens in. Methods panic with what they saw last and where the controllers' logs are: a journey that
//! cannot go on has failed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, WatchEvent, WatchParams};
use kube::core::DynamicObject;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::watch_object;
use kube::{Api, Client, ResourceExt as _};
use serde_json::{Value, json};
use sluice_control_plane::ControlPlane;
use sluice_git_server::{GitServer, Repository};
use tokio::time::timeout;

mod crew;
mod object;

pub use crew::{Crew, SHARD};
pub use object::*;

/// How long anything may take, on a machine that compiles at the same time.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Who we are in managedFields.
const MANAGER: &str = "journeys";

/// The identities of objects by kind and name.
pub type Identities = BTreeMap<(String, String), String>;

/// A namespace, a Git server and the controllers, with a client of the administrator.
pub struct World {
    /// The namespace that nobody else uses.
    pub namespace: String,
    /// The Git server, over HTTP.
    pub git: GitServer,
    /// The controllers.
    pub crew: Arc<Crew>,
    client: Client,
    requests: AtomicU32,
    // Ends with the world.
    _plane: ControlPlane,
}

impl World {
    /// Makes a world on the shared control plane, served by the crew of this process.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn start(prefix: &str) -> Self {
        let plane = ControlPlane::shared().await.expect("a control plane");
        Self::on(plane, Crew::shared().await, prefix).await
    }

    /// Makes a world on a control plane, served by a crew.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn on(plane: ControlPlane, crew: Arc<Crew>, prefix: &str) -> Self {
        let namespace = plane.namespace(prefix).await;
        let git = GitServer::start().await.expect("a Git server");
        Self { namespace, git, crew, client: plane.client(), requests: AtomicU32::new(0), _plane: plane }
    }

    /// Returns a client of the administrator.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Makes a repository with a first commit of these files.
    ///
    /// # Panics
    /// When git refuses.
    #[must_use]
    pub fn repository(&self, name: &str, files: &[(&str, &str)]) -> (Repository, String) {
        let repository = self.git.repository(name).expect("a repository");
        let files: Vec<_> = files.iter().map(|(path, text)| (*path, Some(*text))).collect();
        let commit = repository.commit("main", &files, "First").expect("a commit");
        (repository, commit)
    }

    /// Returns the API of a kind, in the namespace of this world if the kind has one.
    #[must_use]
    pub fn api(&self, kind: &str) -> Api<DynamicObject> {
        let resource = resource(kind);
        if is_cluster_wide(&resource) {
            return Api::all_with(self.client(), &resource);
        }
        Api::namespaced_with(self.client(), &self.namespace, &resource)
    }

    /// Applies a manifest, as a user would; Flux's kinds get the label of the crew.
    ///
    /// # Panics
    /// When the API server refuses it.
    pub async fn apply(&self, mut manifest: Value) -> DynamicObject {
        let api_version = manifest["apiVersion"].as_str().expect("an apiVersion").to_owned();
        let kind = format!("{api_version}/{}", manifest["kind"].as_str().expect("a kind"));
        let name = manifest["metadata"]["name"].as_str().expect("a name").to_owned();
        if api_version.contains("fluxcd.io") {
            manifest["metadata"]["labels"][SHARD] = json!(self.crew.shard());
        }
        let params = PatchParams::apply(MANAGER).force();
        let applied = self.api(&kind).patch(&name, &params, &Patch::Apply(&manifest)).await;
        applied.unwrap_or_else(|error| panic!("apply {kind} {name}: {error}"))
    }

    /// Applies a GitRepository: of this URL, branch main, never asked on its own; `spec` adds and overrides.
    ///
    /// # Panics
    /// When the API server refuses it.
    pub async fn git_repository(&self, name: &str, url: &str, spec: Value) -> DynamicObject {
        let mut whole = json!({ "interval": "1h", "url": url, "ref": { "branch": "main" } });
        overlay(&mut whole, spec);
        self.flux(GIT_REPOSITORY, name, whole).await
    }

    /// Applies a Kustomization: of the GitRepository `app`, into this namespace, pruning, never run on its own; `spec`
    /// adds and overrides.
    ///
    /// # Panics
    /// When the API server refuses it.
    pub async fn kustomization(&self, name: &str, spec: Value) -> DynamicObject {
        let source = json!({ "kind": "GitRepository", "name": "app" });
        let mut whole = json!({ "interval": "1h", "prune": true, "targetNamespace": self.namespace, "sourceRef": source });
        overlay(&mut whole, spec);
        self.flux(KUSTOMIZATION, name, whole).await
    }

    async fn flux(&self, kind: &str, name: &str, spec: Value) -> DynamicObject {
        let (api_version, kind) = kind.rsplit_once('/').expect("a group, a version and a kind");
        self.apply(
            json!({ "apiVersion": api_version, "kind": kind, "metadata": { "name": name }, "spec": spec }),
        )
        .await
    }

    /// Changes an object by a merge patch.
    ///
    /// # Panics
    /// When the API server refuses it.
    pub async fn patch(&self, kind: &str, name: &str, patch: Value) -> DynamicObject {
        self.patch_as(MANAGER, kind, name, patch).await
    }

    /// Changes an object by a merge patch under the name of a field manager.
    ///
    /// # Panics
    /// When the API server refuses it.
    pub async fn patch_as(&self, manager: &str, kind: &str, name: &str, patch: Value) -> DynamicObject {
        let params = PatchParams { field_manager: Some(manager.to_owned()), ..PatchParams::default() };
        let patched = self.api(kind).patch(name, &params, &Patch::Merge(patch)).await;
        patched.unwrap_or_else(|error| panic!("patch {kind} {name}: {error}"))
    }

    /// Asks for the deletion of an object.
    ///
    /// # Panics
    /// When the API server refuses it.
    pub async fn delete(&self, kind: &str, name: &str) {
        let deleted = self.api(kind).delete(name, &DeleteParams::background()).await;
        deleted.unwrap_or_else(|error| panic!("delete {kind} {name}: {error}"));
    }

    /// Reads an object, if there is one.
    ///
    /// # Panics
    /// When the API server does not answer.
    pub async fn find(&self, kind: &str, name: &str) -> Option<DynamicObject> {
        self.api(kind).get_opt(name).await.unwrap_or_else(|error| panic!("read {kind} {name}: {error}"))
    }

    /// Reads an object.
    ///
    /// # Panics
    /// When there is none.
    pub async fn get(&self, kind: &str, name: &str) -> DynamicObject {
        self.find(kind, name)
            .await
            .unwrap_or_else(|| panic!("there is no {kind} {name}\n{}", self.diagnosis()))
    }

    /// Watches an object until it is as expected.
    ///
    /// # Panics
    /// When it never is.
    pub async fn until(
        &self,
        kind: &str,
        name: &str,
        expected: &str,
        mut is: impl FnMut(&DynamicObject) -> bool,
    ) -> DynamicObject {
        let state = self.watch(kind, name, expected, |object| object.is_some_and(&mut is)).await;
        state.expect("the watch ended with an object")
    }

    /// Watches an object until it is gone.
    ///
    /// # Panics
    /// When it stays.
    pub async fn gone(&self, kind: &str, name: &str) {
        self.watch(kind, name, "gone", |object| object.is_none()).await;
    }

    async fn watch(
        &self,
        kind: &str,
        name: &str,
        expected: &str,
        mut is: impl FnMut(Option<&DynamicObject>) -> bool,
    ) -> Option<DynamicObject> {
        let mut states = watch_object(self.api(kind), name).default_backoff().boxed();
        let mut last = None;
        let found = timeout(PATIENCE, async {
            while let Some(state) = states.next().await {
                // The watch is resumed by itself.
                let Ok(state) = state else { continue };
                if is(state.as_ref()) {
                    return state;
                }
                last = state;
            }
            panic!("watches do not end")
        });
        match found.await {
            Ok(state) => state,
            Err(_) => {
                panic!("{kind} {name} is never {expected}; at last: {}\n{}", show(last), self.diagnosis())
            }
        }
    }

    /// Waits until an object is ready as it is now specified.
    ///
    /// # Panics
    /// When it never is.
    pub async fn ready(&self, kind: &str, name: &str) -> DynamicObject {
        self.until(kind, name, "ready", is_ready).await
    }

    /// Waits until a Kustomization is ready with a commit.
    ///
    /// # Panics
    /// When it never is.
    pub async fn applied(&self, name: &str, commit: &str) -> DynamicObject {
        let revision = format!("main@sha1:{commit}");
        let is = |object: &DynamicObject| {
            is_ready(object) && text(object, "/status/lastAppliedRevision") == revision
        };
        self.until(KUSTOMIZATION, name, &format!("ready with {revision}"), is).await
    }

    /// Waits until a Kustomization or source is not ready for this reason, and returns it with the message.
    ///
    /// # Panics
    /// When it never is.
    pub async fn failed(&self, kind: &str, name: &str, reason: &str) -> (DynamicObject, String) {
        let expected = format!("Ready=False for {reason}");
        let object = self.until(kind, name, &expected, |object| has_failed(object, reason)).await;
        let told = message(&object, "Ready").to_owned();
        (object, told)
    }

    /// Asks for a reconcile and waits until it was served.
    ///
    /// # Panics
    /// When it never is.
    pub async fn request(&self, kind: &str, name: &str) -> DynamicObject {
        let token = self.ask(kind, name).await;
        let served = |object: &DynamicObject| text(object, "/status/lastHandledReconcileAt") == token;
        self.until(kind, name, "reconciled as requested", served).await
    }

    /// Asks for a reconcile; returns the token that status will show.
    ///
    /// # Panics
    /// When the API server refuses it.
    pub async fn ask(&self, kind: &str, name: &str) -> String {
        let token = format!("request-{}", self.requests.fetch_add(1, Ordering::Relaxed));
        let annotations =
            json!({ "metadata": { "annotations": { sluice_crds::meta::REQUESTED_AT: token } } });
        self.patch(kind, name, annotations).await;
        token
    }

    /// Waits for an event about an object, and returns its message.
    ///
    /// # Panics
    /// When there is none.
    pub async fn event(&self, name: &str, reason: &str, part: &str) -> String {
        let api = self.api("v1/Event");
        let is = |event: &DynamicObject| {
            text(event, "/involvedObject/name") == name
                && text(event, "/reason") == reason
                && text(event, "/message").contains(part)
        };
        let found = timeout(PATIENCE, async {
            let mut events = api.watch(&WatchParams::default(), "0").await.expect("a watch").boxed();
            while let Some(event) = events.try_next().await.expect("an event") {
                match event {
                    WatchEvent::Added(event) | WatchEvent::Modified(event) if is(&event) => return event,
                    _ => {}
                }
            }
            panic!("the watch of events ended")
        });
        match found.await {
            Ok(event) => text(&event, "/message").to_owned(),
            Err(_) => panic!(
                "no event {reason} with {part:?} about {name}: {:#?}\n{}",
                self.events().await,
                self.diagnosis()
            ),
        }
    }

    /// Lists all events of the namespace as `object reason: message`.
    ///
    /// # Panics
    /// When the API server does not answer.
    pub async fn events(&self) -> Vec<String> {
        let events = self.api("v1/Event").list(&ListParams::default()).await.expect("events can be listed");
        let line = |event: &DynamicObject| {
            format!(
                "{} {}: {}",
                text(event, "/involvedObject/name"),
                text(event, "/reason"),
                text(event, "/message")
            )
        };
        events.iter().map(line).collect()
    }

    /// Lists the objects of these kinds that carry the labels of a Kustomization, in this namespace or none.
    ///
    /// # Panics
    /// When the API server does not answer.
    pub async fn owned(&self, owner: &str, kinds: &[&str]) -> Identities {
        let prefix = "kustomize.toolkit.fluxcd.io";
        let labels = format!("{prefix}/name={owner},{prefix}/namespace={}", self.namespace);
        let mut found = Identities::new();
        for kind in kinds {
            let listed = self.api(kind).list(&ListParams::default().labels(&labels)).await;
            let listed = listed.unwrap_or_else(|error| panic!("list {kind}: {error}"));
            found.extend(
                listed.iter().map(|object| (((*kind).to_owned(), object.name_any()), uid(object).to_owned())),
            );
        }
        found
    }

    /// Returns where to look when something is not as expected.
    #[must_use]
    pub fn diagnosis(&self) -> String {
        let tail = |log: String| {
            let lines: Vec<&str> = log.lines().filter(|line| line.contains(&self.namespace)).collect();
            lines[lines.len().saturating_sub(15)..].join("\n")
        };
        let [source, kustomize] = self.crew.logs().map(tail);
        let files = self.crew.log_files();
        format!(
            "namespace {}\n{}:\n{source}\n{}:\n{kustomize}",
            self.namespace,
            files[0].display(),
            files[1].display()
        )
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.crew.keep_logs();
        }
    }
}

/// Puts the fields of `over` above those of `whole`; null removes one.
fn overlay(whole: &mut Value, over: Value) {
    let Value::Object(over) = over else { return };
    for (key, value) in over {
        match value {
            Value::Null => drop(whole.as_object_mut().and_then(|whole| whole.remove(&key))),
            value => whole[key] = value,
        }
    }
}

fn show(object: Option<DynamicObject>) -> String {
    let shown = object.map(|mut object| {
        object.metadata.managed_fields = None;
        serde_json::to_string_pretty(&object).unwrap_or_default()
    });
    shown.unwrap_or_else(|| "(absent)".to_owned())
}
