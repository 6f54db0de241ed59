//! Posts to a real server on the loopback interface that answers as scripted.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{Json, Router, http::StatusCode as Code, routing::post};
use k8s_openapi::api::core::v1::{ConfigMap, ObjectReference};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;
use crate::{
    events::{self, EventRecorder},
    scripted,
};

#[test]
fn answers_are_judged() {
    for (code, answer) in [
        (200, Answer::Done),
        (202, Answer::Done),
        (429, Answer::Done),
        (400, Answer::Refused),
        (413, Answer::Refused),
        (503, Answer::Again),
    ] {
        assert_eq!(judge(StatusCode::from_u16(code).unwrap()), answer, "{code}");
    }
}

type Posted = Arc<Mutex<Vec<Value>>>;

/// Starts a receiver that gives these answers, then 202 for ever.
async fn receiver(answers: &[u16]) -> (String, Posted) {
    let (posted, answers) = (Posted::default(), Arc::new(Mutex::new(VecDeque::from(answers.to_vec()))));
    let seen = posted.clone();
    let answer = move |Json(body): Json<Value>| async move {
        seen.lock().unwrap().push(body);
        Code::from_u16(answers.lock().unwrap().pop_front().unwrap_or(202)).unwrap()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", post(answer))).await });
    (format!("http://{address}/"), posted)
}

fn event(kind: Kind, message: &str) -> events::Event {
    events::Event { kind, reason: "Why".into(), message: message.into(), metadata: BTreeMap::new() }
}

async fn send(answers: &[u16], events: Vec<events::Event>) -> (Vec<Value>, String) {
    // A provider may be installed by another test already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (events_addr, posted) = receiver(answers).await;
    let (client, _) = scripted::client(|asked| async move { (200, asked.body.to_string()) });
    let metrics = Metrics::default();
    let reporter = Reporter { controller: "test", instance: "host".into(), events_addr };
    let (recorder, sinks) = EventRecorder::start(client, &reporter, &metrics);
    let object: ConfigMap = serde_json::from_value(json!({
        "metadata": {
            "name": "a", "namespace": "n", "uid": "u",
            "annotations": { "event.toolkit.fluxcd.io/team": "blue", "other": "x" },
        },
    }))
    .unwrap();
    let count = events.iter().filter(|event| event.kind != Kind::Trace).count();
    for event in events {
        recorder.record(&object, event);
    }
    // Flushing gives up on what fails, so a retry must have happened before.
    let mut often = tokio::time::interval(Duration::from_millis(10));
    while posted.lock().unwrap().len() < count + answers.iter().filter(|code| **code >= 500).count() {
        often.tick().await;
    }
    sinks.flush(Duration::from_secs(10)).await;
    let posted = posted.lock().unwrap().clone();
    (posted, metrics.render())
}

#[tokio::test]
async fn an_event_is_posted_in_its_wire_form_and_a_trace_is_not() {
    let events = vec![event(Kind::Trace, "detail"), event(Kind::Warning, "broken")];
    let (posted, _) = send(&[], events).await;
    assert_eq!(posted.len(), 1, "{posted:?}");
    let body = &posted[0];
    let object: ObjectReference = serde_json::from_value(body["involvedObject"].clone()).unwrap();
    assert_eq!((object.kind.as_deref(), object.name.as_deref()), (Some("ConfigMap"), Some("a")));
    assert_eq!(body["severity"], "error");
    assert_eq!((&body["message"], &body["reason"]), (&json!("broken"), &json!("Why")));
    assert_eq!(body["metadata"], json!({ "event.toolkit.fluxcd.io/team": "blue" }));
    assert_eq!((&body["reportingController"], &body["reportingInstance"]), (&json!("test"), &json!("host")));
}

#[tokio::test]
async fn a_failure_is_retried_a_duplicate_and_a_refusal_are_not() {
    let events = vec![event(Kind::Normal, "one"), event(Kind::Normal, "two"), event(Kind::Normal, "three")];
    let (posted, metrics) = send(&[503, 202, 429, 400], events).await;
    let messages: Vec<_> = posted.iter().map(|body| body["message"].as_str().unwrap_or_default()).collect();
    assert_eq!(messages, ["one", "one", "two", "three"]);
    assert!(metrics.contains("sluice_events_lost_total{sink=\"notifications\"} 1"), "{metrics}");
}
