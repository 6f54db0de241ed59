//! Where a build is written: all of it to stdout or a file, or each resource to a file of a directory, under the names
//! that `kustomize build -o` gives.

use std::path::Path;

use sluice_kustomize::{Build, Resource};

use crate::failure::Failure;
use crate::output;

/// Writes what was built.
///
/// # Errors
/// When something cannot be written.
pub fn write(target: Option<&Path>, built: &Build) -> Result<(), Failure> {
    match target {
        None => output::print(&built.to_yaml()),
        Some(directory) if directory.is_dir() => output::write_each(directory, files(&built.resources)),
        Some(file) => output::write(file, &built.to_yaml()),
    }
}

/// The name of each resource's file, and its text.
fn files(resources: &[Resource]) -> impl Iterator<Item = (String, String)> {
    let mut namespaces = resources.iter().filter_map(namespace);
    let first = namespaces.next();
    let several = namespaces.any(|namespace| Some(namespace) != first);
    resources.iter().map(move |resource| (file_name(resource, several), resource.to_yaml()))
}

/// Group, version, kind and name; the namespace only where there are several.
fn file_name(resource: &Resource, several: bool) -> String {
    let (group, version) = resource.api_version().split_once('/').unwrap_or(("", resource.api_version()));
    let namespace = namespace(resource).filter(|_| several).unwrap_or_default();
    let parts = [namespace, group, version, resource.kind()];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    let parts: Vec<&str> = parts.chain([resource.name()]).collect();
    format!("{}.yaml", parts.join("_").to_lowercase())
}

fn namespace(resource: &Resource) -> Option<&str> {
    match resource.namespace() {
        _ if resource.is_cluster_scoped() => None,
        "" => Some("default"),
        namespace => Some(namespace),
    }
}
