//! One Kubernetes object on its way through the build.

use serde_json::Value as Json;
use sluice_yaml::Node;

/// One object, with what the build remembers about it.
#[derive(Clone, Debug)]
pub struct Resource {
    node: Node,
    source: Option<String>,
}

impl Resource {
    /// The object as JSON.
    pub fn to_json(&self) -> Json {
        self.node.to_json().unwrap_or(Json::Null)
    }

    /// The file it came from, when one did.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }
}
