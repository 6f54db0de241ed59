//! `commonAnnotations`: pairs set in the fields that hold annotations.

use std::collections::BTreeMap;

use sluice_yaml::{Node, Value};

use super::Transform;
use crate::collection::Collection;
use crate::error::{Result, invalid};
use crate::field_spec::{FieldSpec, Make};
use crate::record::record;
use crate::schema::Schema;

record! {
    /// Annotations and the fields that get them.
    struct Annotations {
        annotations: BTreeMap<String, String> = "annotations",
        specs: Vec<FieldSpec> = "fieldSpecs",
    }
}

impl Transform for Annotations {
    fn apply(&self, collection: &mut Collection, _: &Schema) -> Result<()> {
        for resource in &mut collection.resources {
            for (key, value) in &self.annotations {
                for spec in &self.specs {
                    spec.visit(resource, Make::Mapping, &mut |node| set_entry(node, key, value))?;
                }
            }
        }
        Ok(())
    }
}

/// Sets one pair of a mapping of texts; null stays null.
pub(crate) fn set_entry(node: &mut Node, key: &str, value: &str) -> Result<()> {
    if node.is_null() {
        return Ok(());
    }
    if let Value::Mapping(mapping) = &mut node.value {
        mapping.set(key, Node::string(value));
        return Ok(());
    }
    let message = format!("expected a mapping, found a {}", node.kind_name());
    Err(invalid(message).at(node.mark.line, node.mark.column))
}
