//! The dry-run of one object: what writing it would do, or why it would fail.
//! Writes nothing. The answer holds only metadata, which is all that the verdict needs.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::{Context, METADATA, ignore, takeover};
use crate::{
    cluster::{Answer, ApiKind, Call, Failure, JSON},
    entry::{self, Ownership},
    error::{self, Cause},
    ledger::{Applied, ResourceVersion},
    metadata::{Metadata, Partial},
    object::Manifest,
    plan::{Plan, Step},
    policy::{Policy, Ssa},
};

/// What an apply patch is sent as; JSON is YAML.
pub(super) const APPLY_PATCH: &str = "application/apply-patch+yaml";

/// What a dry-run found.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The object has to be written.
    Write(Target),
    /// The object is as desired; nothing needs to be written.
    Unchanged(Applied),
    /// Policy on the live object says not to touch it.
    Untouched(Option<Applied>),
    /// The object has to be deleted and created anew.
    Recreate { target: Target, uid: String },
    /// The kind is defined by this plan, and its API does not answer yet.
    NotServed,
}

/// Where and from which state an object is written.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) kind: Arc<ApiKind>,
    pub(super) body: Bytes,
    /// The live object's resource version; nothing when the object does not exist.
    pub(super) live: Option<ResourceVersion>,
    /// Whether the live object has fields to take over.
    pub(super) take_over: bool,
}

/// Dry-runs one object.
pub(super) async fn attempt(context: &Context<'_>, plan: &Plan, step: &Step) -> Result<Verdict, Cause> {
    let manifest = &step.manifest;
    let Some((kind, own)) = find_kind(context, plan, manifest).await? else {
        // Asked again in a moment, discovery may know what a new definition brought.
        context.cluster.mapper().invalidate();
        return Ok(Verdict::NotServed);
    };
    if step.ssa == Ssa::IfNotPresent && look(context, &kind, step).await?.is_some() {
        return Ok(Verdict::Untouched(None));
    }
    let live = if manifest.ignored.is_empty() { None } else { read_live(context, &kind, step).await? };
    let (body, accept) = match &live {
        Some(live) => (live.body(context, manifest), JSON),
        None => (Bytes::from(manifest.object.to_string()), METADATA),
    };
    let path = format!("{}&dryRun=All", apply_path(context, &kind, manifest));
    let call = Call::patch(path, accept, APPLY_PATCH, body.clone());
    match context.cluster.call(&call, context.deadline).await {
        Ok(answer) => match live {
            Some(live) => live.judge(context, step, kind, body, &answer),
            None => judge(context, step, kind, body, &answer),
        },
        Err(failure) if is_unserved(&failure) => {
            context.cluster.mapper().invalidate();
            if own { Ok(Verdict::NotServed) } else { Err(unknown_kind(manifest)) }
        }
        Err(failure) if step.force && error::force_may_help(&failure) => {
            let Some(live) = look(context, &kind, step).await? else {
                return Err(Cause::of(failure, &manifest.id));
            };
            if !could_be_created(context, &kind, step).await {
                return Err(Cause::of(failure, &manifest.id));
            }
            let live_version = ResourceVersion::parse(&live.resource_version);
            // What is created anew has all its fields.
            let body = Bytes::from(manifest.object.to_string());
            let target = Target { kind, body, live: Some(live_version), take_over: false };
            Ok(Verdict::Recreate { target, uid: live.uid })
        }
        Err(failure) => Err(Cause::of(failure, &manifest.id)),
    }
}

/// A live object some of whose fields are left to others.
struct Live {
    object: Value,
    metadata: Metadata,
}

