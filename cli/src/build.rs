//! `sluice build`: what `kustomize build` prints for a directory of this machine, or with `-k` what the controller would
//! apply for a Kustomization object. Fetches nothing and starts no program.

use std::path::Path;

use sluice_kustomize::{Resource, build};
use sluice_render::kustomization::{render, unserved};

use crate::failure::Failure;
use crate::output;

mod args;
mod documents;
mod ignored;
mod object;
mod place;
mod source;
mod variables;

pub use args::Arguments;
use place::Place;
use source::Source;

/// Builds what `arguments` name and writes it where they say.
///
/// # Errors
/// Every mistake found, with its file, resource and field.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.kustomization {
        Some(file) => preview(file, arguments),
        None => directory(arguments),
    }
}

fn directory(arguments: &Arguments) -> Result<(), Failure> {
    output::warn(arguments.warnings());
    let options = arguments.options()?;
    let place = Place::find(arguments.directory()?)?;
    let built = build(&place.tree, &place.target, &options)
        .map_err(|errors| Failure::Build(Place::explain(errors)))?;
    output::warn(Place::warnings(built.deprecations));
    documents::write(arguments.output(), built.resources.iter().map(Resource::to_json))
}

fn preview(file: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let object = object::read(file, arguments.name.as_deref())?;
    unserved(&object.spec)?;
    let strict = !arguments.lenient_substitution;
    let variables = variables::read(&object, &arguments.substitute_from, strict)?;
    let rendered = render(&Source::open(&arguments.source)?, &object, &variables)?;
    documents::write(arguments.output(), rendered.objects.into_iter().map(|rendered| rendered.object))
}
