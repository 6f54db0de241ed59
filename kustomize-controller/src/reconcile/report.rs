//! Makes status, events and the next pass out of an outcome. Pure, and the only place that does.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use sluice_crds::Duration as ApiDuration;
use sluice_crds::applier::{ResourceInventory, ResourceReference};
use sluice_crds::kustomize::{Kustomization, KustomizationStatus};
use sluice_crds::meta::{
    Condition, FALSE, HEALTHY, READY, RECONCILING, REQUESTED_AT, STALLED, TRUE, UNKNOWN, reason,
};
use sluice_runtime::conditions::{self, Said};
use sluice_runtime::controller::Next;
use sluice_runtime::events::{Event, Kind};

use sluice_apply::inventory::Inventory;

use super::decide::{self, Hold, Refusal};
use super::elapsed;
use super::outcome::{Attempted, Failure, Farewell, Health, Outcome, Waiting};

mod history;

/// How long a wait goes unmentioned: most are over sooner, and each mention is a write.
pub const QUIET_WAIT: Duration = Duration::from_secs(5);
/// The shortest pause that a specification may ask for.
const SHORTEST: Duration = Duration::from_secs(1);
/// Flux's prefix of event metadata.
const METADATA: &str = "kustomize.toolkit.fluxcd.io/";

/// What follows from a pass.
#[derive(Debug)]
pub struct Report {
    /// The status as it shall be.
    pub status: KustomizationStatus,
    /// What is told to the outside.
    pub events: Vec<Event>,
    /// When the object is looked at again.
    pub next: Next,
}

/// The moment a report is made.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The time.
    pub now: Timestamp,
    /// The object's interval, jitter included.
    pub interval: Duration,
}

/// Reports `outcome`.
pub fn report(object: &Kustomization, outcome: &Outcome, moment: Moment) -> Report {
    let before = object.status.clone().unwrap_or_default();
    let mut writer = Writer { object, status: before, events: Vec::new(), moment };
    let next = match outcome {
        Outcome::Rested => Next::OnWake,
        Outcome::Refused(refusal) => writer.refused(refusal),
        Outcome::Held(hold) => writer.held(hold),
        Outcome::Settled => writer.settled(),
        // The others that the new revision woke come first: one of them may have something to apply.
        Outcome::Unchanged => Next::After(Duration::ZERO),
        Outcome::Renewed(attempted) => writer.renewed(attempted),
        Outcome::Looking(again) => Next::After(*again),
        Outcome::Parked(attempted, waiting) => writer.parked(attempted, waiting),
        Outcome::Failed(attempted, failure) => writer.failed(attempted, failure),
        Outcome::Succeeded(attempted, health) => writer.succeeded(attempted, *health),
        Outcome::Released(farewell) => writer.released(farewell),
    };
    let silent =
        matches!(outcome, Outcome::Rested | Outcome::Unchanged | Outcome::Looking(_) | Outcome::Released(_));
    if !silent {
        writer.note_request();
    }
    Report { status: writer.status, events: writer.events, next }
}

/// The status that is written before the first object is touched: everything that may exist from now on.
pub fn write_ahead(
    object: &Kustomization,
    revision: &str,
    inventory: &Inventory,
    now: Timestamp,
) -> KustomizationStatus {
    let status = object.status.clone().unwrap_or_default();
    let moment = Moment { now, interval: object.spec.interval.std() };
    let mut writer = Writer { object, status, events: Vec::new(), moment };
    writer.status.last_attempted_revision = Some(revision.to_owned());
    writer.status.inventory = Some(to_inventory(inventory));
    writer.progressing(&format!("Applying revision {revision}"));
    writer.status
}

/// The inventory as status holds it.
fn to_inventory(inventory: &Inventory) -> ResourceInventory {
    let entry = |entry: sluice_apply::inventory::Entry| ResourceReference {
        id: entry.id,
        v: entry.v,
        digest: entry.digest,
        fields: entry.fields,
    };
    ResourceInventory { entries: inventory.to_entries().into_iter().map(entry).collect() }
}

/// The objects that an inventory names, with their versions.
fn names_of(inventory: Option<&ResourceInventory>) -> Vec<(&str, &str)> {
    let entries = inventory.map(|inventory| inventory.entries.as_slice()).unwrap_or_default();
    entries.iter().map(|entry| (entry.id.as_str(), entry.v.as_str())).collect()
}

struct Writer<'a> {
    object: &'a Kustomization,
    status: KustomizationStatus,
    events: Vec<Event>,
    moment: Moment,
}

