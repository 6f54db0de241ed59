//! From a directory to its resources: kustomizations name files, directories and components, which are gathered,
//! generated and transformed in the order of the original. Refuses remote sources, cycles and files outside of the
//! load restriction; reports independent mistakes together.

mod files;
mod plugin;
mod remote;
mod steps;

use std::rc::Rc;
use std::sync::Arc;

use crate::collection::Collection;
use crate::config::{self, TransformerConfig};
use crate::error::{BuildError, Cause, Result, at_path, invalid};
use crate::generate;
use crate::kustomization::{GeneratorOptions, Kustomization};
use crate::read_set::Recorder;
use crate::references::{self, variables};
use crate::resource::{Origin, Resource, Wanted, parse_resources};
use crate::schema;
use crate::transform::{self, CurrentSchema};
use crate::tree::{Entry, is_inside, join};
use crate::{Options, order};

type Many<T> = Result<T, Vec<BuildError>>;

/// What is gathered so far.
#[derive(Default)]
pub(crate) struct Gathered {
    collection: Collection,
    config: Option<Rc<TransformerConfig>>,
    variables: variables::Variables,
}

/// One build.
pub(crate) struct Loader<'a> {
    recorder: &'a Recorder<'a>,
    options: Options,
    standard: Rc<TransformerConfig>,
    schema: CurrentSchema,
    /// Whether a kustomization named a schema, which only the first may.
    schema_is_set: bool,
    /// Whether a resource of a kind was read that Kubernetes itself does not have.
    unknown_kind_seen: bool,
    resources: usize,
}

/// A kustomization in its directory.
struct Target {
    directory: String,
    file: String,
    kustomization: Kustomization,
    /// Directories whose kustomizations led here, this one last.
    visited: Vec<String>,
    /// Where resources of this kustomization come from, when that is wanted.
    origin: Option<Origin>,
}

/// Builds the kustomization of a directory.
pub(crate) fn build(recorder: &Recorder<'_>, directory: &str, options: Options) -> Many<Vec<Resource>> {
    let standard = Rc::new(TransformerConfig::standard());
    let schema = CurrentSchema::default();
    let mut loader = Loader {
        recorder,
        options,
        standard,
        schema,
        schema_is_set: false,
        unknown_kind_seen: false,
        resources: 0,
    };
    loader.run(directory)
}

fn one(error: BuildError) -> Vec<BuildError> {
    vec![error]
}

