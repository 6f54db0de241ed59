//! From a Kustomization object and a source tree to the objects that the cluster shall hold.
//!
//! The steps, in order: find or [generate](generate) the kustomization file, [amend](amend) it with the object's own
//! fields, build it with the engine, then bring every object into [applicable form](normalize) and
//! [mark](ownership) it. A caller refuses first what
//! is not [served](unserved()) yet (decryption, substitution).

use serde_json::Value;
use sha2::{Digest, Sha256};
use sluice_crds::kustomize::{Kustomization, KustomizationSpec};
use sluice_kustomize::{
    Build, BuildError, BuildErrors, FileTree, LoadRestriction, Options, Overlay, ReadSet, Reorder, TreeError,
};

use self::recorded::Recorded;
use crate::substitution::Variables;
use thiserror::Error;

mod amend;
mod generate;
mod ignore;
mod normalize;
mod ownership;
mod recorded;
mod substitute;
mod unserved;

/// The labels that say which Kustomization manages an object (reference: Flux's ownership labels).
pub use ownership::{OWNER_NAME_LABEL, OWNER_NAMESPACE_LABEL};
pub use substitute::Unsubstituted;
pub use unserved::{Unserved, unserved};

/// What one Kustomization renders to.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The objects in build order.
    pub objects: Vec<RenderedObject>,
    /// `sha256:<hex>` over the rendered objects, equal when nothing changed.
    pub checksum: String,
    /// Bytes of all objects as JSON.
    pub size: usize,
    /// Every file and folder the result depends on.
    pub read_set: ReadSet,
}

/// One object, ready to be applied.
#[derive(Clone, Debug)]
pub struct RenderedObject {
    /// The whole object.
    pub object: Value,
    /// The file it came from, relative to the source's root, where it is known.
    pub source: Option<String>,
    /// JSON pointers of the fields that `spec.ignore` leaves to others once the object exists.
    pub ignored: Vec<String>,
}

