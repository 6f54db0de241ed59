//! A kustomization file as types, deprecated fields moved to where they belong now. Refuses fields nobody knows,
//! other kinds and versions, and a file that says nothing.

use std::collections::BTreeMap;

use sluice_yaml::{Node, parse_documents};

use crate::deprecation::{self, Deprecation};
use crate::error::{BuildError, invalid};
use crate::field_spec::FieldSpec;
use crate::record::{Context, Record, record};
use crate::resource::Gvk;

const VERSION: &str = "kustomize.config.k8s.io/v1beta1";
const COMPONENT_VERSION: &str = "kustomize.config.k8s.io/v1alpha1";

record! {
    /// All fields of a kustomization or component.
    struct Kustomization {
        api_version: String = "apiVersion",
        kind: String = "kind",
        metadata: Option<ObjectMeta> = "metadata",
        open_api: BTreeMap<String, String> = "openapi",
        name_prefix: String = "namePrefix",
        name_suffix: String = "nameSuffix",
        namespace: String = "namespace",
        common_labels: BTreeMap<String, String> = "commonLabels",
        labels: Vec<Label> = "labels",
        common_annotations: BTreeMap<String, String> = "commonAnnotations",
        patches_strategic_merge: Vec<String> = "patchesStrategicMerge",
        patches_json6902: Vec<Patch> = "patchesJson6902",
        patches: Vec<Patch> = "patches",
        images: Vec<Image> = "images",
        image_tags: Vec<Image> = "imageTags",
        replacements: Vec<ReplacementField> = "replacements",
        replicas: Vec<Replica> = "replicas",
        vars: Vec<Variable> = "vars",
        sort_options: Option<SortOptions> = "sortOptions",
        resources: Vec<String> = "resources",
        components: Vec<String> = "components",
        crds: Vec<String> = "crds",
        bases: Vec<String> = "bases",
        config_map_generator: Vec<GeneratorArgs> = "configMapGenerator",
        secret_generator: Vec<SecretArgs> = "secretGenerator",
        helm_globals: Ignored = "helmGlobals",
        helm_charts: Ignored = "helmCharts",
        helm_chart_inflation_generator: Ignored = "helmChartInflationGenerator",
        generator_options: Option<GeneratorOptions> = "generatorOptions",
        configurations: Vec<String> = "configurations",
        generators: Vec<String> = "generators",
        transformers: Vec<String> = "transformers",
        validators: Vec<String> = "validators",
        build_metadata: Vec<String> = "buildMetadata",
    }

    /// `metadata` of configuration.
    struct ObjectMeta {
        name: String = "name",
        namespace: String = "namespace",
        labels: BTreeMap<String, String> = "labels",
        annotations: BTreeMap<String, String> = "annotations",
    }

    /// An entry of `labels`.
    struct Label {
        pairs: BTreeMap<String, String> = "pairs",
        include_selectors: bool = "includeSelectors",
        include_templates: bool = "includeTemplates",
        fields: Vec<FieldSpec> = "fields",
    }

    /// An entry of `patches`.
    struct Patch {
        path: String = "path",
        patch: String = "patch",
        target: Option<Selector> = "target",
        options: Option<PatchOptions> = "options",
    }

    /// What a patch may change besides.
    struct PatchOptions {
        allow_name_change: bool = "allowNameChange",
        allow_kind_change: bool = "allowKindChange",
    }

    /// Which resources are meant; every text but the label and annotation selectors is a pattern where it selects
    /// targets.
    struct Selector {
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        name: String = "name",
        namespace: String = "namespace",
        annotation_selector: String = "annotationSelector",
        label_selector: String = "labelSelector",
    }

    /// An entry of `images`.
    struct Image {
        name: String = "name",
        new_name: String = "newName",
        tag_suffix: String = "tagSuffix",
        new_tag: String = "newTag",
        digest: String = "digest",
    }

    /// An entry of `replicas`.
    struct Replica {
        name: String = "name",
        count: i64 = "count",
    }