impl Live {
    /// Returns what is sent, on condition that the object has not changed since it was read.
    fn body(&self, context: &Context<'_>, manifest: &Manifest) -> Bytes {
        let ours = &context.conventions.field_manager;
        let mut body = ignore::adapt(&manifest.object, &self.object, &self.metadata, ours, &manifest.ignored);
        // Taking fields over changes the object before it is applied.
        if !self.takes_over(context)
            && let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut)
        {
            metadata.insert("resourceVersion".to_owned(), self.metadata.resource_version.clone().into());
        }
        Bytes::from(body.to_string())
    }

    /// Reads a dry-run by comparing it with the live object: our entry may change where the object does not.
    fn judge(
        &self,
        context: &Context<'_>,
        step: &Step,
        kind: Arc<ApiKind>,
        body: Bytes,
        answer: &Answer,
    ) -> Result<Verdict, Cause> {
        let unreadable = || Cause::NoAnswer("the answer holds no readable object".to_owned());
        let dry_run: Value = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
        let applied = applied(context, &step.manifest, &self.metadata);
        if Policy::of_metadata(&self.metadata, &context.conventions.prefix).is_untouched() {
            return Ok(Verdict::Untouched(Some(applied)));
        }
        let ownership = self.ownership(context);
        let take_over = self.takes_over(context) && step.ssa != Ssa::Merge;
        if !take_over && ownership.hash.is_some() && ignore::is_same(&self.object, &dry_run) {
            return Ok(Verdict::Unchanged(applied));
        }
        let live = Some(applied.resource_version);
        Ok(Verdict::Write(Target { kind, body, live, take_over }))
    }

    fn takes_over(&self, context: &Context<'_>) -> bool {
        self.ownership(context).to_take_over
            || !takeover::left_over(&self.metadata, context.conventions).is_empty()
    }

    fn ownership(&self, context: &Context<'_>) -> Ownership {
        let conventions = context.conventions;
        entry::read(&self.metadata, &conventions.field_manager, &conventions.take_over)
    }
}

/// Makes a target anew whose object changed after it was read, where fields of it are left to others.
pub(super) async fn refreshed(context: &Context<'_>, step: &Step, target: &Target) -> Result<Target, Cause> {
    let manifest = &step.manifest;
    let live = read_live(context, &target.kind, step).await?;
    let body = match &live {
        Some(live) => live.body(context, manifest),
        None => Bytes::from(manifest.object.to_string()),
    };
    let version = live.map(|live| ResourceVersion::parse(&live.metadata.resource_version));
    Ok(Target { kind: Arc::clone(&target.kind), body, live: version, take_over: target.take_over })
}

/// Reads the whole live object, if there is one.
async fn read_live(context: &Context<'_>, kind: &ApiKind, step: &Step) -> Result<Option<Live>, Cause> {
    let id = &step.manifest.id;
    let answer = match context.cluster.call(&Call::get(kind.path(id), JSON), context.deadline).await {
        Ok(answer) => answer,
        Err(Failure::Refused(status)) if status.code == 404 => return Ok(None),
        Err(failure) => return Err(Cause::of(failure, id)),
    };
    let unreadable = || Cause::NoAnswer("the answer holds no readable object".to_owned());
    let object: Value = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    let metadata = object.get("metadata").and_then(|metadata| Metadata::deserialize(metadata).ok());
    let metadata = metadata.ok_or_else(unreadable)?;
    Ok(Some(Live { object, metadata }))
}

/// Returns the path of an object with the parameters of a forced apply.
pub(super) fn apply_path(context: &Context<'_>, kind: &ApiKind, manifest: &Manifest) -> String {
    format!("{}?force=true&fieldManager={}", kind.path(&manifest.id), context.conventions.field_manager)
}

/// Reads what an apply left from the answer.
pub(super) fn applied(context: &Context<'_>, manifest: &Manifest, metadata: &Metadata) -> Applied {
    let conventions = context.conventions;
    let ownership = entry::read(metadata, &conventions.field_manager, &conventions.take_over);
    Applied {
        version: manifest.version.clone(),
        digest: manifest.digest,
        entry: ownership.hash,
        resource_version: ResourceVersion::parse(&metadata.resource_version),
        uid: metadata.uid.as_str().into(),
    }
}

/// Reads the metadata of an answer.
pub(super) fn metadata(body: &[u8]) -> Result<Metadata, Cause> {
    let partial: Result<Partial, _> = serde_json::from_slice(body);
    partial
        .map(|partial| partial.metadata)
        .map_err(|_| Cause::NoAnswer("the answer holds no readable metadata".to_owned()))
}

