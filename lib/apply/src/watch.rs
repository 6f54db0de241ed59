//! Watches on exactly the managed objects: one per kind, shared by all owners, selected by the owner label.
//!
//! A watch carries metadata alone until an owner waits for the health of such objects; then it carries whole objects,
//! of which only the health and the hash of our entry are kept. Watches run with the controller's own identity, except
//! those on single objects outside the label, which run with the identity of whoever asks.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::task::JoinHandle;

use crate::{
    cluster::Cluster,
    conventions::{Conventions, Owner},
    health,
    inventory::Inventory,
    ledger::Ledger,
    object::{GroupKind, ObjectId},
};

mod keeper;
mod session;
mod sight;

use keeper::Keeper;
use sight::Depth;

/// All watches on managed objects of a cluster; clones are the same watches, the last one ends them.
#[derive(Clone)]
pub struct Watches {
    shared: Arc<Shared>,
}

struct Shared {
    cluster: Cluster,
    ledger: Ledger,
    conventions: Arc<Conventions>,
    /// The only namespace to look at, for a controller that is bound to one.
    namespace: Option<String>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kinds: HashMap<GroupKind, KindWatch>,
    singles: HashMap<Owner, HashMap<ObjectId, Task>>,
    /// Kinds of each owner's inventory.
    using: HashMap<Owner, BTreeSet<GroupKind>>,
}

struct KindWatch {
    users: usize,
    version: String,
    depth: Depth,
    _task: Task,
}

/// A task that ends when it is dropped.
struct Task(JoinHandle<()>);

impl Watches {
    /// Makes watches that feed a ledger; nothing is watched yet.
    pub fn new(
        cluster: Cluster,
        ledger: Ledger,
        conventions: Arc<Conventions>,
        namespace: Option<String>,
    ) -> Self {
        let shared = Shared { cluster, ledger, conventions, namespace, state: Mutex::default() };
        Self { shared: Arc::new(shared) }
    }

    /// Makes an owner's inventory known to the ledger, and watches its kinds; kinds that nobody names any more are let go.
    ///
    /// To be called with the write-ahead inventory before the first write, and with the final one.
    pub fn follow(&self, owner: &Owner, inventory: &Inventory) {
        self.shared.ledger.register(owner, inventory);
        let mut kinds: BTreeMap<GroupKind, &str> = BTreeMap::new();
        for (id, version) in inventory.iter() {
            kinds.entry(id.group_kind()).or_insert(version);
        }
        let mut state = self.state();
        for (kind, version) in &kinds {
            if !state.uses(owner, kind) {
                self.enter(&mut state, kind, version);
            }
        }
        let now: BTreeSet<_> = kinds.into_keys().collect();
        let before = state.using.insert(owner.clone(), now.clone()).unwrap_or_default();
        for kind in before.difference(&now) {
            self.leave(&mut state, kind);
        }
    }

    /// Says which objects of its inventory an owner waits for; their kinds are watched in full from now on.
    ///
    /// To be called with those that are not current yet: one that becomes so before the call wakes at once. A later
    /// call replaces an earlier one; an empty set ends the waiting.
    pub fn wait_for(&self, owner: &Owner, ids: &BTreeSet<ObjectId>) {
        self.shared.ledger.wait_for(owner, ids);
        self.watch_in_full(&ids.iter().map(ObjectId::group_kind).collect());
    }

    /// Watches whole objects of these kinds from now on, so that a later decline of their health shows; wakes nobody.
    ///
    /// Kinds that are not watched at all, or whose objects cannot be anything but current, are left as they are.
    pub fn watch_in_full(&self, kinds: &BTreeSet<GroupKind>) {
        let mut state = self.state();
        for kind in kinds.iter().filter(|kind| health::has_status(kind)) {
            self.deepen(&mut state, kind);
        }
    }

    /// Watches single objects that are not in the owner's inventory, with the owner's identity; replaces an earlier call.
    pub fn watch_also(&self, owner: &Owner, cluster: &Cluster, objects: &BTreeMap<ObjectId, String>) {
        self.shared.ledger.book().set_guests(owner, objects.keys());
        let mut state = self.state();
        let singles = state.singles.entry(owner.clone()).or_default();
        singles.retain(|id, _| objects.contains_key(id));
        for (id, version) in objects {
            if !singles.contains_key(id) {
                let keeper =
                    Keeper::single(&self.shared, cluster.clone(), owner.clone(), id.clone(), version.clone());
                singles.insert(id.clone(), Task(tokio::spawn(keeper.run())));
            }
        }
        if objects.is_empty() {
            state.singles.remove(owner);
        }
    }

    /// Forgets an owner, its records and its watches.
    pub fn forget(&self, owner: &Owner) {
        self.shared.ledger.forget(owner);
        let mut state = self.state();
        state.singles.remove(owner);
        for kind in state.using.remove(owner).unwrap_or_default() {
            self.leave(&mut state, &kind);
        }
    }

    /// Counts the watches that are open or being opened.
    pub fn len(&self) -> usize {
        let state = self.state();
        state.kinds.len() + state.singles.values().map(HashMap::len).sum::<usize>()
    }

    /// Tells whether nothing is watched.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn enter(&self, state: &mut State, kind: &GroupKind, version: &str) {
        if let Some(watch) = state.kinds.get_mut(kind) {
            watch.users += 1;
            return;
        }
        let depth = Depth::Metadata;
        let task = self.start(kind, version, depth);
        state
            .kinds
            .insert(kind.clone(), KindWatch { users: 1, version: version.to_owned(), depth, _task: task });
    }

    fn leave(&self, state: &mut State, kind: &GroupKind) {
        let Some(watch) = state.kinds.get_mut(kind) else { return };
        watch.users -= 1;
        if watch.users == 0 {
            state.kinds.remove(kind);
            self.shared.ledger.book().unwatch(kind);
        }
    }

    fn deepen(&self, state: &mut State, kind: &GroupKind) {
        let Some(watch) = state.kinds.get_mut(kind).filter(|watch| watch.depth == Depth::Metadata) else {
            return;
        };
        watch.depth = Depth::Whole;
        self.shared.ledger.book().question(kind);
        watch._task = self.start(kind, &watch.version, Depth::Whole);
    }

    fn start(&self, kind: &GroupKind, version: &str, depth: Depth) -> Task {
        let keeper = Keeper::labelled(&self.shared, kind.clone(), version.to_owned(), depth);
        Task(tokio::spawn(keeper.run()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves a state whose entries are each whole.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn uses(&self, owner: &Owner, kind: &GroupKind) -> bool {
        self.using.get(owner).is_some_and(|kinds| kinds.contains(kind))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl std::fmt::Debug for Watches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watches").field("open", &self.len()).finish_non_exhaustive()
    }
}
