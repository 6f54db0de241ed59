//! The kinds a cluster serves, read from the two aggregated discovery documents.
//! Pure; a group version that the server itself calls stale counts as unknown, never as absent.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use kube::core::discovery::v2::{APIGroupDiscovery, APIGroupDiscoveryList, APIVersionDiscovery};

use crate::object::{GroupKind, ObjectId};

/// A kind in one served version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKind {
    /// The API group.
    pub group: String,
    /// The API version without the group.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The name in paths.
    pub plural: String,
    /// Whether objects live in namespaces.
    pub namespaced: bool,
    /// Whether objects can be listed and watched.
    pub watchable: bool,
}

/// All kinds of a cluster; the preferred version of each comes first.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    served: HashMap<GroupKind, Vec<Arc<ApiKind>>>,
    stale: HashSet<String>,
}

impl Kinds {
    /// Reads both documents; an answer without the core group is no discovery at all.
    pub(crate) fn read(core: &APIGroupDiscoveryList, groups: &APIGroupDiscoveryList) -> Option<Self> {
        let mut kinds = Self::default();
        for group in core.items.iter().chain(&groups.items) {
            kinds.add_group(group);
        }
        kinds.served.contains_key(&GroupKind::new("", "Namespace")).then_some(kinds)
    }

    /// Returns a kind in exactly this version.
    pub(crate) fn exact(&self, kind: &GroupKind, version: &str) -> Option<Arc<ApiKind>> {
        self.served.get(kind)?.iter().find(|served| served.version == version).cloned()
    }

    /// Returns a kind in this version, else in the preferred one.
    pub(crate) fn any(&self, kind: &GroupKind, version: &str) -> Option<Arc<ApiKind>> {
        self.exact(kind, version).or_else(|| self.served.get(kind)?.first().cloned())
    }

    /// Tells whether the server could not say what the group holds.
    pub(crate) fn is_stale(&self, group: &str) -> bool {
        self.stale.contains(group)
    }

    fn add_group(&mut self, group: &APIGroupDiscovery) {
        let name = group.metadata.as_ref().and_then(|metadata| metadata.name.clone()).unwrap_or_default();
        for version in &group.versions {
            if version.freshness.as_deref() == Some("Stale") {
                self.stale.insert(name.clone());
            }
            self.add_version(&name, version);
        }
    }

    fn add_version(&mut self, group: &str, version: &APIVersionDiscovery) {
        for resource in &version.resources {
            let kind = resource.response_kind.as_ref();
            let (Some(plural), Some(name)) = (&resource.resource, kind.and_then(|kind| kind.kind.as_ref()))
            else {
                continue;
            };
            let has = |verb: &str| resource.verbs.iter().any(|found| found == verb);
            if !has("get") {
                // Reviews and the like answer with other kinds and hold no objects.
                continue;
            }
            let served = ApiKind {
                group: group.to_owned(),
                version: version.version.clone().unwrap_or_default(),
                kind: name.clone(),
                plural: plural.clone(),
                namespaced: resource.scope.as_deref() == Some("Namespaced"),
                watchable: has("list") && has("watch"),
            };
            self.served.entry(GroupKind::new(group, name)).or_default().push(Arc::new(served));
        }
    }
}

impl ApiKind {
    /// Returns the path of all objects, or of those in one namespace.
    pub(crate) fn collection(&self, namespace: &str) -> String {
        let Self { group, version, plural, .. } = self;
        let root =
            if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
        if self.namespaced && !namespace.is_empty() {
            format!("{root}/namespaces/{}/{plural}", escaped(namespace))
        } else {
            format!("{root}/{plural}")
        }
    }

    /// Returns the path of an object.
    pub(crate) fn path(&self, id: &ObjectId) -> String {
        format!("{}/{}", self.collection(&id.namespace), escaped(&id.name))
    }

    /// Returns the group and kind.
    pub fn group_kind(&self) -> GroupKind {
        GroupKind::new(&self.group, &self.kind)
    }

    /// Returns `group/version`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }
}

/// Writes a name so that it is one segment of a path, or one value of a query, whatever it holds.
///
/// Names come from health checks and old inventories too, which no API server has looked at.
pub(crate) fn escaped(name: &str) -> String {
    // As segments of their own these mean other places.
    if matches!(name, "." | "..") {
        return name.replace('.', "%2E");
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    name.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests;
