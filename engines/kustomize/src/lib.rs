//! `kustomize build` as a pure library: a tree of files in, resources and the set of files read out.
//! No network, file system, clock, environment or global state. Refuses what would need them: remote bases,
//! programs, containers, Helm charts.

mod collection;
mod config;
mod deprecation;
mod error;
mod field_spec;
mod generate;
mod kustomization;
mod load;
mod merge;
mod order;
mod path;
mod pattern;
mod place;
mod read_set;
mod record;
mod references;
mod resource;
mod schema;
mod selector;
mod transform;
mod tree;

pub use deprecation::Deprecation;
pub use error::{BuildError, BuildErrors, Cause, Mistake};
pub use read_set::{Limits, ReadSet, walkable};
pub use resource::Resource;
pub use schema::is_cluster_scoped;
pub use selector::{ObjectSelector, SelectorParts};
pub use tree::{Entry, FileTree, MemoryTree, Overlay, TreeError, kustomization_file};

/// The names a kustomization file may have.
pub const KUSTOMIZATION_FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// How a build is done; the default is that of `kustomize build`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Which files a kustomization may read.
    pub load_restriction: LoadRestriction,
    /// The order of the result where the kustomization names none.
    pub reorder: Reorder,
    /// Whether every resource gets the label that says what built it, as `buildMetadata: [managedByLabel]` asks.
    pub managed_by_label: bool,
    /// How much may be read.
    pub limits: Limits,
}

/// Which files a kustomization may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoadRestriction {
    /// Those in its own directory and below.
    #[default]
    RootOnly,
    /// Any in the tree.
    None,
}

/// The order of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reorder {
    /// Namespaces and definitions first, webhooks last, the rest by kind and name.
    #[default]
    Legacy,
    /// As the kustomizations name them.
    None,
}

/// What a build gives.
#[derive(Clone, Debug)]
pub struct Build {
    /// The resources in order.
    pub resources: Vec<Resource>,
    /// What was read to make them.
    pub read_set: ReadSet,
    /// Fields in use that should be written another way.
    pub deprecations: Vec<Deprecation>,
}

impl Build {
    /// All resources as one YAML stream, as `kustomize build` prints it.
    pub fn to_yaml(&self) -> String {
        let mut stream = String::new();
        for resource in &self.resources {
            if !stream.is_empty() {
                stream.push_str("---\n");
            }
            stream.push_str(&resource.to_yaml());
        }
        stream
    }
}

/// Builds the kustomization in `target`, a directory of the tree.
///
/// # Errors
/// Every mistake found, each with the files, resource and field it is in.
pub fn build(tree: &dyn FileTree, target: &str, options: &Options) -> Result<Build, BuildErrors> {
    let recorder = read_set::Recorder::new(tree, options.limits);
    let built = load::build(&recorder, target, *options).map_err(|errors| BuildErrors { errors })?;
    let (resources, deprecations) = built;
    Ok(Build { resources, read_set: recorder.finish(), deprecations })
}
