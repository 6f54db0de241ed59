//! Releases that Helm itself recorded, and what becomes of them when they are read and written.

use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::hook::Event;

use super::*;

/// `tests/releases/record` writes these.
const RECORDED: &str = include_str!("../../tests/releases/releases.json");

#[derive(Deserialize)]
struct Recorded {
    record: String,
    json: String,
    digest: String,
}

fn recorded() -> Vec<Recorded> {
    serde_json::from_str(RECORDED).expect("the recorded releases")
}

#[test]
fn records_come_back_as_they_were() {
    for Recorded { record, json, .. } in recorded() {
        let release = Release::decode(record.as_bytes()).expect("a release");
        assert_eq!(release.to_json(), json);
        assert_eq!(Release::decode(release.encode().as_bytes()).expect("a release"), release);
        assert_eq!(Release::from_json(json.as_bytes()).expect("a release"), release);
    }
}

#[test]
fn digests_are_those_of_flux() {
    for Recorded { record, digest, .. } in recorded() {
        let release = Release::decode(record.as_bytes()).expect("a release");
        let found = Sha256::digest(release.observation(""));
        assert_eq!(format!("sha256:{}", hex::encode(found)), digest);
    }
}

#[test]
fn a_record_tells_everything() {
    let release = Release::decode(recorded()[0].record.as_bytes()).expect("a release");
    assert_eq!((release.name.as_str(), release.version, release.namespace.as_str()), ("recorded", 1, "apps"));
    assert_eq!(release.info.status, Status::Deployed);
    assert_eq!(release.apply_method, Some(ApplyMethod::ServerSide));
    assert_eq!(release.chart.metadata.annotations.as_ref().map(BTreeMap::len), Some(2));
    assert_eq!(release.chart.values().get("count"), Some(&json!(1)));
    let before = &release.hooks[1];
    assert_eq!(before.events, [Event::PreInstall, Event::PreUpgrade]);
    assert_eq!((before.weight, before.last_run.phase.as_str()), (-5, "Succeeded"));
    assert!(before.last_run.started_at < before.last_run.completed_at);
}

#[test]
fn secrets_carry_labels() {
    let mut release = Release::decode(recorded()[1].record.as_bytes()).expect("a release");
    release.version = 12;
    release.info.status = Status::PendingUpgrade;
    release.labels = [("team".to_owned(), "a".to_owned())].into();
    let secret = RecordSecret::update(&release, 1_700_000_000);
    assert_eq!(secret.name, "sh.helm.release.v1.recorded.v12");
    let labels: Vec<_> = secret.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let expected = "modifiedAt=1700000000 name=recorded owner=helm status=pending-upgrade team=a version=12";
    assert_eq!(labels.join(" "), expected);
    assert_eq!(secret.read().expect("a release"), release);
    assert!(RecordSecret::create(&release, 1).labels.contains_key("createdAt"));
}

#[test]
fn what_is_no_record_is_refused() {
    for (record, expected) in [
        ("%%%", "the release record is not base64: Invalid symbol 37, offset 0."),
        ("bm8=", "the release record holds no release: expected ident at line 1 column 2"),
        ("H4sIAAA=", "the release record does not unpack: "),
    ] {
        let error = Release::decode(record.as_bytes()).expect_err("no record").to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn what_go_leaves_out_and_what_it_reads_as_nothing() {
    let text = json!({
        "name": "a", "info": {"first_deployed": "", "deleted": "0001-01-01T00:00:00Z", "status": "odd"},
        "chart": {"metadata": {"name": "c", "annotations": null, "maintainers": [null]}},
        "config": {}, "hooks": [null, {"events": ["crd-install"], "last_run": null}], "version": null
    });
    let release = Release::from_json(text.to_string().as_bytes()).expect("a release");
    assert_eq!(release.info.first_deployed, None);
    assert_eq!(release.info.deleted, None);
    assert_eq!(release.info.status, Status::Other("odd".to_owned()));
    assert_eq!(release.hooks[0].events, [Event::Other("crd-install".to_owned())]);
    let observed = release.observation("sha256:1");
    let expected = r#"{"name":"a","version":0,"info":{"status":"odd"},"chartMetadata":{"name":"c"},"config":null,"manifest":"","hooks":[{"events":["crd-install"],"last_run":{"phase":""}}],"namespace":"","ociDigest":"sha256:1"}"#;
    assert_eq!(observed.trim_end(), expected);
}
