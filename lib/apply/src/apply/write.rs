//! The write of one object after its dry-run, recorded in the ledger before anyone can mistake it for drift.

use kube::core::Status;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Action, Context, METADATA,
    attempt::{self, APPLY_PATCH, Target, Verdict},
    takeover,
};
use crate::{
    cluster::{ApiKind, Call, Failure, JSON},
    conventions::Owner,
    entry,
    error::Cause,
    health::{self, Health},
    ledger::{InFlight, Left, ResourceVersion},
    metadata::{Metadata, Partial},
    object::ObjectId,
    plan::Step,
};

/// How often a take-over is tried against others who write at the same time.
const TAKE_OVER_ATTEMPTS: u32 = 3;

/// How often an object is sent whose ignored fields are to stay as they are while others write to it.
const STALE_ATTEMPTS: u32 = 4;

/// What a write came to.
pub(super) enum Written {
    /// The object is as desired, with its health where the answer told.
    Done(Action, Option<Health>),
    /// The object is being deleted, to be created anew by a later pass.
    Terminating,
}

/// What is left of an object after a delete request.
pub(crate) enum Deletion {
    /// The object is gone.
    Gone,
    /// The object waits for its finalizers or its grace period.
    Terminating {
        /// The finalizers that hold it.
        finalizers: Vec<String>,
    },
}

/// Does what a dry-run found to be needed.
pub(super) async fn write(
    context: &Context<'_>,
    owner: &Owner,
    step: &Step,
    verdict: Verdict,
) -> Result<Written, Cause> {
    let id = &step.manifest.id;
    let flight = context.ledger.begin(id);
    match verdict {
        Verdict::Unchanged(applied) => {
            flight.applied(owner, applied, None);
            Ok(Written::Done(Action::Unchanged, None))
        }
        Verdict::Untouched(applied) => {
            match applied {
                Some(applied) => flight.applied(owner, applied, None),
                None => flight.left(owner, Left::WhilePresent),
            }
            Ok(Written::Done(Action::Skipped, None))
        }
        Verdict::Write(target) => send(context, owner, step, &target, flight).await,
        Verdict::Recreate { target, uid } => recreate(context, owner, step, target, &uid, flight).await,
        Verdict::NotServed => Err(Cause::NoAnswer("the kind is not served yet".to_owned())),
    }
}

async fn send(
    context: &Context<'_>,
    owner: &Owner,
    step: &Step,
    target: &Target,
    flight: InFlight<'_>,
) -> Result<Written, Cause> {
    let manifest = &step.manifest;
    let mut answer = send_once(context, step, target).await;
    for _ in 1..STALE_ATTEMPTS {
        let Err(Failure::Refused(status)) = &answer else { break };
        if status.code != 409 || manifest.ignored.is_empty() {
            break;
        }
        // Somebody else writes to the object as well; it was read to leave fields to them.
        let target = attempt::refreshed(context, step, target).await?;
        answer = send_once(context, step, &target).await;
    }
    if answer.as_ref().is_ok_and(|(metadata, _)| target.take_over && is_left_over(context, metadata)) {
        // An object whose managed fields had been stripped: the first apply made the entry that is to be taken over.
        answer = send_once(context, step, target).await;
    }
    let (metadata, health) = match answer {
        Ok(answer) => answer,
        Err(failure) => {
            if matches!(&failure, Failure::Refused(status) if status.code < 500) && !target.take_over {
                flight.rejected();
            }
            return Err(Cause::of(failure, &manifest.id));
        }
    };
    let applied = attempt::applied(context, manifest, &metadata);
    let action = action(target, applied.resource_version);
    flight.applied(owner, applied, health.clone());
    Ok(Written::Done(action, health))
}

async fn send_once(
    context: &Context<'_>,
    step: &Step,
    target: &Target,
) -> Result<(Metadata, Option<Health>), Failure> {
    let manifest = &step.manifest;
    if target.take_over {
        take_over(context, &target.kind, &manifest.id).await?;
    }
    let whole = health::has_status(&manifest.id.group_kind());
    let accept = if whole { JSON } else { METADATA };
    let path = attempt::apply_path(context, &target.kind, manifest);
    let call = Call::patch(path, accept, APPLY_PATCH, target.body.clone());
    let answer = context.cluster.call(&call, context.deadline).await?;
    read(&answer.body, whole)
}

fn is_left_over(context: &Context<'_>, metadata: &Metadata) -> bool {
    let conventions = context.conventions;
    entry::read(metadata, &conventions.field_manager, &conventions.take_over).to_take_over
}

