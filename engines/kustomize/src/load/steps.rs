//! The transformers that the fields of a kustomization ask for, in the order of the original.

use sluice_yaml::Node;

use super::{Loader, Many, Target, one};
use crate::collection::Collection;
use crate::config::TransformerConfig;
use crate::error::{BuildError, Result, invalid, unsupported};
use crate::field_spec::{self, FieldSpec};
use crate::kustomization::{Kustomization, Label, ObjectMeta, Patch as PatchField, ReplacementField};
use crate::place::Written;
use crate::record::{Context, Record};
use crate::resource::parse_resources;
use crate::selector::Matcher;
use crate::transform::annotations::Annotations;
use crate::transform::images::Images;
use crate::transform::labels::Labels;
use crate::transform::name::{Prefix, Suffix};
use crate::transform::namespace::Namespace;
use crate::transform::patch::{Body, Patch, parse_operations};
use crate::transform::replacements::{Replacements, parse_file};
use crate::transform::replicas::Replicas;
use crate::transform::{Step, Transform};

/// The version in the label that says what built a resource.
const MANAGED_BY: &str = "kustomize-v5.8.1";

/// Names the outer field of a mistake.
pub(super) fn prefix(mut error: BuildError, field: &str) -> BuildError {
    error.field = Some(match error.field.take() {
        Some(inner) if inner.starts_with(['[', '.']) => format!("{field}{inner}"),
        Some(inner) => format!("{field}.{inner}"),
        None => field.to_owned(),
    });
    error
}

/// Refuses what would run a program.
pub(super) fn refuse_unsupported(kustomization: &Kustomization) -> Vec<BuildError> {
    let helm = [
        ("helmCharts", &kustomization.helm_charts),
        ("helmChartInflationGenerator", &kustomization.helm_chart_inflation_generator),
    ];
    helm.into_iter()
        .filter(|(_, field)| field.0)
        .map(|(name, _)| unsupported("Helm chart inflation", "use a HelmRelease").field(name))
        .collect()
}

/// The label that says what built a resource, where it is wanted.
pub(super) fn add_metadata(
    kustomization: &Kustomization,
    managed_by_label: bool,
    collection: &mut Collection,
) -> Result<()> {
    if managed_by_label || kustomization.build_metadata.iter().any(|option| option == "managedByLabel") {
        let labels = [("app.kubernetes.io/managed-by".to_owned(), MANAGED_BY.to_owned())].into();
        let specs = vec![FieldSpec::everywhere("metadata/labels")];
        return Labels { labels, specs }.apply(collection, crate::schema::embedded());
    }
    Ok(())
}

/// Steps as they are put together, with the mistakes on the way.
struct Steps<'t> {
    target: &'t Target,
    file: &'t str,
    steps: Vec<Step>,
    errors: Vec<BuildError>,
}

impl Steps<'_> {
    fn add(&mut self, field: &str, plugin: &str, transform: impl Transform + 'static) {
        let origin = self.target.origin.as_ref().map(|origin| origin.built_in(self.file, plugin));
        self.steps.push(Step {
            field: field.to_owned(),
            origin,
            written: None,
            transform: Box::new(transform),
        });
    }

    fn try_add<T: Transform + 'static>(&mut self, field: &str, plugin: &str, transform: Result<T>) {
        match transform {
            Ok(transform) => self.add(field, plugin, transform),
            Err(error) => self.errors.push(prefix(error, field)),
        }
    }
}

