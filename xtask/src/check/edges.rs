//! Dependency edges between packages, read from `cargo metadata`.

use std::error::Error;
use std::path::Path;

use serde_json::Value;

use super::rooms::Room;

/// A workspace member and what its shipped code depends on.
#[derive(Debug)]
pub struct Package {
    /// Its name in Cargo.toml.
    pub name: String,
    /// Its folder, relative to the repository.
    pub path: String,
    /// Names of its dependencies, tests' own left out.
    pub dependencies: Vec<String>,
}

/// Reads the members and their edges out of `cargo metadata --no-deps`.
///
/// # Errors
/// Fails when the document has not the documented shape.
pub fn from_metadata(metadata: &Value, root: &Path) -> Result<Vec<Package>, Box<dyn Error>> {
    let members = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    members.iter().map(|member| package(member, root)).collect()
}

fn package(member: &Value, root: &Path) -> Result<Package, Box<dyn Error>> {
    let manifest = member["manifest_path"].as_str().ok_or("a package without manifest_path")?;
    let folder = Path::new(manifest).parent().ok_or("a manifest without a folder")?;
    let dependencies = member["dependencies"].as_array().ok_or("a package without dependencies")?;
    Ok(Package {
        name: member["name"].as_str().ok_or("a package without name")?.to_owned(),
        path: folder.strip_prefix(root)?.to_string_lossy().into_owned(),
        dependencies: dependencies
            .iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
            .collect(),
    })
}

/// Names every edge that points where it must not.
pub fn check(packages: &[Package]) -> Vec<String> {
    let mut violations = Vec::new();
    for package in packages {
        let room = Room::of(&package.path);
        for dependency in &package.dependencies {
            match packages.iter().find(|other| &other.name == dependency) {
                Some(other) if !room.may_use(Room::of(&other.path)) => {
                    violations.push(format!("{} must not depend on {}", package.path, other.path));
                }
                None if room.refused_crates().contains(&dependency.as_str()) => {
                    violations.push(format!("{} must not depend on the crate {dependency}", package.path));
                }
                _ => {}
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(path: &str, dependencies: &[&str]) -> Package {
        Package {
            name: path.replace('/', "-"),
            path: path.to_owned(),
            dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn edges_point_down() {
        let house = |from: &str, to: &str| {
            check(&[package(from, &[&to.replace('/', "-")]), package(to, &[])]).is_empty()
        };
        for (from, to, allowed) in [
            ("kustomize-controller", "lib/apply", true),
            ("kustomize-controller", "render", true),
            ("kustomize-controller", "source-controller", false),
            ("cli", "kustomize-controller", false),
            ("cli", "files", true),
            ("files", "engines/kustomize", true),
            ("files", "lib/artifact", false),
            ("render", "files", false),
            ("lib/artifact", "files", false),
            ("lib/apply", "crds", true),
            ("lib/apply", "lib/runtime", true),
            ("lib/apply", "render", false),
            ("lib/apply", "engines/yaml", false),
            ("render", "engines/kustomize", true),
            ("render", "lib/apply", false),
            ("engines/kustomize", "engines/yaml", true),
            ("engines/kustomize", "crds", false),
            ("crds", "engines/yaml", false),
            ("source-controller", "tests/git-server", false),
            ("xtask", "source-controller", true),
        ] {
            assert_eq!(house(from, to), allowed, "{from} -> {to}");
        }
    }

    #[test]
    fn engines_take_no_effects() {
        assert_eq!(
            check(&[package("engines/yaml", &["tokio", "regex"])]),
            ["engines/yaml must not depend on the crate tokio"]
        );
    }
}
