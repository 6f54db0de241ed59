//! Step 4: applies the plan, as far as it goes now.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use sluice_apply::apply::{self as apply_stages, ApplyErrors, Change, Parked, ParkedFor};
use sluice_crds::meta::reason;
use thiserror::Error;

use super::outcome::Waiting;
use super::plan::Planned;
use super::tenant::Tenant;
use super::{Run, names};

/// The pause where nothing will wake the pass: an API that is established and does not answer yet.
const SOON: Duration = Duration::from_secs(1);

/// How many failed objects a message names.
const NAMED: usize = 25;

/// Objects that could not be applied.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The API server refused some.
    #[error("{}", list(.0))]
    Refused(#[from] ApplyErrors),
    /// What later objects need did not come about in time.
    #[error("timeout after {0}: {1}")]
    Timeout(sluice_crds::Duration, String),
}

impl ApplyError {
    /// The reason of the Ready condition.
    pub fn reason(&self) -> &'static str {
        reason::RECONCILIATION_FAILED
    }

    /// Whether trying again soon may help with nothing changed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Refused(refused) if refused.errors.iter().all(sluice_apply::error::ApplyError::is_transient))
    }
}

/// Applies `planned`; says what it waits for when it cannot go on yet.
///
/// # Errors
/// Lists every object that failed, with its file. Nothing of a stage is written when one of its objects is refused.
pub async fn apply(
    tenant: &Tenant<'_>,
    planned: &Planned,
    run: &mut Run,
) -> Result<Option<Waiting>, ApplyError> {
    let applied = match apply_stages::apply(&tenant.context(), &planned.plan).await {
        Ok(applied) => applied,
        Err(errors) => {
            note(run, &errors.changes);
            return Err(errors.into());
        }
    };
    note(run, &applied.changes);
    match applied.parked {
        Some(parked) => park(tenant, &parked, run).map(Some),
        None => Ok(None),
    }
}

/// One failure a line, the first few of them.
fn list(refused: &ApplyErrors) -> String {
    let mut lines: Vec<String> = refused.errors.iter().take(NAMED).map(ToString::to_string).collect();
    let more = refused.errors.len().saturating_sub(NAMED);
    if more > 0 {
        lines.push(format!("and {more} more objects"));
    }
    lines.join("\n")
}

fn note(run: &mut Run, changes: &[Change]) {
    run.attempted.changes.extend(changes.iter().filter(|change| change.action.is_change()).cloned());
}

fn park(tenant: &Tenant<'_>, parked: &Parked, run: &Run) -> Result<Waiting, ApplyError> {
    tenant.wait_for(&parked.ids.iter().cloned().collect::<BTreeSet<_>>());
    let objects = names(&parked.ids);
    let message = match parked.what {
        ParkedFor::Readiness => format!("waiting for {objects} before the rest is applied"),
        ParkedFor::Termination => format!("waiting for {objects} to be gone before it is created again"),
        ParkedFor::Retry => format!("waiting for the API of {objects} to be served"),
    };
    let since = run.attempted.since;
    let left = run.left(since, Timestamp::now());
    if left.is_zero() {
        return Err(ApplyError::Timeout(run.limit.into(), message));
    }
    let again = if parked.what == ParkedFor::Retry { SOON } else { left };
    Ok(Waiting { message, checking: false, since, again })
}
