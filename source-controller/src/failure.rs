//! How a step's failure is told and what follows from it. Every step's error becomes one of these.

use sluice_crds::meta::{self, reason};

/// A reconcile that did not reach its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The condition that turns true.
    pub(crate) condition: &'static str,
    /// Its reason.
    pub(crate) reason: &'static str,
    /// Its message; holds no secret.
    pub(crate) message: String,
    /// What follows.
    pub(crate) then: Then,
}

/// What follows a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Another try, with backoff.
    Retry,
    /// Waiting for another object, looked at again after the requeue interval.
    Wait,
    /// Nothing until the object changes.
    Stall,
    /// The object is stuck, but what it refers to may change: another look after its interval.
    StallAndRecheck,
}

impl Failure {
    /// Makes a failure to read the origin that may pass.
    pub(crate) fn fetch(reason: &'static str, message: impl Into<String>) -> Self {
        Self { condition: meta::FETCH_FAILED, reason, message: message.into(), then: Then::Retry }
    }

    /// Makes a failure of the storage.
    pub(crate) fn storage(reason: &'static str, message: impl Into<String>) -> Self {
        Self { condition: meta::STORAGE_OPERATION_FAILED, reason, message: message.into(), then: Then::Retry }
    }

    /// Makes a refusal of a spec that cannot be served.
    pub(crate) fn refusal(reason: &'static str, message: impl Into<String>) -> Self {
        Self { condition: meta::FETCH_FAILED, reason, message: message.into(), then: Then::Stall }
    }

    /// Makes a wait for an included artifact.
    pub(crate) fn include(reason: &'static str, message: impl Into<String>) -> Self {
        Self { condition: meta::INCLUDE_UNAVAILABLE, reason, message: message.into(), then: Then::Wait }
    }

    /// Makes a failure that has no more particular name, such as a task that broke.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::storage(reason::FAILED, message)
    }

    /// Changes what follows.
    pub(crate) fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }
}
