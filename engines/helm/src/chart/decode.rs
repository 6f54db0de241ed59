//! `Chart.yaml` and its kin from YAML, field by field as Go's JSON reader does it: names match whatever their case, null
//! leaves a field alone, a number or truth value becomes text where text is wanted, and reading again adds to what
//! is there. Other types are refused with that reader's words.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sluice_yaml::{format_float_32, in_go_words, parse_first};

use super::draft::{DependencyDraft, LockDraft, MetadataDraft};
use super::metadata::{ImportValues, Maintainer};
use crate::values::json_kind;

/// Why a file of a chart cannot be read; the words of Helm behind `cannot load …:`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It is not YAML.
    #[error("error converting YAML to JSON: {0}")]
    Syntax(String),
    /// A field has another type.
    #[error("error unmarshaling JSON: while decoding JSON: {0}")]
    Type(String),
}

/// Where a value stands, for messages: the struct and the path of the field.
#[derive(Clone, Copy)]
struct Place<'a> {
    holder: &'a str,
    path: &'a str,
}

/// Reads one file into `target`.
pub(super) fn decode<T>(
    bytes: &[u8],
    target: &mut T,
    into: impl Fn(&mut T, &Value, &mut Reader),
) -> Result<(), DecodeError> {
    let syntax = |message: String| DecodeError::Syntax(message);
    let Some(document) = parse_first(bytes).map_err(|error| syntax(in_go_words(&error, bytes)))? else {
        return Ok(());
    };
    let value = document.to_json_lenient().map_err(|error| syntax(error.message))?;
    let mut reader = Reader::default();
    into(target, &value, &mut reader);
    reader.error.map_or(Ok(()), |message| Err(DecodeError::Type(message)))
}

/// Reads values and remembers the first that has the wrong type.
#[derive(Default)]
pub(super) struct Reader {
    error: Option<String>,
}

impl Reader {
    fn wrong(&mut self, value: &Value, place: Place<'_>, wanted: &str) {
        let target = if place.path.is_empty() {
            format!("Go value of type {wanted}")
        } else {
            format!("Go struct field {}.{} of type {wanted}", place.holder, place.path)
        };
        self.error
            .get_or_insert_with(|| format!("json: cannot unmarshal {} into {target}", json_kind(value)));
    }

    /// The pairs of a table; the struct's Go name is for messages.
    fn object<'v>(
        &mut self,
        value: &'v Value,
        place: Place<'_>,
        kind: &str,
    ) -> Option<&'v Map<String, Value>> {
        match value {
            Value::Object(map) => Some(map),
            Value::Null => None,
            _ => {
                self.wrong(value, place, kind);
                None
            }
        }
    }

    fn text(&mut self, target: &mut String, value: &Value, place: Place<'_>) {
        match as_text(value) {
            Some(text) => *target = text,
            None if value.is_null() => {}
            None => self.wrong(value, place, "string"),
        }
    }

    fn truth(&mut self, target: &mut bool, value: &Value, place: Place<'_>) {
        match value {
            Value::Bool(value) => *target = *value,
            Value::Null => {}
            _ => self.wrong(value, place, "bool"),
        }
    }

    fn texts(&mut self, target: &mut Vec<String>, value: &Value, place: Place<'_>) {
        self.list(target, value, place, "[]string", |reader, text, item| reader.text(text, item, place));
    }

    /// Reads items into those that are there already, as Go does.
    fn list<T: Default>(
        &mut self,
        target: &mut Vec<T>,
        value: &Value,
        place: Place<'_>,
        kind: &str,
        read: impl Fn(&mut Self, &mut T, &Value),
    ) {
        match value {
            Value::Array(items) => {
                target.resize_with(items.len(), T::default);
                target.iter_mut().zip(items).for_each(|(slot, item)| read(self, slot, item));
            }
            Value::Null => target.clear(),
            _ => self.wrong(value, place, kind),
        }
    }

    fn annotations(
        &mut self,
        target: &mut Option<BTreeMap<String, String>>,
        value: &Value,
        place: Place<'_>,
    ) {
        if value.is_null() {
            *target = None;
        }
        let Some(map) = self.object(value, place, "map[string]string") else { return };
        let annotations = target.get_or_insert_default();
        for (key, value) in map {
            let mut text = String::new();
            self.text(&mut text, value, place);
            annotations.insert(key.clone(), text);
        }
    }

    fn maintainer(&mut self, target: &mut Option<Maintainer>, value: &Value, path: &str) {
        let place = Place { holder: "Metadata", path };
        let Some(map) = self.pointer(target, value, place, "v2.Maintainer") else { return };
        let target = target.get_or_insert_default();
        for (key, value) in map {
            let path = format!("{path}.{}", key.to_lowercase());
            let place = Place { holder: "Maintainer", path: &path };
            match key.to_lowercase().as_str() {
                "name" => self.text(&mut target.name, value, place),
                "email" => self.text(&mut target.email, value, place),
                "url" => self.text(&mut target.url, value, place),
                _ => {}
            }
        }
    }

    /// A struct behind a pointer, which null takes away.
    fn pointer<'v, T>(
        &mut self,
        target: &mut Option<T>,
        value: &'v Value,
        place: Place<'_>,
        kind: &str,
    ) -> Option<&'v Map<String, Value>> {
        if value.is_null() {
            *target = None;
        }
        self.object(value, place, kind)
    }

    fn dependency(&mut self, target: &mut Option<DependencyDraft>, value: &Value, holder: &str) {
        let place = Place { holder, path: "dependencies" };
        let Some(map) = self.pointer(target, value, place, "v2.Dependency") else { return };
        let target = target.get_or_insert_default();
        for (key, value) in map {
            let name = key.to_lowercase();
            let path = format!("dependencies.{name}");
            let place = Place { holder: "Dependency", path: &path };
            match name.as_str() {
                "name" => self.text(&mut target.name, value, place),
                "version" => self.text(&mut target.version, value, place),
                "repository" => self.text(&mut target.repository, value, place),
                "condition" => self.text(&mut target.condition, value, place),
                "tags" => self.texts(&mut target.tags, value, place),
                "enabled" => self.truth(&mut target.enabled, value, place),
                "import-values" => {
                    let read = |_: &mut Self, slot: &mut Option<ImportValues>, item: &Value| {
                        *slot = Some(ImportValues::Written(item.clone()));
                    };
                    self.list(&mut target.import_values, value, place, "[]interface {}", read);
                }
                "alias" => self.text(&mut target.alias, value, place),
                _ => {}
            }
        }
    }

    fn dependencies(
        &mut self,
        target: &mut Option<Vec<Option<DependencyDraft>>>,
        value: &Value,
        holder: &str,
    ) {
        if value.is_null() {
            *target = None;
            return;
        }
        let place = Place { holder, path: "dependencies" };
        let items = target.get_or_insert_default();
        self.list(items, value, place, "[]*v2.Dependency", |reader, slot, item| {
            reader.dependency(slot, item, holder);
        });
    }
}

