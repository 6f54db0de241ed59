//! Reading the health of objects whose watch cannot tell it: the kind cannot be watched, is watched as metadata only, or
//! has expressions of the owner's own.
//! Reads whole objects with the owner's identity, computes the health and keeps nothing else.

use futures::{StreamExt, stream};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    apply::Context,
    cluster::{Call, Failure, JSON},
    error::{ApplyError, Cause},
    health::{self, Expressions, Health},
    ledger::ResourceVersion,
    metadata::Metadata,
    object::ObjectId,
};

/// Reads the health of objects, several at a time, and notes it in the ledger where it is not by `expressions`, which are
/// nobody else's.
pub async fn read_health(
    context: &Context<'_>,
    objects: &[(ObjectId, String)],
    expressions: &Expressions,
) -> Vec<(ObjectId, Result<Health, ApplyError>)> {
    let read = |(id, version): &(ObjectId, String)| {
        let (id, version) = (id.clone(), version.clone());
        async move {
            let health = read_one(context, &id, &version, expressions).await;
            let health = health.map_err(|cause| ApplyError { id: id.clone(), source: None, cause });
            (id, health)
        }
    };
    // Collected first: a lazy iterator of them would keep callers from being `Send`.
    let reads: Vec<_> = objects.iter().map(read).collect();
    stream::iter(reads).buffered(context.concurrency.max(1)).collect().await
}

async fn read_one(
    context: &Context<'_>,
    id: &ObjectId,
    version: &str,
    expressions: &Expressions,
) -> Result<Health, Cause> {
    let Some(kind) = context.cluster.locate(id, version).await? else { return Ok(Health::not_found()) };
    let answer = match context.cluster.call(&Call::get(kind.path(id), JSON), context.deadline).await {
        Ok(answer) => answer,
        Err(Failure::Refused(status)) if status.code == 404 => return Ok(Health::not_found()),
        Err(failure) => return Err(Cause::of(failure, id)),
    };
    let unreadable = || Cause::NoAnswer("the answer holds no readable object".to_owned());
    let object: Value = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    let metadata = object.get("metadata").and_then(|metadata| Metadata::deserialize(metadata).ok());
    let metadata = metadata.ok_or_else(unreadable)?;
    if expressions.judge(&id.group_kind()) {
        return Ok(expressions.health_of(&id.group_kind(), &object));
    }
    let health = health::of(&object);
    let version = ResourceVersion::parse(&metadata.resource_version);
    context.ledger.book().record_health(id, version, health.clone());
    Ok(health)
}
