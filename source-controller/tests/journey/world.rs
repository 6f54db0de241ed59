//! A namespace of its own on the shared control plane, with a source-controller that watches it alone.

use std::{
    collections::BTreeMap,
    fs::File,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use k8s_openapi::{
    ByteString,
    api::{
        coordination::v1::Lease,
        core::v1::{Event, Secret},
    },
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
    apimachinery::pkg::apis::meta::v1::Condition,
};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, ObjectMeta, Patch, PatchParams, PostParams},
    runtime::wait::{await_condition, conditions},
};
use serde_json::{Value, json};
use sluice_artifact::{
    fetch::{self, Fetcher},
    limits::Limits,
    unpack::unpack,
};
use sluice_control_plane::ControlPlane;
use sluice_crds::{Artifact, meta, source::GitRepository};
use tempfile::TempDir;

use super::PATIENCE;

/// Who the controller is to the API server.
pub(crate) const USER: &str = "the-controller";

/// The surroundings of one test.
pub(crate) struct World {
    client: Client,
    pub(crate) namespace: String,
    directory: TempDir,
    address: String,
    process: Child,
}

pub(crate) fn condition<'a>(object: &'a GitRepository, kind: &str) -> Option<&'a Condition> {
    object.status.as_ref()?.conditions.iter().find(|condition| condition.type_ == kind)
}

pub(crate) fn message(object: &GitRepository, kind: &str) -> String {
    condition(object, kind).map(|condition| condition.message.clone()).unwrap_or_default()
}

pub(crate) fn reason(object: &GitRepository, kind: &str) -> String {
    condition(object, kind).map(|condition| condition.reason.clone()).unwrap_or_default()
}

impl World {
    /// Starts a controller on the control plane that all tests share.
    pub(crate) async fn start(prefix: &str) -> Self {
        Self::on(&ControlPlane::shared().await.unwrap(), prefix).await
    }

    /// Starts a controller on a control plane, where it goes by the name [`USER`].
    pub(crate) async fn on(control_plane: &ControlPlane, prefix: &str) -> Self {
        let client = control_plane.client();
        install(&client).await;
        let namespace = control_plane.namespace(prefix).await;
        let directory = tempfile::tempdir().unwrap();
        let access = control_plane.user(USER, Some("system:masters")).await.unwrap();
        std::fs::write(directory.path().join("kubeconfig"), access.kubeconfig).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = free.to_string();
        let process = run(&namespace, directory.path(), &address);
        // The fetcher of this test process needs a TLS provider, too.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Self { client, namespace, directory, address, process }
    }

    pub(crate) fn storage(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub(crate) fn restart(&mut self) {
        self.process = run(&self.namespace, self.directory.path(), &self.address);
    }

    /// Asks the process to end and waits until it did.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        tokio::task::block_in_place(|| self.process.wait()).unwrap()
    }

    /// Reads who holds the lease.
    pub(crate) async fn holder(&self) -> Option<String> {
        let api: Api<Lease> = Api::namespaced(self.client.clone(), &self.namespace);
        api.get("source-controller-leader-election").await.unwrap().spec?.holder_identity
    }

    /// Asks the file server for a path.
    pub(crate) async fn status_of(&self, path: &str) -> u16 {
        reqwest::get(format!("http://{}{path}", self.address)).await.unwrap().status().as_u16()
    }