    /// An entry of `replacements`.
    struct ReplacementField {
        path: String = "path",
        source: Option<ReplacementSource> = "source",
        targets: Option<Vec<ReplacementTarget>> = "targets",
        source_value: Option<String> = "sourceValue",
    }

    /// Where a replacement takes its value from.
    struct ReplacementSource {
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        name: String = "name",
        namespace: String = "namespace",
        field_path: String = "fieldPath",
        options: Option<FieldOptions> = "options",
    }

    /// Where a replacement puts its value.
    struct ReplacementTarget {
        select: Option<Selector> = "select",
        reject: Vec<Selector> = "reject",
        field_paths: Vec<String> = "fieldPaths",
        options: Option<FieldOptions> = "options",
    }

    /// Which part of a text is meant, and whether a missing field is made.
    struct FieldOptions {
        delimiter: String = "delimiter",
        index: i64 = "index",
        encoding: String = "encoding",
        create: bool = "create",
    }

    /// An entry of `vars`.
    struct Variable {
        name: String = "name",
        object: VariableObject = "objref",
        field: VariableField = "fieldref",
    }

    /// The resource of a variable.
    struct VariableObject {
        api_version: String = "apiVersion",
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        name: String = "name",
        namespace: String = "namespace",
    }

    /// The field of a variable.
    struct VariableField {
        path: String = "fieldPath",
    }

    /// The order of the result.
    struct SortOptions {
        order: String = "order",
        legacy: Option<LegacySortOptions> = "legacySortOptions",
    }

    /// Kinds that come first and last.
    struct LegacySortOptions {
        first: Vec<String> = "orderFirst",
        last: Vec<String> = "orderLast",
    }

    /// An entry of `configMapGenerator`.
    struct GeneratorArgs {
        name: String = "name",
        namespace: String = "namespace",
        behavior: String = "behavior",
        literals: Vec<String> = "literals",
        files: Vec<String> = "files",
        envs: Vec<String> = "envs",
        env: String = "env",
        options: Option<GeneratorOptions> = "options",
    }

    /// An entry of `secretGenerator`.
    struct SecretArgs {
        name: String = "name",
        namespace: String = "namespace",
        behavior: String = "behavior",
        literals: Vec<String> = "literals",
        files: Vec<String> = "files",
        envs: Vec<String> = "envs",
        env: String = "env",
        options: Option<GeneratorOptions> = "options",
        kind: String = "type",
    }

    /// How generated resources look.
    struct GeneratorOptions {
        labels: BTreeMap<String, String> = "labels",
        annotations: BTreeMap<String, String> = "annotations",
        disable_name_suffix_hash: bool = "disableNameSuffixHash",
        immutable: bool = "immutable",
    }
}

/// A field that is known but never used here; only whether it says something counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ignored(pub(crate) bool);

impl Record for Ignored {
    fn read(node: &Node, _: &str, _: &Context) -> Self {
        Self(!node.is_null_or_empty())
    }
}

impl Record for Gvk {
    fn read(node: &Node, path: &str, context: &Context) -> Self {
        record! { struct Parts { group: String = "group", version: String = "version", kind: String = "kind", } }
        let Parts { group, version, kind } = Parts::read(node, path, context);
        Self { group, version, kind }
    }
}

// === impl Kustomization ===

impl Kustomization {
    /// Reads a kustomization file, and finds what is deprecated in it.
    ///
    /// # Errors
    /// Every mistake in it.
    pub(crate) fn parse(bytes: &[u8], file: &str) -> Result<(Self, Vec<Deprecation>), Vec<BuildError>> {
        let documents = parse_documents(bytes).map_err(|error| vec![error.into()])?;
        let Some(document) = documents.into_iter().next() else {
            return Err(vec![invalid("the kustomization file is empty")]);
        };
        let context = Context::default();
        let mut kustomization = Self::read(&document.node, "", &context);
        let mut errors = context.into_errors();
        if errors.is_empty() {
            errors.extend(kustomization.check(&document.node));
        }
        if errors.is_empty() {
            Ok((kustomization, deprecation::find(&document.node, file)))
        } else {
            Err(errors)
        }
    }

