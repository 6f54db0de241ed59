//! Controllers are killed without warning at seeded moments, and started again: the objects are those of the latest commit,
//! none is left over, and none was made again.
//!
//! `SLUICE_CRASH_MOMENTS` says how many moments (12), `SLUICE_CRASH_FIRST` the first (0); every moment is a seed that
//! decides which controller dies while what is under way, and after how many changes in the cluster.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use kube::runtime::watcher::{self, Event, watcher};
use serde_json::{Value, json};
use sluice_control_plane::ControlPlane;
use sluice_git_server::{Change, Repository};
use sluice_journeys::manifest::{config_map, deployment, secret, service, service_account};
use sluice_journeys::world::{
    CONFIG_MAP, DEPLOYMENT, GIT_REPOSITORY, Identities, KUSTOMIZATION, SECRET, SERVICE, SERVICE_ACCOUNT, at,
    text,
};
use sluice_journeys::{Crew, World};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

const CLUSTER_ROLE: &str = "rbac.authorization.k8s.io/v1/ClusterRole";
const MANAGED: [&str; 6] = [CONFIG_MAP, SECRET, SERVICE_ACCOUNT, SERVICE, DEPLOYMENT, CLUSTER_ROLE];

/// What is under way when a controller dies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Create,
    Update,
    Delete,
}

/// Who dies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Victim {
    Source,
    Kustomize,
}

/// One way to die.
#[derive(Clone, Copy, Debug)]
struct Moment {
    seed: u64,
    phase: Phase,
    victim: Victim,
    /// Whether there is a newer commit before the restart.
    newer: bool,
    /// Whether the Kustomization waits for its objects to be healthy.
    waiting: bool,
    /// Whether it dies a second time, soon after the restart.
    twice: bool,
    /// How many more ConfigMaps there are; each version drops half of those of the last.
    more: usize,
    /// After how many changes in the cluster.
    changes: u64,
    /// How long after the last of them.
    then: Duration,
}

impl Moment {
    /// Every combination comes up equally often; the seed decides the rest.
    fn new(seed: u64) -> Self {
        let random = scramble(seed);
        let phase = [Phase::Create, Phase::Update, Phase::Delete][(seed % 3) as usize];
        // The source-controller has less to lose: one in four.
        let victim = if (seed / 3).is_multiple_of(4) { Victim::Source } else { Victim::Kustomize };
        // About as many changes as there are before the victim has done its work, and as long as one takes it.
        let (changes, micros) = match (victim, phase) {
            (Victim::Source, _) => (4, 60_000),
            (_, Phase::Create) => (20, 15_000),
            (_, Phase::Update) => (11, 15_000),
            (_, Phase::Delete) => (15, 15_000),
        };
        // One in five is big, so that there is much to be in the midst of.
        let more = if seed % 5 == 4 { 100 } else { 0 };
        let changes = if victim == Victim::Kustomize { changes + more as u64 } else { changes };
        Self {
            seed,
            phase,
            more,
            victim,
            newer: (seed / 12 + seed).is_multiple_of(2),
            waiting: random & (1 << 62) != 0,
            twice: random & (3 << 60) == 0,
            changes: random % changes,
            then: Duration::from_micros((random >> 32) % micros),
        }
    }
}

/// The finaliser of splitmix64: neighbours become unrelated.
fn scramble(seed: u64) -> u64 {
    let mixed = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The objects of a version, by file; later versions change, remove and add, and never bring back what was removed.
fn version(number: usize, namespace: &str, more: usize) -> BTreeMap<String, String> {
    let maps: &[usize] = [&[0, 1, 2, 3, 4, 5][..], &[0, 1, 4, 5, 6, 7], &[0, 1, 5, 7, 8]][number];
    let value = |map: usize| if map < 2 { format!("version {number}") } else { "constant".to_owned() };
    let mut files: BTreeMap<_, _> = maps
        .iter()
        .map(|map| (format!("map-{map}.yaml"), config_map(&format!("map-{map}"), &value(*map))))
        .collect();
    let role = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: {namespace}\nrules: []\n"
    );
    // Those of a version are numbered from its own number in hundreds; half of them are in the next one as well.
    let numbers = number * more / 2..number * more / 2 + more;
    files.extend(
        numbers.map(|map| (format!("more-{map}.yaml"), config_map(&format!("more-{map}"), "constant"))),
    );
    let mut add = |name: &str, text: String| drop(files.insert(name.to_owned(), text));
    add("secret.yaml", secret("login", &format!("version {number}")));
    add("account.yaml", service_account("worker"));
    add("worker.yaml", deployment("worker", 0));
    add("role.yaml", role);
    if number == 0 {
        add("service.yaml", service("worker", 80));
        add("old.yaml", service_account("old"));
    }
    files
}

