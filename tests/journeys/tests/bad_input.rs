//! What is wrong is named, in Ready and in an event; the last good state stays in the cluster, and no secret gets out.
//!
//! Every row has a repository, a source and a Kustomization of its own: all is well, then one thing is broken.
//! `SLUICE_ROW` names the only row to play.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use futures::future::join_all;
use kube::core::DynamicObject;
use serde_json::{Value, json};
use sluice_git_server::{Access, Change, GitServer, Options, Repository, SshServer};
use sluice_journeys::World;
use sluice_journeys::manifest::{config_map, immutable_config_map, kustomization, secret};
use sluice_journeys::world::{
    CONFIG_MAP, GIT_REPOSITORY, KUSTOMIZATION, SECRET, condition, is_ready, message, text,
};

/// Texts that must not appear anywhere.
const PASSWORD: &str = "hunter-two-password";
const WRONG_PASSWORD: &str = "hunter-two-wrong";
const COMMITTED_SECRET: &str = "hunter-two-committed";
const NUMERIC_SECRET: &str = "837465019283";

/// What is broken.
enum Break {
    /// The specification of the GitRepository.
    Source(Value),
    /// The specification of the Kustomization.
    Spec(Value),
    /// What is committed.
    Commit(Vec<(&'static str, Change)>),
    /// Both of the above.
    SpecAndCommit(Value, Vec<(&'static str, Change)>),
    /// The contents of the Secret that the GitRepository names.
    Login(Value),
}

/// Where the repository is.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Open,
    Locked,
    Ssh,
}

/// One thing that goes wrong, and how it must be told.
struct Row {
    name: &'static str,
    place: Place,
    broken: Break,
    reason: &'static str,
    parts: Vec<String>,
}

struct Servers {
    locked: GitServer,
    ssh: SshServer,
}

fn row(name: &'static str, broken: Break, reason: &'static str, parts: &[&str]) -> Row {
    let parts = parts.iter().map(ToString::to_string).collect();
    Row { name, place: Place::Open, broken, reason, parts }
}

fn file(path: &'static str, text: impl Into<Vec<u8>>) -> Vec<(&'static str, Change)> {
    vec![(path, Change::File(text.into()))]
}

fn source(spec: Value) -> Break {
    Break::Source(spec)
}

fn commit(path: &'static str, text: impl Into<Vec<u8>>) -> Break {
    Break::Commit(file(path, text))
}

fn source_rows(world: &World, servers: &Servers, other: &SshServer) -> Vec<Row> {
    let git = "GitOperationFailed";
    let address = servers.ssh.address().to_string();
    let stranger = other.known_hosts().expect("keys can be written");
    let imposter =
        stranger.replace(&other.address().port().to_string(), &servers.ssh.address().port().to_string());
    let ssh = |known_hosts: &str| json!({ "identity": servers.ssh.identity().expect("keys can be written"), "known_hosts": known_hosts });
    let missing = world.git.url("absent");
    let huge = commit("app/huge.bin", vec![0; (128 << 20) + 1]);
    vec![
        row("branch", source(json!({ "ref": { "branch": "nowhere" } })), git, &["nowhere"]),
        row("tag", source(json!({ "ref": { "tag": "v9.9.9", "branch": null } })), git, &["v9.9.9"]),
        row("semver", source(json!({ "ref": { "semver": ">=7.0.0" } })), git, &[">=7.0.0"]),
        row("unreachable", source(json!({ "url": "http://127.0.0.1:1/app.git" })), git, &["127.0.0.1:1"]),
        row("missing", source(json!({ "url": missing })), git, &[&missing]),
        row(
            "sparse",
            source(json!({ "sparseCheckout": ["x"] })),
            "UnsupportedField",
            &["spec.sparseCheckout"],
        ),
        row(
            "submodules",
            source(json!({ "recurseSubmodules": true })),
            "UnsupportedField",
            &["spec.recurseSubmodules"],
        ),
        row("huge", huge, git, &["oversized", "huge.git", "134217728"]),
        Row {
            place: Place::Locked,
            ..row(
                "password",
                Break::Login(json!({ "username": "me", "password": WRONG_PASSWORD })),
                git,
                &["authentication failed"],
            )
        },
        Row {
            place: Place::Ssh,
            ..row("unknown-host", Break::Login(ssh(&stranger)), git, &["host key", &address])
        },
        Row {
            place: Place::Ssh,
            ..row("imposter", Break::Login(ssh(&imposter)), git, &["host key", &address])
        },
    ]
}

fn kustomization_rows() -> Vec<Row> {
    let (build, apply, artifact) = ("BuildFailed", "ReconciliationFailed", "ArtifactFailed");
    let unserved = "UnsupportedField";
    let missing = json!({ "sourceRef": { "kind": "GitRepository", "name": "nobody" } });
    let untyped = "apiVersion: v1\nmetadata:\n  name: x\n";
    let tabbed = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: x\n";
    let gadget = "apiVersion: nowhere.example.org/v1\nkind: Gadget\nmetadata:\n  name: x\n";
    let misspelt = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndatum:\n  a: b\n";
    let numeric = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\nstringData:\n  value: [{NUMERIC_SECRET}]\n"
    );
    let listing = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\ndata:\n  value: {{ a: {NUMERIC_SECRET} }}\n"
    );
    let fixed = immutable_config_map("fixed", "changed");
    let fixed_secret = secret("fixed", &format!("{COMMITTED_SECRET}-changed")) + "immutable: true\n";
    let forbidden = Break::SpecAndCommit(
        json!({ "serviceAccountName": "nobody" }),
        file("app/map.yaml", config_map("map", "changed")),
    );
    vec![
        row("path", Break::Spec(json!({ "path": "./nowhere" })), artifact, &["nowhere"]),
        row("escape", Break::Spec(json!({ "path": "../../etc" })), artifact, &["../../etc"]),
        row("no-source", Break::Spec(missing), artifact, &["nobody"]),
        row(
            "reach-out",
            commit("app/kustomization.yaml", kustomization(&["../../../etc/passwd"])),
            build,
            &["etc/passwd"],
        ),
        row(
            "remote",
            commit("app/kustomization.yaml", kustomization(&["https://127.0.0.1:1/x?ref=main"])),
            build,
            &["127.0.0.1:1"],
        ),
        row("listed", commit("app/kustomization.yaml", kustomization(&["gone.yaml"])), build, &["gone.yaml"]),
        row("broken", commit("app/broken.yaml", tabbed), build, &["app/broken.yaml", "4"]),
        row("untyped", commit("app/untyped.yaml", untyped), build, &["app/untyped.yaml", "kind"]),
        row("twice", commit("app/twice.yaml", config_map("map", "again")), build, &["map"]),
        row("gadget", commit("app/gadget.yaml", gadget), apply, &["Gadget", "nowhere.example.org"]),
        row("misspelt", commit("app/misspelt.yaml", misspelt), apply, &["datum", "ConfigMap", "x"]),
        row("forbidden", forbidden, apply, &["forbidden", "nobody", "map"]),
        row("fixed", commit("app/fixed.yaml", fixed), apply, &["immutable", "fixed", "app/fixed.yaml"]),
        row(
            "fixed-secret",
            commit("app/secret.yaml", fixed_secret),
            apply,
            &["Invalid", "Secret", "app/secret.yaml", "force"],
        ),
        row(
            "numeric",
            commit("app/numeric.yaml", numeric),
            build,
            &["app/numeric.yaml", "Secret", "numeric-x", "stringData.value"],
        ),
        row("listing", commit("app/listing.yaml", listing), apply, &["Secret", "app/listing.yaml"]),
        row(
            "substitute",
            Break::Spec(json!({ "postBuild": { "substitute": { "no-name": "b" } } })),
            build,
            &["spec.postBuild", "no-name"],
        ),
        row(
            "decryption",
            Break::Spec(json!({ "decryption": { "provider": "sops" } })),
            unserved,
            &["spec.decryption"],
        ),
        row(
            "remote-cluster",
            Break::Spec(json!({ "kubeConfig": { "secretRef": { "name": "x" } } })),
            unserved,
            &["spec.kubeConfig"],
        ),
        row(
            "expressions",
            Break::Spec(
                json!({ "healthCheckExprs": [{ "apiVersion": "v1", "kind": "X", "current": "status." }] }),
            ),
            "InvalidCELExpression",
            &["spec.healthCheckExprs[0].current"],
        ),
        row(
            "ignoring",
            Break::Spec(json!({ "ignore": [{ "paths": ["/data"], "target": { "name": "(" } }] })),
            "BuildFailed",
            &["spec.ignore", "target"],
        ),
        row(
            "cycle",
            Break::Spec(json!({ "dependsOn": [{ "name": "cycle" }] })),
            "DependencyNotReady",
            &["cycle"],
        ),
    ]
}

fn login(servers: &Servers, place: Place) -> Value {
    match place {
        Place::Ssh => json!({
            "identity": servers.ssh.identity().expect("keys can be written"),
            "known_hosts": servers.ssh.known_hosts().expect("keys can be written"),
        }),
        _ => json!({ "username": "me", "password": PASSWORD }),
    }
}

async fn write_login(world: &World, name: &str, data: &Value) {
    let metadata = json!({ "name": format!("{name}-login") });
    world
        .apply(json!({ "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data }))
        .await;
}

fn create(world: &World, servers: &Servers, row: &Row) -> (Repository, String) {
    let made = match row.place {
        Place::Open => world.git.repository(row.name),
        Place::Locked => servers.locked.repository(row.name),
        Place::Ssh => servers.ssh.repository(row.name),
    };
    let url = match row.place {
        Place::Open => world.git.url(row.name),
        Place::Locked => servers.locked.url(row.name),
        Place::Ssh => servers.ssh.url(row.name),
    };
    (made.expect("git makes a repository"), url)
}

/// Brings everything of a row into a good state; returns the repository and the objects.
async fn set_up(world: &World, servers: &Servers, row: &Row) -> (Repository, Vec<DynamicObject>) {
    let (repository, url) = create(world, servers, row);
    let files = [
        ("app/map.yaml", Some(config_map("map", "good"))),
        ("app/fixed.yaml", Some(immutable_config_map("fixed", "good"))),
        ("app/secret.yaml", Some(secret("fixed", COMMITTED_SECRET) + "immutable: true\n")),
    ];
    let commit = repository.commit("main", &files, "First").expect("git commits");
    let mut spec = json!({});
    if row.place != Place::Open {
        write_login(world, row.name, &login(servers, row.place)).await;
        spec["secretRef"] = json!({ "name": format!("{}-login", row.name) });
    }
    world.git_repository(row.name, &url, spec).await;
    let source = json!({ "kind": "GitRepository", "name": row.name });
    let prefix = format!("{}-", row.name);
    let spec = json!({ "sourceRef": source, "path": "./app", "namePrefix": prefix, "retryInterval": "1h" });
    world.kustomization(row.name, spec).await;
    world.applied(row.name, &commit).await;
    (repository, objects(world, row).await)
}

async fn objects(world: &World, row: &Row) -> Vec<DynamicObject> {
    let mut objects = Vec::new();
    for (kind, name) in [(CONFIG_MAP, "map"), (CONFIG_MAP, "fixed"), (SECRET, "fixed")] {
        objects.push(world.get(kind, &format!("{}-{name}", row.name)).await);
    }
    objects
}

/// Breaks what the row says; returns the kind that must tell it.
async fn do_break(world: &World, row: &Row, repository: &Repository) -> &'static str {
    let spec = |spec: &Value| json!({ "spec": spec });
    match &row.broken {
        Break::Source(change) => {
            world.patch(GIT_REPOSITORY, row.name, spec(change)).await;
            return GIT_REPOSITORY;
        }
        Break::Login(data) => {
            write_login(world, row.name, data).await;
            world.ask(GIT_REPOSITORY, row.name).await;
            return GIT_REPOSITORY;
        }
        Break::Spec(change) => drop(world.patch(KUSTOMIZATION, row.name, spec(change)).await),
        Break::Commit(changes) => {
            repository.commit_changes("main", changes, "Break").expect("git commits");
            world.ask(GIT_REPOSITORY, row.name).await;
        }
        Break::SpecAndCommit(change, changes) => {
            repository.commit_changes("main", changes, "Break").expect("git commits");
            world.patch(KUSTOMIZATION, row.name, spec(change)).await;
            world.ask(GIT_REPOSITORY, row.name).await;
        }
    }
    if row.reason == "GitOperationFailed" { GIT_REPOSITORY } else { KUSTOMIZATION }
}

/// Plays one row; returns what is wrong with how it ended.
async fn play(world: &World, servers: &Servers, row: Row) -> Vec<String> {
    let (repository, before) = set_up(world, servers, &row).await;
    let kind = do_break(world, &row, &repository).await;
    let is = |object: &DynamicObject| {
        condition(object, "Ready")["status"] == "False"
            && condition(object, "Ready")["observedGeneration"].as_i64() == object.metadata.generation
    };
    let object = world.until(kind, row.name, "not ready", is).await;
    let (reason, told) = (condition(&object, "Ready")["reason"].clone(), message(&object, "Ready"));
    let mut wrong = Vec::new();
    let mut expect = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{}: {what}: {reason} {told:?}", row.name));
        }
    };
    expect(reason == row.reason, &format!("the reason is not {}", row.reason));
    for part in &row.parts {
        expect(told.contains(part.as_str()), &format!("{part:?} is not named"));
    }
    let stalls = matches!(row.reason, "UnsupportedField" | "InvalidCELExpression") || row.name == "cycle";
    expect((condition(&object, "Stalled")["status"] == "True") == stalls, "Stalled");
    expect(stalls || condition(&object, "Reconciling")["status"] == "True", "Reconciling");
    // An event holds the beginning of a long message.
    world.event(row.name, reason.as_str().unwrap_or_default(), told.get(..60).unwrap_or(told)).await;
    for (before, after) in before.iter().zip(objects(world, &row).await) {
        let name = before.metadata.name.as_deref().unwrap_or_default();
        expect(
            before.metadata.uid == after.metadata.uid && before.data == after.data,
            &format!("{name} changed"),
        );
    }
    if kind == GIT_REPOSITORY {
        let app = world.get(KUSTOMIZATION, row.name).await;
        expect(
            is_ready(&app) && !text(&object, "/status/artifact/revision").is_empty(),
            "the last artifact is gone",
        );
    }
    wrong
}

/// Everything that the controllers have said.
async fn everything_said(world: &World) -> String {
    let mut said = world.crew.logs().concat();
    said += &world.events().await.join("\n");
    for kind in [GIT_REPOSITORY, KUSTOMIZATION] {
        let all =
            world.api(kind).list(&kube::api::ListParams::default()).await.expect("objects can be listed");
        said.extend(all.iter().map(|object| object.data["status"].to_string()));
    }
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_and_what_was_good_stays() {
    let world = World::start("bad").await;
    let access = Access::basic("me", PASSWORD);
    let servers = Servers {
        locked: GitServer::start_with(Options { access, ..Options::default() }).await.unwrap(),
        ssh: SshServer::start().await.unwrap(),
    };
    let other = SshServer::start().await.unwrap();
    let mut rows = source_rows(&world, &servers, &other);
    rows.extend(kustomization_rows());
    let only = std::env::var("SLUICE_ROW").ok();
    rows.retain(|row| only.as_ref().is_none_or(|only| only == row.name));
    let mut wrong: Vec<String> = Vec::new();
    let played = join_all(rows.into_iter().map(async |row| {
        let name = row.name;
        // One row that gets stuck must not hide the others.
        let played = AssertUnwindSafe(play(&world, &servers, row)).catch_unwind().await;
        played.unwrap_or_else(|_| vec![format!("{name}: panicked, see above")])
    }));
    wrong.extend(played.await.into_iter().flatten());

    let said = everything_said(&world).await;
    assert!(said.lines().count() > 100, "what was said is known");
    let identity = servers.ssh.identity().unwrap();
    let key = identity.lines().nth(1).unwrap();
    for text in [PASSWORD, WRONG_PASSWORD, COMMITTED_SECRET, NUMERIC_SECRET, key] {
        let line = said.lines().find(|line| line.contains(text));
        wrong.extend(line.map(|line| format!("the secret {text} gets out: {line}")));
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), world.diagnosis());
}
