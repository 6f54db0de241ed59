//! The values that the command line gives: files first, then `--set-json`, `--set`, `--set-string`, `--set-file` and
//! `--set-literal`, each over those before.

use std::fs;
use std::io::{self, Read as _};

use sluice_helm::strvals::{self, SetError};
use sluice_helm::values::{Values, overlay, read_values};

use crate::failure::Failure;

use super::Arguments;

/// Reads all values.
pub(super) fn read(arguments: &Arguments) -> Result<Values, Failure> {
    let mut values = Values::new();
    for file in &arguments.values {
        let above = read_values(&read_file(file)?)
            .map_err(|error| Failure::Argument(format!("failed to parse {file}: {error}")))?;
        overlay(&mut values, above);
    }
    for text in &arguments.set_json {
        strvals::set_json(&mut values, text).map_err(|error| failed("--set-json", &error, " "))?;
    }
    for text in &arguments.set {
        strvals::set(&mut values, text).map_err(|error| failed("--set", &error, " data: "))?;
    }
    for text in &arguments.set_string {
        strvals::set_string(&mut values, text).map_err(|error| failed("--set-string", &error, " data: "))?;
    }
    for text in &arguments.set_file {
        strvals::set_file(&mut values, text, &mut read_text)
            .map_err(|error| failed("--set-file", &error, " data: "))?;
    }
    for text in &arguments.set_literal {
        strvals::set_literal(&mut values, text)
            .map_err(|error| failed("--set-literal", &error, " data: "))?;
    }
    Ok(values)
}

fn failed(flag: &str, error: &SetError, between: &str) -> Failure {
    Failure::Argument(format!("failed parsing {flag}{between}{error}"))
}

fn read_text(path: &str) -> Result<String, String> {
    match read_file(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(failure) => Err(failure.to_string()),
    }
}

/// Reads a file, or stdin for `-`; refuses what would have to be fetched.
fn read_file(path: &str) -> Result<Vec<u8>, Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    if path.trim() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(failed)?;
        return Ok(bytes);
    }
    if ["http://", "https://", "oci://"].iter().any(|scheme| path.starts_with(scheme)) {
        return Err(Failure::Argument(format!(
            "{path} would have to be fetched, which this command does not do"
        )));
    }
    fs::read(path).map_err(failed)
}
