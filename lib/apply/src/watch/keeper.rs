//! Keeps one watch going: opens it, hands its events to the ledger, opens it again when it ended.
//! After a gap everything is listed and compared; what a list does not hold is looked at, never believed deleted.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    Shared,
    session::{self, End, Event, Target},
    sight::{self, Depth, Sighting},
};
use crate::{
    cluster::{ApiKind, Cluster, escaped},
    conventions::{Conventions, Owner},
    health::Health,
    ledger::{Ledger, Observation, ResourceVersion},
    object::{GroupKind, ObjectId},
};

/// The first pause after a failure; doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause between attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The pause after a refusal, which only an administrator can heal.
const REFUSED_PAUSE: Duration = Duration::from_secs(300);
/// A watch that lasted this long was no failure.
const LASTED: Duration = Duration::from_secs(5);

/// One watch and what it is for.
pub(super) struct Keeper {
    cluster: Cluster,
    ledger: Ledger,
    conventions: Arc<Conventions>,
    kind: GroupKind,
    version: String,
    namespace: String,
    selector: String,
    depth: Depth,
    purpose: Purpose,
    /// Where the next watch goes on; nothing when it has to begin anew.
    place: Option<String>,
    /// What the list that is under way held so far.
    listed: HashSet<ObjectId>,
    streaming: bool,
    /// Whether the kind was not served although discovery knew it.
    doubt: bool,
    pause: Duration,
}

enum Purpose {
    /// All objects with the owner label.
    Labelled,
    /// One object for one owner.
    Single(Owner, ObjectId),
}

impl Keeper {
    /// Makes a watch on all managed objects of a kind.
    pub(super) fn labelled(shared: &Shared, kind: GroupKind, version: String, depth: Depth) -> Self {
        let label = shared.conventions.name_label().replace('/', "%2F");
        let namespace = shared.namespace.clone().unwrap_or_default();
        let selector = format!("labelSelector={label}");
        let cluster = shared.cluster.clone();
        Self::new(shared, cluster, (kind, version), (namespace, selector), depth, Purpose::Labelled)
    }

    /// Makes a watch on a single object.
    pub(super) fn single(
        shared: &Shared,
        cluster: Cluster,
        owner: Owner,
        id: ObjectId,
        version: String,
    ) -> Self {
        let selector = format!("fieldSelector=metadata.name%3D{}", escaped(&id.name));
        let place = (id.namespace.clone(), selector);
        let kind = (id.group_kind(), version);
        Self::new(shared, cluster, kind, place, Depth::Whole, Purpose::Single(owner, id))
    }

    fn new(
        shared: &Shared,
        cluster: Cluster,
        (kind, version): (GroupKind, String),
        (namespace, selector): (String, String),
        depth: Depth,
        purpose: Purpose,
    ) -> Self {
        Self {
            cluster,
            ledger: shared.ledger.clone(),
            conventions: Arc::clone(&shared.conventions),
            kind,
            version,
            namespace,
            selector,
            depth,
            purpose,
            place: None,
            listed: HashSet::new(),
            streaming: true,
            doubt: false,
            pause: FIRST_PAUSE,
        }
    }

    /// Watches until it is dropped.
    pub(super) async fn run(mut self) {
        loop {
            let start = Instant::now();
            let end = self.once().await;
            let lasted = start.elapsed() > LASTED;
            if lasted {
                self.pause = FIRST_PAUSE;
            }
            let pause = self.after(&end, lasted);
            tracing::debug!(kind = %self.kind, %end, ?pause, "watch ended");
            self.rest(&end, pause).await;
        }
    }

