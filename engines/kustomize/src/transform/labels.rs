//! `labels` and `commonLabels`: pairs set in the fields that hold labels and select by them.

use std::collections::BTreeMap;

use super::Transform;
use crate::collection::Collection;
use crate::error::Result;
use crate::field_spec::{FieldSpec, Make};
use crate::record::record;
use crate::schema::Schema;
use crate::transform::annotations::set_entry;

record! {
    /// Labels and the fields that get them.
    struct Labels {
        labels: BTreeMap<String, String> = "labels",
        specs: Vec<FieldSpec> = "fieldSpecs",
    }
}

impl Transform for Labels {
    fn apply(&self, collection: &mut Collection, _: &Schema) -> Result<()> {
        for resource in &mut collection.resources {
            for (key, value) in &self.labels {
                let number = resource.shared.begin();
                for spec in &self.specs {
                    spec.visit(resource, Make::Mapping, &mut |node| set_entry(node, key, value, number))?;
                }
            }
        }
        Ok(())
    }
}
