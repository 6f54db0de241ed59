//! The `ValueAddTransformer`: one value put into fields, or into one part of the paths in them.

use sluice_yaml::{Mapping, Node};

use super::Transform;
use super::namespace::Namespace;
use crate::collection::Collection;
use crate::error::{Result, invalid};
use crate::field_spec::split_path;
use crate::kustomization::Selector;
use crate::record::record;
use crate::resource::{Resource, set_text};
use crate::schema::Schema;
use crate::selector::Matcher;

record! {
    /// A value and where it goes.
    struct ValueAdd {
        value: String = "value",
        targets: Vec<Target> = "targets",
        target_file: String = "targetFilePath",
    }

    /// A field of some resources.
    struct Target {
        selector: Option<Selector> = "selector",
        path: String = "fieldPath",
        position: i64 = "filePathPosition",
    }
}

impl ValueAdd {
    /// Refuses targets without a field.
    pub(crate) fn check(&self) -> Result<()> {
        if self.targets.is_empty() {
            return Err(invalid("must specify at least one target").field("targets"));
        }
        for target in &self.targets {
            if target.path.is_empty() {
                return Err(invalid("fieldPath cannot be empty").field("targets"));
            }
            if target.position < 0 {
                return Err(invalid("filePathPosition cannot be negative").field("targets"));
            }
        }
        Ok(())
    }
}

impl Transform for ValueAdd {
    fn apply(&self, collection: &mut Collection, _: &Schema) -> Result<()> {
        for target in &self.targets {
            let matcher = target.selector.as_ref().map(Matcher::new).transpose()?;
            for resource in &mut collection.resources {
                let selected = matcher.as_ref().map_or(Ok(true), |matcher| matcher.matches(resource))?;
                if selected {
                    self.put(target, resource)?;
                }
            }
        }
        Ok(())
    }
}

impl ValueAdd {
    fn put(&self, target: &Target, resource: &mut Resource) -> Result<()> {
        if target.path == "metadata/namespace" {
            return Namespace::only(&self.value).set_alone(resource);
        }
        let parts = split_path(&target.path, '/');
        let label = resource.label();
        let mut node = &mut resource.node;
        for (at, part) in parts.iter().enumerate() {
            let last = at + 1 == parts.len();
            let Some(mapping) = node.as_mapping_mut() else {
                return Err(invalid(format!("{part} is not in a mapping")).field(&target.path).on(label));
            };
            node = step(mapping, part, last);
        }
        if node.text().is_none() {
            return Err(invalid("expected a plain value").field(&target.path).on(label));
        }
        let text = match usize::try_from(target.position) {
            Ok(position) if position > 0 => {
                insert_part(node.text().unwrap_or_default(), position - 1, &self.value)
            }
            _ => self.value.clone(),
        };
        set_text(node, &text)
    }
}

fn step<'n>(mapping: &'n mut Mapping, part: &str, last: bool) -> &'n mut Node {
    mapping.entry(part, || if last { Node::untyped("") } else { Node::mapping() })
}

/// Puts a part into a path; a position behind the end adds it there.
fn insert_part(path: &str, position: usize, part: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = path.trim_matches('/').split('/').filter(|part| !part.is_empty()).collect();
    parts.insert(position.min(parts.len()), part);
    format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"))
}
