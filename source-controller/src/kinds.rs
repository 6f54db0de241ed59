//! The kinds of sources: what they have in common as seen by the one reconcile, and a file for each.
//!
//! A kind says how its objects read and write their status, and how a revision is resolved and fetched; when to do so
//! and what to report is never its business.

use std::{future::Future, path::Path, time::Duration};

use kube::ResourceExt;
use serde::Serialize;
use sluice_crds::{Artifact, meta::Condition};
use sluice_runtime::watch::Watched;

use crate::{contents::Contents, failure::Failure};

pub(crate) mod git_repository;

/// What the spec of every source says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Desired {
    /// How often the origin is looked at.
    pub(crate) interval: Duration,
    /// Whether work is paused.
    pub(crate) suspend: bool,
}

/// What the status of every source says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Recorded {
    /// The last generation that was reconciled to an end.
    pub(crate) observed_generation: Option<i64>,
    /// The conditions.
    pub(crate) conditions: Vec<Condition>,
    /// The last request for a reconcile that was handled.
    pub(crate) last_handled: Option<String>,
    /// The artifact that consumers see.
    pub(crate) artifact: Option<Artifact>,
}

/// Why an artifact must be made anew although its revision is the same, as a condition says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outdated {
    /// The condition's reason.
    pub(crate) reason: &'static str,
    /// The condition's message.
    pub(crate) message: String,
}

/// What was fetched.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// The files, before anything is left out.
    pub(crate) contents: Contents,
    /// The file name of the artifact, without its ending.
    pub(crate) name: String,
    /// What is told about it, such as `commit 'Fix the flag'`.
    pub(crate) title: String,
}

/// A kind of source.
pub(crate) trait Kind: Send + Sync + 'static {
    /// The Kubernetes type.
    type Object: Watched + Serialize;
    /// Its status.
    type Status: Serialize + Send + Sync;
    /// All that resolving and fetching need; made once per reconcile.
    type Prepared: Send + Sync;
    /// What an artifact is made from apart from its revision, as far as the status records it.
    type Inputs: Clone + Send + Sync;
    /// What a revision was resolved to.
    type Resolved: Send + Sync;

    /// Reads the common part of the spec.
    fn desired(object: &Self::Object) -> Desired;
    /// Reads the common part of the status.
    fn recorded(object: &Self::Object) -> Recorded;
    /// Reads what the recorded artifact was made from.
    fn made_from(object: &Self::Object) -> Self::Inputs;
    /// Puts a status together.
    fn status(recorded: Recorded, inputs: Self::Inputs) -> Self::Status;
    /// Compares what an artifact was made from with what it should be made from.
    fn outdated(made_from: &Self::Inputs, wanted: &Self::Inputs) -> Option<Outdated>;

    /// Checks the spec and gathers what it refers to; refuses what is not served.
    fn prepare(
        &self,
        object: &Self::Object,
    ) -> impl Future<Output = Result<(Self::Prepared, Self::Inputs), Failure>> + Send;
    /// Asks the origin for the revision that the object means now.
    fn resolve(
        &self,
        prepared: &Self::Prepared,
    ) -> impl Future<Output = Result<Self::Resolved, Failure>> + Send;
    /// Returns a resolved revision as an artifact has it.
    fn revision(resolved: &Self::Resolved) -> String;
    /// Fetches a resolved revision; `work` is an empty directory for what cannot stay in memory.
    fn fetch(
        &self,
        prepared: &Self::Prepared,
        resolved: &Self::Resolved,
        work: &Path,
    ) -> impl Future<Output = Result<Fetched, Failure>> + Send;
    /// Returns the patterns that the spec adds to the ignore files.
    fn ignore(prepared: &Self::Prepared) -> Option<&str>;
    /// Hears that an object has another artifact now, to wake whoever uses it.
    fn published(&self, object: &Self::Object);
}

/// Names an object in a message.
pub(crate) fn full_name(object: &impl ResourceExt) -> String {
    format!("{}/{}", object.namespace().unwrap_or_default(), object.name_any())
}
