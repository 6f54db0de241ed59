//! References by name, brought up to date after names changed; and variables. Refuses a name that may mean several
//! resources.

mod candidates;
pub(crate) mod variables;

use sluice_yaml::{Node, Value};

use crate::config::TransformerConfig;
use crate::error::{Result, invalid};
use crate::field_spec::{FieldSpec, Make};
use crate::resource::{Gvk, Resource, ResourceId, set_text, set_untyped};
use candidates::{Candidate, Index};

/// Follows every reference that the configuration knows.
pub(crate) fn fix(resources: &mut [Resource], config: &TransformerConfig) -> Result<()> {
    let index = Index::new(resources);
    for (place, resource) in resources.iter_mut().enumerate() {
        let kind = resource.original_id().gvk;
        let mut specs = config.name_references.iter().flat_map(|reference| &reference.referrers);
        if !specs.any(|spec| kind.is_selected(&spec.gvk())) {
            continue;
        }
        let referrer = Referrer::new(resource, place, &index)?;
        for reference in &config.name_references {
            for spec in reference.referrers.iter().filter(|spec| kind.is_selected(&spec.gvk())) {
                if let Some(version) = resource.node.get("apiVersion").filter(|node| is_written_null(node)) {
                    let error = invalid("the version is null").field("apiVersion").on(resource.label());
                    return Err(error.at(version.mark.line, version.mark.column));
                }
                referrer.fix(resource, spec, &reference.gvk())?;
            }
        }
    }
    Ok(())
}

/// The resource whose references are looked at.
struct Referrer<'i> {
    index: &'i Index,
    me: &'i Candidate,
    id: ResourceId,
    /// Namespaces that a role binding reaches into.
    reaches: Vec<String>,
}

impl<'i> Referrer<'i> {
    fn new(resource: &Resource, place: usize, index: &'i Index) -> Result<Self> {
        let reaches = reached_namespaces(resource)?;
        Ok(Self { index, me: index.at(place), id: resource.id(), reaches })
    }

    fn fix(&self, resource: &mut Resource, spec: &FieldSpec, target: &Gvk) -> Result<()> {
        let role = spec.path.ends_with("roleRef/name").then(|| role_kind(&resource.node)).flatten();
        let label = resource.label();
        let mut update = |node: &mut Node| self.update(node, target, role.as_ref());
        spec.visit_node(&mut resource.node, Make::Nothing, &mut update).map_err(|error| error.on(label))
    }

    fn update(&self, node: &mut Node, target: &Gvk, role: Option<&Gvk>) -> Result<()> {
        if node.is_null() {
            return Ok(());
        }
        match &mut node.value {
            Value::Scalar(_) => self.update_text(node, target, role),
            Value::Mapping(_) => self.update_mapping(node, target, role),
            Value::Sequence(items) => {
                items.iter_mut().filter(|item| !item.is_null()).try_for_each(|item| match item.value {
                    Value::Scalar(_) => self.update_text(item, target, role),
                    Value::Mapping(_) => self.update_mapping(item, target, role),
                    Value::Sequence(_) => {
                        Err(invalid("expected a name or a mapping in the list of references"))
                    }
                })
            }
        }
    }

    fn update_text(&self, node: &mut Node, target: &Gvk, role: Option<&Gvk>) -> Result<()> {
        let name = node.text().unwrap_or_default().to_owned();
        let found = self.select(self.index.named(&name), target, role, |a, b| a.name == b.name)?;
        match found {
            Some(found) if found.name != name => set_text(node, &found.name),
            _ => Ok(()),
        }
    }

    fn update_mapping(&self, node: &mut Node, target: &Gvk, role: Option<&Gvk>) -> Result<()> {
        let mark = node.mark;
        let Some(mapping) = node.as_mapping_mut() else { return Ok(()) };
        let Some(name) = mapping.get("name").map(|name| name.text().unwrap_or_default().to_owned()) else {
            return Err(invalid("the reference has no name").at(mark.line, mark.column));
        };
        let namespace =
            mapping.get("namespace").map(|namespace| namespace.text().unwrap_or_default().to_owned());
        let candidates = self.in_namespace(&name, namespace.as_deref());
        let same = |a: &Candidate, b: &Candidate| a.name == b.name && a.namespace == b.namespace;
        let Some(found) = self.select(candidates.into_iter(), target, role, same)? else { return Ok(()) };
        if found.name == name && found.namespace.is_empty() {
            return Ok(());
        }
        set_untyped(mapping, "name", &found.name);
        if !found.namespace.is_empty() {
            set_untyped(mapping, "namespace", &found.namespace);
        }
        Ok(())
    }

