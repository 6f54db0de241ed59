//! What can go wrong with one object, said so that its author finds the place: object, file, and a hint.
//! Messages about Secrets name fields and never hold values: the API server likes to quote them.

use std::{fmt, sync::Arc};

use kube::core::Status;

use crate::{
    cluster::{Failure, MapError, is_untypable},
    object::ObjectId,
};

/// Why one object could not be applied or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyError {
    /// The object.
    pub id: ObjectId,
    /// The file that its manifest came from.
    pub source: Option<Arc<str>>,
    /// What went wrong.
    pub cause: Cause,
}

/// What went wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The cluster does not serve the kind in this version.
    #[error(
        "the cluster does not know the kind {kind} in version {api_version}; is its CustomResourceDefinition installed?"
    )]
    UnknownKind {
        /// The kind.
        kind: String,
        /// Group and version.
        api_version: String,
    },
    /// The namespace does not exist.
    #[error("the namespace {0:?} does not exist; add it to the manifests or create it first")]
    NoNamespace(String),
    /// The kinds of the cluster could not be found out.
    #[error("{0}")]
    Discovery(String),
    /// The identity may not do it, or a quota forbids it.
    #[error("{0}")]
    Forbidden(String),
    /// A field cannot be changed on an existing object.
    #[error("{0}; with force enabled the object is deleted and created anew")]
    Immutable(String),
    /// The object is not valid.
    #[error("{0}")]
    Invalid(String),
    /// An admission webhook said no, or did not answer.
    #[error("{0}")]
    Webhook(String),
    /// Somebody changed the object at the same time.
    #[error("{0}")]
    Conflict(String),
    /// The server refused for another reason.
    #[error("{message} (HTTP {code})")]
    Refused {
        /// The HTTP status.
        code: u16,
        /// What the server said.
        message: String,
    },
    /// There was no answer; whether something was written is not known.
    #[error("no answer from the API server: {0}")]
    NoAnswer(String),
}

impl ApplyError {
    /// Tells whether trying again soon may help, without anything changing in the manifests.
    pub fn is_transient(&self) -> bool {
        match &self.cause {
            Cause::NoAnswer(_) | Cause::Conflict(_) | Cause::Discovery(_) => true,
            Cause::Refused { code, .. } => *code == 429 || *code >= 500,
            _ => false,
        }
    }
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.source {
            write!(f, "{file}: ")?;
        }
        write!(f, "{}: {}", self.id, self.cause)
    }
}

impl std::error::Error for ApplyError {}

impl Cause {
    /// Reads a failed request for an object.
    pub(crate) fn of(failure: Failure, id: &ObjectId) -> Self {
        match failure {
            Failure::NoAnswer(why) => Self::NoAnswer(why),
            Failure::Refused(status) => Self::of_status(&status, id),
        }
    }

    fn of_status(status: &Status, id: &ObjectId) -> Self {
        let message = message(status, id);
        let said = status.message.as_str();
        match status.code {
            404 if misses_namespace(status, id) => Self::NoNamespace(id.namespace.clone()),
            _ if is_webhook(said) => Self::Webhook(message),
            403 => Self::Forbidden(message),
            409 => Self::Conflict(message),
            _ if is_immutable(status) => Self::Immutable(message),
            400 | 422 => Self::Invalid(message),
            500 if is_untypable(status) => Self::Invalid(message),
            504 => Self::NoAnswer(message),
            code => Self::Refused { code, message },
        }
    }
}

impl From<MapError> for Cause {
    fn from(error: MapError) -> Self {
        Self::Discovery(error.to_string())
    }
}

/// Tells whether a refusal is one that recreating the object may heal.
pub(crate) fn is_immutable(status: &Status) -> bool {
    const SIGNS: [&str; 5] = [
        "is immutable",
        "immutable field",
        "may not change once set",
        "cannot change roleRef",
        "updates to statefulset spec for fields other than",
    ];
    SIGNS.iter().any(|sign| status.message.contains(sign))
}

/// Tells whether `force` may recreate the object after this refusal.
pub(crate) fn force_may_help(failure: &Failure) -> bool {
    let Failure::Refused(status) = failure else { return false };
    !is_webhook(&status.message) && (is_immutable(status) || matches!(status.code, 409 | 422))
}

fn is_webhook(message: &str) -> bool {
    message.contains("admission webhook") || message.contains("failed calling webhook")
}

/// Admission texts are written by anyone and may quote what they judge.
fn is_admission(message: &str) -> bool {
    is_webhook(message) || message.contains("denied") || message.contains("ValidatingAdmissionPolicy")
}

/// The server answers a namespaced request in a namespace that is not there with the namespace's own 404.
fn misses_namespace(status: &Status, id: &ObjectId) -> bool {
    let details = status.details.as_ref();
    !id.namespace.is_empty()
        && details.is_some_and(|details| details.kind == "namespaces" && details.name == id.namespace)
}

/// What may be shown of a refusal.
fn message(status: &Status, id: &ObjectId) -> String {
    let said = if status.message.is_empty() { status.reason.as_str() } else { status.message.as_str() };
    let harmless = matches!(status.code, 401 | 403 | 404 | 429) && !is_admission(said);
    if !id.is_secret() || harmless {
        return said.to_owned();
    }
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let fields: Vec<_> =
        causes.filter(|cause| !cause.field.is_empty()).map(|cause| cause.field.as_str()).collect();
    let reason = if status.reason.is_empty() { "refused" } else { status.reason.as_str() };
    match fields.is_empty() {
        true => format!("{reason} (details withheld: they may quote secret values)"),
        false => format!("{reason}: {} (details withheld: they may quote secret values)", fields.join(", ")),
    }
}

#[cfg(test)]
mod tests;