    pub(crate) fn is_component(&self) -> bool {
        self.kind == "Component"
    }

    fn check(&mut self, node: &Node) -> Vec<BuildError> {
        self.modernize();
        let mut errors = Vec::new();
        if says_nothing(node) {
            errors.push(invalid("the kustomization file is empty"));
        }
        if self.kind != "Kustomization" && !self.is_component() {
            errors.push(invalid("expected Kustomization or Component").field("kind"));
        }
        let version = if self.is_component() { COMPONENT_VERSION } else { VERSION };
        if self.api_version != version {
            let message = format!("expected {version} for a {}", self.kind);
            errors.push(invalid(message).field("apiVersion"));
        }
        errors
    }

    /// Moves deprecated fields to the ones that took their place.
    fn modernize(&mut self) {
        if self.kind.is_empty() {
            "Kustomization".clone_into(&mut self.kind);
        }
        if self.api_version.is_empty() {
            let version = if self.is_component() { COMPONENT_VERSION } else { VERSION };
            version.clone_into(&mut self.api_version);
        }
        self.resources.append(&mut self.bases);
        self.images.append(&mut self.image_tags);
        for args in &mut self.config_map_generator {
            args.envs.extend(Some(std::mem::take(&mut args.env)).filter(|env| !env.is_empty()));
        }
        for args in &mut self.secret_generator {
            args.envs.extend(Some(std::mem::take(&mut args.env)).filter(|env| !env.is_empty()));
        }
    }
}

/// An empty list says something, an empty text does not.
fn says_nothing(node: &Node) -> bool {
    let counts = |(key, value): (&Node, &Node)| {
        let name = key.text().unwrap_or_default();
        let is_header = name.eq_ignore_ascii_case("kind") || name.eq_ignore_ascii_case("apiVersion");
        !is_header && !value.is_null() && value.text() != Some("")
    };
    !node.as_mapping().is_some_and(|mapping| mapping.iter().any(counts))
}

// === impl SecretArgs ===

impl SecretArgs {
    /// All but the type.
    pub(crate) fn into_generator_args(self) -> (GeneratorArgs, String) {
        let Self { name, namespace, behavior, literals, files, envs, env, options, kind } = self;
        (GeneratorArgs { name, namespace, behavior, literals, files, envs, env, options }, kind)
    }
}

// === impl GeneratorOptions ===

impl GeneratorOptions {
    /// Adds what the options of the whole kustomization say and these do not.
    pub(crate) fn with_defaults(local: Option<Self>, global: Option<&Self>) -> Option<Self> {
        let Some(global) = global else { return local };
        let mut merged = local.unwrap_or_default();
        for (key, value) in &global.labels {
            merged.labels.entry(key.clone()).or_insert_with(|| value.clone());
        }
        for (key, value) in &global.annotations {
            merged.annotations.entry(key.clone()).or_insert_with(|| value.clone());
        }
        merged.disable_name_suffix_hash |= global.disable_name_suffix_hash;
        merged.immutable |= global.immutable;
        Some(merged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> Vec<String> {
        let found = Kustomization::parse(text.as_bytes(), "k").err().unwrap_or_default();
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn mistakes_are_named_together() {
        let text = "resource: [a]\nimages:\n- name: 1\n  newTag: ok\nreplicas:\n- {name: a, count: many}\n";
        assert_eq!(
            errors(text),
            [
                "resource: unknown field",
                "images[0].name: expected text, found a number",
                "replicas[0].count: expected a whole number, found text",
            ]
        );
        assert_eq!(errors("kind: Kustomization\n"), ["the kustomization file is empty"]);
        assert_eq!(errors("kind: Foo\nnamePrefix: a\n"), ["kind: expected Kustomization or Component"]);
    }

    #[test]
    fn deprecated_fields_move() {
        let (read, _) = Kustomization::parse(b"bases: [b]\nRESOURCES: [a]\n", "k").expect("valid");
        assert_eq!(read.resources, ["a", "b"]);
    }
}