impl Loader<'_> {
    fn run(&mut self, directory: &str) -> Many<Vec<Resource>> {
        let directory = join("", directory).map_err(|error| one(error.into()))?;
        let directory = self.recorder.real_path(&directory).map_err(|error| one(error.into()))?;
        if self.recorder.entry(&directory).map_err(|error| one(error.into()))? != Some(Entry::Directory) {
            return Err(one(at_path("", directory, " is not a directory")));
        }
        let mut target = self.open(&directory, &[], None)?;
        if !target.kustomization.build_metadata.is_empty() {
            target.origin = Some(Origin::default());
        }
        let in_file = |error: BuildError| one(error.in_file(&target.file));
        self.use_schema(&target).map_err(in_file)?;
        let mut gathered = self.gather(&target, Gathered::default())?;
        self.finish(&target, &mut gathered).map_err(in_file)?;
        Ok(gathered.collection.resources)
    }

    /// What is done once, when all resources are there.
    fn finish(&self, target: &Target, gathered: &mut Gathered) -> Result<()> {
        let resources = &mut gathered.collection.resources;
        generate::hash::add_to_names(resources)?;
        let config = gathered.config.as_deref().unwrap_or(&self.standard);
        references::fix(resources, config)?;
        resources.iter_mut().for_each(Resource::settle_shared);
        variables::resolve(&gathered.variables, resources, config)?;
        resources.iter_mut().for_each(Resource::settle_shared);
        resources.iter().try_for_each(Resource::check_named)?;
        gathered.collection.refuse_doubles()?;
        let resources = &mut gathered.collection.resources;
        resources.retain(|resource| {
            matches!(resource.annotation("config.kubernetes.io/local-config"), None | Some("false"))
        });
        order::sort(resources, target.kustomization.sort_options.as_ref(), self.options.reorder)?;
        steps::add_metadata(&target.kustomization, self.options.managed_by_label, &mut gathered.collection)?;
        let wants = |option: &str| target.kustomization.build_metadata.iter().any(|wanted| wanted == option);
        let wanted =
            Wanted { origin: wants("originAnnotations"), transformations: wants("transformerAnnotations") };
        for resource in &mut gathered.collection.resources {
            resource.finish_annotations(wanted);
            // Every mistake that is left in a value shows here, so that reading the result can not fail.
            resource.node.to_json().map_err(|error| {
                let error = BuildError::from(error).on(resource.label());
                match resource.source() {
                    Some(source) => error.in_file(source),
                    None => error,
                }
            })?;
        }
        Ok(())
    }

    // === gathering ===

    /// Does all that a kustomization says; a component adds to what is there already.
    fn gather(&mut self, target: &Target, into: Gathered) -> Many<Gathered> {
        let found = self.gather_inside(target, into);
        found.map_err(|errors| errors.into_iter().map(|error| error.in_file(&target.file)).collect())
    }

    fn gather_inside(&mut self, target: &Target, into: Gathered) -> Many<Gathered> {
        let kustomization = &target.kustomization;
        steps::refuse_unsupported(kustomization)?;
        let mut gathered = self.gather_resources(target, into, &kustomization.resources, "resources")?;
        self.configure(target, &mut gathered)?;
        self.generate(target, &mut gathered)?;
        gathered = self.gather_components(target, gathered)?;
        self.transform(target, &mut gathered)?;
        self.validate(target, &mut gathered)?;
        let resources = &mut gathered.collection.resources;
        variables::define(&mut gathered.variables, &kustomization.vars, resources).map_err(one)?;
        Ok(gathered)
    }

    fn gather_resources(
        &mut self,
        target: &Target,
        mut into: Gathered,
        paths: &[String],
        field: &str,
    ) -> Many<Gathered> {
        let mut errors = Vec::new();
        into.collection.begin_appending();
        for (index, path) in paths.iter().enumerate() {
            let found = self.gather_path(target, &mut into, path);
            let named = |error: BuildError| {
                if error.files.is_empty() { error.field(format!("{field}[{index}]")) } else { error }
            };
            errors.extend(found.err().into_iter().flatten().map(named));
        }
        into.collection.end_appending();
        if errors.is_empty() { Ok(into) } else { Err(errors) }
    }

    /// A path names a file of resources or a directory with a kustomization.
    fn gather_path(&mut self, target: &Target, into: &mut Gathered, path: &str) -> Many<()> {
        let fail = |error: BuildError| Err(one(error));
        if path.is_empty() {
            return fail(invalid("the path is empty"));
        }
        if remote::is_url(path) {
            return fail(remote::refusal(path));
        }
        let full = match self.recorder.resolve(&target.directory, path) {
            Ok(full) => full,
            Err(_) if remote::is_repository(path) => return fail(remote::refusal(path)),
            Err(error) => return fail(error.into()),
        };
        let full = self.recorder.real_path(&full).map_err(|error| one(error.into()))?;
        match self.recorder.entry(&full).map_err(|error| one(error.into()))? {
            Some(Entry::Directory) => self.gather_directory(target, into, &full, path),
            Some(Entry::File) => self.gather_file(target, into, &full, path).map_err(one),
            None if remote::is_repository(path) => fail(remote::refusal(path)),
            None => fail(at_path("no file or directory ", full, "")),
        }
    }

    fn gather_file(&mut self, target: &Target, into: &mut Gathered, full: &str, path: &str) -> Result<()> {
        let bytes = self.load(target, path)?;
        let source: Arc<str> = full.into();
        let mut resources = parse_resources(&bytes, Some(&source)).map_err(|error| error.in_file(full))?;
        for resource in &mut resources {
            resource.cluster_kinds = self.schema.get().cluster_kinds().cloned();
        }
        self.unknown_kind_seen |= resources.iter().any(|r| !schema::is_known(r.api_version(), r.kind()));
        self.resources += resources.len();
        let limit = self.recorder.limits().resources;
        if self.resources > limit {
            return Err(Cause::Limit { what: "resources", limit }.into());
        }
        if let Some(origin) = &target.origin {
            for resource in &mut resources {
                resource.origin = Some(origin.append(path));
            }
        }
        into.collection.append_all(resources).map_err(|error| error.in_file(full))
    }

    fn gather_directory(&mut self, target: &Target, into: &mut Gathered, full: &str, path: &str) -> Many<()> {
        let below = self.open_below(target, full, path)?;
        if below.kustomization.is_component() {
            return Err(one(at_path("", full, " is a component; name it in components")));
        }
        let gathered = self.gather(&below, Gathered::default())?;
        self.merge(into, gathered).map_err(one)
    }

    fn gather_components(&mut self, target: &Target, mut gathered: Gathered) -> Many<Gathered> {
        for (index, path) in target.kustomization.components.iter().enumerate() {
            let named = |errors: Vec<BuildError>| {
                let field = format!("components[{index}]");
                errors
                    .into_iter()
                    .map(|error| if error.files.is_empty() { error.field(&field) } else { error })
                    .collect::<Vec<_>>()
            };
            gathered = self.gather_component(target, gathered, path).map_err(named)?;
        }
        Ok(gathered)
    }

    fn gather_component(&mut self, target: &Target, gathered: Gathered, path: &str) -> Many<Gathered> {
        if remote::is_url(path)
            || remote::is_repository(path) && self.recorder.resolve(&target.directory, path).is_err()
        {
            return Err(one(remote::refusal(path)));
        }
        let full = self.recorder.resolve(&target.directory, path).map_err(|error| one(error.into()))?;
        let full = self.recorder.real_path(&full).map_err(|error| one(error.into()))?;
        match self.recorder.entry(&full).map_err(|error| one(error.into()))? {
            Some(Entry::Directory) => {}
            None if remote::is_repository(path) => return Err(one(remote::refusal(path))),
            Some(Entry::File) => {
                return Err(one(at_path("", full, " is a file; the directory of a component is expected")));
            }
            None => return Err(one(at_path("no directory ", full, ""))),
        }
        let below = self.open_below(target, &full, path)?;
        if !below.kustomization.is_component() {
            let why =
                format!(" is of kind {:?}, not Component; name it in resources", below.kustomization.kind);
            return Err(one(at_path("", full, why)));
        }
        let mut gathered = self.gather(&below, gathered)?;
        // What a component leaves is merged into nothing, which may put fields out.
        if let Some(config) = gathered.config.take() {
            self.merge_config(&mut gathered.config, &config).map_err(one)?;
        }
        Ok(gathered)
    }

    fn open_below(&mut self, target: &Target, full: &str, path: &str) -> Many<Target> {
        if path.starts_with('/') {
            return Err(one(at_path("", full, " must be named by a relative path, since it is a directory")));
        }
        if target.visited.iter().any(|visited| is_inside(visited, full)) {
            return Err(one(at_path("cycle: ", full, " is or contains a directory that led here")));
        }
        let origin = target.origin.as_ref().map(|origin| origin.append(path));
        let below = self.open(full, &target.visited, origin)?;
        self.use_schema(&below).map_err(|error| one(error.in_file(&below.file)))?;
        Ok(below)
    }

    /// Takes over what the kustomization of another directory gave.
    fn merge(&self, into: &mut Gathered, more: Gathered) -> Result<()> {
        into.collection.append_all(more.collection.resources)?;
        if let Some(config) = more.config {
            self.merge_config(&mut into.config, &config)?;
        }
        variables::merge(&mut into.variables, more.variables.into_values())
    }

    fn merge_config(
        &self,
        into: &mut Option<Rc<TransformerConfig>>,
        more: &Rc<TransformerConfig>,
    ) -> Result<()> {
        match into {
            None if Rc::ptr_eq(&self.standard, more) => *into = Some(Rc::clone(more)),
            // Merged into nothing, a field for one kind puts out the same field for all kinds.
            None => {
                let mut config = TransformerConfig::default();
                config.merge(more)?;
                *into = Some(Rc::new(config));
            }
            Some(old)
                if Rc::ptr_eq(old, more) || Rc::ptr_eq(&self.standard, more) && self.has_standard(old) => {}
            Some(old) => Rc::make_mut(old).merge(more)?,
        }
        Ok(())
    }

    /// Every configuration of a kustomization begins with the standard one.
    fn has_standard(&self, config: &TransformerConfig) -> bool {
        config.name_references.len() >= self.standard.name_references.len()
    }

    // === configuration ===

    fn configure(&self, target: &Target, gathered: &mut Gathered) -> Many<()> {
        let mut errors = Vec::new();
        let mut files = TransformerConfig::default();
        for (index, path) in target.kustomization.configurations.iter().enumerate() {
            let field = format!("configurations[{index}]");
            match self.load(target, path) {
                Err(error) => errors.push(error.field(field)),
                Ok(bytes) => match TransformerConfig::parse(&bytes) {
                    Ok(config) => files.merge(&config).map_err(one)?,
                    Err(found) => errors.extend(found.into_iter().map(|error| error.in_file(path))),
                },
            }
        }
        let mut own = Rc::clone(&self.standard);
        if files != TransformerConfig::default() {
            Rc::make_mut(&mut own).merge(&files).map_err(one)?;
        }
        self.merge_config(&mut gathered.config, &own).map_err(one)?;
        for (index, path) in target.kustomization.crds.iter().enumerate() {
            let field = format!("crds[{index}]");
            let read = self
                .load(target, path)
                .and_then(|bytes| config::read_crds(&bytes).map_err(|e| e.in_file(path)));
            match read.and_then(|config| self.merge_config(&mut gathered.config, &Rc::new(config))) {
                Ok(()) => {}
                Err(error) => errors.push(error.field(field)),
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    // === generators ===

    fn generate(&mut self, target: &Target, gathered: &mut Gathered) -> Many<()> {
        let mut errors = Vec::new();
        let mut made = self.generate_built_in(target, &mut errors);
        if errors.is_empty() {
            made.extend(self.external_generators(target)?);
        }
        for resource in made {
            if let Err(error) = gathered.collection.absorb(resource) {
                errors.push(error);
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    fn generate_built_in(&self, target: &Target, errors: &mut Vec<BuildError>) -> Vec<Resource> {
        let kustomization = &target.kustomization;
        let secrets = kustomization
            .secret_generator
            .iter()
            .cloned()
            .map(crate::kustomization::SecretArgs::into_generator_args);
        let config_maps = kustomization.config_map_generator.iter().cloned().map(|args| (args, None));
        let all = config_maps.chain(secrets.map(|(args, kind)| (args, Some(kind))));
        let mut made = Vec::new();
        for (index, (mut args, secret)) in all.enumerate() {
            args.options =
                GeneratorOptions::with_defaults(args.options, kustomization.generator_options.as_ref());
            let kind = match &secret {
                None => generate::Kind::ConfigMap,
                Some(kind) => generate::Kind::Secret { kind },
            };
            let (list, index) = match secret {
                None => ("configMapGenerator", index),
                Some(_) => ("secretGenerator", index - kustomization.config_map_generator.len()),
            };
            match generate::generate(&args, kind, &mut |path| self.load(target, path)) {
                Ok(mut resource) => {
                    resource.source = Some(target.file.as_str().into());
                    let plugin =
                        if list == "configMapGenerator" { "ConfigMapGenerator" } else { "SecretGenerator" };
                    resource.origin =
                        target.origin.as_ref().map(|origin| origin.built_in(self.file_name(target), plugin));
                    made.push(resource);
                }
                Err(error) => errors.push(steps::prefix(error, &format!("{list}[{index}]"))),
            }
        }
        made
    }

    fn file_name<'t>(&self, target: &'t Target) -> &'t str {
        crate::tree::base_name(&target.file)
    }

    // === transformers ===

    fn transform(&mut self, target: &Target, gathered: &mut Gathered) -> Many<()> {
        let config = gathered.config.clone().unwrap_or_else(|| Rc::clone(&self.standard));
        let mut steps = self.built_in_steps(target, &config)?;
        steps.extend(self.external_steps(target, &target.kustomization.transformers, "transformers")?);
        transform::run(&steps, &mut gathered.collection, self.schema.get()).map_err(one)
    }

    fn validate(&mut self, target: &Target, gathered: &mut Gathered) -> Many<()> {
        let validators = self.external_steps(target, &target.kustomization.validators, "validators")?;
        for step in &validators {
            let mut copy = gathered.collection.clone();
            transform::run(std::slice::from_ref(step), &mut copy, self.schema.get()).map_err(one)?;
            let same = copy.resources.len() == gathered.collection.resources.len()
                && copy.resources.iter().zip(&gathered.collection.resources).all(|(a, b)| a.is_same(b));
            if !same {
                let error = invalid("a validator must not change resources").field(&step.field);
                return Err(one(error));
            }
        }
        Ok(())
    }
}
