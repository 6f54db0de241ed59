//! `replicas`: the number of Pods of workloads of a name. Refuses a name that no workload has.

use sluice_yaml::{Tag, Value};

use super::Transform;
use crate::collection::Collection;
use crate::error::{Result, invalid};
use crate::field_spec::{FieldSpec, Make};
use crate::kustomization::Replica;
use crate::record::record;
use crate::schema::Schema;

record! {
    /// A name and a number, and the fields that get it.
    struct Replicas {
        replica: Replica = "replica",
        specs: Vec<FieldSpec> = "fieldSpecs",
    }
}

impl Transform for Replicas {
    fn apply(&self, collection: &mut Collection, _: &Schema) -> Result<()> {
        let mut found = false;
        for spec in &self.specs {
            let wanted = spec.gvk();
            for resource in collection.resources.iter_mut().filter(|resource| !resource.is_empty()) {
                if !resource.all_ids().any(|id| id.name == self.replica.name && id.gvk.is_selected(&wanted)) {
                    continue;
                }
                found = true;
                let count = self.replica.count.to_string();
                spec.visit(resource, Make::Scalar, &mut |node| match &mut node.value {
                    Value::Scalar(scalar) => {
                        scalar.text.clone_from(&count);
                        scalar.tag = Tag::Int;
                        Ok(())
                    }
                    _ => Err(invalid("expected a number")),
                })?;
            }
        }
        if found {
            return Ok(());
        }
        let kinds: Vec<String> = self.specs.iter().map(|spec| spec.kind.clone()).collect();
        let message = format!("no {} is called {:?}", kinds.join(", "), self.replica.name);
        Err(invalid(message))
    }
}