    /// Those of a name in a namespace: by their first namespace if any resource began there, else by the one now.
    fn in_namespace(&self, name: &str, namespace: Option<&str>) -> Vec<&'i Candidate> {
        let all: Vec<&Candidate> = self.index.named(name).collect();
        let Some(namespace) = namespace else { return all };
        let visible = self.index.begun_in(namespace).any(|candidate| self.sees(candidate));
        let stands = |candidate: &&Candidate| {
            let id = if visible { &candidate.first } else { &candidate.id };
            !candidate.is_cluster_scoped(visible) && id.effective_namespace() == namespace
        };
        all.into_iter().filter(stands).collect()
    }

    /// Says whether this resource can refer to a candidate at all.
    fn sees(&self, candidate: &Candidate) -> bool {
        self.id.cluster_scoped
            || candidate.id.cluster_scoped
            || candidate.id.same_namespace(&self.id)
            || self.reaches.contains(&candidate.namespace)
    }

    /// Says whether a candidate is where a reference without a namespace looks.
    fn is_near(&self, candidate: &Candidate) -> bool {
        self.id.cluster_scoped
            || candidate.id.cluster_scoped
            || candidate.id.gvk.kind == "ServiceAccount"
            || candidate.id.same_namespace(&self.id)
    }

    fn select(
        &self,
        named: impl Iterator<Item = &'i Candidate>,
        target: &Gvk,
        role: Option<&Gvk>,
        same: impl Fn(&Candidate, &Candidate) -> bool,
    ) -> Result<Option<&'i Candidate>> {
        let fits = |candidate: &&Candidate| {
            self.sees(candidate)
                && candidate.was_of_kind(target)
                && role.is_none_or(|role| candidate.was_of_kind(role))
                && self.is_near(candidate)
        };
        let mut found: Vec<&Candidate> = named.filter(fits).collect();
        if found.len() > 1 {
            found.retain(|candidate| candidate.same_affixes(self.me, true));
        }
        if found.len() > 1 {
            found.retain(|candidate| candidate.same_affixes(self.me, false));
        }
        match found[..] {
            [] => Ok(None),
            [first, ref rest @ ..] if rest.iter().all(|other| same(first, other)) => Ok(Some(first)),
            _ => {
                let ids: Vec<String> = found.iter().map(|candidate| candidate.id.to_string()).collect();
                Err(invalid(format!("found multiple possible referrals: {}", ids.join(", "))))
            }
        }
    }
}

fn is_written_null(node: &Node) -> bool {
    node.is_null() && node.text() != Some("")
}

/// The kind that a role binding names.
fn role_kind(node: &Node) -> Option<Gvk> {
    let text = |field| node.at(&["roleRef", field]).filter(|value| !value.is_null()).and_then(Node::text);
    let (group, kind) = (text("apiGroup")?.to_owned(), text("kind")?.to_owned());
    Some(Gvk { group, version: String::new(), kind })
}

fn reached_namespaces(resource: &Resource) -> Result<Vec<String>> {
    let mut reached = Vec::new();
    if resource.kind() != "RoleBinding" {
        return Ok(reached);
    }
    let subjects = resource.node.get("subjects").and_then(Node::as_sequence).into_iter().flatten();
    for subject in subjects {
        if subject.as_mapping().is_none() {
            let error = invalid("a subject is not a mapping").field("subjects");
            return Err(error.at(subject.mark.line, subject.mark.column).on(resource.label()));
        }
        let (Some(namespace), Some(kind)) = (subject.get("namespace"), subject.get("kind")) else { continue };
        match kind.as_str() {
            Some("ServiceAccount") => {}
            Some(_) => continue,
            None => {
                let error = invalid("the kind of a subject is not text").field("subjects.kind");
                return Err(error.at(kind.mark.line, kind.mark.column).on(resource.label()));
            }
        }
        match namespace.as_str() {
            Some(name) => reached.push(name.to_owned()),
            None => {
                let error = invalid("the namespace of a subject is not text").field("subjects.namespace");
                return Err(error.at(namespace.mark.line, namespace.mark.column).on(resource.label()));
            }
        }
    }
    Ok(reached)
}