/// Reads `Chart.yaml` or `requirements.yaml`.
pub(super) fn metadata(target: &mut MetadataDraft, value: &Value, reader: &mut Reader) {
    let whole = Place { holder: "Metadata", path: "" };
    let Some(map) = reader.object(value, whole, "v2.Metadata") else { return };
    for (key, value) in map {
        metadata_field(target, &key.to_lowercase(), value, reader);
    }
}

fn metadata_field(target: &mut MetadataDraft, name: &str, value: &Value, reader: &mut Reader) {
    let place = Place { holder: "Metadata", path: go_name(name) };
    match name {
        "name" => reader.text(&mut target.name, value, place),
        "home" => reader.text(&mut target.home, value, place),
        "sources" => reader.texts(&mut target.sources, value, place),
        "version" => reader.text(&mut target.version, value, place),
        "description" => reader.text(&mut target.description, value, place),
        "keywords" => reader.texts(&mut target.keywords, value, place),
        "maintainers" => {
            let read = |reader: &mut Reader, slot: &mut Option<Maintainer>, item: &Value| {
                reader.maintainer(slot, item, "maintainers");
            };
            reader.list(&mut target.maintainers, value, place, "[]*v2.Maintainer", read);
        }
        "icon" => reader.text(&mut target.icon, value, place),
        "apiversion" => reader.text(&mut target.api_version, value, place),
        "condition" => reader.text(&mut target.condition, value, place),
        "tags" => reader.text(&mut target.tags, value, place),
        "appversion" => reader.text(&mut target.app_version, value, place),
        "deprecated" => reader.truth(&mut target.deprecated, value, place),
        "annotations" => reader.annotations(&mut target.annotations, value, place),
        "kubeversion" => reader.text(&mut target.kube_version, value, place),
        "dependencies" => reader.dependencies(&mut target.dependencies, value, "Metadata"),
        "type" => reader.text(&mut target.kind, value, place),
        _ => {}
    }
}

/// The name as the struct has it.
fn go_name(lower: &str) -> &str {
    match lower {
        "apiversion" => "apiVersion",
        "appversion" => "appVersion",
        "kubeversion" => "kubeVersion",
        other => other,
    }
}

/// Reads `Chart.lock` or `requirements.lock`.
pub(super) fn lock(target: &mut LockDraft, value: &Value, reader: &mut Reader) {
    let whole = Place { holder: "Lock", path: "" };
    let Some(map) = reader.object(value, whole, "v2.Lock") else { return };
    for (key, value) in map {
        let name = key.to_lowercase();
        match name.as_str() {
            "generated" => generated(&mut target.generated, value, reader),
            "digest" => reader.text(&mut target.digest, value, Place { holder: "Lock", path: "digest" }),
            "dependencies" => reader.dependencies(&mut target.dependencies, value, "Lock"),
            _ => {}
        }
    }
}

fn generated(target: &mut String, value: &Value, reader: &mut Reader) {
    const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
    match value {
        Value::Null => {}
        Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => target.clone_from(text),
        Value::String(text) => {
            let message = format!("parsing time {text:?} as {LAYOUT:?}: cannot parse {text:?} as \"2006\"");
            reader.error.get_or_insert(message);
        }
        _ => {
            let message = "Time.UnmarshalJSON: input is not a JSON string".to_owned();
            reader.error.get_or_insert(message);
        }
    }
}

/// Reads the version of the format alone.
pub(super) fn api_version(target: &mut String, value: &Value, reader: &mut Reader) {
    let whole = Place { holder: "chartBase", path: "" };
    let Some(map) = reader.object(value, whole, "loader.chartBase") else { return };
    for (key, value) in map.iter().filter(|(key, _)| key.eq_ignore_ascii_case("apiVersion")) {
        debug_assert!(!key.is_empty(), "a name that matched");
        reader.text(target, value, Place { holder: "chartBase", path: "apiVersion" });
    }
}

/// Text, or what YAML reads as a number or truth value, as text.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => match number.as_f64() {
            Some(value) if number.is_f64() => Some(format_float_32(value as f32)),
            _ => Some(number.to_string()),
        },
        _ => None,
    }
}