impl Loader<'_> {
    pub(super) fn built_in_steps(&self, target: &Target, config: &TransformerConfig) -> Many<Vec<Step>> {
        let file = self.file_name(target);
        let mut steps = Steps { target, file, steps: Vec::new(), errors: Vec::new() };
        self.patch_steps(&mut steps);
        name_steps(&mut steps, config);
        label_steps(&mut steps, config);
        self.operation_steps(&mut steps);
        value_steps(&mut steps, config);
        self.replacement_step(&mut steps);
        if steps.errors.is_empty() { Ok(steps.steps) } else { Err(steps.errors) }
    }

    fn patch_steps(&self, steps: &mut Steps<'_>) {
        let kustomization = &steps.target.kustomization;
        let mut objects = Vec::new();
        for (index, text) in kustomization.patches_strategic_merge.iter().enumerate() {
            match self.merge_patches(steps.target, text) {
                Ok(found) => objects.extend(found),
                Err(error) => steps.errors.push(error.field(format!("patchesStrategicMerge[{index}]"))),
            }
        }
        if !kustomization.patches_strategic_merge.is_empty() {
            if objects.is_empty() && steps.errors.is_empty() {
                steps.errors.push(invalid("the patches are empty").field("patchesStrategicMerge"));
            }
            steps.add("patchesStrategicMerge", "PatchStrategicMergeTransformer", Patch::merging(objects));
        }
        for (index, patch) in kustomization.patches.iter().enumerate() {
            let read = self.patch(steps.target, patch);
            steps.try_add(&format!("patches[{index}]"), "PatchTransformer", read);
        }
    }

    /// An entry is a patch itself, or the path of one.
    pub(super) fn merge_patches(
        &self,
        target: &Target,
        text: &str,
    ) -> Result<Vec<crate::resource::Resource>> {
        parse_resources(text.as_bytes(), None).or_else(|_| {
            let bytes = self.load(target, text)?;
            parse_resources(&bytes, None).map_err(|error| error.in_file(self.path_of(target, text)))
        })
    }

    pub(super) fn patch(&self, target: &Target, field: &PatchField) -> Result<Patch> {
        let inline = field.patch.trim();
        let (target_of, options) = (field.target.as_ref(), field.options.as_ref());
        match (inline.is_empty(), field.path.is_empty()) {
            (true, true) => Err(invalid("must specify one of patch and path")),
            (false, false) => Err(invalid("patch and path can't be set at the same time")),
            (false, true) => {
                Patch::new(inline.as_bytes(), target_of, options).map_err(crate::error::BuildError::nowhere)
            }
            (true, false) => {
                let bytes = self.load(target, &field.path).map_err(|error| error.field("path"))?;
                let written = Written { file: self.path_of(target, &field.path), bytes };
                let patch = Patch::new(&written.bytes, target_of, options);
                let patch = patch
                    .map_err(|error| if error.is_of("target") { error } else { written.blame(error) })?;
                Ok(Patch { written: Some(written), ..patch })
            }
        }
    }

    fn operation_steps(&self, steps: &mut Steps<'_>) {
        for (index, field) in steps.target.kustomization.patches_json6902.iter().enumerate() {
            let read = self.operations(steps.target, field);
            steps.try_add(&format!("patchesJson6902[{index}]"), "PatchJson6902Transformer", read);
        }
    }

    pub(super) fn operations(&self, target: &Target, field: &PatchField) -> Result<Patch> {
        let selector = field.target.as_ref().filter(|selector| !selector.name.is_empty());
        let Some(selector) = selector else {
            return Err(invalid("must specify the target name").field("target"));
        };
        let (text, written) = match (field.path.is_empty(), field.patch.is_empty()) {
            (true, true) => return Err(invalid("must specify one of patch and path")),
            (false, false) => return Err(invalid("patch and path can't be set at the same time")),
            (true, false) => (field.patch.clone().into_bytes().into(), None),
            (false, true) => {
                let bytes = self.load(target, &field.path).map_err(|error| error.field("path"))?;
                (bytes.clone(), Some(Written { file: self.path_of(target, &field.path), bytes }))
            }
        };
        let empty = || invalid("the patch is empty");
        let operations =
            parse_operations(&text).and_then(|read| if read.is_empty() { Err(empty()) } else { Ok(read) });
        let operations = operations.map_err(|error| match &written {
            Some(written) => written.blame(error),
            None => error.nowhere(),
        })?;
        let target = Some(Matcher::new(selector).map_err(|error| prefix(error, "target"))?);
        let body = Body::Json(operations);
        Ok(Patch { body, target, options: Default::default(), remember: false, written })
    }

    fn replacement_step(&self, steps: &mut Steps<'_>) {
        if steps.target.kustomization.replacements.is_empty() {
            return;
        }
        let mut fields = steps.target.kustomization.replacements.clone();
        for field in &mut fields {
            // Inline, an empty list of targets counts as none at all.
            field.targets = field.targets.take().filter(|targets| !targets.is_empty());
        }
        match self.replacements(steps.target, &fields) {
            Ok(replacements) => {
                // What all of them do is written down once.
                let last = replacements.len();
                for (index, replacement) in replacements.into_iter().enumerate() {
                    let field = replacement.field.clone();
                    steps.add(
                        &field,
                        "ReplacementTransformer",
                        Replacements { field: String::new(), ..replacement },
                    );
                    if let Some(step) = steps.steps.last_mut().filter(|_| index + 1 < last) {
                        step.origin = None;
                    }
                }
            }
            Err(errors) => steps.errors.extend(errors),
        }
    }

    pub(super) fn replacements(
        &self,
        target: &Target,
        fields: &[ReplacementField],
    ) -> Many<Vec<Replacements>> {
        let (mut all, mut errors) = (Vec::new(), Vec::new());
        for (index, field) in fields.iter().enumerate() {
            let name = format!("replacements[{index}]");
            match self.replacement(target, field, &name) {
                Ok((list, written)) => all.push(Replacements { field: name, list, written }),
                Err(found) => errors.extend(found),
            }
        }
        if errors.is_empty() { Ok(all) } else { Err(errors) }
    }

    fn replacement(
        &self,
        target: &Target,
        field: &ReplacementField,
        name: &str,
    ) -> Many<(Vec<ReplacementField>, Option<Written>)> {
        if field.path.is_empty() {
            return Ok((vec![field.clone()], None));
        }
        if field.source.is_some() || field.targets.as_ref().is_some_and(|targets| !targets.is_empty()) {
            return Err(one(invalid("cannot specify both path and inline replacement").field(name)));
        }
        let bytes =
            self.load(target, &field.path).map_err(|error| one(error.field(format!("{name}.path"))))?;
        let written = Written { file: self.path_of(target, &field.path), bytes };
        let list = parse_file(&written.bytes).map_err(|errors| written.blame_all(errors))?;
        Ok((list, Some(written)))
    }
}

