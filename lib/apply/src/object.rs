//! What is applied: object ids in the form the inventory keeps them, and validated manifests.
//! Refuses manifests that cannot be applied by name (lists, generateName, no kind) and nesting that could exhaust a stack.

use std::{fmt, str::FromStr, sync::Arc};

use kube::core::GroupVersionKind;
use serde_json::{Map, Value, json};

mod digest;

pub use digest::Digest;
pub(crate) use digest::feed as digest_feed;

/// The deepest nesting of a manifest; responses that hold the object one level deeper must still parse (serde_json stops at 128).
const MAX_DEPTH: usize = 120;

/// Metadata that only the API server sets; exported manifests often carry it, and applying it is refused or a conflict.
const SERVER_METADATA: [&str; 7] = [
    "managedFields",
    "resourceVersion",
    "uid",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "selfLink",
];

/// Identifies an object of a cluster, whatever API version it is read in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    /// The namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
}

/// An API group and a kind in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupKind {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
}

/// One object as it shall be, checked to be appliable.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Which object it is.
    pub id: ObjectId,
    /// The API version without the group.
    pub version: String,
    /// The object itself.
    pub object: Arc<Value>,
    /// A digest of the object that does not depend on the order of keys.
    pub digest: Digest,
    /// The file that the object came from.
    pub source: Option<Arc<str>>,
    /// JSON pointers of fields that are left to others once the object exists.
    pub ignored: Arc<[String]>,
}

/// Why a value is not an appliable manifest.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ManifestError {
    /// The value is not a JSON object.
    #[error("{}a manifest must be an object", at(.file))]
    NotAnObject {
        /// The file that the object came from.
        file: Option<Arc<str>>,
    },
    /// A mandatory field is missing, empty or not a string.
    #[error("{}{subject} has no {field}", at(.file))]
    Missing {
        /// The file that the object came from.
        file: Option<Arc<str>>,
        /// The object as far as it can be named.
        subject: String,
        /// The path of the field.
        field: &'static str,
    },
    /// The object has a form that cannot be applied.
    #[error("{}{subject}: {why}", at(.file))]
    Unappliable {
        /// The file that the object came from.
        file: Option<Arc<str>>,
        /// The object as far as it can be named.
        subject: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// A text that is not an inventory id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not an inventory id of the form <namespace>_<name>_<group>_<kind>")]
pub struct ParseIdError(String);

fn at(file: &Option<Arc<str>>) -> String {
    file.as_ref().map(|file| format!("{file}: ")).unwrap_or_default()
}

// === impl ObjectId ===

impl ObjectId {
    /// Returns the group and kind.
    pub fn group_kind(&self) -> GroupKind {
        GroupKind { group: self.group.clone(), kind: self.kind.clone() }
    }

    /// Tells whether this is a Secret of the core group, whose values may stand in no message.
    pub fn is_secret(&self) -> bool {
        self.group.is_empty() && self.kind == "Secret"
    }

    /// Tells whether the id has this group and kind.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }

    /// Returns the id in the form `<namespace>_<name>_<group>_<kind>` of `status.inventory`.
    pub fn to_inventory(&self) -> String {
        let name = self.name.replace(':', "__");
        format!("{}_{}_{}_{}", self.namespace, name, self.group, self.kind)
    }

    /// Reads the form that [`ObjectId::to_inventory`] writes.
    pub fn from_inventory(text: &str) -> Result<Self, ParseIdError> {
        let parts = || {
            let (namespace, rest) = text.split_once('_')?;
            let (rest, kind) = rest.rsplit_once('_')?;
            let (name, group) = rest.rsplit_once('_')?;
            (!name.is_empty() && !kind.is_empty()).then_some((namespace, name, group, kind))
        };
        // The parts become parts of paths, and a status can be written by others than us.
        let (namespace, name, group, kind) = parts()
            .filter(|(namespace, name, group, kind)| {
                [namespace, name, group, kind].into_iter().all(|part| fits_path(part) && !part.contains('/'))
            })
            .ok_or_else(|| ParseIdError(text.to_owned()))?;
        Ok(Self {
            namespace: namespace.to_owned(),
            name: name.replace("__", ":"),
            group: group.to_owned(),
            kind: kind.to_owned(),
        })
    }
}

impl FromStr for ObjectId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_inventory(text)
    }
}

/// Writes `Kind/namespace/name`, the form of events and messages.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{}/{}", self.kind, self.name)
        } else {
            write!(f, "{}/{}/{}", self.kind, self.namespace, self.name)
        }
    }
}

// === impl GroupKind ===

impl GroupKind {
    /// Makes a group and kind; the core group is the empty text.
    pub fn new(group: impl Into<String>, kind: impl Into<String>) -> Self {
        Self { group: group.into(), kind: kind.into() }
    }
}

/// Writes `kind.group`, or only the kind in the core group.
impl fmt::Display for GroupKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group.is_empty() {
            f.write_str(&self.kind)
        } else {
            write!(f, "{}.{}", self.kind, self.group)
        }
    }
}

// === impl Manifest ===

