//! The end of an object: its artifacts go first, then the finalizer; and what of a living object is out of date.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use sluice_crds::meta::reason;
use sluice_runtime::{
    controller::Next,
    events::{Event, Kind as EventKind},
    finalizer,
};

use super::{Sources, observe, retry};
use crate::kinds::{Kind, full_name};

impl<K: Kind> Sources<K> {
    /// Removes everything of a deleted object and lets it go; also when it is suspended.
    pub(super) async fn remove(&self, object: &Arc<K::Object>) -> Next {
        if !finalizer::present(object.as_ref()) {
            return Next::OnWake;
        }
        if let Ok(directory) = observe::directory(object.as_ref()) {
            match self.workshop.work(move |workshop| workshop.storage.remove_object(&directory)).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return retry("artifacts could not be removed", &error),
                Err(error) => return retry("artifacts could not be removed", &error),
            }
        }
        match finalizer::remove(&self.context, object).await {
            Ok(()) => {
                self.context.events.record(object.as_ref(), removed());
                tracing::info!("removed the artifacts of {}", full_name(object.as_ref()));
                Next::OnWake
            }
            Err(error) => retry("finalizer could not be removed", &error),
        }
    }

    /// Removes artifacts that are no longer current and past their time; a failure is told and changes nothing else.
    pub(super) async fn collect(&self, object: &Arc<K::Object>) {
        let (Ok(directory), Some(artifact)) =
            (observe::directory(object.as_ref()), K::recorded(object).artifact)
        else {
            return;
        };
        let Ok(current) = directory.parse(&artifact.path) else { return };
        let collecting =
            self.workshop.work(move |workshop| workshop.storage.collect(&current, SystemTime::now()));
        match collecting.await {
            Ok(Ok(collected)) if collected.files.is_empty() => {}
            Ok(Ok(collected)) => tracing::debug!(files = collected.files.len(), "old artifacts removed"),
            Ok(Err(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "old artifacts could not be removed"
                );
                let message = sluice_runtime::causes(&error);
                self.context.events.record(
                    object.as_ref(),
                    event(EventKind::Warning, reason::GARBAGE_COLLECTION_FAILED, message),
                );
            }
            Err(error) => tracing::warn!(%error, "old artifacts could not be removed"),
        }
    }
}

fn removed() -> Event {
    let message = "garbage collected artifacts for deleted resource".to_owned();
    event(EventKind::Trace, reason::GARBAGE_COLLECTION_SUCCEEDED, message)
}

fn event(kind: EventKind, reason: &str, message: String) -> Event {
    Event { kind, reason: reason.to_owned(), message, metadata: BTreeMap::new() }
}