fn name_steps(steps: &mut Steps<'_>, config: &TransformerConfig) {
    let kustomization = &steps.target.kustomization;
    if !kustomization.namespace.is_empty() {
        let metadata = ObjectMeta { namespace: kustomization.namespace.clone(), ..ObjectMeta::default() };
        let namespace = Namespace { metadata, specs: config.namespace.clone(), ..Namespace::default() };
        steps.add("namespace", "NamespaceTransformer", namespace);
    }
    if !kustomization.name_prefix.is_empty() {
        let prefix = Prefix { prefix: kustomization.name_prefix.clone(), specs: config.name_prefix.clone() };
        steps.add("namePrefix", "PrefixTransformer", prefix);
    }
    if !kustomization.name_suffix.is_empty() {
        let suffix = Suffix { suffix: kustomization.name_suffix.clone(), specs: config.name_suffix.clone() };
        steps.add("nameSuffix", "SuffixTransformer", suffix);
    }
}

fn label_steps(steps: &mut Steps<'_>, config: &TransformerConfig) {
    let kustomization = &steps.target.kustomization;
    for (index, label) in kustomization.labels.iter().enumerate() {
        let labels = label_specs(label, config).map(|specs| Labels { labels: label.pairs.clone(), specs });
        steps.try_add(&format!("labels[{index}]"), "LabelTransformer", labels);
    }
    if !kustomization.labels.is_empty() || !kustomization.common_labels.is_empty() {
        let labels =
            Labels { labels: kustomization.common_labels.clone(), specs: config.common_labels.clone() };
        steps.add("commonLabels", "LabelTransformer", labels);
    }
    if !kustomization.common_annotations.is_empty() {
        let annotations = kustomization.common_annotations.clone();
        let specs = config.common_annotations.clone();
        steps.add("commonAnnotations", "AnnotationsTransformer", Annotations { annotations, specs });
    }
}

fn label_specs(label: &Label, config: &TransformerConfig) -> Result<Vec<FieldSpec>> {
    let mut specs = label.fields.clone();
    field_spec::merge(&mut specs, &config.labels)?;
    if label.include_selectors {
        field_spec::merge(&mut specs, &config.common_labels)?;
        return Ok(specs);
    }
    if label.include_templates {
        field_spec::merge(&mut specs, &config.template_labels)?;
    }
    field_spec::merge(&mut specs, &[FieldSpec::everywhere("metadata/labels")])?;
    Ok(specs)
}

fn value_steps(steps: &mut Steps<'_>, config: &TransformerConfig) {
    let kustomization = &steps.target.kustomization;
    for (index, replica) in kustomization.replicas.iter().enumerate() {
        let replicas = Replicas { replica: replica.clone(), specs: config.replicas.clone() };
        steps.add(&format!("replicas[{index}]"), "ReplicaCountTransformer", replicas);
    }
    for (index, image) in kustomization.images.iter().enumerate() {
        let images = Images { image: image.clone(), specs: config.images.clone() };
        steps.add(&format!("images[{index}]"), "ImageTagTransformer", images);
    }
}

/// Reads configuration of a plugin; unknown fields are skipped, as the original does.
pub(super) fn read_lenient<T: Record>(node: &Node) -> Result<T> {
    read_in(Context::object(), node)
}

/// Reads configuration of a generator, where only texts are texts.
pub(super) fn read_generator<T: Record>(node: &Node) -> Result<T> {
    read_in(Context::generator(), node)
}

fn read_in<T: Record>(context: Context, node: &Node) -> Result<T> {
    let value = T::read(node, "", &context);
    match context.into_errors().into_iter().next() {
        Some(error) => Err(error),
        None => Ok(value),
    }
}
