//! Semantic versions and ranges of them.

mod constraint;
mod object;
mod version;

pub use constraint::{ConstraintError, Constraints};
pub use object::without_contents;
pub use version::{Version, VersionError};

use super::argument::{TEXT, text};
use crate::{Call, Error, Function, Value};

/// The functions of this family.
pub static FUNCTIONS: &[Function] =
    &[Function::fixed("semver", &[TEXT], parse), Function::fixed("semverCompare", &[TEXT, TEXT], compare)];

type Outcome = Result<Value, Error>;

fn version(text: &str) -> Result<Version, Error> {
    Version::parse(text).map_err(|error| Error::message(error.to_string()))
}

fn parse(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(object::pointer(version(&text(arguments, 0).to_str())?))
}

fn compare(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let constraints = Constraints::parse(&text(arguments, 0).to_str());
    let constraints = constraints.map_err(|error| Error::message(error.to_string()))?;
    Ok(constraints.check(&version(&text(arguments, 1).to_str())?).into())
}
