//! What a shared control plane does: Pods that play their parts, namespaces, access, one for all processes.

#![expect(clippy::unwrap_used, reason = "a failing step of a test is its failure")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{Api, ListParams, PostParams};
use kube::runtime::wait::await_condition;
use serde_json::{Value, json};
use sluice_control_plane::{Access, ControlPlane, PLAY, PLAY_DELAY, Play};

/// For what takes a moment; only a failing test waits this long.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a Pod comes to.
type Holds = fn(&Pod) -> bool;

async fn wait<K>(api: Api<K>, name: &str, what: &str, holds: impl Fn(&K) -> bool)
where
    K: Clone + std::fmt::Debug + Send + serde::de::DeserializeOwned + kube::Resource + 'static,
{
    let condition = |object: Option<&K>| object.is_some_and(&holds);
    let waited = tokio::time::timeout(DEADLINE, await_condition(api, name, condition)).await;
    waited.unwrap_or_else(|_| panic!("{name} is not {what}")).unwrap();
}

fn annotations(play: Option<Play>) -> Value {
    match play {
        Some(play) => json!({ PLAY: play.value(), PLAY_DELAY: "200ms" }),
        None => json!({}),
    }
}

fn pod(name: &str, play: Option<Play>) -> Pod {
    serde_json::from_value(json!({
        "metadata": { "name": name, "annotations": annotations(play) },
        "spec": {
            // A namespace controller waits for half of this before it looks again.
            "terminationGracePeriodSeconds": 0,
            "containers": [{ "name": "app", "image": "example.com/app:1" }],
        },
    }))
    .unwrap()
}

fn deployment(name: &str, replicas: i32, play: Option<Play>) -> Deployment {
    let labels = json!({ "app": name });
    serde_json::from_value(json!({
        "metadata": { "name": name },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": labels },
            "template": {
                "metadata": { "labels": labels, "annotations": annotations(play) },
                "spec": { "containers": [{ "name": "app", "image": "example.com/app:1" }] },
            },
        },
    }))
    .unwrap()
}

fn job(name: &str, play: Option<Play>) -> Job {
    serde_json::from_value(json!({
        "metadata": { "name": name },
        "spec": {
            "backoffLimit": 0,
            "template": {
                "metadata": { "annotations": annotations(play) },
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{ "name": "app", "image": "example.com/app:1" }],
                },
            },
        },
    }))
    .unwrap()
}

fn waits_because(pod: &Pod) -> Option<&str> {
    let status = pod.status.as_ref()?.container_statuses.as_ref()?.first()?;
    status.state.as_ref()?.waiting.as_ref()?.reason.as_deref()
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

fn has_condition(job: &Job, kind: &str) -> bool {
    let conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| condition.type_ == kind && condition.status == "True")
}

#[tokio::test]
async fn a_deployment_becomes_ready() {
    let control_plane = ControlPlane::shared().await.unwrap();
    let namespace = control_plane.namespace("deployment").await;
    let deployments = Api::<Deployment>::namespaced(control_plane.client(), &namespace);
    deployments.create(&PostParams::default(), &deployment("app", 2, None)).await.unwrap();
    wait(deployments, "app", "ready", |deployment| {
        deployment.status.as_ref().and_then(|status| status.ready_replicas) == Some(2)
    })
    .await;
}

#[tokio::test]
async fn an_annotated_deployment_crashes() {
    let control_plane = ControlPlane::shared().await.unwrap();
    let namespace = control_plane.namespace("crash").await;
    let deployments = Api::<Deployment>::namespaced(control_plane.client(), &namespace);
    deployments.create(&PostParams::default(), &deployment("app", 1, Some(Play::Crash))).await.unwrap();
    wait(deployments, "app", "unavailable", |deployment| {
        deployment.status.as_ref().and_then(|status| status.unavailable_replicas) == Some(1)
    })
    .await;
    let pods = Api::<Pod>::namespaced(control_plane.client(), &namespace);
    let name = pods.list(&ListParams::default()).await.unwrap().items[0].metadata.name.clone().unwrap();
    wait(pods, &name, "crashing", |pod| waits_because(pod) == Some("CrashLoopBackOff")).await;
}

