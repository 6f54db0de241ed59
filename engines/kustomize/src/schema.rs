//! Which lists of an object are merged by which keys, and which kinds have no namespace: the Kubernetes 1.21 that
//! kustomize 5.8.1 embeds, or an OpenAPI document that a kustomization names.

mod open_api;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use crate::error::Result;

/// The only version of the embedded document that `openapi.version` may name.
pub(crate) const VERSION: &str = "v1.21.2";

/// References that lead nowhere new are given up after so many steps.
const MAX_REFERENCES: usize = 32;

/// The types of all kinds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    definitions: HashMap<String, Shape>,
    kinds: HashMap<(String, String), String>,
    cluster: Option<ClusterKinds>,
}

/// Kinds that stand in no namespace, by version and name, as the paths of a document tell.
pub(crate) type ClusterKinds = Arc<HashSet<(String, String)>>;

/// One type: its fields, or what its elements are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    reference: Option<String>,
    fields: HashMap<String, Shape>,
    /// The type of fields without an own entry.
    additional: Option<Box<Shape>>,
    elements: Option<Box<Shape>>,
    /// The keys by which elements are told apart, when lists are merged.
    merge: Option<Vec<String>>,
}

struct Embedded {
    schema: Schema,
    cluster: HashSet<(&'static str, &'static str)>,
    namespaced: HashSet<(&'static str, &'static str)>,
}

static EMBEDDED: LazyLock<Embedded> = LazyLock::new(|| read(include_str!("schema/kubernetes-1.21.txt")));

/// Says whether Kubernetes itself has this kind, and without namespaces.
pub fn is_cluster_scoped(api_version: &str, kind: &str) -> bool {
    EMBEDDED.cluster.contains(&(api_version, kind))
}

/// Says whether Kubernetes itself has this kind.
pub(crate) fn is_known(api_version: &str, kind: &str) -> bool {
    EMBEDDED.namespaced.contains(&(api_version, kind)) || is_cluster_scoped(api_version, kind)
}

/// The embedded document.
pub(crate) fn embedded() -> &'static Schema {
    &EMBEDDED.schema
}

// === impl Schema ===

impl Schema {
    /// Reads an OpenAPI 2 document, JSON or YAML.
    pub(crate) fn from_open_api(bytes: &[u8]) -> Result<Self> {
        open_api::read(bytes)
    }

    /// Adds the embedded document, whose definitions win.
    pub(crate) fn with_embedded(mut self) -> Self {
        self.definitions.extend(embedded().definitions.clone());
        self.kinds.extend(embedded().kinds.clone());
        self
    }

    /// Kinds without a namespace that Kubernetes itself does not have.
    pub(crate) fn cluster_kinds(&self) -> Option<&ClusterKinds> {
        self.cluster.as_ref()
    }

    /// The type of a kind.
    pub(crate) fn kind(&self, api_version: &str, kind: &str) -> Option<&Shape> {
        let name = self.kinds.get(&(api_version.to_owned(), kind.to_owned()))?;
        self.definitions.get(name).and_then(|shape| self.resolve(shape))
    }

    /// The type of a field.
    pub(crate) fn field<'s>(&'s self, shape: &'s Shape, name: &str) -> Option<&'s Shape> {
        let field = shape.fields.get(name).or(shape.additional.as_deref())?;
        self.resolve(field)
    }

    /// The type of the elements of a list.
    pub(crate) fn elements<'s>(&'s self, shape: &'s Shape) -> Option<&'s Shape> {
        self.resolve(shape.elements.as_deref()?)
    }

    fn resolve<'s>(&'s self, mut shape: &'s Shape) -> Option<&'s Shape> {
        for _ in 0..MAX_REFERENCES {
            match &shape.reference {
                None => return Some(shape),
                Some(name) => shape = self.definitions.get(name)?,
            }
        }
        None
    }
}

// === impl Shape ===

impl Shape {
    /// The keys by which elements are told apart; none at all for plain values. Nothing when a patch replaces the list.
    pub(crate) fn merge_keys(&self) -> Option<&[String]> {
        self.merge.as_deref()
    }

    fn to(name: &str) -> Self {
        Self { reference: (name != "-").then(|| name.to_owned()), ..Self::default() }
    }
}

/// Reads the embedded table; its format is written in its first lines.
fn read(table: &'static str) -> Embedded {
    let mut embedded =
        Embedded { schema: Schema::default(), cluster: HashSet::new(), namespaced: HashSet::new() };
    let schema = &mut embedded.schema;
    let mut current = String::new();
    for line in table.lines() {
        let words: Vec<&'static str> = line.split_whitespace().collect();
        match words[..] {
            ["cluster", api_version, kind] => {
                embedded.cluster.insert((api_version, kind));
            }
            ["namespaced", api_version, kind] => {
                embedded.namespaced.insert((api_version, kind));
            }
            ["kind", api_version, kind, name] => {
                schema.kinds.insert((api_version.to_owned(), kind.to_owned()), name.to_owned());
            }
            [name] if name.ends_with(':') => name.trim_end_matches(':').clone_into(&mut current),
            [name, kind, ref keys @ ..] if line.starts_with("  ") => {
                let fields = &mut schema.definitions.entry(current.clone()).or_default().fields;
                fields.insert(name.to_owned(), table_field(kind, keys.first().copied()));
            }
            _ => {}
        }
    }
    schema.definitions.insert("-".to_owned(), Shape::default());
    embedded
}

fn table_field(kind: &str, keys: Option<&str>) -> Shape {
    let merge = keys.map(|keys| match keys {
        "-" => Vec::new(),
        keys => keys.split(',').map(str::to_owned).collect(),
    });
    if let Some(name) = kind.strip_prefix("[]") {
        Shape { elements: Some(Box::new(Shape::to(name))), merge, ..Shape::default() }
    } else if let Some(name) = kind.strip_prefix("{}") {
        Shape { additional: Some(Box::new(Shape::to(name))), merge, ..Shape::default() }
    } else {
        Shape { merge, ..Shape::to(kind) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(kind: (&str, &str), path: &[&str]) -> Option<Vec<String>> {
        let schema = embedded();
        let mut shape = schema.kind(kind.0, kind.1)?;
        for part in path {
            shape = if *part == "[]" { schema.elements(shape)? } else { schema.field(shape, part)? };
        }
        shape.merge_keys().map(<[String]>::to_vec)
    }

    #[test]
    fn keys_of_lists() {
        let pod = ["spec", "template", "spec", "containers"];
        let ports = [&pod[..], &["[]", "ports"]].concat();
        assert_eq!(keys(("apps/v1", "Deployment"), &pod), Some(vec!["name".to_owned()]));
        let expected = vec!["containerPort".to_owned(), "protocol".to_owned()];
        assert_eq!(keys(("apps/v1", "Deployment"), &ports), Some(expected));
        assert_eq!(keys(("v1", "ConfigMap"), &["metadata", "finalizers"]), Some(Vec::new()));
        assert_eq!(keys(("v1", "Pod"), &["spec", "tolerations"]), None);
        assert!(is_cluster_scoped("v1", "Namespace"));
        assert!(!is_cluster_scoped("example.com/v1", "Thing"));
    }
}