impl Manifest {
    /// Checks a rendered object and takes metadata away that only the API server sets.
    pub fn new(value: Value, source: Option<Arc<str>>) -> Result<Self, ManifestError> {
        let Value::Object(mut object) = value else {
            return Err(ManifestError::NotAnObject { file: source });
        };
        let (id, version) = identify(&object, &source)?;
        if deeper_than(object.values(), MAX_DEPTH) {
            return Err(unappliable(&object, &source, "nested more than 120 levels deep"));
        }
        if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
            metadata.retain(|key, _| !SERVER_METADATA.contains(&key.as_str()));
        }
        let object = Value::Object(object);
        let ignored = Arc::default();
        Ok(Self { id, version, digest: Digest::of(&object), object: Arc::new(object), source, ignored })
    }

    /// Leaves fields to others once the object exists.
    #[must_use]
    pub fn ignoring(mut self, paths: Vec<String>) -> Self {
        self.ignored = paths.into();
        self.digest = self.digest_now();
        self
    }

    /// Other rules about the same object are another wish.
    fn digest_now(&self) -> Digest {
        match self.ignored.is_empty() {
            true => Digest::of(&self.object),
            false => Digest::of(&json!([*self.object, *self.ignored])),
        }
    }

    /// Returns group, version and kind.
    pub fn gvk(&self) -> GroupVersionKind {
        GroupVersionKind::gvk(&self.id.group, &self.version, &self.id.kind)
    }

    /// Makes the manifest one of a cluster-scoped object, for a kind whose scope turned out to be the cluster.
    pub(crate) fn without_namespace(mut self) -> Self {
        if self.id.namespace.is_empty() {
            return self;
        }
        self.id.namespace.clear();
        let object = Arc::make_mut(&mut self.object);
        if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
            metadata.remove("namespace");
        }
        self.digest = self.digest_now();
        self
    }
}

fn identify(
    object: &Map<String, Value>,
    file: &Option<Arc<str>>,
) -> Result<(ObjectId, String), ManifestError> {
    let api_version = required(object, object, "apiVersion", "apiVersion", file)?;
    let kind = required(object, object, "kind", "kind", file)?;
    if kind.ends_with("List") && object.get("items").is_some_and(Value::is_array) {
        return Err(unappliable(object, file, "is a list; its items must be manifests of their own"));
    }
    let empty = Map::new();
    let metadata = object.get("metadata").and_then(Value::as_object).unwrap_or(&empty);
    if metadata.contains_key("generateName") && !metadata.contains_key("name") {
        return Err(unappliable(
            object,
            file,
            "uses generateName; only objects with a fixed name can be applied",
        ));
    }
    let name = required(object, metadata, "name", "metadata.name", file)?;
    if name.contains("__") {
        return Err(unappliable(
            object,
            file,
            "has two underscores in a row in its name, which an inventory cannot keep",
        ));
    }
    let namespace = match metadata.get("namespace") {
        None | Some(Value::Null) => "",
        Some(Value::String(namespace)) => namespace,
        Some(_) => return Err(unappliable(object, file, "has a metadata.namespace that is not a string")),
    };
    if ![name, namespace, kind, api_version].into_iter().all(fits_path) {
        return Err(unappliable(
            object,
            file,
            "has characters in its name, namespace, kind or apiVersion that no API path may hold",
        ));
    }
    if name.contains('/') || namespace.contains(['/', '_']) || kind.contains(['/', '_']) {
        return Err(unappliable(object, file, "has a slash or underscore in its name, namespace or kind"));
    }
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    if version.is_empty() || group.contains(['/', '_']) {
        return Err(unappliable(object, file, "has an apiVersion that is not of the form group/version"));
    }
    let id = ObjectId {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        group: group.to_owned(),
        kind: kind.to_owned(),
    };
    Ok((id, version.to_owned()))
}

fn required<'a>(
    object: &Map<String, Value>,
    of: &'a Map<String, Value>,
    key: &str,
    field: &'static str,
    file: &Option<Arc<str>>,
) -> Result<&'a str, ManifestError> {
    match of.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        _ => Err(ManifestError::Missing { file: file.clone(), subject: subject(object), field }),
    }
}

fn unappliable(object: &Map<String, Value>, file: &Option<Arc<str>>, why: &'static str) -> ManifestError {
    ManifestError::Unappliable { file: file.clone(), subject: subject(object), why }
}

/// Names an object as well as its fields allow.
fn subject(object: &Map<String, Value>) -> String {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or("object");
    let metadata = object.get("metadata");
    let name = |key| metadata.and_then(|m| m.get(key)).and_then(Value::as_str);
    match (name("namespace"), name("name").or_else(|| name("generateName"))) {
        (Some(namespace), Some(name)) => format!("{kind}/{namespace}/{name}"),
        (None, Some(name)) => format!("{kind}/{name}"),
        (_, None) => kind.to_owned(),
    }
}

/// Tells whether a text can stand in a path as it is: visible ASCII without what paths give a meaning of its own.
fn fits_path(text: &str) -> bool {
    let special = |byte: u8| !byte.is_ascii_graphic() || b"%?#\"<>\\^`{|}".contains(&byte);
    !matches!(text, "." | "..") && !text.bytes().any(special)
}

/// Tells whether values nest deeper than allowed; recursion ends there, so the check itself is safe.
fn deeper_than<'a>(mut values: impl Iterator<Item = &'a Value>, depth: usize) -> bool {
    values.any(|value| match value {
        Value::Array(_) | Value::Object(_) if depth == 0 => true,
        Value::Array(items) => deeper_than(items.iter(), depth - 1),
        Value::Object(fields) => deeper_than(fields.values(), depth - 1),
        _ => false,
    })
}

#[cfg(test)]
mod tests;
