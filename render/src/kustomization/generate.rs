//! The kustomization file of a folder: the one that is there, or one made from the folder's manifests.
//!
//! Walks the tree the way Flux does: `.yaml` and `.yml` files, a sub-folder that has a kustomization file of its own
//! is taken as a whole, others are walked (reference 04.4).

use serde_json::{Value, json};
use sluice_kustomize::{Entry, FileTree, KUSTOMIZATION_FILE_NAMES};

use super::{RenderError, join};

/// Deeper folders are refused; a source has no business nesting like this.
const DEPTH_LIMIT: usize = 64;

/// A kustomization file: its name in the folder and its content.
#[derive(Debug)]
pub(super) struct KustomizationFile {
    pub(super) name: String,
    pub(super) content: Value,
}

/// Reads the kustomization file of `directory`, or makes one of its manifests.
///
/// # Errors
/// Fails when the file is not a YAML mapping or the folder cannot be read.
pub(super) fn kustomization_file(
    tree: &dyn FileTree,
    directory: &str,
) -> Result<KustomizationFile, RenderError> {
    if let Some(name) = existing(tree, directory)? {
        let content = parse(tree, &join(directory, name))?;
        return Ok(KustomizationFile { name: name.to_owned(), content });
    }
    let mut resources = Vec::new();
    collect(tree, directory, "", 0, &mut resources)?;
    let mut content = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
    });
    if !resources.is_empty() {
        content["resources"] = resources.into();
    }
    Ok(KustomizationFile { name: KUSTOMIZATION_FILE_NAMES[0].to_owned(), content })
}

/// Whether `path` is a folder of the tree; the root always is.
pub(super) fn is_directory(tree: &dyn FileTree, path: &str) -> Result<bool, RenderError> {
    Ok(path.is_empty() || tree.entry(path)? == Some(Entry::Directory))
}

fn existing(tree: &dyn FileTree, directory: &str) -> Result<Option<&'static str>, RenderError> {
    for name in KUSTOMIZATION_FILE_NAMES {
        if tree.entry(&join(directory, name))? == Some(Entry::File) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn parse(tree: &dyn FileTree, path: &str) -> Result<Value, RenderError> {
    let refuse = |message: String| RenderError::KustomizationFile { path: path.to_owned(), message };
    let bytes = tree.read(path)?;
    let documents = sluice_yaml::parse_documents(&bytes).map_err(|error| refuse(error.to_string()))?;
    match documents.as_slice() {
        [] => Ok(json!({})),
        [document] => match document.to_json().map_err(|error| refuse(error.to_string()))? {
            Value::Null => Ok(json!({})),
            content @ Value::Object(_) => Ok(content),
            _ => Err(refuse("a kustomization file must be a mapping".to_owned())),
        },
        _ => Err(refuse("a kustomization file must hold one document".to_owned())),
    }
}

/// Appends the manifests below `directory`/`below`, named relative to `directory`.
fn collect(
    tree: &dyn FileTree,
    directory: &str,
    below: &str,
    depth: usize,
    resources: &mut Vec<String>,
) -> Result<(), RenderError> {
    let folder = if below.is_empty() { directory.to_owned() } else { join(directory, below) };
    if depth > DEPTH_LIMIT {
        let message = format!("folders nest deeper than {DEPTH_LIMIT}");
        return Err(RenderError::Object { object: folder, message });
    }
    let mut names = tree.list(&folder)?;
    names.sort_unstable();
    for name in names {
        let relative = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        match tree.entry(&join(directory, &relative))? {
            Some(Entry::Directory) if existing(tree, &join(directory, &relative))?.is_some() => {
                resources.push(relative);
            }
            Some(Entry::Directory) => collect(tree, directory, &relative, depth + 1, resources)?,
            Some(Entry::File) if name.ends_with(".yaml") || name.ends_with(".yml") => {
                resources.push(relative);
            }
            _ => {}
        }
    }
    Ok(())
}
