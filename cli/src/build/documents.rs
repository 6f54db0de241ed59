//! Where what was built is written: all of it to stdout or a file, or each object to a file of a directory, under the
//! names that `kustomize build -o` gives.

use std::io::{self, Write};
use std::path::Path;

use serde_json::Value;
use sluice_kustomize::is_cluster_scoped;

use crate::failure::Failure;
use crate::output;

/// Writes objects as YAML.
///
/// # Errors
/// When something cannot be written.
pub fn write(target: Option<&Path>, objects: impl Iterator<Item = Value>) -> Result<(), Failure> {
    match target {
        None => output::print(|out| stream(out, objects)),
        Some(directory) if directory.is_dir() => {
            let objects: Vec<Value> = objects.collect();
            output::write_each(directory, files(&objects))
        }
        Some(file) => output::write(file, |out| stream(out, objects)),
    }
}

fn stream(out: &mut dyn Write, objects: impl Iterator<Item = Value>) -> io::Result<()> {
    for (index, object) in objects.enumerate() {
        if index > 0 {
            out.write_all(b"---\n")?;
        }
        out.write_all(sluice_yaml::to_yaml(&object).as_bytes())?;
    }
    Ok(())
}

/// The name of each object's file, and its text.
fn files(objects: &[Value]) -> impl Iterator<Item = (String, String)> {
    let mut namespaces = objects.iter().filter_map(namespace);
    let first = namespaces.next();
    let several = namespaces.any(|namespace| Some(namespace) != first);
    objects.iter().map(move |object| (file_name(object, several), sluice_yaml::to_yaml(object)))
}

/// Group, version, kind and name; the namespace only where there are several.
fn file_name(object: &Value, several: bool) -> String {
    let version = text(object, "/apiVersion");
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let namespace = namespace(object).filter(|_| several).unwrap_or_default();
    let parts = [namespace, group, version, text(object, "/kind")];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    let parts: Vec<&str> = parts.chain([text(object, "/metadata/name")]).collect();
    format!("{}.yaml", parts.join("_").to_lowercase())
}

fn namespace(object: &Value) -> Option<&str> {
    match text(object, "/metadata/namespace") {
        _ if is_cluster_scoped(text(object, "/apiVersion"), text(object, "/kind")) => None,
        "" => Some("default"),
        namespace => Some(namespace),
    }
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