fn action(target: &Target, after: ResourceVersion) -> Action {
    match target.live {
        None => Action::Created,
        Some(before) if before == after && !target.take_over => Action::Unchanged,
        Some(_) => Action::Configured,
    }
}

/// Reads metadata, and the health where the answer is the whole object or nothing depends on it.
fn read(body: &[u8], whole: bool) -> Result<(Metadata, Option<Health>), Failure> {
    let unreadable = || Failure::NoAnswer("the answer holds no readable object".to_owned());
    if !whole {
        let partial: Partial = serde_json::from_slice(body).map_err(|_| unreadable())?;
        return Ok((partial.metadata, Some(Health::current("the object exists"))));
    }
    let object: Value = serde_json::from_slice(body).map_err(|_| unreadable())?;
    let metadata = object.get("metadata").ok_or_else(unreadable)?;
    let metadata = Metadata::deserialize(metadata).map_err(|_| unreadable())?;
    Ok((metadata, Some(health::of(&object))))
}

async fn recreate(
    context: &Context<'_>,
    owner: &Owner,
    step: &Step,
    target: Target,
    uid: &str,
    flight: InFlight<'_>,
) -> Result<Written, Cause> {
    let id = &step.manifest.id;
    let deletion =
        delete(context, &target.kind, id, uid, None).await.map_err(|failure| Cause::of(failure, id))?;
    if let Deletion::Terminating { .. } = deletion {
        flight.deleting();
        return Ok(Written::Terminating);
    }
    let target = Target { live: None, take_over: false, ..target };
    match send(context, owner, step, &target, flight).await? {
        Written::Done(_, health) => Ok(Written::Done(Action::Recreated, health)),
        Written::Terminating => Ok(Written::Terminating),
    }
}

/// Deletes an object in the background, if it is still the one with this uid and, where given, this resource version.
pub(crate) async fn delete(
    context: &Context<'_>,
    kind: &ApiKind,
    id: &ObjectId,
    uid: &str,
    resource_version: Option<&str>,
) -> Result<Deletion, Failure> {
    let mut preconditions = json!({ "uid": uid });
    if let Some(resource_version) = resource_version {
        preconditions["resourceVersion"] = resource_version.into();
    }
    let options = json!({
        "apiVersion": "v1", "kind": "DeleteOptions",
        "propagationPolicy": "Background", "preconditions": preconditions,
    });
    let call = Call::delete(kind.path(id), options.to_string().into());
    match context.cluster.call(&call, context.deadline).await {
        Ok(answer) => Ok(what_is_left(&answer.body)),
        Err(Failure::Refused(status)) if status.code == 404 && names(&status, id) => Ok(Deletion::Gone),
        Err(failure) => Err(failure),
    }
}

/// A 404 that names the object says that it is gone; one that does not may be about the path.
pub(crate) fn names(status: &Status, id: &ObjectId) -> bool {
    status.details.as_ref().is_some_and(|details| details.name == id.name)
}

/// The server answers with a Status when the object is gone, and with the object when it is not.
fn what_is_left(body: &[u8]) -> Deletion {
    match attempt::metadata(body) {
        Ok(metadata) if metadata.deletion_timestamp.is_some() => {
            Deletion::Terminating { finalizers: metadata.finalizers }
        }
        _ => Deletion::Gone,
    }
}

/// Makes fields of kubectl and of earlier writes ours, so that the apply removes those that are not desired.
async fn take_over(context: &Context<'_>, kind: &ApiKind, id: &ObjectId) -> Result<(), Failure> {
    for attempt in 1.. {
        let look = Call::get(kind.path(id), METADATA);
        let answer = context.cluster.call(&look, context.deadline).await?;
        let (metadata, _) = read(&answer.body, false)?;
        let Some(patch) = takeover::patch(&metadata, context.conventions, &kind.api_version()) else { break };
        let path = format!("{}?fieldManager={}", kind.path(id), context.conventions.field_manager);
        let call = Call::patch(path, METADATA, "application/json-patch+json", patch.to_string().into());
        match context.cluster.call(&call, context.deadline).await {
            Ok(_) => break,
            Err(Failure::Refused(status)) if is_race(&status) && attempt < TAKE_OVER_ATTEMPTS => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

/// A failed test of a JSON patch is answered with 422, a lost race on the resource version with 409.
fn is_race(status: &Status) -> bool {
    matches!(status.code, 409 | 422)
}
