//! Strategic merge of lists whose elements are told apart by keys, or are plain values. Elements of the patch come
//! first; an element without its key takes part as the original treats it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use sluice_yaml::{Node, Value};

use super::strategic::{Directive, Merged, Pair, merge, take_directive};
use crate::error::{Cause, Result, invalid};
use crate::schema::{Schema, Shape};

/// Lists whose elements lack keys are compared element by element.
const MAX_IRREGULAR: usize = 5_000;

/// The values of the keys of one element, empty where it has none.
type KeyValues = Vec<String>;

pub(super) fn merge_lists(
    mut pair: Pair,
    keys: &[String],
    shape: Option<&Shape>,
    schema: &Schema,
) -> Result<Merged> {
    let below_is_null = pair.below.as_ref().is_none_or(Node::is_null);
    let mut from_patch = pair.same;
    if below_is_null {
        let Some(patch) = &pair.patch else { return Ok(Merged::Gone) };
        pair = Pair { below: Some(patch.clone()), patch: pair.patch, same: true };
        from_patch = true;
    } else if let Some(patch) = &mut pair.patch {
        if patch.is_null() {
            return Ok(Merged::Gone);
        }
        let directive = take_directive(patch)?;
        if let (true, Some(below)) = (pair.same, &mut pair.below) {
            take_directive(below)?;
        }
        match directive {
            Directive::Delete => return Ok(Merged::Gone),
            Directive::Replace => {
                from_patch = true;
                pair = Pair { below: pair.patch.clone(), patch: pair.patch, same: true };
            }
            Directive::Merge => {}
        }
    }
    let elements = shape.and_then(|shape| schema.elements(shape));
    let merged = merge_elements(pair, keys, elements, schema)?;
    Ok(if from_patch { Merged::Patch(merged) } else { Merged::Below(merged) })
}

fn merge_elements(pair: Pair, keys: &[String], shape: Option<&Shape>, schema: &Schema) -> Result<Node> {
    let Pair { below, patch, same } = pair;
    let mut result = below.unwrap_or_else(Node::sequence);
    let below = result.as_sequence_mut().map(std::mem::take).unwrap_or_default();
    let patch = patch.map(|mut patch| patch.as_sequence_mut().map(std::mem::take).unwrap_or_default());
    let keys: Vec<&str> = if keys.is_empty() { vec![""] } else { keys.iter().map(String::as_str).collect() };
    if is_regular(&below, &keys) && patch.as_ref().is_none_or(|patch| is_regular(patch, &keys)) {
        let lists = Regular::new(below, patch, same, &keys);
        result.value = Value::Sequence(lists.merge(&keys, shape, schema)?);
        return Ok(result);
    }
    if below.len() + patch.as_ref().map_or(0, Vec::len) > MAX_IRREGULAR {
        return Err(
            Cause::Limit { what: "elements in a list without all its keys", limit: MAX_IRREGULAR }.into()
        );
    }
    let mut work = Work { below, patch, added: Vec::new(), same, schema, shape };
    let mut values = work.all_values(&keys);
    if keys.len() > 1 {
        unite(&mut values);
    }
    let mut used: Vec<&str> = Vec::new();
    for value in &values {
        let (valid_keys, valid_values) = used_keys(&values, value, &keys);
        work.merge_element(&valid_keys, &valid_values)?;
        used = valid_keys;
    }
    result.value =
        Value::Sequence(if values.is_empty() { work.below } else { append(work.added, work.below, &used)? });
    Ok(result)
}

/// Says whether every element has all keys, or is a plain value where there are none: then each stands for itself, and
/// the rules for missing keys need no look.
fn is_regular(list: &[Node], keys: &[&str]) -> bool {
    list.iter().all(|element| match &element.value {
        Value::Scalar(_) => keys == [""] && !element.is_null(),
        Value::Sequence(_) => false,
        Value::Mapping(_) => keys != [""] && key_values(element, keys).iter().all(|value| !value.is_empty()),
    })
}

/// Two lists whose elements have all keys, found by them without a search.
struct Regular {
    below: Vec<Option<Node>>,
    patch: Vec<Node>,
    same: bool,
    below_places: HashMap<KeyValues, Vec<usize>>,
    patch_places: HashMap<KeyValues, usize>,
    /// All key values, those of the patch first, each once.
    values: Vec<KeyValues>,
}

impl Regular {
    fn new(below: Vec<Node>, patch: Option<Vec<Node>>, same: bool, keys: &[&str]) -> Self {
        let patch = patch.unwrap_or_default();
        let mut values = Vec::new();
        let mut patch_places = HashMap::new();
        for (place, element) in patch.iter().enumerate() {
            if let Entry::Vacant(vacant) = patch_places.entry(key_values(element, keys)) {
                values.push(vacant.key().clone());
                vacant.insert(place);
            }
        }
        let mut below_places: HashMap<KeyValues, Vec<usize>> = HashMap::new();
        for (place, element) in below.iter().enumerate() {
            let value = key_values(element, keys);
            if !patch_places.contains_key(&value) && !below_places.contains_key(&value) {
                values.push(value.clone());
            }
            below_places.entry(value).or_default().push(place);
        }
        let below = below.into_iter().map(Some).collect();
        Self { below, patch, same, below_places, patch_places, values }
    }

