//! The name of the release and the place of the chart, as Helm takes them from its arguments.

use std::sync::Arc;

use sluice_template::{Environment, Functions, Limits, Set, Value, sprig};

use crate::failure::Failure;

use super::Arguments;
use super::machine::Machine;

/// The longest name of a release.
const LONGEST: usize = 53;

/// The name, checked, and the path of the chart.
pub(super) fn name_and_chart(arguments: &Arguments) -> Result<(String, String), Failure> {
    let (name, chart) = match arguments.names.as_slice() {
        [name, chart] => {
            refuse_other_names(arguments)?;
            (name.clone(), chart.clone())
        }
        [chart] if !arguments.name_template.is_empty() => {
            (from_template(&arguments.name_template)?, chart.clone())
        }
        [chart] => ("release-name".to_owned(), chart.clone()),
        more => {
            let rest = more.get(2..).unwrap_or_default().join(", ");
            return Err(argument(format!("expected at most two arguments, unexpected arguments: {rest}")));
        }
    };
    check(&name)?;
    Ok((name, chart))
}

fn refuse_other_names(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.generate_name {
        return Err(argument("cannot set --generate-name and also specify a name".to_owned()));
    }
    if arguments.name_template.is_empty() {
        return Ok(());
    }
    Err(argument("cannot set --name-template and also specify a name".to_owned()))
}

fn from_template(text: &str) -> Result<String, Failure> {
    let mut set = Set::new(Arc::new(sprig::add_to(Functions::new())));
    let failed = |error: sluice_template::Error| argument(error.to_string());
    set.parse("name-template", text.as_bytes()).map_err(failed)?;
    let machine = Machine;
    let environment = Environment::new(&machine, &(), Limits::default());
    let name = set.render("name-template", &Value::Nil, &environment).map_err(failed)?;
    Ok(String::from_utf8_lossy(&name).into_owned())
}

fn check(name: &str) -> Result<(), Failure> {
    if !name.is_empty() && name.len() <= LONGEST && name.split('.').all(is_label) {
        return Ok(());
    }
    Err(argument(format!(
        "release name check failed: release name {name:?}: invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than {LONGEST}"
    )))
}

fn is_label(part: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !part.is_empty() && part.chars().all(is_inner) && !part.starts_with('-') && !part.ends_with('-')
}

fn argument(message: String) -> Failure {
    Failure::Argument(message)
}
