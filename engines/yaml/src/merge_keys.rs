//! The merge key `<<`: the mappings it names are folded into the one that holds it, whose own keys win.

use crate::node::{Mapping, Mark, Node, Tag, Value};

/// Folds the merge keys of one mapping; the mappings it names have been folded already.
pub(crate) fn fold(mapping: Mapping) -> Result<Mapping, (Mark, &'static str)> {
    let mut named = None;
    let mut rest = Mapping::default();
    for (key, value) in mapping {
        if !is_merge(&key) {
            rest.push(key, value);
        } else if named.is_some() {
            return Err((key.mark, "duplicate merge key"));
        } else {
            named = Some(value);
        }
    }
    let Some(named) = named else { return Ok(rest) };
    for source in sources(named)? {
        for (key, value) in source {
            if !key.text().is_some_and(|name| rest.contains(name)) {
                rest.push(key, value);
            }
        }
    }
    Ok(rest)
}

/// Puts the keys that merge keys name in their place, so that later ones win, whoever wrote them.
pub(crate) fn splice(mapping: Mapping) -> Result<Mapping, (Mark, &'static str)> {
    let mut entries = Mapping::default();
    for (key, value) in mapping {
        if !is_merge(&key) {
            entries.push(key, value);
            continue;
        }
        for (key, value) in sources(value)?.into_iter().rev().flatten() {
            entries.push(key, value);
        }
    }
    Ok(entries)
}

/// Says whether a mapping has a merge key at all, which nearly none has.
pub(crate) fn has_merge(mapping: &Mapping) -> bool {
    mapping.iter().any(|(key, _)| is_merge(key))
}

fn is_merge(key: &Node) -> bool {
    key.as_scalar().is_some_and(|scalar| scalar.tag == Tag::Merge)
}

/// The mappings a merge key names, the one that wins first.
fn sources(node: Node) -> Result<Vec<Mapping>, (Mark, &'static str)> {
    const WRONG: &str = "map merge requires map or sequence of maps as the value";
    let mark = node.mark;
    match node.value {
        Value::Mapping(mapping) => Ok(vec![mapping]),
        Value::Sequence(items) => items
            .into_iter()
            .map(|item| match item.value {
                Value::Mapping(mapping) => Ok(mapping),
                _ => Err((item.mark, WRONG)),
            })
            .collect(),
        Value::Scalar(_) => Err((mark, WRONG)),
    }
}
