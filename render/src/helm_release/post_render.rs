//! What happens to rendered files before they are installed (reference 05.11): the object's post-renderers in order, its common
//! metadata, and the labels that say which HelmRelease an object belongs to. Refuses what kustomize refuses: files that are not
//! YAML, the same object twice in one stream.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sluice_crds::helm::{HelmRelease, KustomizePostRenderer, PostRenderStrategy};
use sluice_helm::manifest::{ManifestError, Order, Sorted, is_partial, split};
use sluice_kustomize::{LoadRestriction, MemoryTree, Options, Reorder, build};
use sluice_yaml::{parse_documents, to_yaml};
use thiserror::Error;

/// Tells during post-rendering which file an object came from.
const FILE_ANNOTATION: &str = "postrenderer.helm.sh/postrender-filename";
/// The file that holds all objects for kustomize.
const INPUT: &str = "helm-output.yaml";
/// The label with the name of the HelmRelease.
const NAME_LABEL: &str = "helm.toolkit.fluxcd.io/name";
/// The label with the namespace of the HelmRelease.
const NAMESPACE_LABEL: &str = "helm.toolkit.fluxcd.io/namespace";

/// Why rendered files cannot be post-rendered.
#[derive(Debug, Error)]
pub enum PostRenderError {
    /// They cannot be parted into hooks and manifests.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file is not YAML.
    #[error("error merging manifests: parsing {file}: {message}")]
    Parse {
        /// The file.
        file: String,
        /// What is wrong with it.
        message: String,
    },
    /// Kustomize refuses the objects or the patches.
    #[error("error while running post render on files: {0}")]
    Kustomize(String),
}

type Files = BTreeMap<String, String>;

/// Post-renders the files of a chart.
pub(super) fn post_render(files: &Files, release: &HelmRelease) -> Result<Files, PostRenderError> {
    let strategy = release.spec.post_render_strategy.unwrap_or_default();
    if strategy == PostRenderStrategy::Combined {
        return changed(files, release, "");
    }
    let sorted = Sorted::read(files, Order::Install)?;
    let hooks = grouped(sorted.hooks.iter().map(|hook| (&hook.path, &hook.manifest)));
    let manifests = grouped(sorted.manifests.iter().map(|manifest| (&manifest.name, &manifest.content)));
    let mut together = match strategy {
        PostRenderStrategy::Separate if !hooks.is_empty() => changed(&hooks, release, "hooks-")?,
        _ => hooks,
    };
    if !manifests.is_empty() {
        for (file, text) in changed(&manifests, release, "manifests-")? {
            add(&mut together, &file, &text);
        }
    }
    Ok(together)
}

fn grouped<'a>(parts: impl Iterator<Item = (&'a String, &'a String)>) -> Files {
    let mut files = Files::new();
    for (file, text) in parts {
        add(&mut files, file, text);
    }
    files
}

fn add(files: &mut Files, file: &str, text: &str) {
    let content = files.entry(file.to_owned()).or_default();
    if !content.is_empty() {
        content.push_str("\n---\n");
    }
    content.push_str(text);
}

/// Sends one stream of objects through all changes.
fn changed(files: &Files, release: &HelmRelease, kind: &str) -> Result<Files, PostRenderError> {
    let mut stream = merged(files)?;
    for renderer in release.spec.post_renderers.iter().filter_map(|renderer| renderer.kustomize.as_ref()) {
        stream = stream_of(&kustomized(stream, Some(renderer))?);
    }
    let mut objects = kustomized(stream, None)?;
    objects.iter_mut().for_each(|object| mark(object, release));
    Ok(parted(objects, kind))
}