    fn merge(mut self, keys: &[&str], shape: Option<&Shape>, schema: &Schema) -> Result<Vec<Node>> {
        let mut added: Vec<Option<Node>> = Vec::new();
        let mut places: HashMap<KeyValues, usize> = HashMap::new();
        for value in std::mem::take(&mut self.values) {
            if let Some(node) = self.merge_one(&value, keys, shape, schema)? {
                places.insert(value, added.len());
                added.push(Some(node));
            }
        }
        for element in self.below.into_iter().flatten() {
            let value = key_values(&element, keys);
            match places.get(&value) {
                Some(place) if keys.len() == 1 => added[*place] = Some(element),
                Some(place) => {
                    added[*place] = None;
                    places.insert(value, added.len());
                    added.push(Some(element));
                }
                None => {
                    places.insert(value, added.len());
                    added.push(Some(element));
                }
            }
        }
        Ok(added.into_iter().flatten().collect())
    }

    /// The merged element of some key values; one that is gone is taken out below as well.
    fn merge_one(
        &mut self,
        value: &KeyValues,
        keys: &[&str],
        shape: Option<&Shape>,
        schema: &Schema,
    ) -> Result<Option<Node>> {
        let places = self.below_places.get(value);
        let place = places.and_then(|places| places.first()).copied();
        let below = place.and_then(|place| self.below[place].clone());
        let patch = self.patch_places.get(value).map(|place| self.patch[*place].clone());
        let (node, is_below) = match merge(Pair { below, patch, same: self.same }, shape, schema)? {
            Merged::Below(node) => (node, true),
            Merged::Patch(node) | Merged::KeptNull(node) => (node, self.same),
            Merged::Gone => (Node::null(), false),
        };
        if node.is_null() || node.as_mapping().is_some_and(sluice_yaml::Mapping::is_empty) {
            places.into_iter().flatten().for_each(|place| self.below[*place] = None);
            return Ok(None);
        }
        let node = with_keys(node, keys, value);
        if let (true, Some(place)) = (is_below, place) {
            self.below[place] = Some(node.clone());
        }
        Ok(Some(node))
    }
}

/// Makes sure that the keys are there.
fn with_keys(mut node: Node, keys: &[&str], values: &[String]) -> Node {
    for (key, value) in keys.iter().zip(values).filter(|(_, value)| !value.is_empty()) {
        if let Some(mapping) = node.as_mapping_mut()
            && !mapping.contains(key)
        {
            mapping.set(key, Node::untyped(value.as_str()));
        }
    }
    node
}

struct Work<'s> {
    below: Vec<Node>,
    patch: Option<Vec<Node>>,
    added: Vec<Node>,
    same: bool,
    schema: &'s Schema,
    shape: Option<&'s Shape>,
}

impl Work<'_> {
    /// The key values of all elements, those of the patch first, each once.
    fn all_values(&self, keys: &[&str]) -> Vec<KeyValues> {
        let mut seen = HashSet::new();
        let elements = self.patch.iter().flatten().chain(&self.below);
        elements
            .map(|element| key_values(element, keys))
            .filter(|values| seen.insert(values.clone()))
            .collect()
    }

    fn merge_element(&mut self, keys: &[&str], values: &[String]) -> Result<()> {
        // An element is looked for by the keys it has itself.
        let own: Vec<bool> = values.iter().map(|value| !value.is_empty()).collect();
        let all = !own.contains(&true);
        let pick = |index: usize| all || own[index];
        let own_keys: Vec<&str> = (0..keys.len()).filter(|i| pick(*i)).map(|i| keys[i]).collect();
        let own_values: Vec<&String> = (0..values.len()).filter(|i| pick(*i)).map(|i| &values[i]).collect();
        let place = find(&self.below, &own_keys, &own_values);
        let in_patch = self
            .patch
            .as_ref()
            .and_then(|patch| find(patch, &own_keys, &own_values).map(|index| patch[index].clone()));
        let below = place.map(|index| self.below[index].clone());
        let merged = merge(Pair { below, patch: in_patch, same: self.same }, self.shape, self.schema)?;
        let (node, is_below) = match merged {
            Merged::Below(node) => (node, true),
            Merged::Patch(node) | Merged::KeptNull(node) => (node, self.same),
            Merged::Gone => (Node::null(), false),
        };
        if node.is_null() || node.as_mapping().is_some_and(sluice_yaml::Mapping::is_empty) {
            return set_element(&mut self.below, None, keys, values);
        }
        let node = with_keys(node, keys, values);
        if let (true, Some(index)) = (is_below, place) {
            self.below[index] = node.clone();
        }
        set_element(&mut self.added, Some(node), keys, values)
    }
}

