//! Metadata of a resource: name, namespace, labels, annotations, read and written.

use std::collections::{BTreeMap, BTreeSet};

use sluice_yaml::{Mapping, Node, Tag, Value, resolve_1_2};

use super::{Origin, Resource};
use crate::error::{Result, invalid};

/// Annotations by which tools talk to each other while they build; none is left in the result.
const BUILD_ANNOTATIONS: [&str; 19] = [
    PREVIOUS_KINDS,
    PREVIOUS_NAMES,
    PREFIXES,
    SUFFIXES,
    PREVIOUS_NAMESPACES,
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/refBy",
    BEHAVIOR,
    NEEDS_HASH,
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
    "internal.config.kubernetes.io/helm-generated",
];

const PREVIOUS_KINDS: &str = "internal.config.kubernetes.io/previousKinds";
const PREVIOUS_NAMES: &str = "internal.config.kubernetes.io/previousNames";
const PREVIOUS_NAMESPACES: &str = "internal.config.kubernetes.io/previousNamespaces";
const PREFIXES: &str = "internal.config.kubernetes.io/prefixes";
const SUFFIXES: &str = "internal.config.kubernetes.io/suffixes";
const NEEDS_HASH: &str = "internal.config.kubernetes.io/needsHashSuffix";
const BEHAVIOR: &str = "internal.config.kubernetes.io/generatorBehavior";
const ORIGIN: &str = "config.kubernetes.io/origin";
const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

/// Which annotations about the build itself stay.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) origin: bool,
    pub(crate) transformations: bool,
}

impl Resource {
    pub(super) fn meta_text(&self, field: &str) -> &str {
        let value = self.node.get("metadata").and_then(|metadata| metadata.get(field));
        value.filter(|value| !value.is_null_or_empty()).and_then(Node::text).unwrap_or_default()
    }

    pub(crate) fn set_name(&mut self, name: &str) {
        set_untyped(self.metadata(), "name", name);
    }

    /// An empty namespace takes the field away.
    pub(crate) fn set_namespace(&mut self, namespace: &str) {
        if !namespace.is_empty() {
            set_untyped(self.metadata(), "namespace", namespace);
        } else if let Some(metadata) = self.node.get_mut("metadata").and_then(Node::as_mapping_mut) {
            metadata.remove("namespace");
        }
    }

    pub(crate) fn set_kind(&mut self, kind: &str) {
        if let Some(root) = self.node.as_mapping_mut() {
            set_untyped(root, "kind", kind);
        }
    }

    pub(crate) fn set_api_version(&mut self, api_version: &str) {
        if let Some(root) = self.node.as_mapping_mut() {
            set_untyped(root, "apiVersion", api_version);
        }
    }

    pub(crate) fn labels(&self) -> BTreeMap<String, String> {
        self.text_map("labels")
    }

