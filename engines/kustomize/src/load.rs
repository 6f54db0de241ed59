//! From a directory to its resources: kustomizations name files, directories and components, which are gathered,
//! generated and transformed in the order of the original. Refuses remote sources, cycles and files outside of the
//! load restriction; reports independent mistakes together.

mod files;
mod plugin;
mod remote;
mod steps;

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;

use crate::collection::Collection;
use crate::config::{self, TransformerConfig};
use crate::deprecation::Deprecation;
use crate::error::{BuildError, Cause, Result, at_path, invalid};
use crate::generate;
use crate::kustomization::{GeneratorOptions, Kustomization};
use crate::place::Written;
use crate::read_set::Recorder;
use crate::references::{self, variables};
use crate::resource::{Origin, Resource, Wanted, parse_resources};
use crate::schema;
use crate::transform::{self, CurrentSchema, Step};
use crate::tree::{Entry, is_inside, join};
use crate::{Options, order};

/// When this many mistakes are found in one place, no more are looked for there.
const MANY: usize = 100;

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
    /// What is deprecated in the files read so far.
    deprecations: Vec<Deprecation>,
    /// Directories whose kustomizations were looked at for that.
    opened: BTreeSet<String>,
}

/// A kustomization in its directory.
struct Target {
    directory: String,
    file: String,
    kustomization: Kustomization,
    /// The text of the file.
    bytes: Bytes,
    /// Directories whose kustomizations led here, this one last.
    visited: Vec<String>,
    /// Where resources of this kustomization come from, when that is wanted.
    origin: Option<Origin>,
}

/// Builds the kustomization of a directory.
pub(crate) fn build(
    recorder: &Recorder<'_>,
    directory: &str,
    options: Options,
) -> Many<(Vec<Resource>, Vec<Deprecation>)> {
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
        deprecations: Vec::new(),
        opened: BTreeSet::new(),
    };
    let resources = loader.run(directory)?;
    Ok((resources, loader.deprecations))
}

fn one(error: BuildError) -> Vec<BuildError> {
    vec![error]
}

/// Generated resources join those that are there already.
fn absorb(gathered: &mut Gathered, made: Vec<(String, Resource)>) -> Vec<BuildError> {
    let join = |(field, resource): (String, Resource)| {
        let error = gathered.collection.absorb(resource).err()?;
        Some(steps::prefix(error, &field))
    };
    made.into_iter().filter_map(join).collect()
}

// === impl Target ===

impl Target {
    /// Puts mistakes into the file of this kustomization, at the place of their field.
    fn blame(&self, errors: Vec<BuildError>) -> Vec<BuildError> {
        Written { file: self.file.clone(), bytes: self.bytes.clone() }.blame_all(errors)
    }
}

