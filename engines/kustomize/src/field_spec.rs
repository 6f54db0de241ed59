//! Fields of resources as configuration names them: a kind and a path, and walking to every node it means.
//! Refuses paths that run through plain values.

use sluice_yaml::{Mapping, Node, Tag, Value};

use crate::error::{Result, invalid};
use crate::record::record;
use crate::resource::{Gvk, Resource};

record! {
    /// A path in resources of a kind; empty parts of the kind match all.
    struct FieldSpec {
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        path: String = "path",
        create: bool = "create",
    }
}

/// What a missing or null field becomes when the path asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Make {
    /// Nothing: the path ends there.
    Nothing,
    /// A plain value.
    Scalar,
    /// A mapping.
    Mapping,
}

impl FieldSpec {
    pub(crate) fn gvk(&self) -> Gvk {
        Gvk { group: self.group.clone(), version: self.version.clone(), kind: self.kind.clone() }
    }

    /// A path in every kind.
    pub(crate) fn everywhere(path: &str) -> Self {
        Self { path: path.to_owned(), create: true, ..Self::default() }
    }

    fn matches(&self, resource: &Resource) -> bool {
        resource.gvk().is_selected(&self.gvk())
    }

    /// Visits every node the path means in `resource`, if it is of the kind.
    pub(crate) fn visit(
        &self,
        resource: &mut Resource,
        make: Make,
        set: &mut dyn FnMut(&mut Node) -> Result<()>,
    ) -> Result<()> {
        if !self.matches(resource) {
            return Ok(());
        }
        self.visit_node(&mut resource.node, make, set).map_err(|error| error.on(resource.label()))
    }

    /// Visits every node the path means, whatever the kind.
    pub(crate) fn visit_node(
        &self,
        node: &mut Node,
        make: Make,
        set: &mut dyn FnMut(&mut Node) -> Result<()>,
    ) -> Result<()> {
        let parts = split_path(&self.path, '/');
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let make = if self.create { make } else { Make::Nothing };
        walk(node, &parts, make, set).map_err(|error| error.field(&self.path))
    }
}

/// Adds specs of another list; the same path for the same kind twice must agree on making missing fields.
pub(crate) fn merge(into: &mut Vec<FieldSpec>, more: &[FieldSpec]) -> Result<()> {
    for spec in more {
        let same = |old: &&FieldSpec| old.path == spec.path && old.gvk().is_selected(&spec.gvk());
        match into.iter().find(same) {
            Some(old) if old.create != spec.create => {
                return Err(invalid(format!("conflicting field specs for {}", spec.path)));
            }
            Some(_) => {}
            None => into.push(spec.clone()),
        }
    }
    Ok(())
}

/// Splits a path; a backslash keeps the separator behind it.
pub(crate) fn split_path(path: &str, separator: char) -> Vec<String> {
    let mut raw: Vec<&str> = path.split(separator).collect();
    if raw.len() > 1 && raw[0].is_empty() {
        raw.remove(0);
    }
    let mut parts: Vec<String> = Vec::with_capacity(raw.len());
    for part in raw {
        match parts.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push(separator);
                last.push_str(part);
            }
            _ => parts.push(part.to_owned()),
        }
    }
    parts
}

fn walk(
    node: &mut Node,
    path: &[&str],
    make: Make,
    set: &mut dyn FnMut(&mut Node) -> Result<()>,
) -> Result<()> {
    let Some((part, rest)) = path.split_first() else { return set(node) };
    if node.is_null() {
        return Ok(());
    }
    let mark = node.mark;
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().try_for_each(|item| walk(item, path, make, set)),
        Value::Mapping(mapping) => walk_field(mapping, part, rest, make, set),
        Value::Scalar(_) => Err(invalid("expected a list or a mapping on the way, found a plain value")
            .at(mark.line, mark.column)),
    }
}

fn walk_field(
    mapping: &mut Mapping,
    part: &str,
    rest: &[&str],
    make: Make,
    set: &mut dyn FnMut(&mut Node) -> Result<()>,
) -> Result<()> {
    let name = part.trim_end_matches("[]");
    if name.is_empty() {
        return Err(invalid("a field name on the path is empty"));
    }
    let is_list = name != part;
    let made = match make {
        Make::Nothing => None,
        _ if is_list => None,
        Make::Scalar if rest.is_empty() => Some(empty_scalar()),
        _ => Some(Node::mapping()),
    };
    if !mapping.contains(name) {
        let Some(made) = made.clone() else { return Ok(()) };
        mapping.set(name, made);
    }
    let Some(field) = mapping.get_mut(name) else { return Ok(()) };
    if field.is_null() {
        if is_list {
            field.value = Value::Sequence(Vec::new());
        } else if let Some(made) = made {
            field.value = made.value;
        }
    }
    walk(field, rest, make, set)
}

fn empty_scalar() -> Node {
    let mut node = Node::untyped("");
    if let Some(scalar) = node.as_scalar_mut() {
        scalar.tag = Tag::Unset;
        scalar.style = sluice_yaml::Style::Plain;
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting() {
        for (path, expected) in
            [("a/b", &["a", "b"][..]), ("/a/b", &["a", "b"]), (r"a/b\/c/d", &["a", "b/c", "d"]), ("", &[""])]
        {
            assert_eq!(split_path(path, '/'), expected, "{path}");
        }
    }
}
