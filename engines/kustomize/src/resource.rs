//! One Kubernetes object on its way through the build, with what the build remembers about it: earlier names,
//! prefixes, where it came from. Refuses objects without kind or name.

mod id;
mod meta;
mod origin;
mod parse;
mod shared;

use std::sync::Arc;

use serde_json::Value as Json;
use sluice_yaml::Node;

use crate::error::{Label, Result, invalid};
use crate::schema::ClusterKinds;
pub(crate) use id::{Gvk, NO_NAMESPACE, ResourceId};
pub(crate) use meta::{Wanted, set_text, set_untyped};
pub(crate) use origin::{ConfiguredBy, Origin, list_to_yaml};
pub(crate) use parse::parse_resources;

/// The deepest nesting that edits may leave behind.
const MAX_DEPTH: usize = sluice_yaml::MAX_DEPTH;

/// The most values that edits may leave in one resource.
const MAX_NODES: usize = 300_000;

/// One object, with what the build remembers about it.
#[derive(Clone, Debug)]
pub struct Resource {
    pub(crate) node: Node,
    pub(crate) previous: Vec<Previous>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) suffixes: Vec<String>,
    pub(crate) generated: Option<Generated>,
    pub(crate) variables: Vec<String>,
    pub(crate) origin: Option<Origin>,
    pub(crate) transformations: Vec<Origin>,
    pub(crate) source: Option<Arc<str>>,
    pub(crate) shared: shared::SharedTexts,
    /// What a schema of the kustomization says about kinds of its own.
    pub(crate) cluster_kinds: Option<ClusterKinds>,
}

/// What a resource was called before a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Previous {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) kind: String,
}

/// How a generated resource meets one of the same name, and whether its name carries a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generated {
    pub(crate) behavior: Behavior,
    pub(crate) hash: bool,
}

/// What happens when a resource of the same name is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Behavior {
    /// Nothing was said: as create.
    #[default]
    Unspecified,
    /// An error.
    Create,
    /// The new data replaces the old.
    Replace,
    /// The new data is laid over the old.
    Merge,
}

// === impl Behavior ===

impl Behavior {
    /// An unknown word counts as nothing said.
    pub(crate) fn parse(word: &str) -> Self {
        match word {
            "create" => Self::Create,
            "replace" => Self::Replace,
            "merge" => Self::Merge,
            _ => Self::Unspecified,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Merge => "merge",
        }
    }
}

// === impl Resource ===

impl Resource {
    pub(crate) fn new(node: Node) -> Self {
        Self {
            node,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            generated: None,
            variables: Vec::new(),
            origin: None,
            transformations: Vec::new(),
            source: None,
            shared: shared::SharedTexts::default(),
            cluster_kinds: None,
        }
    }

    /// The object as JSON, with whole numbers intact.
    pub fn to_json(&self) -> Json {
        // A resource of a finished build was converted once already.
        self.node.to_json().unwrap_or(Json::Null)
    }

    /// The object as a YAML document, as `kustomize build` prints it.
    pub fn to_yaml(&self) -> String {
        sluice_yaml::to_yaml(&self.to_json())
    }

    /// The file it came from, or the kustomization file that generates it.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// `apiVersion`, empty when missing.
    pub fn api_version(&self) -> &str {
        self.node.get("apiVersion").and_then(Node::text).unwrap_or_default()
    }

    /// `kind`, empty when missing.
    pub fn kind(&self) -> &str {
        self.node.get("kind").and_then(Node::text).unwrap_or_default()
    }

    /// `metadata.name`, empty when missing.
    pub fn name(&self) -> &str {
        self.meta_text("name")
    }

    /// `metadata.namespace`, empty when missing.
    pub fn namespace(&self) -> &str {
        self.meta_text("namespace")
    }

    /// Says whether no namespace can hold it.
    pub(crate) fn is_cluster_scoped(&self) -> bool {
        self.gvk().is_cluster_scoped() || self.is_custom_cluster_kind()
    }

    fn is_custom_cluster_kind(&self) -> bool {
        self.cluster_kinds.as_ref().is_some_and(|kinds| {
            !crate::schema::is_known(self.api_version(), self.kind())
                && kinds.contains(&(self.api_version().to_owned(), self.kind().to_owned()))
        })
    }

    pub(crate) fn gvk(&self) -> Gvk {
        Gvk::new(self.api_version(), self.kind())
    }

