//! ConfigMaps and Secrets made of texts and files. Refuses keys that come twice.

pub(crate) mod data;
pub(crate) mod hash;
pub(crate) mod iam_policy;
mod pairs;

use bytes::Bytes;
use sluice_yaml::{Node, Scalar, Style, Tag, Value};

use crate::error::{Result, invalid};
use crate::kustomization::{GeneratorArgs, GeneratorOptions};
use crate::resource::{Behavior, Generated, Resource};

/// What a generator makes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// A ConfigMap.
    ConfigMap,
    /// A Secret of a type.
    Secret {
        /// Empty stands for `Opaque`.
        kind: &'a str,
    },
}

/// Makes one ConfigMap or Secret; `load` reads files.
pub(crate) fn generate(
    args: &GeneratorArgs,
    kind: Kind<'_>,
    load: &mut dyn FnMut(&str) -> Result<Bytes>,
) -> Result<Resource> {
    if args.name.is_empty() {
        return Err(invalid("the generator has no name").field("name"));
    }
    let pairs = pairs::read(args, load)?;
    let mut resource = Resource::new(base(kind));
    resource.set_name(&args.name);
    make_text(&mut resource.node, &["metadata", "name"]);
    if !args.namespace.is_empty() {
        resource.set_namespace(&args.namespace);
        make_text(&mut resource.node, &["metadata", "namespace"]);
    }
    match kind {
        Kind::ConfigMap => data::fill_config_map(&mut resource.node, &pairs),
        Kind::Secret { .. } => data::fill_secret(&mut resource.node, &pairs),
    }
    let options = args.options.clone().unwrap_or_default();
    decorate(&mut resource, &options);
    let behavior = Behavior::parse(&args.behavior);
    resource.generated = Some(Generated { behavior, hash: !options.disable_name_suffix_hash });
    Ok(resource)
}

fn base(kind: Kind<'_>) -> Node {
    let mut node = Node::mapping();
    let Some(root) = node.as_mapping_mut() else { return node };
    root.set("apiVersion", Node::string("v1"));
    match kind {
        Kind::ConfigMap => root.set("kind", Node::string("ConfigMap")),
        Kind::Secret { kind } => {
            root.set("kind", Node::string("Secret"));
            root.set("type", Node::string(if kind.is_empty() { "Opaque" } else { kind }));
        }
    }
    node
}

/// What was generated as text stays text, also when it looks like a number.
fn make_text(node: &mut Node, path: &[&str]) {
    let mut current = Some(node);
    for part in path {
        current = current.and_then(|node| node.get_mut(part));
    }
    if let Some(scalar) = current.and_then(Node::as_scalar_mut) {
        (scalar.tag, scalar.style) = (Tag::Str, Style::Double);
    }
}

fn decorate(resource: &mut Resource, options: &GeneratorOptions) {
    if !options.labels.is_empty() {
        resource.set_labels(&options.labels);
    }
    if !options.annotations.is_empty() {
        resource.set_annotations(&options.annotations);
    }
    if let (true, Some(root)) = (options.immutable, resource.node.as_mapping_mut()) {
        let value = Scalar { text: "true".to_owned(), tag: Tag::Bool, style: Style::Plain };
        root.set("immutable", Value::Scalar(value).into());
    }
}
