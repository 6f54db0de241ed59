//! The sinks under scripted answers, on a paused clock.

use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::json;

use super::*;
use crate::scripted::{self, Asked, Log, refusal};

fn object() -> ConfigMap {
    serde_json::from_value(json!({
        "metadata": {
            "name": "a", "namespace": "n", "uid": "u",
            "annotations": { "event.toolkit.fluxcd.io/team": "blue", "other": "x" },
        },
    }))
    .unwrap()
}

fn event(message: &str) -> Event {
    Event {
        kind: Kind::Warning,
        reason: "Failed".into(),
        message: message.into(),
        metadata: BTreeMap::from([("source.toolkit.fluxcd.io/revision".into(), "r".into())]),
    }
}

fn recorder(
    answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static,
) -> (EventRecorder, Sinks, Log, Metrics) {
    let (client, log) = scripted::client(move |asked| {
        let answer = answer(&asked);
        async move { answer }
    });
    let reporter = Reporter { controller: "test", instance: "host".into(), events_addr: String::new() };
    let metrics = Metrics::default();
    let (recorder, sinks) = EventRecorder::start(client, &reporter, &metrics);
    (recorder, sinks, log, metrics)
}

#[tokio::test(start_paused = true)]
async fn a_repeated_event_raises_the_count() {
    let (recorder, sinks, log, _) = recorder(|asked| (200, asked.body.to_string()));
    for message in ["one", "one", "two", "one"] {
        recorder.record(&object(), event(message));
    }
    sinks.flush(Duration::from_secs(10)).await;
    let asked = log.lock().unwrap();
    let seen: Vec<_> =
        asked.iter().map(|asked| (asked.method.as_str(), asked.body["count"].as_i64())).collect();
    assert_eq!(seen, [("POST", Some(1)), ("PATCH", Some(2)), ("POST", Some(1)), ("PATCH", Some(3))]);
    let first = &asked[0].body;
    assert_eq!(first["involvedObject"]["uid"], "u");
    assert_eq!((&first["type"], &first["reason"]), (&json!("Warning"), &json!("Failed")));
    assert_eq!(
        first["metadata"]["annotations"],
        json!({ "event.toolkit.fluxcd.io/team": "blue", "source.toolkit.fluxcd.io/revision": "r" })
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_that_ran_out_is_written_anew() {
    let (recorder, sinks, log, _) = recorder(|asked| match asked.method.as_str() {
        "PATCH" => refusal(404),
        _ => (201, asked.body.to_string()),
    });
    recorder.record(&object(), event("one"));
    recorder.record(&object(), event("one"));
    sinks.flush(Duration::from_secs(10)).await;
    let methods: Vec<_> = log.lock().unwrap().iter().map(|asked| asked.method.to_string()).collect();
    assert_eq!(methods, ["POST", "PATCH", "POST"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_given_up_is_counted() {
    let (recorder, sinks, log, metrics) = recorder(|_| refusal(403));
    recorder.record(&object(), event("one"));
    sinks.flush(Duration::from_secs(10)).await;
    assert_eq!(log.lock().unwrap().len(), 1, "a refusal is not retried");
    assert!(metrics.render().contains("sluice_events_lost_total{sink=\"kubernetes\"} 1"));
}
