//! A release as Helm's JSON, and that packed as it stands in a record.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::hook::{Execution, Hook};
use crate::json::{Object, write_text, write_value};
use crate::values::Values;

use super::{Info, Release, Time};

impl Release {
    /// The record: JSON, packed with gzip, as base64 text.
    pub fn encode(&self) -> String {
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        // Writing to memory does not fail.
        let bytes = packed.write_all(self.to_json().as_bytes()).and_then(|()| packed.finish());
        STANDARD.encode(bytes.unwrap_or_default())
    }

    /// The release as Go's JSON writer gives it.
    pub fn to_json(&self) -> String {
        let mut text = String::new();
        let mut object = Object::begin(&mut text);
        object.text("name", &self.name);
        write_info(object.field("info"), &self.info);
        if self.chart.text != "null" {
            object.field("chart").push_str(&self.chart.text);
        }
        if let Some(config) = self.config.as_ref().filter(|config| !config.is_empty()) {
            write_table(object.field("config"), config);
        }
        object.text("manifest", &self.manifest);
        object.list("hooks", &self.hooks, write_hook);
        if self.version != 0 {
            object.field("version").push_str(&self.version.to_string());
        }
        object.text("namespace", &self.namespace);
        if let Some(method) = &self.apply_method {
            object.text("apply_method", method.as_str());
        }
        object.end();
        text
    }
}

pub(super) fn write_table(out: &mut String, table: &Values) {
    let mut object = Object::begin(out);
    for (key, value) in table {
        write_value(object.field(key), value);
    }
    object.end();
}

pub(super) fn write_info(out: &mut String, info: &Info) {
    let mut object = Object::begin(out);
    write_moment(&mut object, "first_deployed", info.first_deployed);
    write_moment(&mut object, "last_deployed", info.last_deployed);
    write_moment(&mut object, "deleted", info.deleted);
    object.text("description", &info.description);
    object.text("status", info.status.as_str());
    object.text("notes", &info.notes);
    object.end();
}

pub(super) fn write_hook(out: &mut String, hook: &Hook) {
    let mut object = Object::begin(out);
    object.text("name", &hook.name);
    object.text("kind", &hook.kind);
    object.text("path", &hook.path);
    object.text("manifest", &hook.manifest);
    object.list("events", &hook.events, |out, event| write_text(out, event.as_str()));
    write_execution(object.field("last_run"), &hook.last_run);
    if hook.weight != 0 {
        object.field("weight").push_str(&hook.weight.to_string());
    }
    object.texts("delete_policies", &hook.delete_policies);
    object.texts("output_log_policies", &hook.output_log_policies);
    object.end();
}

fn write_execution(out: &mut String, run: &Execution) {
    let mut object = Object::begin(out);
    write_moment(&mut object, "started_at", run.started_at);
    write_moment(&mut object, "completed_at", run.completed_at);
    write_text(object.field("phase"), &run.phase);
    object.end();
}

fn write_moment(object: &mut Object<'_>, name: &str, time: Option<Time>) {
    if let Some(time) = time.filter(|time| !time.is_zero()) {
        write_text(object.field(name), &time.to_string());
    }
}