    fn api(&self) -> Api<GitRepository> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub(crate) async fn create(&self, name: &str, spec: Value) {
        let object = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
            "metadata": { "name": name }, "spec": spec,
        });
        let object = serde_json::from_value(object).unwrap();
        self.api().create(&PostParams::default(), &object).await.unwrap();
    }

    pub(crate) async fn get(&self, name: &str) -> GitRepository {
        self.api().get(name).await.unwrap()
    }

    pub(crate) async fn patch(&self, name: &str, patch: Value) {
        self.api().patch(name, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
    }

    /// Asks for a reconcile without waiting for it.
    pub(crate) async fn poke(&self, name: &str, token: &str) {
        self.patch(name, json!({ "metadata": { "annotations": { meta::REQUESTED_AT: token } } })).await;
        self.until(name, |object| {
            object.status.as_ref().unwrap().last_handled_reconcile_at.as_deref() == Some(token)
        })
        .await;
    }

    /// Asks for a reconcile and waits until it ended well.
    pub(crate) async fn request(&self, name: &str, token: &str) -> GitRepository {
        self.poke(name, token).await;
        self.ready(name).await
    }

    pub(crate) async fn ready(&self, name: &str) -> GitRepository {
        self.until(name, |object| {
            let current =
                object.status.as_ref().and_then(|s| s.observed_generation) == object.metadata.generation;
            current && condition(object, meta::READY).is_some_and(|ready| ready.status == "True")
        })
        .await
    }

    pub(crate) async fn failing(&self, name: &str, reason: &str) -> GitRepository {
        self.until(name, |object| {
            condition(object, meta::READY)
                .is_some_and(|ready| ready.status == "False" && ready.reason == reason)
        })
        .await
    }

    pub(crate) async fn until(&self, name: &str, holds: impl Fn(&GitRepository) -> bool) -> GitRepository {
        let condition = |object: Option<&GitRepository>| object.is_some_and(&holds);
        match tokio::time::timeout(PATIENCE, await_condition(self.api(), name, condition)).await {
            Ok(found) => found.unwrap().unwrap(),
            Err(_) => panic!("waited in vain: {:#?}\n{}", self.get(name).await.status, self.log()),
        }
    }

    pub(crate) async fn delete(&self, name: &str) {
        let uid = self.get(name).await.uid().unwrap();
        self.api().delete(name, &DeleteParams::default()).await.unwrap();
        let gone = await_condition(self.api(), name, conditions::is_deleted(&uid));
        tokio::time::timeout(PATIENCE, gone).await.expect("deleted in time").unwrap();
    }

    pub(crate) async fn secret(&self, name: &str, data: &[(&str, &str)]) {
        let data = data.iter().map(|(k, v)| ((*k).to_owned(), ByteString(v.as_bytes().to_vec()))).collect();
        let metadata = ObjectMeta { name: Some(name.into()), ..ObjectMeta::default() };
        let secret = Secret { metadata, data: Some(data), ..Secret::default() };
        let api: Api<Secret> = Api::namespaced(self.client.clone(), &self.namespace);
        api.patch(name, &PatchParams::apply("test").force(), &Patch::Apply(&secret)).await.unwrap();
    }

    /// Waits for an event about the object.
    pub(crate) async fn event(&self, name: &str, reason: &str, part: &str) {
        let api: Api<Event> = Api::namespaced(self.client.clone(), &self.namespace);
        let wanted = |event: &Event| {
            event.involved_object.name.as_deref() == Some(name)
                && event.reason.as_deref() == Some(reason)
                && event.message.as_deref().unwrap_or_default().contains(part)
        };
        let found = async {
            let params = kube::api::WatchParams::default();
            let stream = api.watch(&params, "0").await.unwrap();
            let mut stream = std::pin::pin!(stream);
            while let Some(event) = futures::TryStreamExt::try_next(&mut stream).await.unwrap() {
                let (kube::api::WatchEvent::Added(event) | kube::api::WatchEvent::Modified(event)) = event
                else {
                    continue;
                };
                if wanted(&event) {
                    return;
                }
            }
        };
        if tokio::time::timeout(PATIENCE, found).await.is_err() {
            let all = api.list(&ListParams::default()).await.unwrap();
            let all: Vec<_> = all.iter().map(|e| (e.reason.clone(), e.message.clone())).collect();
            panic!("no event {reason} '{part}' about {name}: {all:#?}\n{}", self.log());
        }
    }

    /// Counts the status writes of the controller between two states, by what it wrote.
    pub(crate) async fn writes_between(&self, before: &GitRepository, after: &GitRepository) -> usize {
        let mut count = 0;
        let version = before.resource_version().unwrap();
        let params = kube::api::WatchParams::default();
        let stream = self.api().watch(&params, &version).await.unwrap();
        let mut stream = std::pin::pin!(stream);
        while let Some(event) = futures::TryStreamExt::try_next(&mut stream).await.unwrap() {
            let kube::api::WatchEvent::Modified(object) = event else { continue };
            count += 1;
            if object.resource_version() == after.resource_version() {
                break;
            }
        }
        // The first is the annotation of the test itself.
        count - 1
    }

    /// Fetches an artifact over HTTP, verifies it, and lists its files.
    pub(crate) async fn unpack(&self, artifact: &Artifact) -> Vec<(String, String)> {
        let fetcher = Fetcher::new(fetch::Options::default()).unwrap();
        let digest = artifact.digest.parse().unwrap();
        let archive = fetcher.fetch(&artifact.url, &digest).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        unpack(archive, directory.path(), &Limits::default()).unwrap();
        let mut files = BTreeMap::new();
        list(directory.path(), directory.path(), &mut files);
        files.into_iter().collect()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn list(root: &Path, at: &Path, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

fn run(namespace: &str, directory: &Path, address: &str) -> Child {
    let log = File::options().create(true).append(true).open(directory.join("log")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_source-controller"))
        .args(["--health-addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0", "--watch-all-namespaces=false"])
        .args(["--log-level=debug", "--enable-leader-election"])
        .arg(format!("--storage-path={}", directory.join("data").display()))
        .args([format!("--storage-addr={address}"), format!("--storage-adv-addr={address}")])
        .args(["--leader-election-lease-duration=3s", "--leader-election-renew-deadline=2s"])
        .arg("--leader-election-retry-period=500ms")
        .env("KUBECONFIG", directory.join("kubeconfig"))
        .env("RUNTIME_NAMESPACE", namespace)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Installs the definition of the kind and waits until it is served.
async fn install(client: &Client) {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    let definition =
        sluice_crds::all().into_iter().find(|crd| crd.spec.names.kind == "GitRepository").unwrap();
    let name = definition.name_any();
    let params = PatchParams::apply("sluice-tests").force();
    api.patch(&name, &params, &Patch::Apply(&definition)).await.unwrap();
    let established = await_condition(api, &name, conditions::is_crd_established());
    tokio::time::timeout(PATIENCE, established).await.expect("established in time").unwrap();
}