/// The objects of a version, by kind and name.
fn expected(number: usize, namespace: &str, more: usize) -> Vec<(String, String)> {
    let kind = |file: &str| match file {
        "secret.yaml" => (SECRET, "login".to_owned()),
        "account.yaml" => (SERVICE_ACCOUNT, "worker".to_owned()),
        "worker.yaml" => (DEPLOYMENT, "worker".to_owned()),
        "role.yaml" => (CLUSTER_ROLE, namespace.to_owned()),
        "service.yaml" => (SERVICE, "worker".to_owned()),
        "old.yaml" => (SERVICE_ACCOUNT, "old".to_owned()),
        map => (CONFIG_MAP, map.trim_end_matches(".yaml").to_owned()),
    };
    let mut ids: Vec<_> = version(number, namespace, more).keys().map(|file| kind(file)).collect();
    ids.sort();
    ids.into_iter().map(|(kind, name)| (kind.to_owned(), name)).collect()
}

fn publish(repository: &Repository, number: usize, world: &World, more: usize) -> String {
    let files = version(number, &world.namespace, more);
    let before = number.checked_sub(1).map(|before| version(before, &world.namespace, more));
    let before = before.unwrap_or_default();
    let gone =
        before.keys().filter(|file| !files.contains_key(*file)).map(|file| (file.as_str(), Change::Remove));
    let there = files.iter().map(|(file, text)| (file.as_str(), Change::File(text.clone().into_bytes())));
    let changes: Vec<_> = there.chain(gone).collect();
    repository.commit_changes("main", &changes, "Version").expect("git commits")
}

/// Counts what changes in the cluster from the moment it is made.
struct Changes {
    seen: UnboundedReceiver<()>,
    _tasks: JoinSet<()>,
}

impl Changes {
    async fn watch(world: &World) -> Self {
        let (sender, seen) = unbounded_channel();
        let (listening, mut listens) = unbounded_channel();
        let mut tasks = JoinSet::new();
        let kinds = [&MANAGED[..5], &[GIT_REPOSITORY, KUSTOMIZATION]].concat();
        for kind in &kinds {
            tasks.spawn(Self::follow(world.api(kind), sender.clone(), listening.clone()));
        }
        for _ in &kinds {
            listens.recv().await;
        }
        Self { seen, _tasks: tasks }
    }

    async fn follow(
        api: kube::Api<kube::core::DynamicObject>,
        sender: UnboundedSender<()>,
        listening: UnboundedSender<()>,
    ) {
        let mut events = watcher(api, watcher::Config::default()).boxed();
        while let Some(event) = events.next().await {
            // A failed send means that nobody counts any more.
            let _ = match event {
                Ok(Event::InitDone) => listening.send(()),
                Ok(Event::Apply(_) | Event::Delete(_)) => sender.send(()),
                _ => Ok(()),
            };
        }
    }

    async fn wait_for(&mut self, count: u64) {
        for _ in 0..count {
            self.seen.recv().await;
        }
    }
}

async fn kill(world: &World, victim: Victim) {
    let mut fleet = world.crew.fleet().await;
    let killed = match victim {
        Victim::Source => fleet.source.kill().await,
        Victim::Kustomize => fleet.kustomize.kill().await,
    };
    killed.expect("processes can be killed");
}

async fn restart(crew: &Crew) {
    let mut fleet = crew.fleet().await;
    fleet.source.start().await.unwrap_or_else(|error| panic!("{error}"));
    fleet.kustomize.start().await.unwrap_or_else(|error| panic!("{error}"));
}

/// Kills the controller after some changes, or when all is done before.
async fn strike(world: &World, moment: Moment, count: u64, changes: &mut Changes, commit: &str) {
    let finished = async {
        match moment.phase {
            Phase::Delete => world.gone(KUSTOMIZATION, "app").await,
            _ => drop(world.applied("app", commit).await),
        }
    };
    tokio::select! {
        () = changes.wait_for(count) => {}
        () = finished => eprint!("(after all was done) "),
    }
    // Not a wait: when to die is what is tried.
    tokio::time::sleep(moment.then).await;
    kill(world, moment.victim).await;
}