    /// The identity now.
    pub(crate) fn id(&self) -> ResourceId {
        let mut id = ResourceId::new(self.gvk(), self.name(), self.namespace());
        id.cluster_scoped |= self.is_custom_cluster_kind();
        id
    }

    /// The identity when it was read.
    pub(crate) fn original_id(&self) -> ResourceId {
        match self.previous.first() {
            Some(previous) => self.previous_id(previous),
            None => self.id(),
        }
    }

    /// Every identity before the one now, the oldest first.
    pub(crate) fn previous_ids(&self) -> impl Iterator<Item = ResourceId> {
        self.previous.iter().map(|previous| self.previous_id(previous))
    }

    /// Every identity, the one now last.
    pub(crate) fn all_ids(&self) -> impl Iterator<Item = ResourceId> {
        self.previous_ids().chain(std::iter::once_with(|| self.id()))
    }

    fn previous_id(&self, previous: &Previous) -> ResourceId {
        let gvk = Gvk { kind: previous.kind.clone(), ..self.gvk() };
        let (name, namespace) = (previous.name.clone(), previous.namespace.clone());
        // The remembered namespace is an effective one, so the scope is in it already.
        ResourceId { gvk, name, namespace, cluster_scoped: false }
    }

    /// Writes down the identity before a step that may change it.
    pub(crate) fn remember_id(&mut self) {
        let id = self.id();
        let namespace = id.effective_namespace().to_owned();
        self.previous.push(Previous { name: id.name, namespace, kind: id.gvk.kind });
    }

    /// Says whether object and history are the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.node == other.node
            && self.previous == other.previous
            && self.prefixes == other.prefixes
            && self.suffixes == other.suffixes
    }

    /// Says whether nothing is left of the object.
    pub(crate) fn is_empty(&self) -> bool {
        self.node.is_null_or_empty()
    }

    pub(crate) fn behavior(&self) -> Behavior {
        self.generated.map_or(Behavior::Unspecified, |generated| generated.behavior)
    }

    pub(crate) fn needs_hash(&self) -> bool {
        self.generated.is_some_and(|generated| generated.hash)
    }

    /// `Kind namespace/name` for messages.
    pub(crate) fn label(&self) -> Label {
        let text = match self.namespace() {
            "" => format!("{} {}", self.kind(), self.name()),
            namespace => format!("{} {namespace}/{}", self.kind(), self.name()),
        };
        Label { text, source: self.source.clone() }
    }

    /// Refuses an object that edits left without kind or name.
    pub(crate) fn check_named(&self) -> Result<()> {
        // What was empty is not written down, and then the lists of names and kinds differ in length.
        let named = self.previous.iter().filter(|previous| !previous.name.is_empty()).count();
        if named > 0 && (named < self.previous.len() || self.previous.iter().any(|p| p.kind.is_empty())) {
            return Err(invalid("a step left the object without kind or name").on(self.label()));
        }
        parse::check(&self.node).map_err(|error| match self.source() {
            Some(source) => error.in_file(source),
            None => error,
        })
    }

    /// Refuses what edits have made too large.
    pub(crate) fn check_size(&self) -> Result<()> {
        if self.node.count() > MAX_NODES {
            let limit = crate::error::Cause::Limit { what: "values in one resource", limit: MAX_NODES };
            return Err(crate::error::BuildError::from(limit).on(self.label()));
        }
        Ok(())
    }

    /// Refuses what edits have nested too deeply.
    pub(crate) fn check_depth(&self) -> Result<()> {
        if self.node.depth() > MAX_DEPTH {
            return Err(invalid("values are nested too deeply").on(self.label()));
        }
        Ok(())
    }
}

/// Says whether the outermost prefixes, or suffixes, of two resources are the same; where `lenient`, none at all
/// matches any.
pub(crate) fn same_affixes(left: &[String], right: &[String], lenient: bool) -> bool {
    lenient && (left.is_empty() || right.is_empty()) || same_ending(left, right)
}

/// Says whether the shorter list is the end of the longer one; none at all is only the end of none.
fn same_ending(left: &[String], right: &[String]) -> bool {
    let shorter = left.len().min(right.len());
    if shorter == 0 {
        return left.len() == right.len();
    }
    left[left.len() - shorter..] == right[right.len() - shorter..]
}
