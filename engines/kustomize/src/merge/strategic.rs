//! Strategic merge of one object with a patch: mappings key by key, lists by their merge keys where the schema knows
//! them, everything else replaced; `$patch: delete`, `replace` and `merge` direct it. Refuses other directives and
//! values of different shape in the same place.

use std::collections::{BTreeSet, HashMap};

use sluice_yaml::{Mapping, Node, Style, Value};

use super::list;
use crate::error::{Result, invalid};
use crate::schema::{Schema, Shape};

const DIRECTIVE: &str = "$patch";

/// What comes out of a merge of two values.
pub(super) enum Merged {
    /// The value below, changed.
    Below(Node),
    /// The value of the patch.
    Patch(Node),
    /// The empty value below stays, although null takes fields away elsewhere.
    KeptNull(Node),
    /// Nothing: the field or element goes away.
    Gone,
}

/// The two values that meet in one place.
pub(super) struct Pair {
    pub(super) below: Option<Node>,
    pub(super) patch: Option<Node>,
    /// The patch stands below as well, because nothing was there before.
    pub(super) same: bool,
}

/// What a patch asks for in one place.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Directive {
    Merge,
    Replace,
    Delete,
}

/// Merges a patch into an object; nothing is left when the patch deletes it.
pub(crate) fn apply(below: Node, patch: &Node, schema: &Schema) -> Result<Option<Node>> {
    // The original puts a patch that replaces the whole object nowhere.
    if patch.get(DIRECTIVE).and_then(Node::text) == Some("replace") {
        return Ok(Some(below));
    }
    let mut patch = patch.clone();
    patch.forget_marks();
    let pair = Pair { below: Some(below), patch: Some(patch), same: false };
    Ok(match merge(pair, None, schema)? {
        Merged::Below(node) | Merged::Patch(node) | Merged::KeptNull(node) => Some(node),
        Merged::Gone => None,
    })
}

pub(super) fn merge(pair: Pair, shape: Option<&Shape>, schema: &Schema) -> Result<Merged> {
    let shape = shape.or_else(|| kind_shape(&pair, schema));
    let present = |node: &Option<Node>| node.as_ref().is_some_and(|node| !node.is_null());
    let leader = if present(&pair.below) { &pair.below } else { &pair.patch };
    match leader.as_ref().filter(|node| !node.is_null()).map(|node| &node.value) {
        None => merge_mappings(pair, shape, schema),
        Some(Value::Mapping(_)) => {
            check_shapes(&pair)?;
            merge_mappings(pair, shape, schema)
        }
        Some(Value::Sequence(_)) => {
            check_shapes(&pair)?;
            match shape.and_then(Shape::merge_keys) {
                Some(keys) => list::merge_lists(pair, keys, shape, schema),
                None => Ok(patch_or_below(pair)),
            }
        }
        Some(Value::Scalar(_)) => {
            check_shapes(&pair)?;
            Ok(patch_or_below(pair))
        }
    }
}

fn patch_or_below(pair: Pair) -> Merged {
    match (pair.patch, pair.below) {
        (Some(patch), _) => Merged::Patch(patch),
        (None, Some(below)) => Merged::Below(below),
        (None, None) => Merged::Gone,
    }
}

/// The type of an object that says its kind itself.
fn kind_shape<'s>(pair: &Pair, schema: &'s Schema) -> Option<&'s Shape> {
    [&pair.below, &pair.patch].into_iter().flatten().find_map(|node| {
        let text = |field| node.get(field).and_then(Node::text).filter(|text| !text.is_empty());
        schema.kind(text("apiVersion")?, text("kind")?)
    })
}

fn check_shapes(pair: &Pair) -> Result<()> {
    let (Some(below), Some(patch)) = (&pair.below, &pair.patch) else { return Ok(()) };
    let alike = std::mem::discriminant(&below.value) == std::mem::discriminant(&patch.value);
    if alike || below.is_null() || patch.is_null() {
        return Ok(());
    }
    let message =
        format!("the patch has a {} where the resource has a {}", patch.kind_name(), below.kind_name());
    Err(invalid(message).at(below.mark.line, below.mark.column))
}

// === mappings ===

fn merge_mappings(pair: Pair, shape: Option<&Shape>, schema: &Schema) -> Result<Merged> {
    let (mut below, patch, same) = match visit_mapping(pair)? {
        Visited::Settled(merged) => return Ok(merged),
        Visited::Descend { below, patch, same } => (below, patch, same),
    };
    if let Some(mapping) = below.as_mapping_mut() {
        let mut fields = Fields::new(std::mem::take(mapping), patch.and_then(as_mapping));
        for name in fields.names() {
            let field = shape.and_then(|shape| schema.field(shape, &name));
            let (pair, old) = fields.take(&name, same);
            let merged = merge(pair, field, schema).map_err(|error| in_field(error, &name))?;
            fields.put(&name, old, merged);
        }
        *mapping = fields.finish();
    }
    Ok(if same { Merged::Patch(below) } else { Merged::Below(below) })
}

fn as_mapping(node: Node) -> Option<Mapping> {
    match node.value {
        Value::Mapping(mapping) => Some(mapping),
        _ => None,
    }
}

/// The fields of two mappings while they are merged, found without a search.
struct Fields {
    /// Keys and values in order; a value that is gone leaves its place.
    below: Vec<(Node, Option<Node>)>,
    places: HashMap<String, usize>,
    patch: HashMap<String, (Node, Node)>,
}

/// What a value leaves to the one that takes its place.
struct Old {
    style: Style,
    shared: u32,
}

