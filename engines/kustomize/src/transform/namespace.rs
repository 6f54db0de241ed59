//! `namespace`: set on everything that can have one, on the subjects of role bindings, and in the fields that name
//! one. Refuses two resources that become the same.

use std::collections::HashSet;

use sluice_yaml::{Node, Tag, Value};

use super::Transform;
use crate::collection::Collection;
use crate::error::{Result, invalid};
use crate::field_spec::{FieldSpec, Make};
use crate::kustomization::ObjectMeta;
use crate::record::record;
use crate::resource::Resource;
use crate::schema::Schema;

record! {
    /// A namespace, the fields that get it, and how far it reaches.
    struct Namespace {
        metadata: ObjectMeta = "metadata",
        specs: Vec<FieldSpec> = "fieldSpecs",
        unset_only: bool = "unsetOnly",
        subjects: String = "setRoleBindingSubjects",
    }
}

/// Which subjects of a role binding get the namespace.
#[derive(Clone, Copy, PartialEq)]
enum Subjects {
    NamedDefault,
    AllServiceAccounts,
    None,
}

impl Transform for Namespace {
    fn apply(&self, collection: &mut Collection, _: &Schema) -> Result<()> {
        if self.metadata.namespace.is_empty() {
            return Ok(());
        }
        let subjects = self.subjects()?;
        for resource in collection.resources.iter_mut().filter(|resource| !resource.is_empty()) {
            if resource.annotation("internal.config.kubernetes.io/helm-generated") == Some("true") {
                continue;
            }
            resource.remember_id();
            self.set_on(resource, Some(subjects))?;
        }
        let mut seen = HashSet::new();
        for resource in &collection.resources {
            let id = resource.id();
            if !seen.insert(id.key()) {
                let message = format!("namespace transformation produces ID conflict: {id}");
                return Err(invalid(message).on(resource.label()));
            }
        }
        Ok(())
    }
}

impl Namespace {
    /// Sets the namespace alone, as a value added to `metadata/namespace` does.
    pub(crate) fn only(namespace: &str) -> Self {
        let metadata = ObjectMeta { namespace: namespace.to_owned(), ..ObjectMeta::default() };
        Self { metadata, ..Self::default() }
    }

    fn subjects(&self) -> Result<Subjects> {
        match self.subjects.as_str() {
            "" | "defaultOnly" => Ok(Subjects::NamedDefault),
            "allServiceAccounts" => Ok(Subjects::AllServiceAccounts),
            "none" => Ok(Subjects::None),
            other => {
                let message =
                    format!("invalid value {other:?}: expected defaultOnly, none or allServiceAccounts");
                Err(invalid(message).field("setRoleBindingSubjects"))
            }
        }
    }

    pub(crate) fn set_alone(&self, resource: &mut Resource) -> Result<()> {
        self.set_on(resource, Some(Subjects::NamedDefault))
    }

    fn set_on(&self, resource: &mut Resource, subjects: Option<Subjects>) -> Result<()> {
        let gvk = resource.gvk();
        if !resource.is_cluster_scoped() {
            let spec = FieldSpec::everywhere("metadata/namespace");
            spec.visit(resource, Make::Scalar, &mut |node| self.set(node))?;
        }
        let is_binding = matches!(gvk.kind.as_str(), "RoleBinding" | "ClusterRoleBinding");
        if is_binding && let Some(subjects) = subjects {
            self.set_on_subjects(resource, subjects)?;
        }
        for spec in self
            .specs
            .iter()
            .filter(|spec| self.is_needed(spec, resource.api_version(), is_binding))
            .collect::<Vec<_>>()
        {
            spec.visit(resource, Make::Scalar, &mut |node| self.set(node))?;
        }
        Ok(())
    }

    /// What has its own rule above is left out here; only core resources are named after a namespace.
    fn is_needed(&self, spec: &FieldSpec, api_version: &str, is_binding: bool) -> bool {
        let of_binding = matches!(spec.kind.as_str(), "RoleBinding" | "ClusterRoleBinding");
        match spec.path.as_str() {
            "metadata/namespace" => false,
            "metadata/name" => api_version == "v1",
            "subjects/namespace" => !(is_binding && of_binding),
            _ => true,
        }
    }

    fn set_on_subjects(&self, resource: &mut Resource, subjects: Subjects) -> Result<()> {
        let (field, wanted) = match subjects {
            Subjects::None => return Ok(()),
            Subjects::NamedDefault => ("name", "default"),
            Subjects::AllServiceAccounts => ("kind", "ServiceAccount"),
        };
        let label = resource.label();
        let Some(list) = resource.node.get_mut("subjects").filter(|list| !list.is_null()) else {
            return Ok(());
        };
        let mark = list.mark;
        let Some(items) = list.as_sequence_mut() else {
            return Err(invalid("subjects is not a list").at(mark.line, mark.column).on(label));
        };
        for item in items {
            if item.as_mapping().is_none() && !item.is_null() {
                let message = format!("a subject is a {}, not a mapping", item.kind_name());
                return Err(invalid(message)
                    .field("subjects")
                    .at(item.mark.line, item.mark.column)
                    .on(label));
            }
            if item.get(field).and_then(Node::text) == Some(wanted)
                && let Some(mapping) = item.as_mapping_mut()
            {
                let namespace = mapping.entry("namespace", || Node::untyped(""));
                self.set(namespace)?;
            }
        }
        Ok(())
    }

    fn set(&self, node: &mut Node) -> Result<()> {
        let mark = node.mark;
        let is_null = node.is_null();
        match &mut node.value {
            Value::Scalar(scalar) => {
                if self.unset_only && !is_null && !scalar.text.is_empty() {
                    return Ok(());
                }
                scalar.text.clone_from(&self.metadata.namespace);
                scalar.tag = Tag::Str;
                Ok(())
            }
            _ => Err(invalid("namespace field specs must target plain values").at(mark.line, mark.column)),
        }
    }
}