/// Finds the kind in the manifest's version, and tells whether this plan's own definition promises it.
///
/// Nothing means that it is unknown, but that definitions are just changing.
async fn find_kind(
    context: &Context<'_>,
    plan: &Plan,
    manifest: &Manifest,
) -> Result<Option<(Arc<ApiKind>, bool)>, Cause> {
    let kind = manifest.id.group_kind();
    let mapper = context.cluster.mapper();
    let defined = plan.definitions.iter().find(|d| d.kind == kind && d.versions.contains(&manifest.version));
    if let Some(found) = mapper.cached(&kind, &manifest.version) {
        return Ok(Some((found, defined.is_some())));
    }
    if let Some(defined) = defined {
        return Ok(Some((Arc::new(defined.api_kind(&manifest.version)), true)));
    }
    match mapper.exact(&kind, &manifest.version).await? {
        Some(found) => Ok(Some((found, false))),
        None if mapper.is_changing() => Ok(None),
        None => Err(unknown_kind(manifest)),
    }
}

fn unknown_kind(manifest: &Manifest) -> Cause {
    let api_version = match manifest.id.group.as_str() {
        "" => manifest.version.clone(),
        group => format!("{group}/{}", manifest.version),
    };
    Cause::UnknownKind { kind: manifest.id.kind.clone(), api_version }
}

/// The answer of a path that the server does not serve names no object.
fn is_unserved(failure: &Failure) -> bool {
    let Failure::Refused(status) = failure else { return false };
    status.code == 404 && status.details.as_ref().is_none_or(|details| details.name.is_empty())
}

/// Reads the metadata of the live object, if there is one.
async fn look(context: &Context<'_>, kind: &ApiKind, step: &Step) -> Result<Option<Metadata>, Cause> {
    let id = &step.manifest.id;
    match context.cluster.call(&Call::get(kind.path(id), METADATA), context.deadline).await {
        Ok(answer) => metadata(&answer.body).map(Some),
        Err(Failure::Refused(status)) if status.code == 404 => Ok(None),
        Err(failure) => Err(Cause::of(failure, id)),
    }
}

/// Tells whether the object would be accepted if it were new: deleting it for a manifest that is invalid anyway would lose it.
///
/// Asked by creating it under a generated name, as a dry-run. Refusals that the live object itself causes do not count.
async fn could_be_created(context: &Context<'_>, kind: &ApiKind, step: &Step) -> bool {
    let id = &step.manifest.id;
    let mut object = (*step.manifest.object).clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("name");
        metadata.insert("generateName".to_owned(), format!("{}-", id.name).into());
    }
    let path = format!("{}?dryRun=All", kind.collection(&id.namespace));
    match context.cluster.call(&Call::post(path, METADATA, object.to_string().into()), context.deadline).await
    {
        Ok(_) => true,
        Err(Failure::Refused(status)) => {
            ["already allocated", "exceeded quota"].iter().any(|sign| status.message.contains(sign))
        }
        Err(Failure::NoAnswer(_)) => false,
    }
}

fn judge(
    context: &Context<'_>,
    step: &Step,
    kind: Arc<ApiKind>,
    body: Bytes,
    answer: &Answer,
) -> Result<Verdict, Cause> {
    let metadata = metadata(&answer.body)?;
    let conventions = context.conventions;
    if metadata.resource_version.is_empty() {
        return Ok(Verdict::Write(Target { kind, body, live: None, take_over: false }));
    }
    let applied = applied(context, &step.manifest, &metadata);
    if Policy::of_metadata(&metadata, &conventions.prefix).is_untouched() {
        return Ok(Verdict::Untouched(Some(applied)));
    }
    let ownership = entry::read(&metadata, &conventions.field_manager, &conventions.take_over);
    let left_over = !takeover::left_over(&metadata, conventions).is_empty();
    let take_over = (ownership.to_take_over || left_over) && step.ssa != Ssa::Merge;
    if !take_over && is_old(ownership.time, answer) {
        return Ok(Verdict::Unchanged(applied));
    }
    let live = Some(applied.resource_version);
    Ok(Verdict::Write(Target { kind, body, live, take_over }))
}

/// Tells whether our entry was last changed before this request: then the dry-run changed nothing.
///
/// An apply that changes anything moves the entry's time to the server's clock, in whole seconds.
fn is_old(time: Option<Timestamp>, answer: &Answer) -> bool {
    let (Some(time), Some(date)) = (time, answer.date) else { return false };
    let took = SignedDuration::try_from(answer.took + Duration::from_secs(2)).unwrap_or(SignedDuration::MAX);
    date.checked_sub(took).is_ok_and(|start| time < start)
}
