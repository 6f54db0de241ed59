//! `generators`, `transformers` and `validators`: configuration of built-in plugins, written inline or in files.
//! Refuses plugins that are programs or containers.

use bytes::Bytes;
use sluice_yaml::Node;

use super::steps::{read_generator, read_lenient};
use super::{Gathered, Loader, Many, Target, one};
use crate::error::{BuildError, Result, invalid, unsupported};
use crate::field_spec::FieldSpec;
use crate::generate::{self, iam_policy::IamPolicy};
use crate::kustomization::{GeneratorArgs, ObjectMeta, Patch as PatchField, ReplacementField, SecretArgs};
use crate::place::Written;
use crate::record::record;
use crate::resource::{ConfiguredBy, Origin, Resource, parse_resources};
use crate::transform::annotations::Annotations;
use crate::transform::images::Images;
use crate::transform::labels::Labels;
use crate::transform::name::{Hash, Prefix, Suffix};
use crate::transform::namespace::Namespace;
use crate::transform::patch::Patch;
use crate::transform::replicas::Replicas;
use crate::transform::value_add::{Target as ValueTarget, ValueAdd};
use crate::transform::{Step, Transform};

record! {
    /// What generators may have in their metadata instead.
    struct Named {
        metadata: ObjectMeta = "metadata",
    }

    /// The configuration of a transformer for JSON patches.
    struct JsonPatch {
        target: Option<crate::kustomization::Selector> = "target",
        path: String = "path",
        operations: String = "jsonOp",
    }

    /// The configuration of a transformer for strategic merge patches.
    struct MergePatch {
        paths: Vec<String> = "paths",
        patches: String = "patches",
    }

    /// The configuration of a transformer for replacements.
    struct ReplacementList {
        replacements: Vec<ReplacementField> = "replacements",
    }

    /// A file of targets.
    struct ValueTargets {
        targets: Vec<ValueTarget> = "targets",
    }
}

