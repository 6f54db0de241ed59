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
use crate::error::{BuildError, Cause, Result};
use crate::place::Written;
use crate::resource::{Origin, Resource, ResourceId};
use crate::schema::Schema;

/// Changes resources.
pub(crate) trait Transform {
    /// Changes them in place; what is empty afterwards is taken out.
    fn apply(&self, collection: &mut Collection, schema: &Schema) -> Result<()>;

    /// The text it was read from, when that is a file of its own.
    fn written(&self) -> Option<&Written> {
        None
    }
}

/// A transformer with the field it is configured by and, when wanted, its origin.
pub(crate) struct Step {
    pub(crate) field: String,
    pub(crate) origin: Option<Origin>,
    /// The file that configures it, unless that is the kustomization.
    pub(crate) written: Option<Written>,
    pub(crate) transform: Box<dyn Transform>,
}

/// When this many mistakes are found, no more are looked for.
const MANY: usize = 100;

/// The schema of the build: the embedded one, or one that a kustomization names.
#[derive(Clone, Default)]
pub(crate) struct CurrentSchema(pub(crate) Option<Rc<Schema>>);

impl CurrentSchema {
    pub(crate) fn get(&self) -> &Schema {
        self.0.as_deref().unwrap_or_else(|| crate::schema::embedded())
    }
}

/// Mistakes of steps, without those that only follow from an earlier one.
#[derive(Default)]
struct Found {
    errors: Vec<BuildError>,
    broken: Vec<ResourceId>,
}

/// Runs transformers one after the other. After a mistake the others still run, to tell theirs.
pub(crate) fn run(
    steps: &[Step],
    collection: &mut Collection,
    schema: &Schema,
) -> Result<(), Vec<BuildError>> {
    let mut found = Found::default();
    for step in steps {
        if let Err(error) = step.transform.apply(collection, schema) {
            let is_limit = matches!(error.cause, Cause::Limit { .. });
            found.add(step.blame(error), collection);
            if is_limit || found.errors.len() >= MANY || !may_go_on(collection) {
                break;
            }
        }
        collection.resources.iter_mut().for_each(Resource::settle_shared);
        if let Some(origin) = &step.origin {
            for resource in &mut collection.resources {
                resource.record_transformation(origin);
            }
        }
        collection.drop_empty();
    }
    if found.errors.is_empty() { Ok(()) } else { Err(found.errors) }
}

/// A resource may have got lost with a mistake, and others miss it; or it grew too large, and would grow further.
fn may_go_on(collection: &Collection) -> bool {
    let is_sound = |resource: &Resource| {
        !resource.is_empty() && resource.check_depth().is_ok() && resource.check_size().is_ok()
    };
    collection.resources.iter().all(is_sound)
}

// === impl Found ===

impl Found {
    /// A resource that is broken may break again further on, which is no mistake of its own.
    fn add(&mut self, error: BuildError, collection: &Collection) {
        let is_meant = |resource: &&Resource| error.resource.as_ref() == Some(&resource.label().text);
        let resource = collection.resources.iter().find(is_meant);
        if let Some(id) = resource.map(Resource::original_id) {
            if self.broken.contains(&id) {
                return;
            }
            self.broken.push(id);
        }
        self.errors.push(error);
    }
}

// === impl Step ===

impl Step {
    /// Names the file and field that ask for the step.
    fn blame(&self, error: BuildError) -> BuildError {
        // A field of the step itself stands where the step is configured.
        let is_own = error.field.as_deref().is_some_and(|field| field.starts_with('.'));
        let written = self.transform.written().filter(|_| !is_own).or(self.written.as_ref());
        let error = match written.filter(|_| error.files.is_empty()) {
            Some(written) => written.blame(error),
            None => error,
        };
        error.within(&self.field)
    }
}
