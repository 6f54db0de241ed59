//! `replacements`: a value of one resource, or one written down, copied into fields of others. Refuses sources that
//! are not found, or found twice, and targets without such a field.

mod structured;

use sluice_yaml::{Node, parse_documents};

use super::Transform;
use crate::collection::Collection;
use crate::error::{BuildError, Cause, Result, invalid};
use crate::kustomization::{FieldOptions, ReplacementField, ReplacementSource, ReplacementTarget};
use crate::path::{self, Kind, Visit};
use crate::place::Written;
use crate::record::{Context, Record};
use crate::resource::{Gvk, Resource, ResourceId};
use crate::schema::Schema;
use crate::selector::Matcher;

/// Texts do not grow beyond this many bytes, however often they are put into themselves.
pub(crate) const MAX_TEXT: usize = 16 << 20;

const DEFAULT_PATH: &str = "metadata.name";

/// A replacement of a kustomization, or all of a file that it names.
pub(crate) struct Replacements {
    /// The field that holds them, where the step does not name it.
    pub(crate) field: String,
    /// One, or all of a file.
    pub(crate) list: Vec<ReplacementField>,
    /// The file they are from, unless they stand in the kustomization.
    pub(crate) written: Option<Written>,
}

/// Reads a file with one replacement or a list of them.
pub(crate) fn parse_file(bytes: &[u8]) -> Result<Vec<ReplacementField>, Vec<BuildError>> {
    let documents = parse_documents(bytes).map_err(|error| vec![error.into()])?;
    let Some(document) = documents.first() else {
        return Err(vec![invalid("the file holds no replacement")]);
    };
    let context = Context::lenient();
    let list = match document.node.as_sequence() {
        Some(_) => Vec::read(&document.node, "", &context),
        None => vec![ReplacementField::read(&document.node, "", &context)],
    };
    let errors = context.into_errors();
    if errors.is_empty() { Ok(list) } else { Err(errors) }
}

impl Transform for Replacements {
    fn apply(&self, collection: &mut Collection, _: &Schema) -> Result<()> {
        for (index, replacement) in self.list.iter().enumerate() {
            let named = |error: BuildError| match &self.written {
                Some(_) => error.within(&format!("[{index}]")),
                None if self.field.is_empty() => error,
                None => error.within(&self.field),
            };
            let mut source = Source::find(replacement, &collection.resources).map_err(named)?;
            for (number, target) in replacement.targets.iter().flatten().enumerate() {
                let field = format!(".targets[{number}]");
                apply_target(target, &mut source, collection).map_err(|error| named(error.within(&field)))?;
            }
        }
        Ok(())
    }

    fn written(&self) -> Option<&Written> {
        self.written.as_ref()
    }
}

// === source ===

/// The value of a replacement. One that is taken whole from a resource stays that of the resource: when a target
/// changes the place it was taken from, what follows gets the new value.
struct Source {
    value: Node,
    /// The number of the resource, and the numbers of the entries on the way.
    place: Option<(usize, Vec<usize>)>,
}

impl Source {
    fn find(replacement: &ReplacementField, resources: &[Resource]) -> Result<Self> {
        let source = match (&replacement.source, &replacement.source_value) {
            _ if replacement.targets.is_none() => {
                return Err(invalid("replacements must specify a source and at least one target"));
            }
            (Some(_), Some(_)) => return Err(invalid("value and resource selectors are mutually exclusive")),
            (None, Some(text)) => return Ok(Self { value: Node::bare(text.as_str()), place: None }),
            (Some(source), None) => source,
            (None, None) => {
                return Err(invalid("replacements must specify a source and at least one target"));
            }
        };
        let number = find_source(source, resources)?;
        let resource = &resources[number];
        let field = if source.field_path.is_empty() { DEFAULT_PATH } else { &source.field_path };
        let found =
            path::locate(&resource.node, &path::split(field)).map_err(|error| of_source(error, resource))?;
        let Some((value, places)) = found.filter(|(value, _)| !value.is_null_or_empty()) else {
            let message = format!("fieldPath `{field}` is missing for replacement source");
            return Err(of_source(invalid(message), resource));
        };
        let is_part = source.options.as_ref().is_some_and(|options| !options.delimiter.is_empty());
        let place = (!is_part).then_some((number, places));
        let value = refine(value, source.options.as_ref()).map_err(|error| error.on(resource.label()))?;
        Ok(Self { value, place })
    }

    fn is_in(&self, number: usize) -> bool {
        self.place.as_ref().is_some_and(|(place, _)| *place == number)
    }

    /// Looks again at the resource that the value was taken from.
    fn refresh(&mut self, node: &Node) {
        if let Some(value) = self.place.as_ref().and_then(|(_, places)| path::at(node, places)) {
            self.value.clone_from(value);
        }
    }
}

fn of_source(error: BuildError, resource: &Resource) -> BuildError {
    error.on(resource.label()).field(".source.fieldPath")
}

/// The number of the one resource that the source selects.
fn find_source(source: &ReplacementSource, resources: &[Resource]) -> Result<usize> {
    let gvk = Gvk { group: source.group.clone(), version: source.version.clone(), kind: source.kind.clone() };
    let namespace = source.namespace.clone();
    let wanted = ResourceId { gvk, name: source.name.clone(), namespace, cluster_scoped: false };
    let selects = |id: &ResourceId| {
        (wanted.name.is_empty() || wanted.name == id.name)
            && (wanted.namespace.is_empty() || wanted.same_namespace(id))
            && id.gvk.is_selected(&wanted.gvk)
    };
    let numbered = resources.iter().enumerate();
    let mut found = numbered.filter(|(_, resource)| ids(resource).any(|id| selects(&id)));
    match (found.next(), found.next()) {
        (Some((number, _)), None) => Ok(number),
        (Some(_), Some(_)) => {
            Err(invalid(format!("multiple matches for selector {wanted}")).field(".source"))
        }
        (None, _) => Err(invalid(format!("nothing selected by {wanted}")).field(".source")),
    }
}

