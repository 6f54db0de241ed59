//! Texts that one transformer put into several fields of a resource. The original puts the very same value there, so
//! whatever later changes one of these fields changes all of them; users build on the result.

use std::collections::BTreeMap;

use sluice_yaml::{Node, Scalar, Value};

use super::Resource;

/// The texts that several fields share, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedTexts {
    texts: BTreeMap<u32, Scalar>,
    last: u32,
}

impl SharedTexts {
    /// A number for a text that is about to be put into fields.
    pub(crate) fn begin(&mut self) -> u32 {
        self.last += 1;
        self.last
    }
}

impl Resource {
    /// Brings fields that share a text up to date after a step; the last change wins.
    pub(crate) fn settle_shared(&mut self) {
        if self.shared.last == 0 {
            return;
        }
        let mut found = BTreeMap::new();
        collect(&self.node, &self.shared.texts, &mut found);
        let changed: BTreeMap<u32, Scalar> = found
            .iter()
            .filter(|(number, text)| self.shared.texts.get(number).is_some_and(|old| old != *text))
            .map(|(number, text)| (*number, text.clone()))
            .collect();
        if !changed.is_empty() {
            spread(&mut self.node, &changed);
        }
        self.shared.texts = found;
    }
}

/// The text of every number; one that changed outweighs those that did not.
fn collect(node: &Node, old: &BTreeMap<u32, Scalar>, found: &mut BTreeMap<u32, Scalar>) {
    match &node.value {
        Value::Scalar(scalar) if node.shared != 0 => {
            let changed = old.get(&node.shared).is_none_or(|old| old != scalar);
            if changed || !found.contains_key(&node.shared) {
                found.insert(node.shared, scalar.clone());
            }
        }
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, old, found)),
        Value::Mapping(mapping) => mapping.iter().for_each(|(_, value)| collect(value, old, found)),
    }
}

fn spread(node: &mut Node, changed: &BTreeMap<u32, Scalar>) {
    match &mut node.value {
        Value::Scalar(scalar) => {
            if let Some(text) = changed.get(&node.shared) {
                scalar.clone_from(text);
            }
        }
        Value::Sequence(items) => items.iter_mut().for_each(|item| spread(item, changed)),
        Value::Mapping(mapping) => mapping.values_mut().for_each(|value| spread(value, changed)),
    }
}
