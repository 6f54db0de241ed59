//! One owner in a namespace of its own, who runs passes as a controller does and counts the requests they cost.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use kube::{
    Client,
    api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, PostParams},
    client::ClientBuilder,
    core::{ApiResource, GroupVersionKind},
};
use serde_json::Value;
use sluice_apply::{
    Action, Applied, ApplyErrors, Cluster, Context, Conventions, Health, Inventory, Ledger, Manifest,
    ObjectId, Owner, Plan, PlanOptions, Pruned, Situation, Wake, WakeReason, Watches, apply, plan, prune,
    read_health,
};
use sluice_control_plane::ControlPlane;
use tokio::{sync::mpsc, time::Instant};
use tower::util::MapRequestLayer;

use super::objects::named;

const PREFIX: &str = "kustomize.toolkit.fluxcd.io/";
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct World {
    pub(crate) namespace: String,
    pub(crate) inventory: Inventory,
    /// Fields of all objects that are left to others.
    pub(crate) ignored: Vec<String>,
    control_plane: ControlPlane,
    owner: Owner,
    /// Not counted.
    admin: Client,
    cluster: Cluster,
    ledger: Ledger,
    watches: Watches,
    conventions: Arc<Conventions>,
    wakes: mpsc::UnboundedReceiver<Wake>,
    requests: Arc<Mutex<Vec<String>>>,
}

pub(crate) struct Pass {
    pub(crate) plan: Plan,
    pub(crate) applied: Result<Applied, ApplyErrors>,
    pub(crate) pruned: Pruned,
}

/// What somebody else does to a ConfigMap.
pub(crate) enum Edit {
    /// A merge patch.
    Merge(Value),
    /// A forced apply of the object with these fields.
    Apply(Value),
}

impl World {
    pub(crate) async fn new(prefix: &str) -> Self {
        let control_plane = ControlPlane::shared().await.expect("a control plane");
        let namespace = control_plane.namespace(prefix).await;
        let owner = Owner::new(&namespace, "app");
        Self::build(control_plane, namespace, owner)
    }

