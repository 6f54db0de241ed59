//! `patches`, `patchesStrategicMerge` and `patchesJson6902`: one patch for one resource that it names, or for all
//! that a target selects. Refuses patches that meet no or several resources where they name one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};
use sluice_yaml::{Node, from_json_numbers_as_floats, parse_documents};

use super::Transform;
use crate::collection::Collection;
use crate::error::{BuildError, Result, invalid};
use crate::kustomization::{PatchOptions, Selector};
use crate::merge::json6902;
use crate::merge::strategic;
use crate::place::Written;
use crate::resource::{Resource, ResourceId, parse_resources};
use crate::schema::Schema;
use crate::selector::Matcher;

/// A patch, read.
pub(crate) enum Body {
    /// Objects to merge, perhaps none.
    Merge(Vec<Resource>),
    /// Objects of the older fields, each merged as if a target selected what it names.
    Named(Vec<Resource>),
    /// Operations.
    Json(json6902::Patch),
}

/// A patch of `patches`.
pub(crate) struct Patch {
    pub(crate) body: Body,
    pub(crate) target: Option<Matcher>,
    pub(crate) options: PatchOptions,
    /// Whether operations leave the old identity behind; those of `patchesJson6902` do not.
    pub(crate) remember: bool,
    /// The file it is from, unless it stands in the kustomization.
    pub(crate) written: Option<Written>,
}

impl Patch {
    /// Reads the text of a patch, which says itself of which sort it is.
    pub(crate) fn new(
        text: &[u8],
        target: Option<&Selector>,
        options: Option<&PatchOptions>,
    ) -> Result<Self> {
        let target = target.map(Matcher::new).transpose().map_err(|error| prefix(error, "target"))?;
        let body = match (parse_resources(text, None), parse_operations(text)) {
            (Ok(objects), Ok(operations)) if !objects.is_empty() && !operations.is_empty() => {
                return Err(invalid("the patch is both a strategic merge patch and a JSON patch"));
            }
            (Ok(objects), _) => Body::Merge(objects),
            (Err(_), Ok(operations)) => Body::Json(operations),
            (Err(merge), Err(json)) => return Err(neither(text, merge, json)),
        };
        let many = matches!(&body, Body::Merge(objects) if objects.len() > 1);
        if many && target.is_some() {
            return Err(invalid("several patches in one entry can not have a target").field("target"));
        }
        if matches!(&body, Body::Json(_)) && target.is_none() {
            return Err(invalid("a JSON patch needs a target").field("target"));
        }
        Ok(Self {
            body,
            target,
            options: options.cloned().unwrap_or_default(),
            remember: true,
            written: None,
        })
    }

    /// Objects to merge with the resources they name.
    pub(crate) fn merging(objects: Vec<Resource>) -> Self {
        let options = PatchOptions::default();
        Self { body: Body::Named(objects), target: None, options, remember: true, written: None }
    }
}

/// Reads operations: JSON when the text begins with a bracket, else YAML.
pub(crate) fn parse_operations(text: &[u8]) -> Result<json6902::Patch> {
    if text.is_empty() {
        return Err(invalid("the JSON patch is empty"));
    }
    let json: Json = if text.starts_with(b"[") {
        serde_json::from_slice(text)
            .map_err(|error| invalid(format!("the JSON patch is not JSON: {error}")))?
    } else {
        let documents = parse_documents(text)?;
        documents.first().map_or(Ok(Json::Null), sluice_yaml::Document::to_json)?
    };
    json6902::Patch::from_json(&json)
}

/// The error of the sort that the text looks like.
fn neither(text: &[u8], merge: BuildError, json: BuildError) -> BuildError {
    let start = text.iter().find(|b| !b.is_ascii_whitespace());
    if matches!(start, Some(b'[' | b'-')) && !text.starts_with(b"---") { json } else { merge }
}

fn prefix(mut error: BuildError, field: &str) -> BuildError {
    error.field = Some(match error.field.take() {
        Some(inner) => format!("{field}{inner}"),
        None => field.to_owned(),
    });
    error
}

impl Transform for Patch {
    fn apply(&self, collection: &mut Collection, schema: &Schema) -> Result<()> {
        match (&self.body, &self.target) {
            (Body::Merge(patches), None) => patches.iter().try_for_each(|patch| {
                let place =
                    collection.only(&id_of(patch, schema)).map_err(|error| error.on(patch.label()))?;
                self.merge(&mut collection.resources[place], patch, schema)
            }),
            (Body::Merge(patches), Some(target)) => match patches.first() {
                Some(patch) => self.merge_selected(collection, patch, schema, &|r| selects(target, r)),
                None => Ok(()),
            },
            (Body::Named(patches), _) => patches.iter().try_for_each(|patch| {
                let place =
                    collection.only(&id_of(patch, schema)).map_err(|error| error.on(patch.label()))?;
                let id = collection.resources[place].id();
                self.merge_selected(collection, patch, schema, &|resource| Ok(resource.id() == id))
            }),
            (Body::Json(operations), Some(target)) => {
                for resource in &mut collection.resources {
                    if selects(target, resource)? {
                        self.operate(resource, operations)?;
                    }
                }
                Ok(())
            }
            (Body::Json(_), None) => Err(invalid("a JSON patch needs a target").field(".target")),
        }
    }

