//! The source-controller as a process, against a real API server and real Git servers.

#![expect(clippy::unwrap_used, reason = "a journey that cannot go on ends in a panic")]

mod world;

use std::{path::Path, time::Duration};

use kube::ResourceExt;
use serde_json::{Value, json};
use sluice_control_plane::ControlPlane;
use sluice_crds::{meta, source::GitRepository};
use sluice_git_server::{Access, Behaviour, GitServer, Options, SshServer};

use world::{World, condition, message, reason};

const FILE: &str = "kind: ConfigMap\n";

fn files<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<(&'a str, Option<&'a str>)> {
    pairs.iter().map(|(path, text)| (*path, Some(*text))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_becomes_an_artifact_and_so_does_the_next() {
    let world = World::start("git").await;
    let server = GitServer::start().await.unwrap();
    let repository = server.repository("app").unwrap();
    let first =
        repository.commit("main", &files(&[("a.yaml", FILE), ("logo.png", "x")]), "First\n\nBody").unwrap();
    world
        .create("app", json!({ "url": server.url("app"), "ref": { "branch": "main" }, "interval": "1h" }))
        .await;

    let app = world.ready("app").await;
    let artifact = app.status.as_ref().unwrap().artifact.clone().unwrap();
    assert_eq!(artifact.revision, format!("main@sha1:{first}"));
    assert_eq!(artifact.path, format!("gitrepository/{}/app/{first}.tar.gz", world.namespace));
    assert_eq!(message(&app, meta::READY), format!("stored artifact for revision 'main@sha1:{first}'"));
    assert_eq!(world.unpack(&artifact).await, [("a.yaml".to_owned(), FILE.to_owned())]);
    assert!(app.finalizers().iter().any(|finalizer| finalizer == meta::FINALIZER));
    world.event("app", "NewArtifact", "stored artifact for commit 'First'").await;

    let before = server.requests();
    let unchanged = world.request("app", "once").await;
    assert_eq!(unchanged.status.as_ref().unwrap().artifact.as_ref().unwrap(), &artifact);
    let after = server.requests();
    assert_eq!((after.ls_refs - before.ls_refs, after.fetches - before.fetches), (1, 0));
    assert_eq!(world.writes_between(&app, &unchanged).await, 1, "a request costs one status write");

    let second = repository.commit("main", &files(&[("b.yaml", FILE)]), "Second").unwrap();
    let updated = world.request("app", "twice").await;
    let artifact = updated.status.unwrap().artifact.unwrap();
    assert_eq!(artifact.revision, format!("main@sha1:{second}"));
    let names: Vec<_> = world.unpack(&artifact).await.into_iter().map(|(path, _)| path).collect();
    assert_eq!(names, ["a.yaml", "b.yaml"]);

    assert_eq!(world.status_of("/").await, 200, "the readiness probe of the manifests");
    assert_eq!(world.status_of("/.sluice/git/").await, 404, "mirrors are not served");
    assert_eq!(world.status_of(&format!("/{}", artifact.path)).await, 200);
    let directory = world.storage().join(format!("gitrepository/{}/app", world.namespace));
    assert!(directory.is_dir());
    world.delete("app").await;
    assert!(!directory.exists(), "artifacts go with their object");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_without_it_and_the_artifact_stays() {
    let world = World::start("auth").await;
    let access = Access::basic("me", "right-password");
    let server = GitServer::start_with(Options { access, ..Options::default() }).await.unwrap();
    let repository = server.repository("app").unwrap();
    repository.commit("main", &files(&[("a.yaml", FILE)]), "First").unwrap();
    let spec = json!({
        "url": server.url("app"), "ref": { "branch": "main" }, "interval": "1h", "secretRef": { "name": "login" },
    });
    world.create("app", spec).await;
    let app = world.failing("app", "AuthenticationFailed").await;
    assert!(message(&app, meta::READY).contains("login"), "{}", message(&app, meta::READY));

    world.secret("login", &[("username", "me"), ("password", "right-password")]).await;
    let good = world.ready("app").await.status.unwrap().artifact.unwrap();

    world.secret("login", &[("username", "me"), ("password", "wrong-password")]).await;
    let app = world.failing("app", "GitOperationFailed").await;
    let told = message(&app, meta::READY);
    assert!(told.contains("authentication failed") && !told.contains("wrong-password"), "{told}");
    assert_eq!(app.status.as_ref().unwrap().artifact, Some(good), "the last artifact stays");
    assert_eq!(condition(&app, meta::RECONCILING).unwrap().reason, "ProgressingWithRetry");
    assert_eq!(condition(&app, meta::FETCH_FAILED).unwrap().status, "True");
    world.event("app", "GitOperationFailed", &told).await;

    world.secret("login", &[("username", "me"), ("password", "right-password")]).await;
    world.ready("app").await;
    world.event("app", "Succeeded", "stored artifact").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named() {
    let world = World::start("wrong").await;
    let server = GitServer::start().await.unwrap();
    let repository = server.repository("app").unwrap();
    repository.commit("main", &files(&[("a.yaml", FILE)]), "First").unwrap();
    let url = server.url("app");
    for (name, spec, reason, part) in [
        ("branch", json!({ "url": url, "ref": { "branch": "nope" } }), "GitOperationFailed", "nope"),
        ("host", json!({ "url": "http://127.0.0.1:1/x.git" }), "GitOperationFailed", "127.0.0.1:1"),
        ("path", json!({ "url": server.url("none") }), "GitOperationFailed", "none"),
        (
            "verify",
            json!({ "url": url, "verify": { "mode": "HEAD", "secretRef": { "name": "x" } } }),
            "UnsupportedField",
            "spec.verify",
        ),
        ("sparse", json!({ "url": url, "sparseCheckout": ["a"] }), "UnsupportedField", "spec.sparseCheckout"),
        ("github", json!({ "url": url, "provider": "github" }), "InvalidProviderConfiguration", "github"),
        (
            "include",
            json!({ "url": url, "include": [{ "repository": { "name": "gone" } }] }),
            "NotFound",
            "gone",
        ),
        (
            "itself",
            json!({ "url": url, "include": [{ "repository": { "name": "itself" } }] }),
            "IllegalPath",
            "itself",
        ),
    ] {
        let mut spec = spec;
        spec["interval"] = json!("1h");
        world.create(name, spec).await;
        let found = world.failing(name, reason).await;
        let told = message(&found, meta::READY);
        assert!(told.contains(part), "{name}: {told}");
        world.event(name, reason, part).await;
        let stalled = matches!(reason, "UnsupportedField" | "InvalidProviderConfiguration" | "IllegalPath");
        assert_eq!(condition(&found, meta::STALLED).is_some(), stalled, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_included_artifact_is_put_in_and_kept_up_to_date() {
    let world = World::start("include").await;
    let server = GitServer::start().await.unwrap();
    let (lib, app) = (server.repository("lib").unwrap(), server.repository("app").unwrap());
    lib.commit("main", &files(&[("deploy/x.yaml", "one"), ("other", "-")]), "Lib").unwrap();
    app.commit("main", &files(&[("a.yaml", FILE)]), "App").unwrap();
    let spec = |name: &str| json!({ "url": server.url(name), "ref": { "branch": "main" }, "interval": "1h" });
    let mut including = spec("app");
    including["include"] =
        json!([{ "repository": { "name": "lib" }, "fromPath": "deploy", "toPath": "vendor/lib" }]);
    world.create("app", including).await;
    world.failing("app", "NotFound").await;
    world.create("lib", spec("lib")).await;

    let found = world.ready("app").await;
    let artifact = found.status.as_ref().unwrap().artifact.clone().unwrap();
    let with = |text: &str| {
        vec![("a.yaml".to_owned(), FILE.to_owned()), ("vendor/lib/x.yaml".to_owned(), text.to_owned())]
    };
    assert_eq!(world.unpack(&artifact).await, with("one"));
    assert_eq!(found.status.as_ref().unwrap().included_artifacts.len(), 1);

    lib.commit("main", &files(&[("deploy/x.yaml", "two")]), "Lib again").unwrap();
    world.poke("lib", "now").await;
    let woken = world
        .until("app", |app| {
            app.status
                .as_ref()
                .and_then(|status| status.artifact.as_ref())
                .is_some_and(|a| a.digest != artifact.digest)
        })
        .await;
    assert_eq!(world.unpack(&woken.status.unwrap().artifact.unwrap()).await, with("two"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_object_rests_and_a_lost_artifact_is_made_again() {
    let mut world = World::start("rest").await;
    let server = GitServer::start().await.unwrap();
    let repository = server.repository("app").unwrap();
    repository.commit("main", &files(&[("a.yaml", FILE)]), "First").unwrap();
    world
        .create("app", json!({ "url": server.url("app"), "ref": { "branch": "main" }, "interval": "1h" }))
        .await;
    let artifact = world.ready("app").await.status.unwrap().artifact.unwrap();

    world.patch("app", json!({ "spec": { "suspend": true } })).await;
    let generation = |app: &GitRepository| app.metadata.generation;
    let rests =
        world.until("app", |app| app.status.as_ref().unwrap().observed_generation == generation(app)).await;
    assert_eq!(rests.status.unwrap().artifact.unwrap(), artifact);

    world.kill();
    std::fs::remove_file(world.storage().join(&artifact.path)).unwrap();
    world.patch("app", json!({ "spec": { "suspend": false } })).await;
    world.restart();
    world.event("app", "ArtifactVerificationFailed", "is not in storage").await;
    let again = world.ready("app").await.status.unwrap().artifact.unwrap();
    assert_eq!(again.digest, artifact.digest);
    assert_eq!(world.unpack(&again).await.len(), 1);
    assert_eq!(reason(&world.get("app").await, meta::ARTIFACT_IN_STORAGE), "Succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_ssh_a_host_must_be_known() {
    let world = World::start("ssh").await;
    let server = SshServer::start().await.unwrap();
    let repository = server.repository("app").unwrap();
    repository.commit("main", &files(&[("a.yaml", FILE)]), "First").unwrap();
    let identity = server.identity().unwrap();
    let stranger = SshServer::start().await.unwrap().known_hosts().unwrap();
    world.secret("key", &[("identity", &identity), ("known_hosts", &stranger)]).await;
    let spec = json!({
        "url": server.url("app"), "ref": { "branch": "main" }, "interval": "1h", "secretRef": { "name": "key" },
    });
    world.create("app", spec).await;
    let told = message(&world.failing("app", "GitOperationFailed").await, meta::READY);
    assert!(told.contains("host key verification failed"), "{told}");
    world.secret("key", &[("identity", &identity), ("known_hosts", &server.known_hosts().unwrap())]).await;
    let artifact = world.ready("app").await.status.unwrap().artifact.unwrap();
    assert_eq!(world.unpack(&artifact).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_termination_is_orderly_and_gives_up_the_lease() {
    let mut world = World::start("end").await;
    let server = GitServer::start().await.unwrap();
    server.repository("app").unwrap().commit("main", &files(&[("a.yaml", FILE)]), "First").unwrap();
    world
        .create("app", json!({ "url": server.url("app"), "ref": { "branch": "main" }, "interval": "1h" }))
        .await;
    world.ready("app").await;
    assert!(world.holder().await.is_some_and(|holder| !holder.is_empty()));
    assert!(world.terminate().success());
    assert_eq!(world.holder().await.as_deref(), Some(""));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interval_that_finds_nothing_new_asks_the_api_server_for_nothing() {
    let audit = tempfile::tempdir().unwrap();
    let log = audit.path().join("audit.log");
    let options = sluice_control_plane::Options {
        audit_log: Some(log.clone()),
        controller_manager: false,
        scheduler: false,
        kwok: false,
        ..Default::default()
    };
    let control_plane = ControlPlane::start(options).await.unwrap();
    let world = World::on(&control_plane, "quiet").await;
    let access = Access::basic("me", "password");
    let server = GitServer::start_with(Options { access, ..Options::default() }).await.unwrap();
    server.repository("app").unwrap().commit("main", &files(&[("a.yaml", FILE)]), "First").unwrap();
    world.secret("login", &[("username", "me"), ("password", "password")]).await;
    for name in ["one", "two"] {
        let spec = json!({
            "url": server.url("app"), "ref": { "branch": "main" }, "interval": "200ms",
            "secretRef": { "name": "login" },
        });
        world.create(name, spec).await;
        world.ready(name).await;
    }
    world.event("two", "NewArtifact", "First").await;
    let before = (requests(&log).len(), server.requests().ls_refs);
    // Nothing tells when a repository was asked, so it is looked at again and again.
    let mut often = tokio::time::interval(Duration::from_millis(50));
    while server.requests().ls_refs < before.1 + 20 {
        often.tick().await;
    }
    let asked = requests(&log).split_off(before.0);
    let other: Vec<_> =
        asked.iter().filter(|(verb, resource)| verb != "watch" && resource != "leases").collect();
    assert!(other.is_empty(), "{other:?}");
    assert!(asked.iter().any(|(_, resource)| resource == "leases"), "the log is written: {asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_hang_hold_up_nobody_else() {
    let world = World::start("slow").await;
    let (hanging, server) = (GitServer::start().await.unwrap(), GitServer::start().await.unwrap());
    hanging.behave(Behaviour::Hang);
    let spec = |url: String| json!({ "url": url, "ref": { "branch": "main" }, "interval": "1h" });
    for number in 0..8 {
        world.create(&format!("slow-{number}"), spec(hanging.url("app"))).await;
    }
    let told = |object: &GitRepository| message(object, meta::READY) == "reconciliation in progress";
    world.until("slow-7", told).await;
    server.repository("app").unwrap().commit("main", &files(&[("a.yaml", FILE)]), "First").unwrap();
    world.create("quick", spec(server.url("app"))).await;
    world.ready("quick").await;
    assert_eq!(reason(&world.get("slow-0").await, meta::RECONCILING), "Progressing");
}

/// What the controller asked the API server for: verbs and resources.
fn requests(audit_log: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(audit_log).unwrap();
    let entries = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let entries = entries.filter(|entry| entry["user"]["username"] == world::USER);
    let field = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    entries.map(|entry| (field(&entry["verb"]), field(&entry["objectRef"]["resource"]))).collect()
}

/// Nothing here takes longer, unless it never ends.
const PATIENCE: Duration = Duration::from_secs(60);
