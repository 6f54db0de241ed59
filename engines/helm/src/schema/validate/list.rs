//! Keywords for lists.

use std::collections::HashMap;

use serde_json::Value;

use super::super::display::whole;
use super::super::node::Additional;
use super::{Run, Work, equals, got_want};

impl<'a> Run<'a> {
    pub(super) fn list(&mut self, work: &mut Work<'a, '_>, items: &[Value]) {
        let node = work.node;
        if let Some(least) = node.min_items.filter(|least| items.len() < *least) {
            self.fail(work, got_want("minItems", items.len(), least));
        }
        if let Some(most) = node.max_items.filter(|most| items.len() > *most) {
            self.fail(work, got_want("maxItems", items.len(), most));
        }
        if node.unique_items
            && let Some((first, second)) = self.equal_pair(items)
        {
            let (first, second) = (whole(first), whole(second));
            self.fail(work, format!("items at {first} and {second} are equal"));
        }
        for (index, (id, item)) in node.first_items.iter().zip(items).enumerate() {
            let done = self.inside(work, *id, item, &index.to_string());
            work.failures.extend(done.err());
        }
        self.other_items(work, items);
        self.contains(work, items);
    }

    fn other_items(&mut self, work: &mut Work<'a, '_>, items: &[Value]) {
        let first = work.node.first_items.len().min(items.len());
        match work.node.other_items {
            None | Some(Additional::Allowed) => {}
            Some(Additional::Refused) if first == items.len() => {}
            Some(Additional::Refused) => {
                let count = whole(items.len() - first);
                self.fail(work, format!("last {count} additionalItem(s) not allowed"));
            }
            Some(Additional::Schema(id)) => {
                // Behind a list of schemas Helm's validator counts anew.
                for (index, item) in items[first..].iter().enumerate() {
                    let done = self.inside(work, id, item, &index.to_string());
                    work.failures.extend(done.err());
                    if self.limit.is_some() {
                        return;
                    }
                }
            }
        }
    }

    fn contains(&mut self, work: &mut Work<'a, '_>, items: &[Value]) {
        let Some(id) = work.node.contains else { return };
        let (mut causes, mut matched) = (Vec::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            match self.inside(work, id, item, &index.to_string()) {
                Err(failure) => causes.push(failure),
                Ok(()) => {
                    matched.push(index);
                    if work.node.draft >= 2020 {
                        work.unseen.items.remove(&index);
                    }
                }
            }
        }
        let places = matched.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let found = format!("matched {} items at {places}", whole(matched.len()));
        match work.node.min_contains {
            Some(least) if matched.len() < least => {
                let found = if matched.is_empty() { "none matched" } else { found.as_str() };
                let words =
                    format!("min {} items required to match contains schema, but {found}", whole(least));
                self.fail_because(work, &words, causes);
            }
            None if matched.is_empty() => self.fail_because(work, "no items match contains schema", causes),
            _ => {}
        }
        if let Some(most) = work.node.max_contains.filter(|most| matched.len() > *most) {
            let words = format!("max {} items required to match contains schema, but {found}", whole(most));
            self.fail(work, words);
        }
    }

    /// The first two items that are equal.
    fn equal_pair(&mut self, items: &[Value]) -> Option<(usize, usize)> {
        let mut seen: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, item) in items.iter().enumerate() {
            let alike = seen.entry(shape(item)).or_default();
            self.steps += alike.len();
            if let Some(first) = alike.iter().find(|first| equals(&items[**first], item)) {
                return Some((*first, index));
            }
            alike.push(index);
        }
        None
    }
}

/// A text that equal values share.
fn shape(value: &Value) -> String {
    match value {
        Value::Number(number) => format!("{:?}", number.as_f64()),
        Value::Array(items) => items.iter().map(shape).collect::<Vec<_>>().join(","),
        Value::Object(map) => map.iter().map(|(name, value)| format!("{name:?}:{}", shape(value))).collect(),
        other => other.to_string(),
    }
}