impl Writer<'_> {
    fn refused(&mut self, refusal: &Refusal) -> Next {
        let (reason, message) = (refusal.reason, refusal.message.as_str());
        let news = self.is_news(reason, message);
        self.remove(RECONCILING);
        self.set(STALLED, TRUE, reason, message);
        self.set(READY, FALSE, reason, message);
        self.status.observed_generation = self.object.metadata.generation;
        if news {
            self.tell(Kind::Warning, reason, message.to_owned(), None);
        }
        Next::OnWake
    }

    fn held(&mut self, hold: &Hold) -> Next {
        let news = self.is_news(hold.reason, &hold.message);
        self.not_ready(hold.reason, &hold.message);
        if news {
            self.tell(hold.event, hold.reason, hold.message.clone(), None);
        }
        later(hold.again)
    }

    fn settled(&self) -> Next {
        later(self.moment.interval)
    }

    fn parked(&mut self, attempted: &Attempted, waiting: &Waiting) -> Next {
        self.attempted(attempted);
        self.tell_changes(attempted);
        let waited = elapsed(waiting.since, self.moment.now);
        if waited < QUIET_WAIT && self.is_progressing(attempted) {
            self.hold_memos_back();
            return Next::After(waiting.again.min(QUIET_WAIT.saturating_sub(waited)));
        }
        self.progressing(&waiting.message);
        if waiting.checking {
            self.set(HEALTHY, UNKNOWN, reason::PROGRESSING, &waiting.message);
        }
        Next::After(if waited < QUIET_WAIT { waiting.again.min(QUIET_WAIT) } else { waiting.again })
    }

    fn failed(&mut self, attempted: &Attempted, failure: &Failure) -> Next {
        let revision_changed = self.status.last_attempted_revision.as_ref() != Some(&attempted.revision);
        let news = revision_changed || self.is_news(failure.reason, &failure.message);
        self.attempted(attempted);
        self.tell_changes(attempted);
        self.not_ready(failure.reason, &failure.message);
        if matches!(failure.reason, reason::HEALTH_CHECK_FAILED | reason::HEALTH_CHECK_CANCELED) {
            self.set(HEALTHY, FALSE, failure.reason, &failure.message);
        }
        if news {
            self.remember(attempted, failure.reason);
            self.tell(Kind::Warning, failure.reason, failure.message.clone(), Some(attempted));
        }
        match later(decide::retry_interval(&self.object.spec)) {
            Next::After(pause) if failure.transient => Next::RetryWithin(pause),
            _ if failure.transient => Next::Retry,
            later => later,
        }
    }

    fn succeeded(&mut self, attempted: &Attempted, health: Health) -> Next {
        let message = format!("Applied revision: {}{}", attempted.revision, not_deleted(attempted));
        let news = attempted.changed_something() || self.is_news(reason::RECONCILIATION_SUCCEEDED, &message);
        self.tell_changes(attempted);
        self.report_health(health, attempted);
        self.applied(attempted, &message);
        if news {
            self.remember(attempted, reason::RECONCILIATION_SUCCEEDED);
            self.tell_success(Kind::Normal, attempted);
        }
        later(self.moment.interval)
    }

    /// Only the revision is news. A check on the commit waits to hear of it, people do not.
    fn renewed(&mut self, attempted: &Attempted) -> Next {
        self.applied(attempted, &format!("Applied revision: {}", attempted.revision));
        self.remember(attempted, reason::RECONCILIATION_SUCCEEDED);
        self.tell_success(Kind::Notice, attempted);
        later(self.moment.interval)
    }

    fn applied(&mut self, attempted: &Attempted, message: &str) {
        self.attempted(attempted);
        self.status.last_applied_revision = Some(attempted.revision.clone());
        self.status.last_applied_origin_revision.clone_from(&attempted.origin_revision);
        self.status.observed_generation = self.object.metadata.generation;
        self.remove(RECONCILING);
        self.remove(STALLED);
        self.set(READY, TRUE, reason::RECONCILIATION_SUCCEEDED, message);
    }

    /// The object is about to be gone: there is no status to write, only events.
    fn released(&mut self, farewell: &Farewell) -> Next {
        let lines: Vec<String> = farewell.deleted.iter().map(|id| format!("{id} deleted")).collect();
        if !lines.is_empty() {
            self.tell(Kind::Normal, reason::RECONCILIATION_SUCCEEDED, lines.join("\n"), None);
        }
        if let Some(why) = &farewell.left_behind {
            self.tell(Kind::Warning, reason::PRUNE_FAILED, why.clone(), None);
        }
        Next::OnWake
    }

    fn report_health(&mut self, health: Health, attempted: &Attempted) {
        let Health::Passed(took) = health else { return self.remove(HEALTHY) };
        let before = conditions::find(&self.status.conditions, HEALTHY);
        let same = |before: &Condition| {
            before.status == TRUE && before.observed_generation == self.object.metadata.generation
        };
        if before.is_some_and(same) && !attempted.changed_something() {
            return;
        }
        self.set(HEALTHY, TRUE, reason::SUCCEEDED, &format!("Health check passed in {}", rounded(took)));
    }

    fn tell_success(&mut self, kind: Kind, attempted: &Attempted) {
        let took = rounded(elapsed(attempted.since, self.moment.now));
        let interval = self.object.spec.interval;
        let message = format!("Reconciliation finished in {took}, next run in {interval}");
        self.tell(kind, reason::RECONCILIATION_SUCCEEDED, message, Some(attempted));
        if let Some(event) = self.events.last_mut() {
            event.metadata.insert(format!("{METADATA}commit_status"), "update".to_owned());
        }
    }

    fn tell_changes(&mut self, attempted: &Attempted) {
        let changed = attempted.changes.iter().map(|change| format!("{} {}", change.id, change.action));
        let deleted = attempted.deleted.iter().map(|id| format!("{id} deleted"));
        let lines: Vec<String> = changed.chain(deleted).collect();
        if !lines.is_empty() {
            self.tell(Kind::Normal, reason::PROGRESSING, lines.join("\n"), Some(attempted));
        }
    }

    fn attempted(&mut self, attempted: &Attempted) {
        self.status.last_attempted_revision = Some(attempted.revision.clone());
        if let Some(inventory) = &attempted.inventory {
            self.status.inventory = Some(to_inventory(inventory));
        }
    }

    /// What is remembered of the same objects is no reason to write now: the end of the attempt writes it.
    fn hold_memos_back(&mut self) {
        let before = self.object.status.as_ref().and_then(|status| status.inventory.as_ref());
        if names_of(before) == names_of(self.status.inventory.as_ref()) {
            self.status.inventory = before.cloned();
        }
    }

    /// Whether status already says that this attempt is under way.
    fn is_progressing(&self, attempted: &Attempted) -> bool {
        let generation = self.object.metadata.generation;
        let ready = conditions::find(&self.status.conditions, READY);
        ready.is_some_and(|ready| ready.status == UNKNOWN && ready.observed_generation == generation)
            && self.status.last_attempted_revision.as_ref() == Some(&attempted.revision)
    }

    fn progressing(&mut self, message: &str) {
        self.remove(STALLED);
        self.set(RECONCILING, TRUE, reason::PROGRESSING, message);
        self.set(READY, UNKNOWN, reason::PROGRESSING, message);
    }

    /// A failure that is tried again: the generation counts as observed only after success.
    fn not_ready(&mut self, reason: &str, message: &str) {
        self.remove(STALLED);
        self.set(RECONCILING, TRUE, reason::PROGRESSING_WITH_RETRY, message);
        self.set(READY, FALSE, reason, message);
    }

    fn note_request(&mut self) {
        let annotations = self.object.metadata.annotations.as_ref();
        if let Some(token) = annotations.and_then(|all| all.get(REQUESTED_AT)) {
            self.status.last_handled_reconcile_at = Some(token.clone());
        }
    }

    /// Whether Ready says something else so far; what is not news is not told again.
    fn is_news(&self, reason: &str, message: &str) -> bool {
        let ready = conditions::find(&self.status.conditions, READY);
        let message = conditions::truncate(message, conditions::MAX_MESSAGE);
        !ready.is_some_and(|ready| ready.reason == reason && ready.message == message)
    }

    fn remember(&mut self, attempted: &Attempted, outcome: &str) {
        history::remember(&mut self.status.history, attempted, outcome, self.moment.now);
    }

    fn set(&mut self, kind: &str, status: &str, reason: &str, message: &str) {
        let said = Said { kind, status, reason, message };
        conditions::set(&mut self.status.conditions, &said, self.object.metadata.generation, self.moment.now);
    }

    fn remove(&mut self, kind: &str) {
        conditions::remove(&mut self.status.conditions, kind);
    }

    fn tell(&mut self, kind: Kind, reason: &str, message: String, attempted: Option<&Attempted>) {
        let mut metadata = BTreeMap::new();
        if let Some(attempted) = attempted {
            metadata.insert(format!("{METADATA}revision"), attempted.revision.clone());
            if let Some(origin) = &attempted.origin_revision {
                metadata.insert(format!("{METADATA}originRevision"), origin.clone());
            }
        }
        self.events.push(Event { kind, reason: reason.to_owned(), message, metadata });
    }
}

/// Says which objects are left, and to whom.
fn not_deleted(attempted: &Attempted) -> String {
    let Some((id, why)) = attempted.spared.first() else { return String::new() };
    let more = match attempted.spared.len() - 1 {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!(" (not deleted yet: {id}, {why}{more})")
}

/// Looks again after a pause that a specification asks for; as with Flux, a pause of zero means never by itself.
fn later(pause: Duration) -> Next {
    if pause.is_zero() { Next::OnWake } else { Next::After(pause.max(SHORTEST)) }
}

/// A span as people read it: milliseconds below a second, tenths of a second above.
fn rounded(span: Duration) -> ApiDuration {
    let step = if span < Duration::from_secs(1) { 1 } else { 100 };
    let milliseconds = u64::try_from(span.as_millis()).unwrap_or(u64::MAX) / step * step;
    Duration::from_millis(milliseconds).into()
}

#[cfg(test)]
mod tests;
