//! Which fields each transformer changes, by default and as `configurations` and `crds` add to it.

mod crds;

use std::sync::LazyLock;

use sluice_yaml::parse_documents;

use crate::error::{BuildError, Result};
use crate::field_spec::{self, FieldSpec};
use crate::record::{Context, Record, record};
use crate::resource::Gvk;

pub(crate) use crds::read as read_crds;

record! {
    /// The fields of every transformer.
    struct TransformerConfig {
        name_prefix: Vec<FieldSpec> = "namePrefix",
        name_suffix: Vec<FieldSpec> = "nameSuffix",
        namespace: Vec<FieldSpec> = "namespace",
        common_labels: Vec<FieldSpec> = "commonLabels",
        labels: Vec<FieldSpec> = "labels",
        template_labels: Vec<FieldSpec> = "templateLabels",
        common_annotations: Vec<FieldSpec> = "commonAnnotations",
        name_references: Vec<NameReference> = "nameReference",
        variable_references: Vec<FieldSpec> = "varReference",
        images: Vec<FieldSpec> = "images",
        replicas: Vec<FieldSpec> = "replicas",
    }

    /// The fields that name resources of a kind.
    struct NameReference {
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        referrers: Vec<FieldSpec> = "fieldSpecs",
    }
}

static DEFAULT: LazyLock<TransformerConfig> =
    LazyLock::new(|| TransformerConfig::parse(include_bytes!("config/defaults.yaml")).unwrap_or_default());

// === impl TransformerConfig ===

impl TransformerConfig {
    /// What holds without configuration.
    pub(crate) fn standard() -> Self {
        DEFAULT.clone()
    }

    /// Reads a configuration file.
    ///
    /// # Errors
    /// Every mistake in it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Vec<BuildError>> {
        let documents = parse_documents(bytes).map_err(|error| vec![error.into()])?;
        let Some(document) = documents.first() else { return Ok(Self::default()) };
        let context = Context::default();
        let mut config = Self::read(&document.node, "", &context);
        config.sort();
        let errors = context.into_errors();
        if errors.is_empty() { Ok(config) } else { Err(errors) }
    }

    /// Adds what another configuration says.
    pub(crate) fn merge(&mut self, more: &Self) -> Result<()> {
        for (mine, others) in self.lists_mut().into_iter().zip(more.lists()) {
            field_spec::merge(mine, others)?;
        }
        for reference in &more.name_references {
            self.add_name_reference(reference)?;
        }
        self.sort();
        Ok(())
    }

    fn add_name_reference(&mut self, more: &NameReference) -> Result<()> {
        match self.name_references.iter_mut().find(|old| old.gvk() == more.gvk()) {
            Some(old) => field_spec::merge(&mut old.referrers, &more.referrers),
            None => {
                self.name_references.push(more.clone());
                Ok(())
            }
        }
    }

    fn lists(&self) -> [&Vec<FieldSpec>; 10] {
        [
            &self.name_prefix,
            &self.name_suffix,
            &self.namespace,
            &self.common_labels,
            &self.labels,
            &self.template_labels,
            &self.common_annotations,
            &self.variable_references,
            &self.images,
            &self.replicas,
        ]
    }

    fn lists_mut(&mut self) -> [&mut Vec<FieldSpec>; 10] {
        [
            &mut self.name_prefix,
            &mut self.name_suffix,
            &mut self.namespace,
            &mut self.common_labels,
            &mut self.labels,
            &mut self.template_labels,
            &mut self.common_annotations,
            &mut self.variable_references,
            &mut self.images,
            &mut self.replicas,
        ]
    }

    fn sort(&mut self) {
        for list in self.lists_mut() {
            list.sort_by_key(|spec| crate::order::kind_key(&spec.gvk()));
        }
        self.name_references.sort_by_key(|reference| crate::order::kind_key(&reference.gvk()));
    }
}

// === impl NameReference ===

impl NameReference {
    pub(crate) fn gvk(&self) -> Gvk {
        Gvk { group: self.group.clone(), version: self.version.clone(), kind: self.kind.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_read_in_full() {
        let config = TransformerConfig::parse(include_bytes!("config/defaults.yaml")).expect("valid");
        assert_eq!(config.name_references.len(), 16);
        assert_eq!(config.variable_references.len(), 72);
        let mut twice = config.clone();
        twice.merge(&config).expect("the same twice agrees");
        assert_eq!(twice, config);
    }
}
