//! Architecture checks: dependency edges between rooms, what a room's sources may name, and file conventions.
//!
//! The rules are data (see [`rooms`]); this module collects the workspace and prints what breaks them. It changes
//! nothing. The same check runs as a test, so an edge that points upwards fails `cargo test`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

mod edges;
mod rooms;
mod sources;

use edges::Package;
use sources::SourceFile;

/// Checks the whole repository.
///
/// # Errors
/// Lists every violation, one a line.
pub fn run() -> Result<(), Box<dyn Error>> {
    let root = repository_root();
    let mut violations = edges::check(&packages(&root)?);
    violations.extend(sources::check(&source_files(&root)?));
    if violations.is_empty() {
        return Ok(());
    }
    Err(format!("{} violations of the house rules:\n  {}", violations.len(), violations.join("\n  ")).into())
}

/// The folder that holds the workspace's `Cargo.toml`.
pub fn repository_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository").to_owned()
}

fn packages(root: &Path) -> Result<Vec<Package>, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version=1", "--offline", "--locked"])
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    edges::from_metadata(&serde_json::from_slice(&output.stdout)?, root)
}

/// Every Rust file git knows or would add, with its path relative to the root.
fn source_files(root: &Path) -> Result<Vec<SourceFile>, Box<dyn Error>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.rs"])
        .current_dir(root)
        .output()?;
    let listed = String::from_utf8(output.stdout)?;
    let mut files = Vec::new();
    for path in listed.lines() {
        // A file that was deleted but not yet committed is still listed.
        if let Ok(text) = fs::read_to_string(root.join(path)) {
            files.push(SourceFile { path: path.to_owned(), text });
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_stands() {
        if let Err(violations) = super::run() {
            panic!("{violations}");
        }
    }
}
