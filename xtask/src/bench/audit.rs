//! Counts requests in the API server's audit log.
//!
//! Leases and watches are not counted: they are what a controller costs by being there.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;

use crate::failure::Failure;

/// An audit log that is being written.
pub(super) struct Log {
    path: PathBuf,
}

/// A span of time; requests belong to it by when they were received.
pub(super) struct Window {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// Requests by user, verb and resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counts(pub(super) BTreeMap<(String, String, String), u64>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    verb: String,
    user: User,
    #[serde(rename = "requestURI", default)]
    request_uri: String,
    #[serde(default)]
    object_ref: Option<ObjectRef>,
    request_received_timestamp: Timestamp,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    username: String,
}

#[derive(Deserialize)]
struct ObjectRef {
    #[serde(default)]
    resource: String,
    #[serde(default)]
    subresource: String,
}

impl Log {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Counts the requests of these users within the window.
    pub(super) fn count(&self, window: &Window, users: &[&str]) -> Result<Counts, Failure> {
        let failed = || Failure::io(format!("read {}", self.path.display()));
        let file = File::open(&self.path).map_err(failed())?;
        let mut counts = Counts::default();
        for line in BufReader::new(file).lines() {
            counts.add(&line.map_err(failed())?, window, users);
        }
        Ok(counts)
    }
}

impl Counts {
    /// Counts a line of the log; the last one may be half written and is left out.
    fn add(&mut self, line: &str, window: &Window, users: &[&str]) {
        let Ok(entry) = serde_json::from_str::<Entry>(line) else { return };
        let received = entry.request_received_timestamp;
        let ours =
            users.contains(&entry.user.username.as_str()) && received >= window.from && received < window.to;
        let resource = entry.resource();
        if ours && entry.verb != "watch" && resource != "leases" {
            *self.0.entry((entry.user.username, entry.verb, resource)).or_default() += 1;
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.0.values().sum()
    }

    pub(super) fn writes(&self) -> u64 {
        self.of(is_write)
    }

    pub(super) fn reads(&self) -> u64 {
        self.of(|verb| !is_write(verb))
    }

    fn of(&self, wanted: impl Fn(&str) -> bool) -> u64 {
        self.0.iter().filter(|((_, verb, _), _)| wanted(verb)).map(|(_, count)| count).sum()
    }
}

impl Entry {
    /// Names what was asked for: a resource, with its subresource, or a path such as `/apis`.
    fn resource(&self) -> String {
        match &self.object_ref {
            Some(object) if object.subresource.is_empty() => object.resource.clone(),
            Some(object) => format!("{}/{}", object.resource, object.subresource),
            None => self.request_uri.split('?').next().unwrap_or_default().to_owned(),
        }
    }
}

fn is_write(verb: &str) -> bool {
    matches!(verb, "create" | "update" | "patch" | "delete" | "deletecollection" | "post" | "put")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(user: &str, verb: &str, resource: &str, second: u32) -> String {
        let object = if resource.starts_with('/') {
            "null".to_owned()
        } else {
            format!(r#"{{"resource":"{resource}"}}"#)
        };
        format!(
            r#"{{"kind":"Event","verb":"{verb}","user":{{"username":"{user}"}},"requestURI":"{resource}?x=1",
            "objectRef":{object},"requestReceivedTimestamp":"2026-01-01T00:00:{second:02}.000000Z"}}"#
        )
        .replace('\n', "")
    }

    #[test]
    fn only_requests_of_the_users_in_the_window_count() {
        let window = Window {
            from: "2026-01-01T00:00:10Z".parse().unwrap(),
            to: "2026-01-01T00:00:20Z".parse().unwrap(),
        };
        let mut counts = Counts::default();
        for line in [
            line("a", "get", "configmaps", 10),
            line("a", "patch", "configmaps", 11),
            line("a", "patch", "configmaps", 12),
            line("a", "get", "/apis", 13),
            line("a", "get", "configmaps", 9),
            line("a", "get", "configmaps", 20),
            line("b", "get", "configmaps", 15),
            line("a", "watch", "configmaps", 15),
            line("a", "update", "leases", 15),
            r#"{"kind":"Ev"#.to_owned(),
        ] {
            counts.add(&line, &window, &["a"]);
        }
        assert_eq!((counts.reads(), counts.writes(), counts.total()), (2, 2, 4));
        let keys: Vec<_> = counts.0.into_iter().map(|((_, verb, what), count)| (verb, what, count)).collect();
        assert_eq!(
            keys,
            [
                ("get".into(), "/apis".into(), 1),
                ("get".into(), "configmaps".into(), 1),
                ("patch".into(), "configmaps".into(), 2),
            ]
        );
    }
}
