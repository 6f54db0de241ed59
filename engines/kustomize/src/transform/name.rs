//! `namePrefix` and `nameSuffix`. Definitions, API services and namespaces keep their names.

use super::Transform;
use crate::collection::Collection;
use crate::error::Result;
use crate::field_spec::{FieldSpec, Make};
use crate::record::record;
use crate::resource::{Gvk, set_text};
use crate::schema::Schema;

record! {
    /// A prefix and the fields that get it.
    struct Prefix {
        prefix: String = "prefix",
        specs: Vec<FieldSpec> = "fieldSpecs",
    }

    /// A suffix and the fields that get it.
    struct Suffix {
        suffix: String = "suffix",
        specs: Vec<FieldSpec> = "fieldSpecs",
    }
}

impl Transform for Prefix {
    fn apply(&self, collection: &mut Collection, _: &Schema) -> Result<()> {
        let affix = Affix { prefix: &self.prefix, suffix: "", specs: &self.specs };
        affix.apply(collection)
    }
}

impl Transform for Suffix {
    fn apply(&self, collection: &mut Collection, _: &Schema) -> Result<()> {
        let affix = Affix { prefix: "", suffix: &self.suffix, specs: &self.specs };
        affix.apply(collection)
    }
}

/// The hash of the content, added to the names that want one.
pub(crate) struct Hash;

impl Transform for Hash {
    fn apply(&self, collection: &mut Collection, _: &Schema) -> Result<()> {
        crate::generate::hash::add_to_names(&mut collection.resources)
    }
}

/// What is put around names; one of both is empty.
pub(crate) struct Affix<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) suffix: &'a str,
    pub(crate) specs: &'a [FieldSpec],
}

impl Affix<'_> {
    pub(crate) fn apply(&self, collection: &mut Collection) -> Result<()> {
        for resource in &mut collection.resources {
            let kind = resource.original_id().gvk;
            if keeps_its_name(&kind) {
                continue;
            }
            for spec in self.specs.iter().filter(|spec| kind.is_selected(&spec.gvk())) {
                if spec.path == "metadata/name" {
                    self.remember(resource);
                }
                spec.visit(resource, Make::Scalar, &mut |node| {
                    let text = format!("{}{}{}", self.prefix, node.text().unwrap_or_default(), self.suffix);
                    set_text(node, &text)
                })?;
            }
        }
        Ok(())
    }

    fn remember(&self, resource: &mut crate::resource::Resource) {
        for (text, list) in [(self.prefix, &mut resource.prefixes), (self.suffix, &mut resource.suffixes)] {
            if !text.is_empty() {
                list.push(text.to_owned());
            }
        }
        if !self.prefix.is_empty() || !self.suffix.is_empty() {
            resource.remember_id();
        }
    }
}

fn keeps_its_name(kind: &Gvk) -> bool {
    matches!(kind.kind.as_str(), "CustomResourceDefinition" | "Namespace")
        || kind.group == "apiregistration.k8s.io" && kind.kind == "APIService"
}