    fn written(&self) -> Option<&Written> {
        self.written.as_ref()
    }
}

fn selects(target: &Matcher, resource: &Resource) -> Result<bool> {
    target.matches(resource).map_err(|error| error.within(".target"))
}

/// Says whether a patch may take out annotations as a whole, and with them what the original remembers there.
fn may_drop_annotations(patch: &Resource) -> bool {
    let drops = |node: &Node| node.is_null() || node.get("$patch").is_some();
    let metadata = patch.node.get("metadata");
    let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
    metadata.is_some_and(drops) || annotations.is_some_and(drops)
}

/// The identity of the resource that a patch is meant for.
fn id_of(patch: &Resource, schema: &Schema) -> ResourceId {
    let mut id = patch.original_id();
    let kind = (patch.api_version().to_owned(), patch.kind().to_owned());
    id.cluster_scoped |= schema.cluster_kinds().is_some_and(|kinds| kinds.contains(&kind));
    id
}

impl Patch {
    fn merge_selected(
        &self,
        collection: &mut Collection,
        patch: &Resource,
        schema: &Schema,
        is_meant: &dyn Fn(&Resource) -> Result<bool>,
    ) -> Result<()> {
        let mut patch = patch.clone();
        // Labels and annotations of such a patch become text.
        let (labels, annotations) = (patch.labels(), patch.annotations());
        patch.set_labels(&labels);
        patch.set_annotations(&annotations);
        let (name, namespace) = (patch.name().to_owned(), patch.namespace().to_owned());
        patch.set_name(&name);
        patch.set_namespace(&namespace);
        for resource in &mut collection.resources {
            if !is_meant(resource)? {
                continue;
            }
            let mut patch = patch.clone();
            patch.set_api_version(&resource.gvk().api_version());
            self.merge(resource, &patch, schema)?;
        }
        collection.drop_empty();
        collection.refuse_doubles()
    }

    /// Merges, and keeps name, kind and namespace unless the options let them go.
    fn merge(&self, resource: &mut Resource, patch: &Resource, schema: &Schema) -> Result<()> {
        let before = resource.id();
        let label = resource.label();
        let mut patch = patch.clone();
        if self.options.allow_name_change || self.options.allow_kind_change {
            resource.remember_id();
            // The options travel as annotations, so those of the patch become text.
            let annotations = patch.annotations();
            patch.set_annotations(&annotations);
        }
        let memory = if may_drop_annotations(&patch) { resource.lay_down_memory() } else { BTreeMap::new() };
        let node = std::mem::replace(&mut resource.node, sluice_yaml::Node::null());
        let merged = strategic::apply(node, &patch.node, schema).map_err(|error| error.on(label))?;
        let Some(merged) = merged.filter(|merged| !merged.is_null_or_empty()) else { return Ok(()) };
        resource.node = merged;
        if !memory.is_empty() {
            resource.pick_up_memory(&memory);
        }
        if !self.options.allow_kind_change {
            resource.set_kind(&before.gvk.kind);
        }
        if !self.options.allow_name_change {
            resource.set_name(&before.name);
        }
        resource.set_namespace(&before.namespace);
        resource.check_depth()
    }

    fn operate(&self, resource: &mut Resource, operations: &json6902::Patch) -> Result<()> {
        let label = resource.label();
        if self.remember {
            resource.remember_id();
        }
        let mut json = resource.node.to_json().map_err(|error| BuildError::from(error).on(label.clone()))?;
        let memory = resource.memory_as_annotations();
        ensure_annotations(&mut json, &memory);
        operations.apply(&mut json).map_err(|error| error.on(label.clone()))?;
        if !json.is_object() {
            return Err(invalid("the patch leaves no object").on(label));
        }
        let kept = take_memory(&mut json, &memory);
        resource.forget_all_but(&kept, self.remember);
        resource.node = from_json_numbers_as_floats(&json);
        resource.check_depth()
    }
}

/// The original keeps what it remembers in annotations, so operations find them there, copy them and lose them.
fn ensure_annotations(json: &mut Json, memory: &BTreeMap<&'static str, String>) {
    if memory.is_empty() {
        return;
    }
    let empty = || Json::Object(Map::new());
    let Some(root) = json.as_object_mut() else { return };
    let Some(metadata) = root.entry("metadata").or_insert_with(empty).as_object_mut() else { return };
    let annotations = metadata.entry("annotations").or_insert_with(empty);
    if annotations.is_null() {
        *annotations = empty();
    }
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.extend(memory.iter().map(|(key, value)| ((*key).to_owned(), value.as_str().into())));
    }
}

/// Takes the remembered annotations out again and names those that were still there.
fn take_memory<'m>(json: &mut Json, memory: &BTreeMap<&'m str, String>) -> BTreeSet<&'m str> {
    let annotations = json.pointer_mut("/metadata/annotations").and_then(Json::as_object_mut);
    let Some(annotations) = annotations else { return BTreeSet::new() };
    memory.keys().copied().filter(|key| annotations.remove(*key).is_some()).collect()
}
