//! `sluice build`: what `kustomize build` prints for a directory of this machine. Fetches nothing and starts no
//! program.

use sluice_kustomize::build;

use crate::failure::Failure;

mod args;
mod ignored;
mod individual;
mod place;

pub use args::Arguments;
use place::Place;

/// Builds what `arguments` name and writes it where they say.
///
/// # Errors
/// Every mistake found, with its file, resource and field.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let options = arguments.options()?;
    let place = Place::find(arguments.directory()?)?;
    let built = build(&place.tree, &place.target, &options).map_err(Failure::Build)?;
    individual::write(arguments.output(), &built)
}