impl Loader<'_> {
    pub(super) fn external_generators(&mut self, target: &Target) -> Many<Vec<Resource>> {
        let configs = self.plugin_configs(target, &target.kustomization.generators, "generators")?;
        let (mut made, mut errors) = (Vec::new(), Vec::new());
        for config in configs {
            let mut resource = match self.run_generator(target, &config) {
                Ok(resource) => resource,
                Err(error) => {
                    errors.push(of_config(error, &config, "generators"));
                    continue;
                }
            };
            resource.source = config.source.clone().or_else(|| Some(target.file.as_str().into()));
            if resource.origin.is_none() {
                resource.origin = plugin_origin(&config);
            }
            made.push(resource);
        }
        if errors.is_empty() { Ok(made) } else { Err(errors) }
    }

    pub(super) fn external_steps(
        &mut self,
        target: &Target,
        entries: &[String],
        field: &str,
    ) -> Many<Vec<Step>> {
        let configs = self.plugin_configs(target, entries, field)?;
        let mut steps = Vec::new();
        let mut errors = Vec::new();
        for config in configs {
            match self.transformer(target, &config) {
                Ok(transforms) => {
                    // What several do together is written down once.
                    let last = transforms.len();
                    steps.extend(transforms.into_iter().enumerate().map(|(index, transform)| Step {
                        field: format!("{field}: {}", config.label().text),
                        origin: plugin_origin(&config).filter(|_| index + 1 == last),
                        written: written(&config),
                        transform,
                    }));
                }
                Err(error) => errors.push(of_config(error, &config, field)),
            }
        }
        if errors.is_empty() { Ok(steps) } else { Err(errors) }
    }

    /// The objects that the entries are, or lead to.
    fn plugin_configs(&mut self, target: &Target, entries: &[String], field: &str) -> Many<Vec<Resource>> {
        let mut gathered = Gathered::default();
        let mut paths = Vec::new();
        for entry in entries {
            match parse_resources(entry.as_bytes(), None) {
                Ok(mut resources) => {
                    for resource in &mut resources {
                        resource.origin =
                            target.origin.as_ref().map(|origin| origin.append(self.file_name(target)));
                    }
                    gathered.collection.append_all(resources).map_err(one)?;
                }
                Err(_) => paths.push(entry.clone()),
            }
        }
        self.gather_resources(target, &mut gathered, &paths, field)?;
        Ok(gathered.collection.resources)
    }

    fn run_generator(&self, target: &Target, config: &Resource) -> Result<Resource> {
        let mut load = |path: &str| self.load(target, path);
        let Named { metadata } = read_lenient(&config.node)?;
        let named = |mut args: GeneratorArgs| {
            if args.name.is_empty() {
                args.name.clone_from(&metadata.name);
            }
            if args.namespace.is_empty() {
                args.namespace.clone_from(&metadata.namespace);
            }
            args
        };
        match built_in(config)? {
            "ConfigMapGenerator" => generate::generate(
                &named(read_generator(&config.node)?),
                generate::Kind::ConfigMap,
                &mut load,
            ),
            "SecretGenerator" => {
                let (args, kind) = read_generator::<SecretArgs>(&config.node)?.into_generator_args();
                generate::generate(&named(args), generate::Kind::Secret { kind: &kind }, &mut load)
            }
            "IAMPolicyGenerator" => read_lenient::<IamPolicy>(&config.node)?.generate(),
            "HelmChartInflationGenerator" => Err(unsupported("Helm chart inflation", "use a HelmRelease")),
            other => Err(invalid(format!("{other} is not a generator"))),
        }
    }

    fn transformer(&self, target: &Target, config: &Resource) -> Result<Vec<Box<dyn Transform>>> {
        let node = &config.node;
        let kind = built_in(config)?;
        let transform: Box<dyn Transform> = match kind {
            "AnnotationsTransformer" => Box::new(read_lenient::<Annotations>(node)?),
            "LabelTransformer" => Box::new(read_lenient::<Labels>(node)?),
            "NamespaceTransformer" => Box::new(read_lenient::<Namespace>(node)?),
            "PrefixTransformer" => Box::new(prefix(node)?),
            "SuffixTransformer" => Box::new(suffix(node)?),
            "PrefixSuffixTransformer" => return Ok(vec![Box::new(prefix(node)?), Box::new(suffix(node)?)]),
            "HashTransformer" => Box::new(Hash),
            "ImageTagTransformer" => Box::new(read_lenient::<Images>(node)?),
            "ReplicaCountTransformer" => Box::new(read_lenient::<Replicas>(node)?),
            "PatchTransformer" => Box::new(self.patch(target, &read_lenient(node)?)?),
            "PatchStrategicMergeTransformer" => Box::new(self.merge_patch(target, &read_lenient(node)?)?),
            "PatchJson6902Transformer" => {
                let JsonPatch { target: selector, path, operations } = read_lenient(node)?;
                let field = PatchField { target: selector, path, patch: operations, options: None };
                Box::new(self.operations(target, &field)?)
            }
            "ReplacementTransformer" => {
                let ReplacementList { replacements } = read_lenient(node)?;
                let read = self.replacements(target, &replacements);
                let read = read.map_err(|mut errors| errors.swap_remove(0))?;
                return Ok(read.into_iter().map(|one| Box::new(one) as Box<dyn Transform>).collect());
            }
            "ValueAddTransformer" => Box::new(self.value_add(target, node)?),
            other => return Err(invalid(format!("{other} is not a transformer"))),
        };
        Ok(vec![transform])
    }

    fn merge_patch(&self, target: &Target, config: &MergePatch) -> Result<Patch> {
        let mut objects = Vec::new();
        for path in &config.paths {
            objects.extend(self.merge_patches(target, path)?);
        }
        if !config.patches.is_empty() {
            let inline = parse_resources(config.patches.as_bytes(), None);
            objects.extend(inline.map_err(|error| error.nowhere().field("patches"))?);
        }
        if objects.is_empty() {
            return Err(invalid("the patches are empty"));
        }
        Ok(Patch::merging(objects))
    }

    fn value_add(&self, target: &Target, node: &Node) -> Result<ValueAdd> {
        let mut add: ValueAdd = read_lenient(node)?;
        add.value = match add.value.trim() {
            "" => crate::tree::base_name(&target.directory).to_owned(),
            value => value.to_owned(),
        };
        if !add.target_file.is_empty() {
            let bytes = self.load(target, &add.target_file)?;
            let documents = sluice_yaml::parse_documents(&bytes)?;
            if let Some(document) = documents.first() {
                add.targets.extend(read_lenient::<ValueTargets>(&document.node)?.targets);
            }
        }
        add.check()?;
        Ok(add)
    }
}

/// A mistake in the configuration of a plugin.
fn of_config(error: BuildError, config: &Resource, field: &str) -> BuildError {
    let error = error.on(config.label()).field(field);
    match (config.source(), error.files.is_empty()) {
        (Some(source), true) => error.in_file(source),
        _ => error,
    }
}

/// The file of a configuration, in which it may be one of several.
fn written(config: &Resource) -> Option<Written> {
    config.source().map(|file| Written { file: file.to_owned(), bytes: Bytes::new() })
}

/// The kind of a built-in plugin; all else would run a program.
fn built_in(config: &Resource) -> Result<&str> {
    if config.api_version() == "builtin" {
        return Ok(config.kind());
    }
    let what = format!("the external plugin {:?}", config.kind());
    Err(unsupported(what, "only plugins with apiVersion builtin run here"))
}

fn prefix(node: &Node) -> Result<Prefix> {
    let read: Prefix = read_lenient(node)?;
    need_specs(&read.specs)?;
    Ok(read)
}

fn suffix(node: &Node) -> Result<Suffix> {
    let read: Suffix = read_lenient(node)?;
    need_specs(&read.specs)?;
    Ok(read)
}

fn need_specs(specs: &[FieldSpec]) -> Result<()> {
    if specs.is_empty() { Err(invalid("fieldSpecs is missing").field("fieldSpecs")) } else { Ok(()) }
}

/// Where a plugin was configured, for the annotations of what it made.
fn plugin_origin(config: &Resource) -> Option<Origin> {
    let origin = config.origin.as_ref()?;
    let configured_by = Some(ConfiguredBy {
        api_version: config.api_version().to_owned(),
        kind: config.kind().to_owned(),
        name: config.name().to_owned(),
        namespace: config.namespace().to_owned(),
    });
    Some(Origin { path: String::new(), configured_in: origin.path.clone(), configured_by })
}