impl Fields {
    fn new(below: Mapping, patch: Option<Mapping>) -> Self {
        let name = |key: &Node| key.text().map(str::to_owned);
        let below: Vec<_> = below.into_iter().map(|(key, value)| (key, Some(value))).collect();
        let (mut places, mut patches) = (HashMap::new(), HashMap::new());
        for (place, (key, _)) in below.iter().enumerate() {
            if let Some(name) = name(key) {
                places.entry(name).or_insert(place);
            }
        }
        for (key, value) in patch.into_iter().flatten() {
            if let Some(name) = name(&key) {
                patches.entry(name).or_insert((key, value));
            }
        }
        Self { below, places, patch: patches }
    }

    /// The names of all fields, sorted.
    fn names(&self) -> BTreeSet<String> {
        self.places.keys().chain(self.patch.keys()).cloned().collect()
    }

    /// Both values of a field, and how the one below was written.
    fn take(&mut self, name: &str, same: bool) -> (Pair, Option<Old>) {
        let below = self.places.get(name).and_then(|place| self.below[*place].1.take());
        let old = below.as_ref().map(|node| Old {
            style: node.as_scalar().map_or(Style::Plain, |scalar| scalar.style),
            shared: node.shared,
        });
        let patch = self.patch.get(name).map(|(_, value)| value.clone());
        (Pair { below, patch, same }, old)
    }

    /// Puts a merged value into its field; the quoting of the old value stays.
    fn put(&mut self, name: &str, old: Option<Old>, merged: Merged) {
        let mut node = match merged {
            Merged::Gone => return,
            Merged::Below(node) | Merged::Patch(node) if node.is_null() => return,
            Merged::Below(node) | Merged::Patch(node) | Merged::KeptNull(node) => node,
        };
        if let Some(old) = old {
            node.shared = old.shared;
            if let Some(scalar) = node.as_scalar_mut() {
                scalar.style = old.style;
            }
        }
        match (self.places.get(name), self.patch.get(name)) {
            (Some(place), _) => self.below[*place].1 = Some(node),
            (None, Some((key, _))) => self.below.push((key.clone(), Some(node))),
            (None, None) => {}
        }
    }

    fn finish(self) -> Mapping {
        self.below.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }
}

fn in_field(mut error: crate::error::BuildError, name: &str) -> crate::error::BuildError {
    error.field = Some(match error.field.take() {
        Some(field) => format!("{name}.{field}"),
        None => name.to_owned(),
    });
    error
}

enum Visited {
    Settled(Merged),
    Descend { below: Node, patch: Option<Node>, same: bool },
}

/// Settles what null and directives decide; else says which mapping to go through.
fn visit_mapping(mut pair: Pair) -> Result<Visited> {
    let below_is_null = pair.below.as_ref().is_none_or(Node::is_null);
    if below_is_null {
        let directive = pair.patch.as_mut().and_then(|patch| take_directive(patch).ok());
        if directive == Some(Directive::Delete) {
            return Ok(Visited::Settled(Merged::Gone));
        }
        return Ok(match (pair.patch, pair.below) {
            (Some(patch), _) => Visited::Descend { below: patch.clone(), patch: Some(patch), same: true },
            (None, Some(null)) if null.text() != Some("") => Visited::Settled(Merged::KeptNull(null)),
            (None, _) => Visited::Settled(Merged::Gone),
        });
    }
    let Some(mut below) = pair.below else { return Ok(Visited::Settled(Merged::Gone)) };
    let Some(mut patch) = pair.patch else {
        return Ok(Visited::Descend { below, patch: None, same: false });
    };
    if patch.is_null() {
        return Ok(Visited::Settled(Merged::Gone));
    }
    let directive = take_directive(&mut patch)?;
    if pair.same {
        take_directive(&mut below)?;
    }
    Ok(match directive {
        Directive::Delete => Visited::Settled(Merged::Gone),
        Directive::Replace => Visited::Descend { below: patch.clone(), patch: Some(patch), same: true },
        Directive::Merge => Visited::Descend { below, patch: Some(patch), same: pair.same },
    })
}

// === directives ===

/// Reads the directive of a patch and takes it out.
pub(super) fn take_directive(patch: &mut Node) -> Result<Directive> {
    let mark = patch.mark;
    match &mut patch.value {
        Value::Mapping(mapping) => match mapping.get(DIRECTIVE) {
            Some(value) => {
                let directive = parse_directive(value)?;
                mapping.remove(DIRECTIVE);
                Ok(directive)
            }
            None => Ok(Directive::Merge),
        },
        Value::Sequence(items) => {
            let holder = items.iter().find_map(|item| Some((item, item.get(DIRECTIVE)?)));
            match holder {
                Some((item, value)) if item.as_mapping().is_some_and(|mapping| mapping.len() == 1) => {
                    let directive = parse_directive(value)?;
                    let word = value.text().unwrap_or_default().to_owned();
                    list::set_element(items, None, &[DIRECTIVE], &[word])?;
                    Ok(directive)
                }
                _ => Ok(Directive::Merge),
            }
        }
        Value::Scalar(scalar) => {
            let message = format!("a patch can not be the plain value {:?}", scalar.text);
            Err(invalid(message).at(mark.line, mark.column))
        }
    }
}

fn parse_directive(value: &Node) -> Result<Directive> {
    match value.text() {
        Some("delete") => Ok(Directive::Delete),
        Some("replace") => Ok(Directive::Replace),
        Some("merge") => Ok(Directive::Merge),
        other => {
            let message = format!(
                "unknown patch strategy {:?}; expected delete, replace or merge",
                other.unwrap_or_default()
            );
            Err(invalid(message).field(DIRECTIVE).at(value.mark.line, value.mark.column))
        }
    }
}
