//! What distinguishes one controller's objects from another's: label prefix, field manager, take-over rules.
//! The crate takes them as a parameter and knows no controller by itself.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde_json::Value;

use crate::entry::TakeOver;

/// The marks of one controller on the objects it manages.
#[derive(Clone, Debug)]
pub struct Conventions {
    /// The prefix of labels and annotations, with its slash: `kustomize.toolkit.fluxcd.io/`.
    pub prefix: String,
    /// The field manager of server-side apply.
    pub field_manager: String,
    /// The managers whose fields are taken over.
    pub take_over: Vec<TakeOver>,
    name_label: String,
    namespace_label: String,
}

/// The namespace and name of whoever owns managed objects.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner {
    /// The owner's namespace.
    pub namespace: Arc<str>,
    /// The owner's name.
    pub name: Arc<str>,
}

impl Conventions {
    /// Makes the conventions of Flux: fields of kubectl, of earlier Update writes and of further managers are taken over.
    pub fn new(prefix: &str, field_manager: &str, override_managers: &[String]) -> Self {
        let rule = |prefix: &str, apply| TakeOver { prefix: prefix.to_owned(), apply, update: true };
        let mut take_over =
            vec![rule("kubectl", true), rule("before-first-apply", false), rule(field_manager, false)];
        take_over.extend(override_managers.iter().map(|manager| rule(manager, true)));
        Self {
            prefix: prefix.to_owned(),
            field_manager: field_manager.to_owned(),
            take_over,
            name_label: format!("{prefix}name"),
            namespace_label: format!("{prefix}namespace"),
        }
    }

    /// Returns the two labels that name the owner.
    pub fn owner_labels(&self, owner: &Owner) -> [(String, String); 2] {
        [
            (self.name_label.clone(), owner.name.to_string()),
            (self.namespace_label.clone(), owner.namespace.to_string()),
        ]
    }

    /// Puts the owner's labels on a rendered object, where it has or can have labels.
    pub fn label(&self, object: &mut Value, owner: &Owner) {
        let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
        let labels = metadata.entry("labels").or_insert(Value::Null);
        if labels.is_null() {
            *labels = Value::Object(serde_json::Map::new());
        }
        if let Some(labels) = labels.as_object_mut() {
            labels.extend(self.owner_labels(owner).map(|(key, value)| (key, Value::String(value))));
        }
    }

    /// Returns the label that holds the owner's name; its existence selects managed objects.
    pub fn name_label(&self) -> &str {
        &self.name_label
    }

    pub(crate) fn owner_of(&self, labels: &BTreeMap<String, String>) -> Option<Owner> {
        let name = labels.get(&self.name_label)?;
        let namespace = labels.get(&self.namespace_label)?;
        Some(Owner::new(namespace, name))
    }
}

impl Owner {
    /// Makes an owner.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
