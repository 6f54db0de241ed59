//! Tries a real repository: serves a local clone over HTTP or SSH, has a path of it applied to a fresh control plane, and
//! says how that went; then deletes the Kustomization and looks for leftovers.
//!
//! `cargo run -p sluice-journeys --example trial -- [--ssh] [--wait] [--target NAMESPACE] CLONE BRANCH PATH`

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use kube::core::DynamicObject;
use serde_json::{Value, json};
use sluice_control_plane::{ControlPlane, Options};
use sluice_git_server::{Repository, SshServer};
use sluice_journeys::world::{GIT_REPOSITORY, KUSTOMIZATION, at, condition, is_ready, message};
use sluice_journeys::{Crew, World};

/// What is tried, and how.
#[derive(Default)]
struct Arguments {
    ssh: bool,
    wait: bool,
    target: Option<String>,
    places: Vec<String>,
}

fn arguments() -> Arguments {
    let mut parsed = Arguments::default();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--ssh" => parsed.ssh = true,
            "--wait" => parsed.wait = true,
            "--target" => parsed.target = words.next(),
            _ => parsed.places.push(word),
        }
    }
    assert!(parsed.places.len() == 3, "usage: trial [--ssh] [--wait] [--target NAMESPACE] CLONE BRANCH PATH");
    parsed
}

/// Lets the server find the objects of the clone without copying them.
fn borrow_objects(repository: &Repository, clone: &str, branch: &str) -> String {
    let clone = Path::new(clone).canonicalize().expect("the clone exists");
    let objects =
        if clone.join(".git").exists() { clone.join(".git/objects") } else { clone.join("objects") };
    let alternates = repository.path().join("objects/info/alternates");
    std::fs::write(alternates, format!("{}\n", objects.display())).expect("alternates can be written");
    let output = std::process::Command::new("git").arg("-C").arg(&clone).args(["rev-parse", branch]).output();
    let hash = String::from_utf8(output.expect("git runs").stdout).expect("a hash").trim().to_owned();
    repository.set_reference("refs/heads/main", &hash).expect("the commit is there");
    hash
}

async fn declare(world: &World, ssh: Option<&SshServer>, arguments: &Arguments) {
    let url = ssh.map_or_else(|| world.git.url("app"), |server| server.url("app"));
    let mut spec = json!({ "timeout": "5m" });
    if let Some(server) = ssh {
        let identity = server.identity().expect("keys can be written");
        let known_hosts = server.known_hosts().expect("keys can be written");
        let data = json!({ "identity": identity, "known_hosts": known_hosts });
        let metadata = json!({ "name": "key" });
        world
            .apply(json!({ "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data }))
            .await;
        spec["secretRef"] = json!({ "name": "key" });
    }
    world.git_repository("app", &url, spec).await;
    let target = arguments.target.as_deref();
    let spec = json!({
        "path": arguments.places[2], "targetNamespace": target, "wait": arguments.wait, "timeout": "90s",
        "retryInterval": "1h",
    });
    world.kustomization("app", spec).await;
}

/// Follows an object until it is ready or has failed, saying every new message.
async fn follow(world: &World, kind: &str) -> DynamicObject {
    let mut told = String::new();
    let ended = |object: &DynamicObject| {
        let now = message(object, "Ready");
        if told != now {
            now.clone_into(&mut told);
            println!("  {}: {now}", kind.rsplit('/').next().unwrap_or_default());
        }
        let ready = condition(object, "Ready");
        let waits = matches!(ready["reason"].as_str(), Some("ArtifactFailed" | "DependencyNotReady"));
        is_ready(object) || (ready["status"] == "False" && !waits)
    };
    world.until(kind, "app", "ready or failed", ended).await
}

fn kinds(app: &DynamicObject) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for entry in at(app, "/status/inventory/entries").as_array().into_iter().flatten() {
        let id = entry["id"].as_str().unwrap_or_default();
        *kinds.entry(id.rsplit('_').next().unwrap_or_default().to_owned()).or_default() += 1;
    }
    kinds
}

#[tokio::main]
async fn main() {
    let arguments = arguments();
    let plane = ControlPlane::start(Options::default()).await.expect("a control plane");
    let crew = Crew::start(plane.kubeconfig(), &plane.client(), &[]).await;
    let world = World::on(plane, crew, "trial").await;
    let ssh = if arguments.ssh { Some(SshServer::start().await.expect("a server")) } else { None };
    let repository = match &ssh {
        Some(server) => server.repository("app"),
        None => world.git.repository("app"),
    };
    let hash = borrow_objects(&repository.expect("a repository"), &arguments.places[0], &arguments.places[1]);
    if let Some(target) = &arguments.target {
        world.apply(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": target } })).await;
    }
    println!("{} {hash} {}", arguments.places[0], arguments.places[2]);
    let start = Instant::now();
    declare(&world, ssh.as_ref(), &arguments).await;
    let source = follow(&world, GIT_REPOSITORY).await;
    println!("  artifact after {:.1?}, {} bytes", start.elapsed(), at(&source, "/status/artifact/size"));
    let app = follow(&world, KUSTOMIZATION).await;
    println!("  ended after {:.1?}: {:?}", start.elapsed(), kinds(&app));
    remove(&world, start).await;
}

async fn remove(world: &World, start: Instant) {
    world.patch(KUSTOMIZATION, "app", json!({ "spec": { "deletionPolicy": "WaitForTermination" } })).await;
    let before: Value = world.get(KUSTOMIZATION, "app").await.data["status"]["inventory"].clone();
    world.delete(KUSTOMIZATION, "app").await;
    world.gone(KUSTOMIZATION, "app").await;
    let count = before["entries"].as_array().map_or(0, Vec::len);
    println!("  {count} objects deleted after {:.1?} in all", start.elapsed());
    for event in world.events().await.iter().filter(|event| event.contains("PruneFailed")) {
        println!("  {event}");
    }
    // A last look at the logs: errors that no status shows.
    let logs = world.crew.logs().concat();
    for line in logs.lines().filter(|line| line.contains("\"level\":\"error\"")) {
        println!("  {line}");
    }
    tokio::time::timeout(Duration::from_secs(30), async { world.crew.fleet().await.check() })
        .await
        .expect("the controllers answer")
        .expect("the controllers run");
}