    pub(crate) fn annotations(&self) -> BTreeMap<String, String> {
        self.text_map("annotations")
    }

    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        self.node.at(&["metadata", "annotations", key]).and_then(Node::text)
    }

    /// Replaces all labels; none takes the field away.
    pub(crate) fn set_labels(&mut self, labels: &BTreeMap<String, String>) {
        self.set_text_map("labels", labels);
    }

    /// Replaces all annotations; none takes the field away.
    pub(crate) fn set_annotations(&mut self, annotations: &BTreeMap<String, String>) {
        self.set_text_map("annotations", annotations);
    }

    /// Takes out what only the build needs; every value that is left becomes text.
    pub(crate) fn finish_annotations(&mut self, wanted: Wanted) {
        let mut annotations = self.annotations();
        annotations.retain(|key, _| !BUILD_ANNOTATIONS.contains(&key.as_str()));
        let origin = self.origin.as_ref().map(Origin::to_yaml);
        let transformations =
            (!self.transformations.is_empty()).then(|| super::list_to_yaml(&self.transformations));
        for (key, wanted, value) in
            [(ORIGIN, wanted.origin, origin), (TRANSFORMATIONS, wanted.transformations, transformations)]
        {
            match value.filter(|_| wanted) {
                Some(value) => {
                    annotations.insert(key.to_owned(), value);
                }
                None if !wanted => {
                    annotations.remove(key);
                }
                None => {}
            }
        }
        self.set_annotations(&annotations);
    }

    /// What the build remembers, as the annotations in which the original keeps it.
    pub(crate) fn memory_as_annotations(&self) -> BTreeMap<&'static str, String> {
        let each = |part: fn(&super::Previous) -> &String| {
            self.previous.iter().map(|previous| part(previous).as_str()).collect::<Vec<_>>().join(",")
        };
        let generated = self.generated;
        let entries = [
            (PREVIOUS_KINDS, each(|previous| &previous.kind)),
            (PREVIOUS_NAMES, each(|previous| &previous.name)),
            (PREVIOUS_NAMESPACES, each(|previous| &previous.namespace)),
            (PREFIXES, self.prefixes.join(",")),
            (SUFFIXES, self.suffixes.join(",")),
            (NEEDS_HASH, generated.filter(|g| g.hash).map(|_| "enabled".to_owned()).unwrap_or_default()),
            (BEHAVIOR, generated.map(|g| g.behavior.name().to_owned()).unwrap_or_default()),
            (ORIGIN, self.origin.as_ref().map(Origin::to_yaml).unwrap_or_default()),
            (
                TRANSFORMATIONS,
                if self.transformations.is_empty() {
                    String::new()
                } else {
                    super::list_to_yaml(&self.transformations)
                },
            ),
        ];
        entries.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// Writes what the build remembers into the annotations, for an edit that may take them out.
    pub(crate) fn lay_down_memory(&mut self) -> BTreeMap<&'static str, String> {
        let memory = self.memory_as_annotations();
        if !memory.is_empty() {
            let annotations = self.metadata().entry("annotations", Node::mapping);
            if let Some(annotations) = annotations.as_mapping_mut() {
                memory.iter().for_each(|(key, value)| annotations.set(key, Node::string(value.as_str())));
            }
        }
        memory
    }

    /// Takes that out again, and forgets what is not there any more.
    pub(crate) fn pick_up_memory(&mut self, memory: &BTreeMap<&'static str, String>) {
        let metadata = self.node.get_mut("metadata").and_then(Node::as_mapping_mut);
        let mut kept = BTreeSet::new();
        if let Some(metadata) = metadata {
            if let Some(annotations) = metadata.get_mut("annotations").and_then(Node::as_mapping_mut) {
                kept = memory.keys().copied().filter(|key| annotations.remove(key).is_some()).collect();
            }
            if metadata.get("annotations").and_then(Node::as_mapping).is_some_and(Mapping::is_empty) {
                metadata.remove("annotations");
            }
        }
        self.forget_all_but(&kept, false);
    }

    /// Forgets what edits took out of the annotations; `internal` ones are put back by most edits.
    pub(crate) fn forget_all_but(&mut self, kept: &BTreeSet<&str>, internal: bool) {
        if !kept.contains(ORIGIN) {
            self.origin = None;
        }
        if !kept.contains(TRANSFORMATIONS) {
            self.transformations.clear();
        }
        if internal {
            return;
        }
        if ![PREVIOUS_KINDS, PREVIOUS_NAMES, PREVIOUS_NAMESPACES].iter().all(|key| kept.contains(key)) {
            self.previous.clear();
        }
        if !kept.contains(PREFIXES) {
            self.prefixes.clear();
        }
        if !kept.contains(SUFFIXES) {
            self.suffixes.clear();
        }
        if let (Some(generated), false) = (&mut self.generated, kept.contains(NEEDS_HASH)) {
            generated.hash = false;
        }
    }

    /// Writes down a transformer; a resource without an origin is taken for its work.
    pub(crate) fn record_transformation(&mut self, origin: &Origin) {
        match self.origin {
            None => self.origin = Some(origin.clone()),
            Some(_) => self.transformations.push(origin.clone()),
        }
    }

    /// Takes over all but the data from the resource that this one merges with or replaces.
    pub(crate) fn adopt_metadata(&mut self, old: &Self) {
        let mut labels = old.labels();
        labels.extend(self.labels());
        self.set_labels(&labels);
        let mut annotations = old.annotations();
        annotations.extend(self.annotations());
        self.set_annotations(&annotations);
        self.set_name(old.name());
        self.set_namespace(old.namespace());
        let hash = self.needs_hash() && old.needs_hash();
        self.generated = old.generated.map(|generated| super::Generated { hash, ..generated });
        self.previous.clone_from(&old.previous);
        self.prefixes.clone_from(&old.prefixes);
        self.suffixes.clone_from(&old.suffixes);
        self.variables.clone_from(&old.variables);
        self.transformations.clone_from(&old.transformations);
    }

    fn metadata(&mut self) -> &mut Mapping {
        if self.node.as_mapping().is_none() {
            self.node.value = Value::Mapping(Mapping::default());
        }
        let root = self.node.as_mapping_mut().expect("made a mapping above");
        let metadata = root.entry("metadata", Node::mapping);
        if metadata.as_mapping().is_none() {
            metadata.value = Value::Mapping(Mapping::default());
        }
        metadata.as_mapping_mut().expect("made a mapping above")
    }

    /// A list is taken for keys and values in turn, as the original takes it.
    fn text_map(&self, field: &str) -> BTreeMap<String, String> {
        let text = |node: &Node| node.text().unwrap_or_default().to_owned();
        let map = self.node.get("metadata").and_then(|metadata| metadata.get(field));
        match map.map(|map| &map.value) {
            Some(Value::Mapping(mapping)) => {
                mapping.iter().map(|(key, value)| (text(key), text(value))).collect()
            }
            Some(Value::Sequence(items)) => {
                items.chunks_exact(2).map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
            }
            _ => BTreeMap::new(),
        }
    }

    fn set_text_map(&mut self, field: &str, map: &BTreeMap<String, String>) {
        if map.is_empty() {
            if let Some(metadata) = self.node.get_mut("metadata").and_then(Node::as_mapping_mut) {
                metadata.remove(field);
            }
            return;
        }
        let mut mapping = Mapping::default();
        for (key, value) in map {
            mapping.set(key, Node::string(value.as_str()));
        }
        let value = Value::Mapping(mapping).into();
        self.metadata().set(field, value);
    }
}

/// Writes text without a type of its own into a field. The quoting of the old value stays, and with it whether
/// the text is read as text or as what it looks like.
pub(crate) fn set_untyped(mapping: &mut Mapping, field: &str, text: &str) {
    match mapping.get_mut(field) {
        Some(old) => replace_text(old, text),
        None => mapping.set(field, Node::untyped(text)),
    }
}

/// Writes text into a plain value, keeping its quoting.
///
/// # Errors
/// When the node is a list or a mapping.
pub(crate) fn set_text(node: &mut Node, text: &str) -> Result<()> {
    if node.as_scalar().is_none() {
        let message = format!("expected a plain value, found a {}", node.kind_name());
        return Err(invalid(message).at(node.mark.line, node.mark.column));
    }
    replace_text(node, text);
    Ok(())
}

fn replace_text(node: &mut Node, text: &str) {
    match node.as_scalar_mut() {
        Some(scalar) => {
            text.clone_into(&mut scalar.text);
            scalar.tag = if scalar.style.is_plain() { resolve_1_2(text).tag() } else { Tag::Unset };
        }
        None => *node = Node::untyped(text),
    }
}
