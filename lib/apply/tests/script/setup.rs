//! One owner on the scripted server.

use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use sluice_apply::{
    Applied, ApplyErrors, Cluster, Context, Conventions, GroupKind, Inventory, Ledger, Manifest, ObjectId,
    Owner, Plan, PlanOptions, Pruned, Scopes, Situation, Wake, Watches, apply, plan, prune,
};
use tokio::{sync::mpsc, time::Instant};

use super::server::{PATIENCE, Server};

pub(crate) struct Setup {
    pub(crate) server: Server,
    pub(crate) ledger: Ledger,
    pub(crate) owner: Owner,
    pub(crate) wakes: mpsc::UnboundedReceiver<Wake>,
    cluster: Cluster,
    conventions: Arc<Conventions>,
    watches: OnceLock<Watches>,
}

impl Setup {
    pub(crate) fn new() -> Self {
        let server = Server::default();
        let (sender, wakes) = mpsc::unbounded_channel();
        Self {
            cluster: Cluster::new(server.client()),
            ledger: Ledger::new(sender),
            owner: Owner::new("n", "app"),
            conventions: Arc::new(Conventions::new("p/", "ours", &[])),
            watches: OnceLock::new(),
            server,
            wakes,
        }
    }

    pub(crate) fn watches(&self) -> &Watches {
        self.watches.get_or_init(|| {
            Watches::new(self.cluster.clone(), self.ledger.clone(), Arc::clone(&self.conventions), None)
        })
    }

    pub(crate) fn plan(&self, desired: &[Value]) -> Plan {
        let manifests: Vec<_> = desired.iter().map(|object| self.manifest(object.clone())).collect();
        let inventory: Inventory =
            self.ledger.snapshot(&self.owner).records.into_keys().map(|id| (id, "v1".into())).collect();
        let options = PlanOptions {
            prune: false,
            force: false,
            recheck: false,
            custom_stage: Vec::new(),
            prefix: "p/".into(),
        };
        let situation = Situation {
            owner: &self.owner,
            desired: manifests,
            inventory: &inventory,
            snapshot: &self.ledger.snapshot(&self.owner),
            scopes: &Scopes::new([(GroupKind::new("", "Namespace"), false)]),
            options: &options,
        };
        plan(situation).expect("a valid setup")
    }

    pub(crate) async fn apply(&self, desired: &[Value]) -> Result<Applied, ApplyErrors> {
        let plan = self.plan(desired);
        self.ledger.register(&self.owner, &plan.write_ahead);
        apply(&self.context(), &plan).await
    }

    pub(crate) async fn prune(&self, ids: &[ObjectId]) -> Pruned {
        self.prune_but(ids, &[]).await
    }

    pub(crate) async fn prune_but(&self, ids: &[ObjectId], spared: &[ObjectId]) -> Pruned {
        let objects: Vec<_> = ids.iter().map(|id| (id.clone(), "v1".to_owned())).collect();
        prune(&self.context(), &self.owner, &objects, &spared.iter().cloned().collect()).await
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

    fn manifest(&self, mut object: Value) -> Manifest {
        self.conventions.label(&mut object, &self.owner);
        Manifest::new(object, Some("app.yaml".into())).expect("a valid setup")
    }
}

pub(crate) fn config_map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "n"}})
}

pub(crate) fn id(name: &str) -> ObjectId {
    in_group("", "ConfigMap", name)
}

pub(crate) fn in_group(group: &str, kind: &str, name: &str) -> ObjectId {
    ObjectId { namespace: "n".into(), name: name.into(), group: group.into(), kind: kind.into() }
}

pub(crate) fn objects(ids: &[ObjectId]) -> Inventory {
    ids.iter().map(|id| (id.clone(), "v1".to_owned())).collect()
}