/// Sets the moment's work going and lets the controller die in it; returns the identities of all objects there have been.
async fn die(world: &World, moment: Moment, repository: &Repository) -> Identities {
    let first = publish(repository, 0, world, moment.more);
    let create = async || {
        world.git_repository("app", &world.git.url("app"), Value::Null).await;
        // The restarted source-controller is not there at once: a failed download must not cost an hour.
        world.kustomization("app", json!({ "retryInterval": "2s", "wait": moment.waiting })).await;
    };
    let mut known = Identities::new();
    if moment.phase != Phase::Create {
        create().await;
        world.applied("app", &first).await;
        known = world.owned("app", &MANAGED).await;
    }
    let mut changes = Changes::watch(world).await;
    let commit = match moment.phase {
        Phase::Create => {
            create().await;
            first
        }
        Phase::Update => {
            let commit = publish(repository, 1, world, moment.more);
            world.ask(GIT_REPOSITORY, "app").await;
            commit
        }
        Phase::Delete => {
            world.delete(KUSTOMIZATION, "app").await;
            world.delete(GIT_REPOSITORY, "app").await;
            first
        }
    };
    strike(world, moment, moment.changes, &mut changes, &commit).await;
    known.extend(world.owned("app", &MANAGED).await);
    known
}

/// Checks the cluster against a version, and that no object was made again.
async fn check(world: &World, (number, more): (usize, usize), known: &Identities) {
    let owned = world.owned("app", &MANAGED).await;
    assert_eq!(
        owned.keys().cloned().collect::<Vec<_>>(),
        expected(number, &world.namespace, more),
        "objects"
    );
    for (id, uid) in &owned {
        assert!(known.get(id).is_none_or(|before| before == uid), "{id:?} was made again");
        if id.0 == CONFIG_MAP {
            let value = text(&world.get(CONFIG_MAP, &id.1).await, "/data/value").to_owned();
            let file = version(number, &world.namespace, more)[&format!("{}.yaml", id.1)].clone();
            assert!(file.contains(&format!("value: {value:?}")), "{id:?} has {value:?}");
        }
    }
    let app = world.get(KUSTOMIZATION, "app").await;
    let entries = at(&app, "/status/inventory/entries").as_array().map_or(0, Vec::len);
    assert_eq!(entries, owned.len(), "the inventory: {}", app.data["status"]);
}

async fn live_through(world: &World, moment: Moment) {
    let repository = world.git.repository("app").expect("git makes a repository");
    let mut known = die(world, moment, &repository).await;
    let number = usize::from(moment.phase == Phase::Update) + usize::from(moment.newer);
    let latest = if moment.newer {
        publish(&repository, number, world, moment.more)
    } else {
        repository.hash("main").expect("a commit")
    };
    if moment.phase != Phase::Delete {
        // Asked in any case: the source-controller may have died before it took the commit in.
        world.ask(GIT_REPOSITORY, "app").await;
    }
    let mut changes = Changes::watch(world).await;
    restart(&world.crew).await;
    if moment.twice {
        strike(world, moment, moment.changes / 3, &mut changes, &latest).await;
        known.extend(world.owned("app", &MANAGED).await);
        restart(&world.crew).await;
    }
    if moment.phase != Phase::Delete {
        world.applied("app", &latest).await;
        check(world, (number, moment.more), &known).await;
        world.delete(KUSTOMIZATION, "app").await;
        world.delete(GIT_REPOSITORY, "app").await;
    }
    world.gone(KUSTOMIZATION, "app").await;
    world.gone(GIT_REPOSITORY, "app").await;
    for (kind, name) in world.owned("app", &MANAGED).await.into_keys() {
        // What is being deleted in the background may still be there.
        let object = world.find(&kind, &name).await;
        assert!(
            object.is_none_or(|object| object.metadata.deletion_timestamp.is_some()),
            "{kind} {name} is left over"
        );
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[tokio::test(flavor = "multi_thread")]
async fn whenever_a_controller_dies_the_latest_commit_is_what_runs() {
    let plane = ControlPlane::shared().await.unwrap();
    let crew = Crew::start(plane.kubeconfig(), &plane.client(), &["--concurrent=4"]).await;
    let first = setting("SLUICE_CRASH_FIRST", 0);
    let mut failed = Vec::new();
    for seed in first..first + setting("SLUICE_CRASH_MOMENTS", 12) {
        let moment = Moment::new(seed);
        let world = World::on(plane.clone(), Arc::clone(&crew), "crash").await;
        eprint!("{moment:?} in {} ", world.namespace);
        let lived = AssertUnwindSafe(live_through(&world, moment)).catch_unwind().await;
        eprintln!("{}", if lived.is_ok() { "ok" } else { "FAILED" });
        if lived.is_err() {
            failed.push(moment);
            restart(&crew).await;
        }
    }
    assert!(failed.is_empty(), "{} moments failed: {failed:#?}", failed.len());
}

#[test]
fn versions_never_bring_an_object_back() {
    for (kind, name) in expected(0, "n", 10) {
        let there = [1, 2].map(|number| expected(number, "n", 10).contains(&(kind.clone(), name.clone())));
        assert!(there != [false, true], "{kind} {name}");
    }
    assert!(Moment::new(0).seed == 0 && expected(2, "n", 0).len() == 9);
}
