//! Brings objects into a cluster and keeps them there: plan, staged server-side apply, inventory, prune, health, watches.
//!
//! The crate knows no Kustomization and no HelmRelease: an owner is a namespace, a name and the labels made of them
//! ([`Conventions`]). It sets no conditions, logs no secrets, and never waits: whatever is not ready yet is reported,
//! and a [`Wake`] arrives when it is time to look again.
//!
//! # The story of one pass
//!
//! ```text
//! manifests ──► Manifest::new ─┐
//! status.inventory ────────────┤
//! Cluster::scopes ─────────────┼─► plan ─► write_ahead ─► Watches::follow ─► apply ─► prune ─► final inventory
//! Ledger::snapshot ────────────┘  (pure)   into status                        │         │       into status
//!                                                                           parked   survivors
//! ```
//!
//! 1. [`Manifest::new`] checks each rendered object; [`Conventions::label`] has put the owner's labels on it before.
//! 2. [`Cluster::scopes`] says which kinds are namespaced, without a request once they are known.
//! 3. [`plan()`] compares with what the [`Ledger`] knows. Objects whose manifest did not change and which no watch saw
//!    contradicted are not sent. [`Plan::is_settled`] means that nothing has to be done at all.
//! 4. The caller writes [`Plan::write_ahead`] to status (refusing first if [`Inventory::is_too_big`]) and calls
//!    [`Watches::follow`] with it: from here on nothing can be orphaned.
//! 5. [`apply()`] runs the stages. Errors come all at once ([`ApplyErrors`]). If the outcome is [`Parked`], the caller
//!    calls [`Watches::wait_for`] with the objects, returns, and starts again at 1 when woken.
//! 6. [`prune()`] deletes what [`Plan::prune`] lists. [`Plan::desired`] united with [`Pruned::survivors`] is the final
//!    inventory, for status and [`Watches::follow`].
//! 7. Health: [`Watches::wait_for`] names the objects to wait for (and [`Watches::watch_also`] those of other owners);
//!    [`Ledger::health_for`] tells their [`Health`] as far as it is known, a [`Wake`] tells of each change, and
//!    [`read_health`] asks for what watches cannot tell, [`culprit`] who is to blame.
//! 8. A new process calls [`Watches::follow`] with the inventory of status before anything else, ends the pass while
//!    [`Ledger::awaits_sight`], and then calls [`Ledger::recall`]; [`Ledger::memorize`] has put there what it recalls.
//! 9. Deletion of the owner: [`delete_all`], until [`Pruned::survivors`] is empty, then [`Watches::forget`].
//!
//! # Rooms
//!
//! Pure: [`object`], [`inventory`], [`order`], [`policy`], [`entry`], [`plan`](mod@plan), [`health`], and the rules of the
//! [`ledger`] ([`ledger::Book`]). Effects: [`cluster`] (requests and discovery), [`apply`](mod@apply),
//! [`prune`](mod@prune), [`probe`], [`watch`].

pub mod apply;
pub mod cluster;
pub mod conventions;
pub mod culprit;
pub mod entry;
pub mod error;
pub mod health;
pub mod inventory;
pub mod ledger;
mod metadata;
pub mod object;
pub mod order;
pub mod plan;
pub mod policy;
pub mod probe;
pub mod prune;
pub mod watch;

pub use apply::{Action, Applied, ApplyErrors, Change, Context, Parked, ParkedFor, apply};
pub use cluster::{ApiKind, Cluster, MapError};
pub use conventions::{Conventions, Owner};
pub use error::{ApplyError, Cause};
pub use health::{Health, HealthStatus};
pub use inventory::{Inventory, Memo};
pub use ledger::{Ledger, Snapshot, Wake, WakeReason};
pub use object::{GroupKind, Manifest, ManifestError, ObjectId};
pub use plan::{Plan, PlanError, PlanOptions, Scopes, Situation, Why, plan};
pub use probe::read_health;
pub use prune::{Fate, Pruned, delete_all, prune};
pub use watch::Watches;