    /// Pauses; a kind that is not served is looked for at once when a definition changes.
    async fn rest(&self, end: &End, pause: Duration) {
        if let End::Unserved = end {
            let _ = tokio::time::timeout(pause, self.cluster.mapper().changed()).await;
        } else if !pause.is_zero() {
            // Between two attempts to watch; no pass waits for it.
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(&mut self) -> End {
        let mapper = self.cluster.mapper();
        let found = match std::mem::take(&mut self.doubt) {
            true => mapper.asked_anew(&self.kind, &self.version).await,
            false => mapper.any_version(&self.kind, &self.version).await,
        };
        let kind = match found {
            Ok(Some(kind)) if kind.watchable => kind,
            Ok(Some(_)) => return End::Denied("the kind cannot be watched".to_owned()),
            Ok(None) => return End::Unserved,
            Err(error) => return End::Failed(error.to_string()),
        };
        if self.place.is_none()
            && !self.streaming
            && let Err(end) = self.list(&kind).await
        {
            return end;
        }
        self.watch(&kind).await
    }

    async fn list(&mut self, kind: &ApiKind) -> Result<(), End> {
        self.listed.clear();
        let (cluster, namespace, selector) = self.address(kind);
        let target =
            Target { cluster: &cluster, kind, namespace: &namespace, selector: &selector, depth: self.depth };
        let place = session::list(&target, &mut |event| self.take(event)).await?;
        self.place = Some(place);
        Ok(())
    }

    async fn watch(&mut self, kind: &ApiKind) -> End {
        if self.place.is_none() {
            self.listed.clear();
        }
        let from = self.place.clone();
        let (cluster, namespace, selector) = self.address(kind);
        let target =
            Target { cluster: &cluster, kind, namespace: &namespace, selector: &selector, depth: self.depth };
        session::watch(&target, from.as_deref(), &mut |event| self.take(event)).await
    }

    fn address(&self, kind: &ApiKind) -> (Cluster, String, String) {
        let namespace = if kind.namespaced { self.namespace.clone() } else { String::new() };
        (self.cluster.clone(), namespace, self.selector.clone())
    }

    /// Decides how to go on after an end, and how long to wait before.
    fn after(&mut self, end: &End, lasted: bool) -> Duration {
        match end {
            End::Closed if lasted => Duration::ZERO,
            End::NoStreaming => {
                self.streaming = false;
                Duration::ZERO
            }
            End::Expired => {
                self.place = None;
                self.longer()
            }
            End::Denied(why) => {
                tracing::warn!(kind = %self.kind, why, "objects of this kind cannot be watched");
                self.refuse(why);
                REFUSED_PAUSE
            }
            End::Unserved => {
                // The kind may have been removed or not be there yet; a new watch has to begin anew.
                self.place = None;
                self.doubt = true;
                self.unserved();
                self.longer_up_to(REFUSED_PAUSE)
            }
            End::Closed | End::Failed(_) => self.longer(),
        }
    }

    fn longer(&mut self) -> Duration {
        self.longer_up_to(LONGEST_PAUSE)
    }

    fn longer_up_to(&mut self, longest: Duration) -> Duration {
        let pause = self.pause.min(longest);
        self.pause = (pause * 2).min(longest);
        pause
    }

    fn refuse(&mut self, why: &str) {
        self.place = None;
        match &self.purpose {
            Purpose::Labelled => {
                self.ledger.book().set_watchable(&self.kind, false);
                self.answer();
            }
            Purpose::Single(owner, id) => {
                self.tell_guest(owner, id, Health::in_progress(format!("it cannot be watched: {why}")));
            }
        }
    }

    fn unserved(&self) {
        match &self.purpose {
            Purpose::Single(owner, id) => self.tell_guest(owner, id, Health::not_found()),
            Purpose::Labelled => self.answer(),
        }
    }

    /// Lets nobody wait any longer for what this watch sees.
    fn answer(&self) {
        let wakes = self.ledger.book().answer(&self.kind);
        self.ledger.send(wakes);
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Present(object) => self.present(object),
            Event::Deleted(object) => self.deleted(object),
            Event::Complete(resource_version) => self.complete(resource_version),
            Event::Progress(resource_version) => self.place = Some(resource_version),
        }
    }

    fn read(&mut self, object: &str) -> Option<Sighting> {
        let sighting = sight::read(object, &self.kind, self.depth, &self.conventions)?;
        // Before the initial list is complete there is no place to go on from.
        if self.place.is_some() && sighting.seen.resource_version.0 != 0 {
            self.place = Some(sighting.seen.resource_version.0.to_string());
        }
        Some(sighting)
    }

    fn present(&mut self, object: &str) {
        let Some(Sighting { id, seen, health }) = self.read(object) else { return };
        self.note_definition();
        if let Purpose::Single(owner, single) = &self.purpose {
            self.tell_guest(owner, single, health.unwrap_or_else(|| Health::current("the object exists")));
        } else {
            self.ledger.observe(&id, Observation::Present(seen, health));
        }
        if self.place.is_none() {
            self.listed.insert(id);
        }
    }

    fn deleted(&mut self, object: &str) {
        let Some(Sighting { id, seen, .. }) = self.read(object) else { return };
        self.note_definition();
        if let Purpose::Single(owner, single) = &self.purpose {
            self.tell_guest(owner, single, Health::not_found());
        } else {
            let resource_version = seen.resource_version;
            self.ledger.observe(&id, Observation::Deleted { resource_version, uid: seen.uid });
        }
    }

    /// After the initial list, an event of a definition means that kinds may have come or gone.
    fn note_definition(&self) {
        let defines =
            self.kind.group == "apiextensions.k8s.io" && self.kind.kind == "CustomResourceDefinition";
        if defines && self.place.is_some() {
            self.cluster.mapper().definition_changed();
        }
    }

    fn complete(&mut self, resource_version: ResourceVersion) {
        let listed = std::mem::take(&mut self.listed);
        self.pause = FIRST_PAUSE;
        if let Purpose::Single(owner, id) = &self.purpose {
            if listed.is_empty() {
                self.tell_guest(owner, id, Health::not_found());
            }
            return;
        }
        let mut book = self.ledger.book();
        book.set_watchable(&self.kind, true);
        let mut wakes = book.observe_list(&self.kind, resource_version, &listed);
        wakes.extend(book.answer(&self.kind));
        drop(book);
        self.ledger.send(wakes);
    }

    fn tell_guest(&self, owner: &Owner, id: &ObjectId, health: Health) {
        let wake = self.ledger.book().observe_guest(owner, id, health);
        self.ledger.send(wake);
    }
}
