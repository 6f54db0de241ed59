//! The chart inside a release record: its JSON is kept as it is, so that nothing of it is lost when the record changes.
//! Charts below it are not part of the record. Refuses metadata that cannot be read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::chart::{Chart, Dependency, File, ImportValues, Lock, Maintainer, Metadata};
use crate::json::{Object, write_list, write_text, write_value};
use crate::values::Values;

use super::time::Time;

/// The chart of a release, as recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedChart {
    /// What `Chart.yaml` said.
    pub metadata: Metadata,
    /// The whole chart as JSON.
    pub(super) text: String,
}

impl Default for RecordedChart {
    fn default() -> Self {
        Self { metadata: Metadata::default(), text: "null".to_owned() }
    }
}

impl From<&Chart> for RecordedChart {
    fn from(chart: &Chart) -> Self {
        let mut text = String::new();
        write_chart(&mut text, chart);
        Self { metadata: (*chart.metadata).clone(), text }
    }
}

impl RecordedChart {
    /// The default values.
    pub fn values(&self) -> Values {
        let chart = serde_json::from_str(&self.text).unwrap_or(Value::Null);
        match chart {
            Value::Object(mut chart) => match chart.remove("values") {
                Some(Value::Object(values)) => values,
                _ => Values::new(),
            },
            _ => Values::new(),
        }
    }
}

fn write_chart(out: &mut String, chart: &Chart) {
    let content = &chart.content;
    let mut object = Object::begin(out);
    write_metadata(object.field("metadata"), &chart.metadata);
    match &content.lock {
        Some(lock) => write_lock(object.field("lock"), lock),
        None => object.field("lock").push_str("null"),
    }
    write_files(object.field("templates"), &content.templates);
    write_values(object.field("values"), &chart.values);
    let schema = object.field("schema");
    match &content.schema {
        Some(file) => write_text(schema, &STANDARD.encode(&file.data)),
        None => schema.push_str("null"),
    }
    let schema_modified = content.schema.as_ref().and_then(|file| file.modified).map(Time::from);
    write_time(object.field("schemamodtime"), schema_modified);
    write_files(object.field("files"), &content.files);
    if let Some(modified) = content.modified.map(Time::from).filter(|time| !time.is_zero()) {
        write_time(object.field("modtime"), Some(modified));
    }
    object.end();
}

fn write_values(out: &mut String, values: &Values) {
    let mut object = Object::begin(out);
    for (key, value) in values {
        write_value(object.field(key), value);
    }
    object.end();
}

fn write_files(out: &mut String, files: &[File]) {
    if files.is_empty() {
        out.push_str("null");
        return;
    }
    write_list(out, files, |out, file| {
        let mut object = Object::begin(out);
        write_text(object.field("name"), &file.name);
        write_text(object.field("data"), &STANDARD.encode(&file.data));
        if let Some(modified) = file.modified.map(Time::from).filter(|time| !time.is_zero()) {
            write_time(object.field("modtime"), Some(modified));
        }
        object.end();
    });
}

fn write_time(out: &mut String, time: Option<Time>) {
    match time {
        Some(time) => write_text(out, &time.to_string()),
        None => out.push_str("\"0001-01-01T00:00:00Z\""),
    }
}

fn write_lock(out: &mut String, lock: &Lock) {
    let mut object = Object::begin(out);
    let generated = lock.generated.parse().ok();
    write_time(object.field("generated"), generated);
    write_text(object.field("digest"), &lock.digest);
    write_list(object.field("dependencies"), &lock.dependencies, write_dependency);
    object.end();
}

/// Writes metadata in the order of Helm's fields.
pub(super) fn write_metadata(out: &mut String, metadata: &Metadata) {
    let mut object = Object::begin(out);
    object.text("name", &metadata.name);
    object.text("home", &metadata.home);
    object.texts("sources", &metadata.sources);
    object.text("version", &metadata.version);
    object.text("description", &metadata.description);
    object.texts("keywords", &metadata.keywords);
    object.list("maintainers", &metadata.maintainers, write_maintainer);
    object.text("icon", &metadata.icon);
    object.text("apiVersion", &metadata.api_version);
    object.text("condition", &metadata.condition);
    object.text("tags", &metadata.tags);
    object.text("appVersion", &metadata.app_version);
    if metadata.deprecated {
        object.field("deprecated").push_str("true");
    }
    if let Some(annotations) = metadata.annotations.as_ref().filter(|it| !it.is_empty()) {
        let mut inner = Object::begin(object.field("annotations"));
        for (key, value) in annotations {
            write_text(inner.field(key), value);
        }
        inner.end();
    }
    object.text("kubeVersion", &metadata.kube_version);
    object.list("dependencies", metadata.dependencies.as_deref().unwrap_or_default(), write_dependency);
    object.text("type", &metadata.kind);
    object.end();
}

fn write_maintainer(out: &mut String, maintainer: &Maintainer) {
    let mut object = Object::begin(out);
    object.text("name", &maintainer.name);
    object.text("email", &maintainer.email);
    object.text("url", &maintainer.url);
    object.end();
}

fn write_dependency(out: &mut String, dependency: &Dependency) {
    let mut object = Object::begin(out);
    write_text(object.field("name"), &dependency.name);
    object.text("version", &dependency.version);
    write_text(object.field("repository"), &dependency.repository);
    object.text("condition", &dependency.condition);
    object.texts("tags", &dependency.tags);
    if dependency.enabled {
        object.field("enabled").push_str("true");
    }
    object.list("import-values", &dependency.import_values, |out, import| match import {
        ImportValues::Written(value) => write_value(out, value),
        ImportValues::Resolved(paths) => {
            let mut object = Object::begin(out);
            write_text(object.field("child"), &paths.child);
            write_text(object.field("parent"), &paths.parent);
            object.end();
        }
    });
    object.text("alias", &dependency.alias);
    object.end();
}