    fn build(control_plane: ControlPlane, namespace: String, owner: Owner) -> Self {
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&requests);
        let count = MapRequestLayer::new(move |request: http::Request<_>| {
            log.lock().expect("no panic").push(format!("{} {}", request.method(), request.uri()));
            request
        });
        let client =
            ClientBuilder::try_from(control_plane.config()).expect("a client").with_layer(&count).build();
        let (sender, wakes) = mpsc::unbounded_channel();
        let (ledger, cluster) = (Ledger::new(sender), Cluster::new(client));
        let conventions = Arc::new(Conventions::new(PREFIX, "kustomize-controller", &[]));
        let watches =
            Watches::new(cluster.clone(), ledger.clone(), Arc::clone(&conventions), Some(namespace.clone()));
        let (admin, inventory) = (control_plane.client(), Inventory::new());
        Self {
            namespace,
            inventory,
            ignored: Vec::new(),
            control_plane,
            owner,
            admin,
            cluster,
            ledger,
            watches,
            conventions,
            wakes,
            requests,
        }
    }

    /// The same owner in a process that remembers nothing but the inventory in status.
    pub(crate) fn restarted(self) -> Self {
        let mut world = Self::build(self.control_plane.clone(), self.namespace.clone(), self.owner.clone());
        world.inventory = self.inventory;
        world
    }

    /// Takes from the inventory what a definition without room for it would drop.
    pub(crate) fn forget_memos(&mut self) {
        self.inventory =
            self.inventory.iter().map(|(id, version)| (id.clone(), version.to_owned())).collect();
    }

    /// Another owner in the same process.
    pub(crate) fn other(&self, name: &str) -> Self {
        let owner = Owner::new(&self.namespace, name);
        let mut world = Self::build(self.control_plane.clone(), self.namespace.clone(), owner);
        world.ledger = self.ledger.clone();
        world.watches = self.watches.clone();
        world
    }

    /// One pass as a controller runs it.
    pub(crate) async fn pass(&mut self, desired: &[Value]) -> Pass {
        let manifests: Vec<_> = desired.iter().map(|object| self.manifest(object.clone())).collect();
        if !self.ledger.knows(&self.owner) {
            self.watches.follow(&self.owner, &self.inventory);
            self.until(|world| !world.ledger.awaits_sight(&world.owner)).await;
        }
        self.ledger.recall(&self.owner, &self.inventory, "");
        let scopes = self.cluster.scopes(&manifests, &self.inventory).await.expect("discovery");
        let snapshot = self.ledger.snapshot(&self.owner);
        let options = PlanOptions {
            prune: true,
            force: false,
            recheck: false,
            custom_stage: Vec::new(),
            prefix: PREFIX.to_owned(),
        };
        let situation = Situation {
            owner: &self.owner,
            desired: manifests,
            inventory: &self.inventory,
            snapshot: &snapshot,
            scopes: &scopes,
            options: &options,
        };
        let plan = plan(situation).expect("a plan");
        self.watches.follow(&self.owner, &plan.write_ahead);
        let context = self.context();
        let applied = apply(&context, &plan).await;
        let done = applied.as_ref().is_ok_and(|applied| applied.parked.is_none());
        let pruned = if done {
            prune(&context, &self.owner, &plan.prune, &BTreeSet::new()).await
        } else {
            Pruned::default()
        };
        self.inventory =
            if done { plan.desired.union(&pruned.survivors()) } else { plan.write_ahead.clone() };
        self.watches.follow(&self.owner, &self.inventory);
        self.ledger.memorize(&self.owner, &mut self.inventory, "");
        Pass { plan, applied, pruned }
    }

    pub(crate) fn wait_for(&self, ids: &[ObjectId]) {
        self.watches.wait_for(&self.owner, &ids.iter().cloned().collect::<BTreeSet<_>>());
    }

    pub(crate) fn id(&self, group: &str, kind: &str, name: &str) -> ObjectId {
        let (namespace, group, kind) = (self.namespace.clone(), group.to_owned(), kind.to_owned());
        ObjectId { namespace, name: name.to_owned(), group, kind }
    }

    pub(crate) fn watch_also(&self, ids: &[ObjectId]) {
        let objects = ids.iter().map(|id| (id.clone(), "v1".to_owned())).collect();
        self.watches.watch_also(&self.owner, &self.cluster, &objects);
    }

    pub(crate) fn health_for(&self, id: &ObjectId) -> Option<Health> {
        self.ledger.health_for(&self.owner, id)
    }

    pub(crate) async fn read_health(&self, id: &ObjectId) -> Health {
        let mut read = read_health(
            &self.context(),
            &[(id.clone(), "v1".to_owned())],
            &sluice_apply::health::Expressions::default(),
        )
        .await;
        read.remove(0).1.expect("a health")
    }

    fn context(&self) -> Context<'_> {
        Context {
            cluster: &self.cluster,
            ledger: &self.ledger,
            conventions: &self.conventions,
            deadline: Instant::now() + PATIENCE,
            concurrency: 4,
        }
    }

    pub(crate) async fn next_wake(&mut self) -> Wake {
        tokio::time::timeout(PATIENCE, self.wakes.recv())
            .await
            .expect("a wake in time")
            .expect("an open channel")
    }

    pub(crate) fn wakes(&mut self) -> Vec<Wake> {
        std::iter::from_fn(|| self.wakes.try_recv().ok())
            .filter(|wake| wake.why != WakeReason::Changed)
            .collect()
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests
            .lock()
            .expect("no panic")
            .iter()
            .filter(|request| !request.contains("watch=true"))
            .cloned()
            .collect()
    }

    pub(crate) fn forget_requests(&self) {
        self.requests.lock().expect("no panic").clear();
    }

    pub(crate) fn is_current(&self) -> bool {
        let snapshot = self.ledger.snapshot(&self.owner);
        snapshot.records.values().all(|record| record.health.as_ref().is_some_and(Health::is_current))
    }

    pub(crate) fn health(&self, kind: &str, name: &str) -> Option<Health> {
        let snapshot = self.ledger.snapshot(&self.owner);
        let found = snapshot.records.iter().find(|(id, _)| id.kind == kind && id.name == name);
        found.and_then(|(_, record)| record.health.clone())
    }

    /// Waits until the watches have seen this many objects.
    pub(crate) async fn watched(&self, objects: usize) {
        self.until(|world| {
            let snapshot = world.ledger.snapshot(&world.owner);
            let seen = |record: &&sluice_apply::ledger::Record| {
                matches!(record.seen, sluice_apply::ledger::Sight::Present(_))
            };
            snapshot.records.values().filter(seen).count() == objects
        })
        .await;
    }

    /// Waits until the watches have seen what the cluster holds now.
    pub(crate) async fn settle(&self, kind: &str, names: &[String]) {
        for name in names {
            let version = self.resource_version(kind, name).await;
            self.until(|world| world.seen_version(kind, name) == Some(version)).await;
        }
    }

    fn seen_version(&self, kind: &str, name: &str) -> Option<u64> {
        let snapshot = self.ledger.snapshot(&self.owner);
        let (_, record) = snapshot.records.iter().find(|(id, _)| id.kind == kind && id.name == name)?;
        match &record.seen {
            sluice_apply::ledger::Sight::Present(seen) => Some(seen.resource_version.0),
            sluice_apply::ledger::Sight::Missing(when) => Some(when.0),
            sluice_apply::ledger::Sight::Unseen => None,
        }
    }

    /// Looks again and again: the ledger wakes owners with what concerns them, and these tests also await what does not.
    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < deadline, "the watches did not see it in time");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Lets the server's clock move on from the last write: managed fields carry whole seconds of real time, which no
    /// test can turn, and "unchanged" is proven by an entry that is older than the request.
    pub(crate) async fn let_time_pass(&self) {
        tokio::time::sleep(Duration::from_millis(3100)).await;
    }

    pub(crate) async fn get(&self, kind: &str, name: &str) -> Value {
        self.find(kind, name).await.expect("the object exists")
    }

    pub(crate) async fn find(&self, kind: &str, name: &str) -> Option<Value> {
        let object = self.api(kind).get_opt(name).await.expect("an answer")?;
        Some(serde_json::to_value(object).expect("an object"))
    }

    pub(crate) async fn uid(&self, kind: &str, name: &str) -> String {
        self.get(kind, name).await["metadata"]["uid"].as_str().expect("a uid").to_owned()
    }

    pub(crate) async fn resource_version(&self, kind: &str, name: &str) -> u64 {
        let object = self.get(kind, name).await;
        object["metadata"]["resourceVersion"].as_str().expect("a version").parse().expect("a number")
    }

    pub(crate) async fn delete(&self, kind: &str, name: &str) {
        self.api(kind).delete(name, &DeleteParams::default()).await.expect("deleted");
    }

    pub(crate) async fn edit(&self, name: &str, manager: &str, edit: &Edit) {
        let params = PatchParams { field_manager: Some(manager.to_owned()), ..PatchParams::default() };
        let api = self.api("ConfigMap");
        match edit {
            Edit::Merge(patch) => {
                api.patch(name, &params, &Patch::Merge(patch)).await.expect("patched");
            }
            Edit::Apply(fields) => {
                let mut object = named("v1", "ConfigMap", name);
                for (key, value) in fields.as_object().expect("an object") {
                    object[key] = value.clone();
                }
                self.conventions.label(&mut object, &self.owner);
                api.patch(name, &params.force(), &Patch::Apply(&object)).await.expect("applied");
            }
        }
    }

    /// A service account of the namespace, without any rights.
    pub(crate) async fn account(&self, name: &str) -> Client {
        let account: DynamicObject =
            serde_json::from_value(named("v1", "ServiceAccount", name)).expect("an object");
        self.api("ServiceAccount").create(&PostParams::default(), &account).await.expect("created");
        self.control_plane.service_account(&self.namespace, name).await.expect("an account").client
    }

    /// Writes with another identity from now on.
    pub(crate) fn act_as(&mut self, client: Client) {
        self.cluster = self.cluster.with_client(client);
    }

    pub(crate) async fn create_as(&self, manager: &str, mut object: Value, more: Value) {
        for (key, value) in more.as_object().expect("an object") {
            object[key] = value.clone();
        }
        let params = PostParams { field_manager: Some(manager.to_owned()), ..PostParams::default() };
        let kind = object["kind"].as_str().expect("a kind").to_owned();
        let object: DynamicObject = serde_json::from_value(object).expect("an object");
        self.api(&kind).create(&params, &object).await.expect("created");
    }

    fn api(&self, kind: &str) -> Api<DynamicObject> {
        let group = if kind == "Deployment" { "apps" } else { "" };
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1", kind));
        Api::namespaced_with(self.admin.clone(), &self.namespace, &resource)
    }

    fn manifest(&self, mut object: Value) -> Manifest {
        if object["metadata"].get("namespace").is_none() {
            object["metadata"]["namespace"] = self.namespace.clone().into();
        }
        self.conventions.label(&mut object, &self.owner);
        let manifest = Manifest::new(object, Some("app.yaml".into())).expect("a manifest");
        if self.ignored.is_empty() { manifest } else { manifest.ignoring(self.ignored.clone()) }
    }
}

impl Pass {
    pub(crate) fn applied(&self) -> &Applied {
        self.applied.as_ref().unwrap_or_else(|errors| panic!("{errors}"))
    }

    pub(crate) fn actions(&self) -> Vec<Action> {
        self.applied().changes.iter().map(|change| change.action).collect()
    }
}
