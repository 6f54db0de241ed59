//! PURE: the tree of objects as lines to show, from what is in the cluster.

use kube::ResourceExt as _;
use kube::core::DynamicObject;
use serde_json::Value;

use super::observe::Snapshot;

/// How an object is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// As it should be.
    Ready,
    /// On its way.
    Working,
    /// In trouble.
    Failed,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) depth: usize,
    pub(super) title: String,
    pub(super) mark: Mark,
    pub(super) note: String,
}

/// Lays out sources, their Kustomizations, and what each of those manages.
pub(super) fn rows(snapshot: &Snapshot) -> Vec<Row> {
    let mut rows = Vec::new();
    for source in snapshot.of_kind("GitRepository") {
        rows.push(reconciled(
            0,
            "GitRepository",
            source,
            source.data["status"]["artifact"]["revision"].as_str(),
        ));
    }
    let mut kustomizations: Vec<_> = snapshot.of_kind("Kustomization").collect();
    kustomizations.sort_by_key(|object| (object.data["spec"]["dependsOn"].is_array(), object.name_any()));
    for kustomization in kustomizations {
        let revision = kustomization.data["status"]["lastAppliedRevision"].as_str();
        rows.push(reconciled(1, "Kustomization", kustomization, revision));
        let entries = kustomization.data["status"]["inventory"]["entries"].as_array();
        let mut objects: Vec<_> =
            entries.into_iter().flatten().filter_map(|entry| managed(snapshot, entry)).collect();
        objects.sort_by(|a, b| a.title.cmp(&b.title));
        rows.extend(objects);
    }
    rows
}

/// Returns status and message of a condition.
pub(super) fn condition<'a>(object: &'a DynamicObject, kind: &str) -> Option<(&'a str, &'a str)> {
    let conditions = object.data["status"]["conditions"].as_array()?;
    let found = conditions.iter().find(|condition| condition["type"] == kind)?;
    Some((found["status"].as_str()?, found["message"].as_str().unwrap_or_default()))
}

/// Shortens `main@sha1:0123…` to what people read.
pub(super) fn short(revision: &str) -> String {
    match revision.rsplit_once(':') {
        Some((before, hash)) if hash.len() > 12 && hash.is_ascii() => format!("{before}:{}", &hash[..8]),
        _ => revision.to_owned(),
    }
}

fn reconciled(depth: usize, kind: &str, object: &DynamicObject, revision: Option<&str>) -> Row {
    let title = format!("{kind}/{}", object.name_any());
    let revision = revision.map(short).unwrap_or_default();
    let (mark, note) = match condition(object, "Ready") {
        _ if object.metadata.deletion_timestamp.is_some() => (Mark::Working, "going".to_owned()),
        Some(("True", _)) if is_current(object) => (Mark::Ready, revision),
        Some(("False", message)) if is_waiting(object) => (Mark::Working, message.to_owned()),
        Some(("False", message)) => (Mark::Failed, message.to_owned()),
        Some((_, message)) => (Mark::Working, message.to_owned()),
        None => (Mark::Working, "waiting for its controller".to_owned()),
    };
    Row { depth, title, mark, note }
}

/// Whether the object only waits for another one to become ready, which is no failure.
fn is_waiting(object: &DynamicObject) -> bool {
    let conditions = object.data["status"]["conditions"].as_array();
    let mut ready = conditions.into_iter().flatten().filter(|condition| condition["type"] == "Ready");
    ready.any(|condition| {
        condition["reason"] == "DependencyNotReady" || condition["reason"] == "ArtifactFailed"
    })
}

fn is_current(object: &DynamicObject) -> bool {
    object.data["status"]["observedGeneration"].as_i64() == object.metadata.generation
}

