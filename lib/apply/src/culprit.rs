//! Who is to blame when a workload does not become healthy: followed from the workload to its Pods and their containers,
//! read with the owner's identity. Where Pods may not be read, the workload's own words have to do.
//!
//! Logs and termination messages are never looked at: they hold what programs wrote, secrets included.

use serde_json::Value;

use crate::apply::Context;
use crate::cluster::{Call, JSON};
use crate::object::ObjectId;

mod pod;
mod selector;

use pod::Trouble;

/// The kinds that run Pods and say by a selector which.
const WORKLOADS: [(&str, &str); 5] = [
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "Job"),
];

/// The most Pods that are looked at; more of one workload fail for the same reasons.
const MAX_PODS: usize = 200;

/// A sentence about what keeps `id` from being healthy; nothing where it is no workload or its Pods tell nothing.
pub async fn find(context: &Context<'_>, id: &ObjectId, version: &str) -> Option<String> {
    if !WORKLOADS.iter().any(|(group, kind)| id.is(group, kind)) {
        return None;
    }
    let kind = context.cluster.locate(id, version).await.ok()??;
    let workload = get(context, &kind.path(id)).await?;
    let selector = selector::of(&workload)?;
    let pods = format!("/api/v1/namespaces/{}/pods?limit={MAX_PODS}&labelSelector={selector}", id.namespace);
    let pods = get(context, &pods).await?;
    explain(pods["items"].as_array().map(Vec::as_slice).unwrap_or_default())
}

async fn get(context: &Context<'_>, path: &str) -> Option<Value> {
    let answer = context.cluster.call(&Call::get(path.to_owned(), JSON), context.deadline).await.ok()?;
    serde_json::from_slice(&answer.body).ok()
}

/// The most frequent trouble among `pods`, worst first, with how many have any.
fn explain(pods: &[Value]) -> Option<String> {
    let troubles: Vec<Trouble> = pods.iter().filter_map(Trouble::of).collect();
    let worst = troubles.iter().max_by_key(|trouble| {
        let same = troubles.iter().filter(|other| other.is_alike(trouble)).count();
        (trouble.severity(), same)
    })?;
    let plural = if pods.len() == 1 { "pod" } else { "pods" };
    Some(format!("{} of {} {plural} failing: {worst}", troubles.len(), pods.len()))
}

#[cfg(test)]
mod tests;