/// All objects of all files as one stream, each with the file it came from.
fn merged(files: &Files) -> Result<String, PostRenderError> {
    let mut objects = Vec::new();
    for (file, text) in files.iter().filter(|(file, _)| !is_partial(file)) {
        let refused = |message: String| PostRenderError::Parse { file: file.clone(), message };
        for part in split(text) {
            for document in parse_documents(part.as_bytes()).map_err(|error| refused(error.to_string()))? {
                let mut object = document.node.to_json().map_err(|error| refused(error.to_string()))?;
                annotate(&mut object, FILE_ANNOTATION, file);
                objects.push(object);
            }
        }
    }
    Ok(stream_of(&objects))
}

fn stream_of(objects: &[Value]) -> String {
    objects.iter().map(to_yaml).collect::<Vec<_>>().join("---\n")
}

/// What kustomize makes of a stream.
fn kustomized(
    stream: String,
    renderer: Option<&KustomizePostRenderer>,
) -> Result<Vec<Value>, PostRenderError> {
    let refused = |message: String| PostRenderError::Kustomize(message);
    if stream.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut file = json!({"resources": [INPUT]});
    if let Some(renderer) = renderer {
        let as_json = |error: serde_json::Error| PostRenderError::Kustomize(error.to_string());
        file["patches"] = serde_json::to_value(&renderer.patches).map_err(as_json)?;
        file["images"] = serde_json::to_value(&renderer.images).map_err(as_json)?;
    }
    let mut tree = MemoryTree::new();
    tree.insert(INPUT, stream).map_err(|error| refused(error.to_string()))?;
    tree.insert("kustomization.yaml", to_yaml(&file)).map_err(|error| refused(error.to_string()))?;
    let options =
        Options { load_restriction: LoadRestriction::None, reorder: Reorder::None, ..Options::default() };
    let built = build(&tree, "", &options).map_err(|error| refused(error.to_string()))?;
    Ok(built.resources.iter().map(sluice_kustomize::Resource::to_json).collect())
}

/// Common metadata first, then the labels of origin, which win.
fn mark(object: &mut Value, release: &HelmRelease) {
    if let Some(common) = &release.spec.common_metadata {
        for (key, value) in &common.labels {
            set(object, "labels", key, value);
        }
        for (key, value) in &common.annotations {
            annotate(object, key, value);
        }
    }
    let metadata = &release.metadata;
    set(object, "labels", NAME_LABEL, metadata.name.as_deref().unwrap_or_default());
    set(object, "labels", NAMESPACE_LABEL, metadata.namespace.as_deref().unwrap_or_default());
}

fn annotate(object: &mut Value, key: &str, value: &str) {
    set(object, "annotations", key, value);
}

/// Sets a label or an annotation; what is no object is left as it is.
fn set(object: &mut Value, field: &str, key: &str, value: &str) {
    let Some(metadata) = object.as_object_mut().and_then(|object| table(object, "metadata")) else { return };
    if let Some(texts) = table(metadata, field) {
        texts.insert(key.to_owned(), value.into());
    }
}

/// The table of a field, made where there is none.
fn table<'a>(object: &'a mut Map<String, Value>, field: &str) -> Option<&'a mut Map<String, Value>> {
    let entry = object.entry(field).or_insert(Value::Null);
    if entry.is_null() {
        *entry = json!({});
    }
    entry.as_object_mut()
}

/// The objects by the files they came from, the mark of that taken off.
fn parted(objects: Vec<Value>, kind: &str) -> Files {
    let mut files = Files::new();
    for (index, mut object) in objects.into_iter().enumerate() {
        let file =
            unmarked(&mut object).unwrap_or_else(|| format!("generated-by-postrender-{kind}{index}.yaml"));
        let content = files.entry(file).or_default();
        if !content.is_empty() {
            content.push_str("---\n");
        }
        content.push_str(&to_yaml(&object));
    }
    files
}

fn unmarked(object: &mut Value) -> Option<String> {
    let metadata = object.get_mut("metadata")?.as_object_mut()?;
    let annotations = metadata.get_mut("annotations")?.as_object_mut()?;
    let file = annotations.remove(FILE_ANNOTATION)?;
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
    file.as_str().map(str::to_owned)
}