// === impl Loader ===

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
        self.use_schema(&target).map_err(|error| target.blame(one(error)))?;
        let mut gathered = Gathered::default();
        self.gather(&target, &mut gathered)?;
        self.finish(&target, &mut gathered).map_err(|error| target.blame(one(error)))?;
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
    fn gather(&mut self, target: &Target, gathered: &mut Gathered) -> Many<()> {
        self.gather_inside(target, gathered).map_err(|errors| target.blame(errors))
    }

    /// Everything is read, so that all that is wrong with it is told together; resources are changed only when nothing is.
    fn gather_inside(&mut self, target: &Target, gathered: &mut Gathered) -> Many<()> {
        let kustomization = &target.kustomization;
        let mut errors = steps::refuse_unsupported(kustomization);
        let read = self.gather_resources(target, gathered, &kustomization.resources, "resources");
        errors.extend(read.err().into_iter().flatten());
        errors.extend(self.configure(target, gathered).err().into_iter().flatten());
        let made = self.generate(target);
        match made {
            Ok(made) if errors.is_empty() => errors.extend(absorb(gathered, made)),
            made => errors.extend(made.err().into_iter().flatten()),
        }
        errors.extend(self.gather_components(target, gathered, errors.is_empty()));
        let steps = self.steps(target, gathered);
        match steps {
            Ok(steps) if errors.is_empty() => {
                transform::run(&steps, &mut gathered.collection, self.schema.get())?;
            }
            steps => errors.extend(steps.err().into_iter().flatten()),
        }
        let validators = self.external_steps(target, &kustomization.validators, "validators");
        match validators {
            Ok(validators) if errors.is_empty() => self.validate(&validators, gathered)?,
            validators => errors.extend(validators.err().into_iter().flatten()),
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let resources = &mut gathered.collection.resources;
        variables::define(&mut gathered.variables, &kustomization.vars, resources).map_err(one)
    }

    fn gather_resources(
        &mut self,
        target: &Target,
        into: &mut Gathered,
        paths: &[String],
        field: &str,
    ) -> Many<()> {
        let mut errors = Vec::new();
        into.collection.begin_appending();
        for (index, path) in paths.iter().enumerate() {
            let found = self.gather_path(target, into, path);
            let named = |error: BuildError| {
                if error.files.is_empty() { error.field(format!("{field}[{index}]")) } else { error }
            };
            errors.extend(found.err().into_iter().flatten().map(named));
            if errors.len() >= MANY {
                break;
            }
        }
        into.collection.end_appending();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
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
        let mut gathered = Gathered::default();
        self.gather(&below, &mut gathered)?;
        self.merge(into, gathered).map_err(one)
    }

    /// Components change what is there, so one that fails leaves the others nothing to work on; they are only opened.
    fn gather_components(
        &mut self,
        target: &Target,
        gathered: &mut Gathered,
        complete: bool,
    ) -> Vec<BuildError> {
        let mut errors = Vec::new();
        for (index, path) in target.kustomization.components.iter().enumerate() {
            let opened = self.open_component(target, path);
            let found = match opened {
                Ok(below) if complete && errors.is_empty() => self.gather_component(&below, gathered),
                opened => opened.map(drop),
            };
            let named = |error: BuildError| {
                if error.files.is_empty() { error.field(format!("components[{index}]")) } else { error }
            };
            errors.extend(found.err().into_iter().flatten().map(named));
            if errors.len() >= MANY {
                break;
            }
        }
        errors
    }

    fn gather_component(&mut self, component: &Target, gathered: &mut Gathered) -> Many<()> {
        self.gather(component, gathered)?;
        // What a component leaves is merged into nothing, which may put fields out.
        match gathered.config.take() {
            Some(config) => self.merge_config(&mut gathered.config, &config).map_err(one),
            None => Ok(()),
        }
    }

    fn open_component(&mut self, target: &Target, path: &str) -> Many<Target> {
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
        Ok(below)
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
        self.use_schema(&below).map_err(|error| below.blame(one(error)))?;
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
                    Ok(config) => errors.extend(files.merge(&config).err().map(|error| error.field(field))),
                    Err(found) => {
                        let file = self.path_of(target, path);
                        errors.extend(found.into_iter().map(|error| error.in_file(&file)));
                    }
                },
            }
        }
        let mut own = Rc::clone(&self.standard);
        if files != TransformerConfig::default() {
            let merged = Rc::make_mut(&mut own).merge(&files);
            errors.extend(merged.err().map(|error| error.field("configurations")));
        }
        let merged = self.merge_config(&mut gathered.config, &own);
        errors.extend(merged.err().map(|error| error.field("configurations")));
        for (index, path) in target.kustomization.crds.iter().enumerate() {
            let field = format!("crds[{index}]");
            let read = self.load(target, path).and_then(|bytes| {
                config::read_crds(&bytes).map_err(|e| e.in_file(self.path_of(target, path)))
            });
            match read.and_then(|config| self.merge_config(&mut gathered.config, &Rc::new(config))) {
                Ok(()) => {}
                Err(error) => errors.push(error.field(field)),
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    // === generators ===

    fn generate(&mut self, target: &Target) -> Many<Vec<(String, Resource)>> {
        let mut errors = Vec::new();
        let mut made = self.generate_built_in(target, &mut errors);
        match self.external_generators(target) {
            Ok(more) => made.extend(more.into_iter().map(|resource| ("generators".to_owned(), resource))),
            Err(found) => errors.extend(found),
        }
        if errors.is_empty() { Ok(made) } else { Err(errors) }
    }

    fn generate_built_in(&self, target: &Target, errors: &mut Vec<BuildError>) -> Vec<(String, Resource)> {
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
                    made.push((format!("{list}[{index}]"), resource));
                }
                Err(mut error) => {
                    error.files.iter_mut().for_each(|file| *file = self.path_of(target, file));
                    errors.push(steps::prefix(error, &format!("{list}[{index}]")));
                }
            }
        }
        made
    }

    fn file_name<'t>(&self, target: &'t Target) -> &'t str {
        crate::tree::base_name(&target.file)
    }

    // === transformers ===

    fn steps(&mut self, target: &Target, gathered: &Gathered) -> Many<Vec<Step>> {
        let config = gathered.config.clone().unwrap_or_else(|| Rc::clone(&self.standard));
        let built_in = self.built_in_steps(target, &config);
        let external = self.external_steps(target, &target.kustomization.transformers, "transformers");
        match (built_in, external) {
            (Ok(mut steps), Ok(more)) => {
                steps.extend(more);
                Ok(steps)
            }
            (built_in, external) => {
                Err([built_in.err(), external.err()].into_iter().flatten().flatten().collect())
            }
        }
    }

    fn validate(&self, validators: &[Step], gathered: &Gathered) -> Many<()> {
        for step in validators {
            let mut copy = gathered.collection.clone();
            transform::run(std::slice::from_ref(step), &mut copy, self.schema.get())?;
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