/// Makes the line of an object in an inventory, whose entry is `<namespace>_<name>_<group>_<kind>`.
fn managed(snapshot: &Snapshot, entry: &Value) -> Option<Row> {
    let mut parts = entry["id"].as_str()?.rsplitn(3, '_');
    let kind = parts.next()?;
    let (_, name) = parts.nth(1)?.split_once('_')?;
    let (mark, note) = match snapshot.get(kind, name) {
        None => (Mark::Working, "not there".to_owned()),
        Some(object) if object.metadata.deletion_timestamp.is_some() => (Mark::Working, "going".to_owned()),
        Some(object) if kind == "Deployment" => deployment(object),
        Some(_) => (Mark::Ready, String::new()),
    };
    Some(Row { depth: 2, title: format!("{kind}/{name}"), mark, note })
}

fn deployment(object: &DynamicObject) -> (Mark, String) {
    let (spec, status) = (&object.data["spec"], &object.data["status"]);
    let wanted = spec["replicas"].as_i64().unwrap_or(1);
    let [updated, ready] =
        ["updatedReplicas", "readyReplicas"].map(|field| status[field].as_i64().unwrap_or(0));
    let seen = status["observedGeneration"].as_i64() == object.metadata.generation;
    let image = spec["template"]["spec"]["containers"][0]["image"].as_str().unwrap_or_default();
    let image = image.rsplit('/').next().unwrap_or_default();
    let done =
        seen && updated == wanted && ready == wanted && status["replicas"].as_i64().unwrap_or(0) == wanted;
    (if done { Mark::Ready } else { Mark::Working }, format!("{ready}/{wanted} {image}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(manifest: Value) -> DynamicObject {
        serde_json::from_value(manifest).unwrap()
    }

    fn kustomization(ready: Option<(&str, &str)>, entries: &[&str]) -> DynamicObject {
        let reason = ready.and_then(|(_, message)| message.split_once(": ")).map_or("", |(reason, _)| reason);
        let conditions = ready.map(|(status, message)| {
            json!({"type": "Ready", "status": status, "reason": reason, "message": message})
        });
        let entries: Vec<_> = entries.iter().map(|id| json!({"id": id, "v": "v1"})).collect();
        object(json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": "shop", "generation": 1},
            "status": {
                "observedGeneration": 1, "conditions": Vec::from_iter(conditions),
                "lastAppliedRevision": "main@sha1:0123456789abcdef0123456789abcdef01234567",
                "inventory": {"entries": entries},
            },
        }))
    }

    fn row(depth: usize, title: &str, mark: Mark, note: &str) -> Row {
        Row { depth, title: title.into(), mark, note: note.into() }
    }

    #[test]
    fn a_kustomization_shows_its_condition() {
        for (ready, mark, note) in [
            (None, Mark::Working, "waiting for its controller"),
            (Some(("Unknown", "building")), Mark::Working, "building"),
            (Some(("False", "DependencyNotReady: infra")), Mark::Working, "DependencyNotReady: infra"),
            (Some(("False", "no such path")), Mark::Failed, "no such path"),
            (Some(("True", "Applied")), Mark::Ready, "main@sha1:01234567"),
        ] {
            let rows = rows(&Snapshot::of(vec![kustomization(ready, &[])]));
            assert_eq!(rows, [row(1, "Kustomization/shop", mark, note)]);
        }
    }

    #[test]
    fn managed_objects_are_below_it() {
        let deployment = object(json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "generation": 2},
            "spec": {"replicas": 3, "template": {"spec": {"containers": [{"image": "registry.k8s.io/pause:3.10"}]}}},
            "status": {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 2, "readyReplicas": 3},
        }));
        let snapshot = Snapshot::of(vec![
            kustomization(Some(("True", "")), &["shop_web_apps_Deployment", "_shop__Namespace"]),
            deployment,
        ]);
        assert_eq!(
            rows(&snapshot)[1..],
            [
                row(2, "Deployment/web", Mark::Working, "3/3 pause:3.10"),
                row(2, "Namespace/shop", Mark::Working, "not there"),
            ]
        );
    }
}
