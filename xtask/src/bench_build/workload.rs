//! The overlays that are built: ten objects by hand, and any number of Deployments under every common transformation.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::failure::Failure;

const KINDS: [&str; 4] = ["ConfigMap", "Secret", "ServiceAccount", "Service"];

/// A base of ten objects, and an overlay with a prefix, labels and a strategic merge patch, for which the original reads
/// its schemas.
pub(super) fn ten_objects(directory: &Path) -> Result<(), Failure> {
    let object = |kind: &&str, name: &str| {
        format!("apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n  labels: {{app: web}}\n")
    };
    let named = |name: &'static str| KINDS.iter().map(move |kind| object(kind, name));
    let objects: Vec<String> = named("web").chain(named("data")).chain((0..2).map(deployment)).collect();
    write(&directory.join("base/all.yaml"), &objects.join("---\n"))?;
    write(&directory.join("base/kustomization.yaml"), "resources: [all.yaml]\n")?;
    write(
        &directory.join("overlay/kustomization.yaml"),
        "resources: [../base]\nnamePrefix: pre-\nnamespace: prod\nlabels: [{pairs: {team: blue}}]\n\
         configMapGenerator: [{name: settings, literals: [a=b]}]\n\
         patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: app-00000}, spec: {replicas: 2}}'}]\n",
    )
}

/// `resources` Deployments with a prefix, a namespace, selector labels, an image and a JSON patch for all.
pub(super) fn generated(directory: &Path, resources: usize) -> Result<(), Failure> {
    let mut all = String::new();
    for number in 0..resources {
        // Writing to a string cannot fail.
        let _ = write!(all, "{}{}", if number > 0 { "---\n" } else { "" }, deployment(number));
    }
    write(&directory.join("all.yaml"), &all)?;
    write(
        &directory.join("kustomization.yaml"),
        "resources: [all.yaml]\nnamePrefix: pre-\nnamespace: prod\n\
         labels: [{pairs: {team: blue}, includeSelectors: true}]\n\
         images: [{name: nginx, newTag: '1.27'}]\n\
         patches: [{target: {kind: Deployment}, patch: '[{\"op\": \"replace\", \"path\": \"/spec/replicas\", \"value\": 3}]'}]\n",
    )
}

fn deployment(number: usize) -> String {
    let name = format!("app-{number:05}");
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  labels:\n    app: {name}\nspec:\n  \
         replicas: 1\n  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        \
         app: {name}\n    spec:\n      containers:\n      - name: main\n        image: nginx:1.25\n        ports:\n        \
         - containerPort: 80\n"
    )
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(Failure::io(format!("write {}", path.display())))
}

#[cfg(test)]
mod tests {
    use sluice_kustomize::{MemoryTree, Options, build};

    use super::*;

    fn count(files: &[&str], directory: &Path, target: &str) -> usize {
        let read = |file: &&str| ((*file).to_owned(), fs::read(directory.join(file)).unwrap());
        let tree: MemoryTree = files.iter().map(read).collect();
        build(&tree, target, &Options::default()).unwrap().resources.len()
    }

    #[test]
    fn the_overlays_build() {
        let room = tempfile::tempdir().unwrap();
        ten_objects(room.path()).unwrap();
        let files = ["base/all.yaml", "base/kustomization.yaml", "overlay/kustomization.yaml"];
        assert_eq!(count(&files, room.path(), "overlay"), 11);
        generated(room.path(), 12).unwrap();
        assert_eq!(count(&["all.yaml", "kustomization.yaml"], room.path(), ""), 12);
    }
}
