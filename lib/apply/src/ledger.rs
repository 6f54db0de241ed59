//! The ledger: what we know of every managed object of a cluster, shared by workers and watches.
//! This file is the shared handle; [`Book`] is pure and holds the rules. Holds no objects, only a record per object.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::mpsc::UnboundedSender;

use crate::{conventions::Owner, health::Health, inventory::Inventory, object::ObjectId};

mod book;
mod record;

pub use book::{Book, Observation, Snapshot};
pub use record::{Applied, Left, Record, ResourceVersion, Seen, Sight, Standing, Wake, WakeReason};

/// A shared ledger; clones are the same ledger.
#[derive(Clone, Debug)]
pub struct Ledger {
    book: Arc<Mutex<Book>>,
    wakes: UnboundedSender<Wake>,
}

/// Marks an object as being written; dropped without a result, the object counts as unknown.
#[derive(Debug)]
pub(crate) struct InFlight<'a> {
    ledger: &'a Ledger,
    id: &'a ObjectId,
    open: bool,
}

impl Ledger {
    /// Makes an empty ledger that wakes owners through a channel.
    pub fn new(wakes: UnboundedSender<Wake>) -> Self {
        Self { book: Arc::default(), wakes }
    }

    /// Makes an owner's inventory known.
    pub fn register(&self, owner: &Owner, inventory: &Inventory) {
        self.book().register(owner, inventory.iter().map(|(id, _)| id.clone()));
    }

    /// Says which objects an owner waits for, and wakes at once for those that got a verdict meanwhile.
    pub fn wait_for(&self, owner: &Owner, ids: &BTreeSet<ObjectId>) {
        let wakes = self.book().wait_for(owner, ids);
        self.send(wakes);
    }

    /// Forgets an owner.
    pub fn forget(&self, owner: &Owner) {
        self.book().forget(owner);
    }

    /// Tells whether the watches have yet to say for the first time what they see of objects whose last apply nobody
    /// remembers here; then the owner is woken once they have said it.
    pub fn awaits_sight(&self, owner: &Owner) -> bool {
        self.book().awaits_sight(owner)
    }

    /// Believes what status remembers of an owner's objects, where the watches see exactly that.
    pub fn recall(&self, owner: &Owner, inventory: &Inventory, account: &str) {
        self.book().recall(owner, inventory, account);
    }

    /// Puts into an inventory what a later process has to remember of its objects.
    pub fn memorize(&self, owner: &Owner, inventory: &mut Inventory, account: &str) {
        self.book().memorize(owner, inventory, account);
    }

    /// Tells whether an inventory of the owner is known.
    pub fn knows(&self, owner: &Owner) -> bool {
        self.book().knows(owner)
    }

    /// Returns what is known of an owner's objects.
    pub fn snapshot(&self, owner: &Owner) -> Snapshot {
        self.book().snapshot(owner)
    }

    /// Returns the health of an object as far as it is known, whoever owns it.
    #[deprecated(
        note = "use health_for: this one shows an owner the objects of others, and misses those of watch_also"
    )]
    pub fn health(&self, id: &ObjectId) -> Option<Health> {
        self.book().record(id)?.health.clone()
    }

    /// Returns the health of an object as far as an owner may know it.
    ///
    /// It is of the owner's inventory, or one that [`Watches::watch_also`](crate::Watches::watch_also) looks at with
    /// the owner's identity; what the ledger knows of other owners' objects stays with them.
    pub fn health_for(&self, owner: &Owner, id: &ObjectId) -> Option<Health> {
        self.book().health_for(owner, id)
    }

    /// Takes in what a watch reports, and wakes.
    pub fn observe(&self, id: &ObjectId, observation: Observation) {
        let wake = self.book().observe(id, observation);
        self.send(wake);
    }

    pub(crate) fn begin<'a>(&'a self, id: &'a ObjectId) -> InFlight<'a> {
        self.book().begin(id);
        InFlight { ledger: self, id, open: true }
    }

    pub(crate) fn send(&self, wakes: impl IntoIterator<Item = Wake>) {
        for wake in wakes {
            // Nobody listens any more when the process is ending.
            let _ = self.wakes.send(wake);
        }
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        // A panic elsewhere leaves a book whose records are each whole.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InFlight<'_> {
    /// Ends with what the write left.
    pub(crate) fn applied(mut self, owner: &Owner, applied: Applied, health: Option<Health>) {
        self.open = false;
        let wake = self.ledger.book().record_applied(owner, self.id, applied, health);
        self.ledger.send(wake);
    }

    /// Ends with a write that had no effect.
    pub(crate) fn rejected(mut self) {
        self.open = false;
        self.ledger.book().rejected(self.id);
    }

    /// Ends with the object left as it is, because policy says so.
    pub(crate) fn left(mut self, owner: &Owner, left: Left) {
        self.open = false;
        let mut book = self.ledger.book();
        book.rejected(self.id);
        book.leave(owner, self.id, left);
    }

    /// Ends with a deletion under way.
    pub(crate) fn deleting(mut self) {
        self.open = false;
        let wake = self.ledger.book().record_deleting(self.id);
        self.ledger.send(wake);
    }
}

impl InFlight<'_> {
    /// Ends with the object gone.
    pub(crate) fn gone(mut self, owner: &Owner) {
        self.open = false;
        self.ledger.book().record_gone(owner, self.id);
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if self.open {
            self.ledger.book().abandon(self.id);
        }
    }
}

#[cfg(test)]
mod tests;
