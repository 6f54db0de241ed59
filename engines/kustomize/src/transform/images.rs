//! `images`: names, tags and digests of container images, in the fields of the configuration and in every list
//! called `containers` or `initContainers`. Definitions of custom resources are left alone.

use regex::Regex;
use sluice_yaml::{Node, Value};

use super::Transform;
use crate::collection::Collection;
use crate::error::{Result, invalid};
use crate::field_spec::{FieldSpec, Make};
use crate::kustomization::Image;
use crate::pattern;
use crate::record::record;
use crate::resource::set_text;
use crate::schema::Schema;

record! {
    /// How one image changes, and the fields that may name it.
    struct Images {
        image: Image = "imageTag",
        specs: Vec<FieldSpec> = "fieldSpecs",
    }
}

impl Transform for Images {
    fn apply(&self, collection: &mut Collection, _: &Schema) -> Result<()> {
        let name = &self.image.name;
        let named =
            pattern::compile(&format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$"))
                .map_err(|error| error.field(".name"))?;
        let change = Change { image: &self.image, named };
        let mut resources =
            collection.resources.iter_mut().filter(|resource| resource.kind() != "CustomResourceDefinition");
        resources.try_for_each(|resource| {
            let label = resource.label();
            change.walk(&mut resource.node).map_err(|error| error.on(label))?;
            self.specs
                .iter()
                .try_for_each(|spec| spec.visit(resource, Make::Nothing, &mut |node| change.set(node)))
        })
    }
}

struct Change<'a> {
    image: &'a Image,
    named: Regex,
}

impl Change<'_> {
    fn walk(&self, node: &mut Node) -> Result<()> {
        match &mut node.value {
            Value::Scalar(_) => Ok(()),
            Value::Sequence(items) => items.iter_mut().try_for_each(|item| self.walk(item)),
            Value::Mapping(mapping) => mapping.iter_mut().try_for_each(|(key, value)| {
                self.walk(value)?;
                match key.text() {
                    Some("containers" | "initContainers") => self.containers(value),
                    _ => Ok(()),
                }
            }),
        }
    }

    fn containers(&self, list: &mut Node) -> Result<()> {
        let items = list.as_sequence_mut().into_iter().flatten().filter(|item| !item.is_null());
        for item in items {
            let mark = item.mark;
            let Some(container) = item.as_mapping_mut() else {
                return Err(invalid("a container is not a mapping").at(mark.line, mark.column));
            };
            if let Some(image) = container.get_mut("image").filter(|image| !image.is_null()) {
                self.set(image)?;
            }
        }
        Ok(())
    }

    fn set(&self, node: &mut Node) -> Result<()> {
        let Some(old) = node.text() else {
            let message = format!("an image is plain text, not a {}", node.kind_name());
            return Err(invalid(message).at(node.mark.line, node.mark.column));
        };
        if !self.named.is_match(old) {
            return Ok(());
        }
        let new = self.changed(old);
        set_text(node, &new)
    }

    fn changed(&self, old: &str) -> String {
        let (name, tag, digest) = split(old);
        let image = self.image;
        let name = if image.new_name.is_empty() { name } else { &image.new_name };
        let (tag, digest) = match (image.new_tag.as_str(), image.digest.as_str(), image.tag_suffix.as_str()) {
            ("", "", "") => (tag.to_owned(), digest),
            ("", "", suffix) => (format!("{tag}{suffix}"), ""),
            ("", new_digest, _) => (String::new(), new_digest),
            (new_tag, new_digest, _) => (new_tag.to_owned(), new_digest),
        };
        let part =
            |sign: &str, text: &str| if text.is_empty() { String::new() } else { format!("{sign}{text}") };
        format!("{name}{}{}", part(":", &tag), part("@", digest))
    }
}

/// Name, tag and digest of an image; a port of the registry belongs to the name.
fn split(image: &str) -> (&str, &str, &str) {
    let slash = image.find('/').unwrap_or(0);
    let (head, rest) = image.split_at(slash);
    let (rest, digest) = rest.split_once('@').unwrap_or((rest, ""));
    let (rest, tag) = rest.split_once(':').unwrap_or((rest, ""));
    (&image[..head.len() + rest.len()], tag, digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        for (image, expected) in [
            ("nginx", ("nginx", "", "")),
            ("nginx:1.2", ("nginx", "1.2", "")),
            ("host:5000/a/b:1.2@sha256:abc", ("host:5000/a/b", "1.2", "sha256:abc")),
            ("a@sha256:abc", ("a", "", "sha256:abc")),
        ] {
            assert_eq!(split(image), expected, "{image}");
        }
    }
}
