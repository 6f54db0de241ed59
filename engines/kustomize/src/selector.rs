//! Which resources are meant: patterns for kind, name and namespace, and selectors of labels and annotations.

mod requirement;

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use crate::error::{BuildError, Result};
use crate::kustomization::Selector;
use crate::pattern::compile_whole;
use crate::resource::{Gvk, Resource, ResourceId};
use requirement::Requirements;

/// A selector, compiled. An empty part matches all.
pub(crate) struct Matcher {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    /// A mistake counts only once there is a resource to look at, as it does in the original.
    labels: Result<Requirements>,
    annotations: Result<Requirements>,
}

/// The parts of a selector of objects outside of a build; an empty part matches all.
///
/// All but the last two are patterns for the whole text.
#[derive(Clone, Copy, Debug, Default)]
pub struct SelectorParts<'a> {
    /// The API group.
    pub group: &'a str,
    /// The API version.
    pub version: &'a str,
    /// The kind.
    pub kind: &'a str,
    /// The name.
    pub name: &'a str,
    /// The namespace.
    pub namespace: &'a str,
    /// The labels, as Kubernetes writes a selector.
    pub labels: &'a str,
    /// The annotations, in the same form.
    pub annotations: &'a str,
}

/// A selector of objects outside of a build.
pub struct ObjectSelector(Matcher);

impl ObjectSelector {
    /// Compiles a selector.
    ///
    /// # Errors
    /// When a part is no pattern or no selector.
    pub fn new(parts: &SelectorParts<'_>) -> Result<Self> {
        let matcher = Matcher::new(&Selector {
            group: parts.group.to_owned(),
            version: parts.version.to_owned(),
            kind: parts.kind.to_owned(),
            name: parts.name.to_owned(),
            namespace: parts.namespace.to_owned(),
            label_selector: parts.labels.to_owned(),
            annotation_selector: parts.annotations.to_owned(),
        })?;
        matcher.labels.as_ref().map_err(BuildError::clone)?;
        matcher.annotations.as_ref().map_err(BuildError::clone)?;
        Ok(Self(matcher))
    }

    /// Says whether an object is meant.
    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (group, version) = text("/apiVersion").rsplit_once('/').unwrap_or(("", text("/apiVersion")));
        let gvk =
            Gvk { group: group.to_owned(), version: version.to_owned(), kind: text("/kind").to_owned() };
        let texts = |pointer: &str| -> BTreeMap<String, String> {
            let fields = object.pointer(pointer).and_then(Value::as_object);
            let fields = fields.into_iter().flatten();
            fields.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
        };
        let holds = |requirements: &Result<Requirements>, pointer: &str| {
            requirements.as_ref().is_ok_and(|all| all.is_empty() || all.matches(&texts(pointer)))
        };
        self.0.matches_kind(&gvk)
            && is_match(&self.0.name, text("/metadata/name"))
            && is_match(&self.0.namespace, text("/metadata/namespace"))
            && holds(&self.0.labels, "/metadata/labels")
            && holds(&self.0.annotations, "/metadata/annotations")
    }
}

impl Matcher {
    pub(crate) fn new(selector: &Selector) -> Result<Self> {
        let part = |field: &str, pattern: &str| {
            (!pattern.is_empty())
                .then(|| compile_whole(pattern))
                .transpose()
                .map_err(|error| error.field(format!(".{field}")))
        };
        let parse = |field: &str, text: &str| {
            Requirements::parse(text).map_err(|error| error.field(format!(".{field}")))
        };
        Ok(Self {
            group: part("group", &selector.group)?,
            version: part("version", &selector.version)?,
            kind: part("kind", &selector.kind)?,
            name: part("name", &selector.name)?,
            namespace: part("namespace", &selector.namespace)?,
            labels: parse("labelSelector", &selector.label_selector),
            annotations: parse("annotationSelector", &selector.annotation_selector),
        })
    }

    /// Says whether the resource is meant, by its name and namespace now or at first.
    ///
    /// # Errors
    /// When a selector of labels or annotations is none.
    pub(crate) fn matches(&self, resource: &Resource) -> Result<bool> {
        let (now, first) = (resource.id(), resource.original_id());
        let either = |pattern: &Option<Regex>, one: &str, other: &str| {
            is_match(pattern, one) || is_match(pattern, other)
        };
        let named = either(&self.namespace, first.effective_namespace(), now.effective_namespace())
            && either(&self.name, &first.name, &now.name)
            && self.matches_kind(&now.gvk);
        if named { self.matches_metadata(resource) } else { Ok(false) }
    }

    /// Says whether one identity is meant; its namespace is taken as written.
    pub(crate) fn matches_id(&self, id: &ResourceId) -> bool {
        self.matches_kind(&id.gvk)
            && is_match(&self.name, &id.name)
            && is_match(&self.namespace, &id.namespace)
    }

    /// Says whether labels and annotations are as wanted.
    ///
    /// # Errors
    /// When a selector is none.
    pub(crate) fn matches_metadata(&self, resource: &Resource) -> Result<bool> {
        let labels = self.labels.as_ref().map_err(BuildError::clone)?;
        if !labels.is_empty() && !labels.matches(&resource.labels()) {
            return Ok(false);
        }
        let annotations = self.annotations.as_ref().map_err(BuildError::clone)?;
        Ok(annotations.is_empty() || annotations.matches(&resource.annotations()))
    }

    /// Says whether any identity would do.
    pub(crate) fn names_nothing(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace]
            .iter()
            .all(|part| part.is_none())
    }

    /// Says whether labels or annotations are asked for.
    pub(crate) fn has_metadata(&self) -> bool {
        [&self.labels, &self.annotations].iter().any(|part| !part.as_ref().is_ok_and(Requirements::is_empty))
    }

    fn matches_kind(&self, gvk: &Gvk) -> bool {
        is_match(&self.group, &gvk.group)
            && is_match(&self.version, &gvk.version)
            && is_match(&self.kind, &gvk.kind)
    }
}

fn is_match(pattern: &Option<Regex>, text: &str) -> bool {
    pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
}