/// Why a Kustomization does not render.
#[derive(Debug, Error)]
pub enum RenderError {
    /// The path is not a folder of the source.
    #[error("kustomization path not found: `{0}` is not a directory of the source")]
    PathNotFound(String),
    /// The path leaves the source.
    #[error("spec.path `{0}` leads out of the source")]
    PathEscapes(String),
    /// The folder could not be read.
    #[error("{0}")]
    Tree(#[from] TreeError),
    /// The kustomization file is not a YAML mapping.
    #[error("{path}: {message}")]
    KustomizationFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// A component is not relative, or leaves the source.
    #[error("spec.components: `{0}` must be a path relative to spec.path, inside the source")]
    Component(String),
    /// The engine refused the build.
    #[error("kustomize build failed: {0}")]
    Build(#[from] BuildErrors),
    /// A target of `spec.ignore` selects nothing that can be.
    #[error("spec.ignore: target: {0}")]
    Ignore(#[source] BuildError),
    /// Variables cannot be substituted.
    #[error("variable substitution failed: {}", substitute::list(.0))]
    Substitution(Vec<Unsubstituted>),
    /// An object is still encrypted.
    #[error("{0} is SOPS encrypted, and this Kustomization does not decrypt it")]
    Encrypted(String),
    /// An object cannot be brought into applicable form.
    #[error("{object}: {message}")]
    Object {
        /// Kind, namespace and name.
        object: String,
        /// What is wrong with it.
        message: String,
    },
}

impl RenderError {
    /// Names the file that the object at fault came from.
    fn in_file(self, file: Option<&str>) -> Self {
        let named = |object: String| match file {
            Some(file) => format!("{file}: {object}"),
            None => object,
        };
        match self {
            Self::Encrypted(object) => Self::Encrypted(named(object)),
            Self::Object { object, message } => Self::Object { object: named(object), message },
            other => other,
        }
    }
}

/// Renders `kustomization` from the files of `tree`, with `variables` substituted.
///
/// # Errors
/// Names the file or object that is at fault; nothing is rendered in part.
pub fn render(
    tree: &dyn FileTree,
    kustomization: &Kustomization,
    variables: &Variables,
) -> Result<Rendered, RenderError> {
    let tree = &Recorded::new(tree);
    let spec = &kustomization.spec;
    let directory = directory(spec.path.as_deref().unwrap_or_default())?;
    if !generate::is_directory(tree, &directory)? {
        return Err(RenderError::PathNotFound(spec.path.clone().unwrap_or_default()));
    }
    let file = generate::kustomization_file(tree, &directory)?;
    let amended = amend::amend(file.content, spec, |component| {
        let escapes = |_| RenderError::Component(component.to_owned());
        let folder = self::directory(&format!("{directory}/{component}")).map_err(escapes)?;
        generate::is_directory(tree, &folder)
    })?;
    let build = build(tree, &directory, &file.name, &amended)?;
    let read_set = tree.seen();
    let built = substitute::substitute(&build, variables, tree)?;
    finish(built, kustomization, read_set)
}

fn build(tree: &dyn FileTree, directory: &str, name: &str, amended: &Value) -> Result<Build, RenderError> {
    if amend::is_empty(amended) {
        return Ok(Build { resources: Vec::new(), read_set: ReadSet::default(), deprecations: Vec::new() });
    }
    let mut amended_tree = Overlay::new(tree);
    amended_tree.insert(&join(directory, name), sluice_yaml::to_yaml(amended))?;
    Ok(sluice_kustomize::build(&amended_tree, directory, &options())?)
}

/// Flux's loader is unrestricted inside the source's root: the tree itself is the restriction.
fn options() -> Options {
    Options { load_restriction: LoadRestriction::None, reorder: Reorder::None, ..Options::default() }
}

fn finish(
    built: Vec<RenderedObject>,
    kustomization: &Kustomization,
    read_set: ReadSet,
) -> Result<Rendered, RenderError> {
    let rules = ignore::Rules::new(&kustomization.spec.ignore).map_err(RenderError::Ignore)?;
    let mut objects = built;
    let mut checksum = Sha256::new();
    let mut size = 0;
    for RenderedObject { object, source, ignored } in &mut objects {
        normalize::normalize(object).map_err(|error| error.in_file(source.as_deref()))?;
        ownership::mark(object, kustomization);
        *ignored = rules.paths(object);
        let text = object.to_string();
        size += text.len();
        checksum.update(text.as_bytes());
        checksum.update(b"\n");
    }
    let checksum = format!("sha256:{}", hex::encode(checksum.finalize()));
    Ok(Rendered { objects, checksum, size, read_set })
}

/// The tree path of `spec.path`: no leading `./`, no trailing slash, never above the root.
///
/// # Errors
/// Refuses a path that climbs above the source's root.
fn directory(path: &str) -> Result<String, RenderError> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(|| RenderError::PathEscapes(path.to_owned()))?;
            }
            name => parts.push(name),
        }
    }
    Ok(parts.join("/"))
}

/// Joins a tree folder and a relative path without resolving anything.
fn join(directory: &str, relative: &str) -> String {
    let relative = relative.trim_start_matches("./");
    if directory.is_empty() { relative.to_owned() } else { format!("{directory}/{relative}") }
}

/// Kind, namespace and name as messages print them: `Deployment/apps/web`.
fn describe(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (kind, namespace, name) = (text("/kind"), text("/metadata/namespace"), text("/metadata/name"));
    if namespace.is_empty() { format!("{kind}/{name}") } else { format!("{kind}/{namespace}/{name}") }
}

/// Whether any field of `spec` changes what the kustomization file says.
fn amends(spec: &KustomizationSpec) -> bool {
    spec.target_namespace.is_some()
        || spec.name_prefix.is_some()
        || spec.name_suffix.is_some()
        || !(spec.patches.is_empty() && spec.images.is_empty() && spec.components.is_empty())
        || !spec.build_metadata.is_empty()
}

#[cfg(test)]
mod tests;