#[tokio::test]
async fn pods_play_their_parts() {
    let control_plane = ControlPlane::shared().await.unwrap();
    let namespace = control_plane.namespace("plays").await;
    let pods = Api::<Pod>::namespaced(control_plane.client(), &namespace);
    let cases: [(Option<Play>, Holds); 5] = [
        (None, is_ready),
        (Some(Play::Slow), is_ready),
        (Some(Play::Fail), is_ready),
        (Some(Play::Crash), |pod| waits_because(pod) == Some("CrashLoopBackOff")),
        (Some(Play::PullError), |pod| waits_because(pod) == Some("ImagePullBackOff")),
    ];
    for (number, (play, holds)) in cases.into_iter().enumerate() {
        let name = format!("pod-{number}");
        pods.create(&PostParams::default(), &pod(&name, play)).await.unwrap();
        wait(pods.clone(), &name, &format!("as {play:?} wants it"), holds).await;
    }
}

#[tokio::test]
async fn jobs_complete_or_fail() {
    let control_plane = ControlPlane::shared().await.unwrap();
    let namespace = control_plane.namespace("jobs").await;
    let jobs = Api::<Job>::namespaced(control_plane.client(), &namespace);
    for (name, play, end) in [("good", None, "Complete"), ("bad", Some(Play::Fail), "Failed")] {
        jobs.create(&PostParams::default(), &job(name, play)).await.unwrap();
        wait(jobs.clone(), name, end, |job| has_condition(job, end)).await;
    }
}

#[tokio::test]
async fn a_deleted_namespace_goes_with_its_pods() {
    let control_plane = ControlPlane::shared().await.unwrap();
    let namespace = control_plane.namespace("deleted").await;
    let pods = Api::<Pod>::namespaced(control_plane.client(), &namespace);
    pods.create(&PostParams::default(), &pod("app", None)).await.unwrap();
    let namespaces = Api::<k8s_openapi::api::core::v1::Namespace>::all(control_plane.client());
    let uid = namespaces.get(&namespace).await.unwrap().metadata.uid.unwrap();
    namespaces.delete(&namespace, &Default::default()).await.unwrap();
    let deleted = await_condition(namespaces, &namespace, kube::runtime::conditions::is_deleted(&uid));
    tokio::time::timeout(DEADLINE, deleted).await.unwrap().unwrap();
}

#[tokio::test]
async fn namespaces_are_unique() {
    let control_plane = ControlPlane::shared().await.unwrap();
    let (one, other) = tokio::join!(control_plane.namespace("same"), control_plane.namespace("same"));
    assert_ne!(one, other);
    assert!(one.starts_with("same-") && other.starts_with("same-"), "{one} {other}");
}

#[tokio::test]
async fn strangers_are_refused() {
    async fn check(who: &str, access: Access, namespace: &str, code: u16) {
        let answer =
            Api::<ConfigMap>::namespaced(access.client, namespace).list(&ListParams::default()).await;
        match answer {
            Err(kube::Error::Api(status)) => assert_eq!(status.code, code, "{who}: {status:?}"),
            answer => panic!("{who}: {answer:?}"),
        }
    }
    let control_plane = ControlPlane::shared().await.unwrap();
    let namespace = control_plane.namespace("strangers").await;
    check("nobody", control_plane.anonymous().await.unwrap(), &namespace, 403).await;
    check("a user", control_plane.user("ann", Some("team")).await.unwrap(), &namespace, 403).await;
    let account = control_plane.service_account(&namespace, "default").await.unwrap();
    check("a service account", account, &namespace, 403).await;
}

#[tokio::test]
async fn a_user_is_who_the_certificate_says() {
    let control_plane = ControlPlane::shared().await.unwrap();
    let namespace = control_plane.namespace("admins").await;
    let access = control_plane.user("ann", Some("system:masters")).await.unwrap();
    let maps = Api::<ConfigMap>::namespaced(access.client, &namespace);
    assert!(maps.list(&ListParams::default()).await.is_ok());
}

#[tokio::test]
async fn two_processes_share_one_control_plane() {
    let control_plane = ControlPlane::shared().await.unwrap();
    let mut other = Command::new(env!("CARGO_BIN_EXE_control-plane"))
        .arg("shared")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(other.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), control_plane.kubeconfig().to_str().unwrap());
    drop(other.stdin.take());
    assert!(other.wait().unwrap().success());
}
