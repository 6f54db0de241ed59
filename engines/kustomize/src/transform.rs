//! The transformers, each in its file, behind one trait.

pub(crate) mod annotations;
pub(crate) mod images;
pub(crate) mod labels;
pub(crate) mod name;
pub(crate) mod namespace;
pub(crate) mod patch;
pub(crate) mod replacements;
pub(crate) mod replicas;
pub(crate) mod value_add;

use std::rc::Rc;

use crate::collection::Collection;
use crate::error::Result;
use crate::resource::Origin;
use crate::schema::Schema;

/// Changes resources.
pub(crate) trait Transform {
    /// Changes them in place; what is empty afterwards is taken out.
    fn apply(&self, collection: &mut Collection, schema: &Schema) -> Result<()>;
}

/// A transformer with the field it is configured by and, when wanted, its origin.
pub(crate) struct Step {
    pub(crate) field: String,
    pub(crate) origin: Option<Origin>,
    pub(crate) transform: Box<dyn Transform>,
}

/// The schema of the build: the embedded one, or one that a kustomization names.
#[derive(Clone, Default)]
pub(crate) struct CurrentSchema(pub(crate) Option<Rc<Schema>>);

impl CurrentSchema {
    pub(crate) fn get(&self) -> &Schema {
        self.0.as_deref().unwrap_or_else(|| crate::schema::embedded())
    }
}

/// Runs transformers one after the other.
pub(crate) fn run(steps: &[Step], collection: &mut Collection, schema: &Schema) -> Result<()> {
    for step in steps {
        step.transform.apply(collection, schema).map_err(|mut error| {
            error.field = Some(match error.field.take() {
                Some(inner) => format!("{}: {inner}", step.field),
                None => step.field.clone(),
            });
            error
        })?;
        collection.resources.iter_mut().for_each(crate::resource::Resource::settle_shared);
        if let Some(origin) = &step.origin {
            for resource in &mut collection.resources {
                resource.record_transformation(origin);
            }
        }
        collection.drop_empty();
    }
    Ok(())
}
