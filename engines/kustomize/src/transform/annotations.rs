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
                let number = resource.shared.begin();
                for spec in &self.specs {
                    spec.visit(resource, Make::Mapping, &mut |node| set_entry(node, key, value, number))?;
                }
            }
        }
        Ok(())
    }
}

/// Sets one pair of a mapping of texts; null stays null. What is added carries the number of the text.
pub(crate) fn set_entry(node: &mut Node, key: &str, value: &str, number: u32) -> Result<()> {
    if node.is_null() {
        return Ok(());
    }
    if let Value::Mapping(mapping) = &mut node.value {
        let shared = if mapping.contains(key) { 0 } else { number };
        mapping.set(key, Node { shared, ..Node::string(value) });
        return Ok(());
    }
    let message = format!("expected a mapping, found a {}", node.kind_name());
    Err(invalid(message).at(node.mark.line, node.mark.column))
}