/// All identities; the scope does not count here.
fn ids(resource: &Resource) -> impl Iterator<Item = ResourceId> {
    let now = ResourceId { cluster_scoped: false, ..resource.id() };
    std::iter::once(now).chain(resource.previous_ids())
}

fn refine(value: &Node, options: Option<&FieldOptions>) -> Result<Node> {
    let mut value = value.clone();
    value.forget_marks();
    let Some(options) = options.filter(|options| !options.delimiter.is_empty()) else { return Ok(value) };
    let Some(scalar) = value.as_scalar_mut() else {
        return Err(invalid("delimiter option can only be used with scalar nodes").field(".source.options"));
    };
    let part =
        usize::try_from(options.index).ok().and_then(|at| scalar.text.split(&options.delimiter).nth(at));
    let Some(part) = part.map(str::to_owned) else {
        let count = scalar.text.split(&options.delimiter).count();
        let message =
            format!("options.index {} is out of bounds for a value of {count} parts", options.index);
        return Err(invalid(message).field(".source.options.index"));
    };
    scalar.text = part;
    Ok(value)
}

// === targets ===

fn apply_target(target: &ReplacementTarget, source: &mut Source, collection: &mut Collection) -> Result<()> {
    let Some(select) = &target.select else {
        return Err(invalid("target must specify resources to select").field(".select"));
    };
    let select = Matcher::new(select).map_err(|error| error.within(".select"))?;
    let reject = target.reject.iter().map(Matcher::new).collect::<Result<Vec<Matcher>>>();
    let reject = reject.map_err(|error| error.within(".reject"))?;
    for (number, resource) in collection.resources.iter_mut().enumerate() {
        if is_selected(resource, &select, &reject)? {
            let label = resource.label();
            let is_own = source.is_in(number);
            copy_to(target, source, is_own, &mut resource.node).map_err(|error| error.on(label))?;
            resource.check_depth()?;
            if source.value.as_scalar().is_none() {
                resource.check_size()?;
            }
        }
    }
    Ok(())
}

fn is_selected(resource: &Resource, select: &Matcher, reject: &[Matcher]) -> Result<bool> {
    if !select.matches_metadata(resource)? {
        return Ok(false);
    }
    for matcher in reject {
        if matcher.has_metadata() && matcher.matches_metadata(resource)?
            || !matcher.names_nothing() && ids(resource).any(|id| matcher.matches_id(&id))
        {
            return Ok(false);
        }
    }
    Ok(ids(resource).any(|id| select.matches_id(&id)))
}

fn copy_to(target: &ReplacementTarget, source: &mut Source, is_own: bool, node: &mut Node) -> Result<()> {
    let default = [DEFAULT_PATH.to_owned()];
    let fields = if target.field_paths.is_empty() { &default[..] } else { &target.field_paths };
    let options = target.options.as_ref();
    let create = options.filter(|options| options.create).map(|_| Kind::of(&source.value));
    for (index, field) in fields.iter().enumerate() {
        let named = |error: BuildError| error.field(field).within(&format!(".fieldPaths[{index}]"));
        let parts = path::split(field);
        let placed = structured::set(node, &parts, &source.value, create).map_err(named)?;
        if !placed {
            if is_own && create.is_some() {
                // What is made for the target may stand in the value itself, and is copied with it.
                Visit { create, set: &mut |_| Ok(()) }.run(node, &parts).map_err(named)?;
                source.refresh(node);
            }
            let mut set = |place: &mut Node| set_value(place, &source.value, options);
            let found = Visit { create, set: &mut set }.run(node, &parts);
            if found.map_err(named)? == 0 {
                let verb = if create.is_some() { "find or create" } else { "find" };
                let message = format!("unable to {verb} field {field:?} in replacement target");
                return Err(invalid(message).field(format!(".fieldPaths[{index}]")));
            }
        }
        if is_own {
            source.refresh(node);
        }
    }
    Ok(())
}

/// Puts the value into a place; plain text keeps the type and quoting that the place has.
fn set_value(place: &mut Node, value: &Node, options: Option<&FieldOptions>) -> Result<()> {
    // A list or mapping has no text, and that is what the original copies into a text.
    let mut text = value.text().unwrap_or_default().to_owned();
    if let Some(options) = options.filter(|options| !options.delimiter.is_empty()) {
        let Some(old) = place.text() else {
            return Err(invalid("delimiter option can only be used with scalar nodes"));
        };
        if old.len() + text.len() > MAX_TEXT {
            return Err(
                Cause::Limit { what: "bytes in a text that replacements grow", limit: MAX_TEXT }.into()
            );
        }
        text = spliced(old, &text, options);
    }
    match place.as_scalar_mut() {
        Some(place) => place.text = text,
        None => *place = value.clone(),
    }
    Ok(())
}

fn spliced(old: &str, new: &str, options: &FieldOptions) -> String {
    let mut parts: Vec<&str> = old.split(&options.delimiter).collect();
    match usize::try_from(options.index) {
        Err(_) => parts.insert(0, new),
        Ok(index) if index >= parts.len() => parts.push(new),
        Ok(index) => parts[index] = new,
    }
    parts.join(&options.delimiter)
}
