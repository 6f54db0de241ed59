//! The short history of distinct outcomes in status (reference 04.12).

use std::collections::BTreeMap;

use jiff::Timestamp;
use sluice_crds::kustomize::Snapshot;
use sluice_crds::meta::Time;

use super::rounded;
use crate::reconcile::elapsed;
use crate::reconcile::outcome::Attempted;

/// How many outcomes are kept.
const KEPT: usize = 5;

/// Puts an outcome first; one with the same digest and status is counted instead of repeated.
pub fn remember(history: &mut Vec<Snapshot>, attempted: &Attempted, outcome: &str, now: Timestamp) {
    // What failed before it was built has no digest, and no entry.
    let Some(digest) = &attempted.checksum else { return };
    let known =
        history.iter().position(|entry| entry.digest == *digest && entry.last_reconciled_status == outcome);
    let mut entry = match known {
        Some(position) => history.remove(position),
        None => Snapshot {
            digest: digest.clone(),
            first_reconciled: Time(now),
            last_reconciled: Time(now),
            last_reconciled_duration: Default::default(),
            last_reconciled_status: outcome.to_owned(),
            total_reconciliations: 0,
            metadata: BTreeMap::new(),
        },
    };
    entry.last_reconciled = Time(now);
    entry.last_reconciled_duration = rounded(elapsed(attempted.since, now));
    entry.total_reconciliations += 1;
    entry.metadata = metadata(attempted);
    history.insert(0, entry);
    history.truncate(KEPT);
}

fn metadata(attempted: &Attempted) -> BTreeMap<String, String> {
    let revision = ("revision".to_owned(), attempted.revision.clone());
    let origin = attempted.origin_revision.clone().map(|origin| ("originRevision".to_owned(), origin));
    std::iter::once(revision).chain(origin).collect()
}