/// Puts the elements below behind those that were merged, replacing the ones that they are.
fn append(mut added: Vec<Node>, below: Vec<Node>, keys: &[&str]) -> Result<Vec<Node>> {
    for element in below {
        if keys == [""] {
            let value = element.text().unwrap_or_default().to_owned();
            set_element(&mut added, Some(element), keys, &[value])?;
            continue;
        }
        let mut values = Vec::new();
        for key in keys {
            if element.as_mapping().is_none() && !element.is_null() {
                return Err(invalid(format!("a list merged by {key} holds a {}", element.kind_name()))
                    .at(element.mark.line, element.mark.column));
            }
            match element.get(key) {
                Some(value) => values.push(value.text().unwrap_or_default().to_owned()),
                None => added.push(element.clone()),
            }
        }
        if keys.len() > 1 {
            set_element(&mut added, None, keys, &values)?;
        }
        set_element(&mut added, Some(element), keys, &values)?;
    }
    Ok(added)
}

/// Replaces every element whose keys have the values, or adds the element at the end; without an element, takes
/// them out. An empty value stands for any, a missing one for none.
pub(super) fn set_element(
    list: &mut Vec<Node>,
    element: Option<Node>,
    keys: &[&str],
    values: &[String],
) -> Result<()> {
    let by_key =
        keys.first().is_some_and(|key| !key.is_empty()) && values.first().is_some_and(|v| !v.is_empty());
    let mut matched = false;
    let mut kept = Vec::with_capacity(list.len() + 1);
    for item in list.drain(..) {
        if item.is_null() || item.as_mapping().is_some_and(sluice_yaml::Mapping::is_empty) {
            continue;
        }
        if item.as_mapping().is_none() && by_key {
            kept.push(item);
        } else if !matches(&item, keys, values)? {
            if !values.is_empty() {
                kept.push(item);
            }
        } else {
            matched = true;
            kept.extend(element.clone());
        }
    }
    if !matched {
        kept.extend(element.filter(|element| !element.is_null()));
    }
    *list = kept;
    Ok(())
}

fn matches(item: &Node, keys: &[&str], values: &[String]) -> Result<bool> {
    for (index, key) in keys.iter().enumerate() {
        // A key without a value takes the answer of the key before it.
        let Some(value) = values.get(index) else {
            if index == 0 {
                return Ok(false);
            }
            continue;
        };
        let found = if key.is_empty() {
            if item.as_scalar().is_none() {
                return Err(invalid(format!("a list of plain values holds a {}", item.kind_name()))
                    .at(item.mark.line, item.mark.column));
            }
            item.text() == Some(value)
        } else {
            item.get(key).is_some_and(|field| value.is_empty() || field.text().unwrap_or_default() == value)
        };
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The first element whose keys have exactly these values.
fn find(list: &[Node], keys: &[&str], values: &[&String]) -> Option<usize> {
    list.iter().position(|item| {
        if keys == [""] {
            return item.text().unwrap_or_default() == values[0];
        }
        let has = |(key, value): (&&str, &&String)| {
            item.get(key).is_some_and(|field| field.text().unwrap_or_default() == **value)
        };
        item.as_mapping().is_some() && keys.iter().zip(values).all(has)
    })
}

fn key_values(element: &Node, keys: &[&str]) -> KeyValues {
    if keys == [""] {
        return vec![element.text().unwrap_or_default().to_owned()];
    }
    let value = |key: &&str| {
        let field = element.get(key).filter(|field| !field.is_null_or_empty());
        field.and_then(Node::text).unwrap_or_default().to_owned()
    };
    keys.iter().map(value).collect()
}

/// Where two elements agree in a key and contradict each other in none, each gets the values of both.
fn unite(values: &mut [KeyValues]) {
    for i in 0..values.len() {
        // An element meets all others with the values it had before, and keeps those of the last it agrees with.
        let own = values[i].clone();
        for j in 0..values.len() {
            if let Some(both) = united(&own, &values[j]) {
                values[i].clone_from(&both);
                values[j] = both;
            }
        }
    }
}

fn united(left: &KeyValues, right: &KeyValues) -> Option<KeyValues> {
    let contradict = |(a, b): (&String, &String)| a != b && !a.is_empty() && !b.is_empty();
    if left.iter().zip(right).any(contradict) || !left.iter().zip(right).any(|(a, b)| a == b) {
        return None;
    }
    Some(left.iter().zip(right).map(|(a, b)| if a.is_empty() { b } else { a }.clone()).collect())
}

/// The keys that any element has a value for, with the values of one element; all keys when none has any.
fn used_keys<'k>(all: &[KeyValues], values: &KeyValues, keys: &[&'k str]) -> (Vec<&'k str>, KeyValues) {
    let used = |index: usize| all.iter().any(|values| !values[index].is_empty());
    if !(0..keys.len()).any(used) {
        return (keys.to_vec(), values.clone());
    }
    let chosen: Vec<usize> = (0..keys.len()).filter(|index| used(*index)).collect();
    (chosen.iter().map(|i| keys[*i]).collect(), chosen.iter().map(|i| values[*i].clone()).collect())
}
