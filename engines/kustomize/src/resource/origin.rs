//! Where a resource came from and what changed it, for the annotations that `buildMetadata` asks for.

use serde_json::{Map, Value as Json};
use sluice_yaml::to_yaml;

/// A file, or the configuration that made or changed a resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Origin {
    pub(crate) path: String,
    pub(crate) configured_in: String,
    pub(crate) configured_by: Option<ConfiguredBy>,
}

/// The generator or transformer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ConfiguredBy {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
}

impl Origin {
    /// The origin of something that `path`, written in this one, leads to.
    pub(crate) fn append(&self, path: &str) -> Self {
        let path = match path.strip_prefix('/') {
            Some(absolute) if self.path.is_empty() => format!("/{}", clean(absolute)),
            _ => clean(&format!("{}/{path}", self.path)),
        };
        Self { path, ..self.clone() }
    }

    /// A built-in generator or transformer of the kustomization file `file` here.
    pub(crate) fn built_in(&self, file: &str, kind: &str) -> Self {
        let by =
            ConfiguredBy { api_version: "builtin".to_owned(), kind: kind.to_owned(), ..Default::default() };
        Self {
            path: String::new(),
            configured_in: clean(&format!("{}/{file}", self.path)),
            configured_by: Some(by),
        }
    }

    /// The text of the annotation.
    pub(crate) fn to_yaml(&self) -> String {
        self.fields().into_iter().map(|(key, value)| entry(key, &value)).collect()
    }

    fn fields(&self) -> Vec<(&'static str, Json)> {
        let mut fields = Vec::new();
        push(&mut fields, "path", &self.path);
        push(&mut fields, "configuredIn", &self.configured_in);
        if let Some(by) = &self.configured_by {
            let mut inner = Vec::new();
            push(&mut inner, "apiVersion", &by.api_version);
            push(&mut inner, "kind", &by.kind);
            push(&mut inner, "name", &by.name);
            push(&mut inner, "namespace", &by.namespace);
            let map: Map<String, Json> =
                inner.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
            fields.push(("configuredBy", Json::Object(map)));
        }
        fields
    }
}

/// The text of the annotation that lists all transformers.
pub(crate) fn list_to_yaml(origins: &[Origin]) -> String {
    let item = |origin: &Origin| {
        let text = origin.to_yaml();
        let mut lines = text.lines().map(|line| format!("  {line}\n")).collect::<String>();
        if !lines.is_empty() {
            lines.replace_range(0..2, "- ");
        }
        lines
    };
    origins.iter().map(item).collect()
}

fn push(fields: &mut Vec<(&'static str, Json)>, key: &'static str, text: &str) {
    if !text.is_empty() {
        fields.push((key, Json::String(text.to_owned())));
    }
}

fn entry(key: &str, value: &Json) -> String {
    to_yaml(&Json::Object(Map::from_iter([(key.to_owned(), value.clone())])))
}

/// A relative path without `.` parts and with `..` parts only in front.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
