//! The values of a HelmRelease: those of ConfigMaps and Secrets in the order of the references, the object's own over them
//! (reference 05.10). Refuses objects and keys that are not there, unless they are optional.
//!
//! The original merges tables without copying them, so that a single value put at a target path beats the object's own value
//! where it lands in a table of the object itself. Tables are shared handles here for that reason.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Number, Value};
use sluice_crds::applier::ValuesSourceKind;
use sluice_crds::helm::{HelmReleaseSpec, ValuesReference};
use sluice_helm::strvals::set_at;
use sluice_helm::values::{Values, read_values};
use thiserror::Error;

const DEFAULT_KEY: &str = "values.yaml";

/// The data of one ConfigMap or Secret, decoded.
pub type ValuesData = BTreeMap<String, Vec<u8>>;

/// Why values cannot be composed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("could not resolve {kind:?} chart values reference '{name}' with key '{key}': {reason}")]
pub struct ValuesError {
    /// ConfigMap or Secret.
    pub kind: ValuesSourceKind,
    /// Its namespace and name.
    pub name: String,
    /// The key.
    pub key: String,
    /// What is wrong; never a value.
    pub reason: String,
}

/// Composes the values of `spec`; `find` gives the data of an object in `namespace`.
///
/// # Errors
/// The first reference that cannot be used.
pub fn compose(
    spec: &HelmReleaseSpec,
    namespace: &str,
    find: &dyn Fn(ValuesSourceKind, &str) -> Option<ValuesData>,
) -> Result<Values, ValuesError> {
    let own = Table::of(&own_values(spec));
    let mut result = Table::default();
    for reference in &spec.values_from {
        let failed = |reason: String| ValuesError {
            kind: reference.kind,
            name: format!("{namespace}/{}", reference.name),
            key: key(reference).to_owned(),
            reason,
        };
        let Some(data) = data(reference, find).map_err(failed)? else { continue };
        match reference.target_path.as_deref().filter(|path| !path.is_empty()) {
            Some(path) => {
                result = result.merged(&own);
                set(&result, path, &data, reference.literal).map_err(failed)?;
            }
            None => {
                let values = read_values(&data).map_err(|error| failed(error.to_string()))?;
                result = result.merged(&Table::of(&values));
            }
        }
    }
    Ok(result.merged(&own).to_values())
}

/// The object's own values; numbers are 64-bit fractions, as Go reads them.
fn own_values(spec: &HelmReleaseSpec) -> Values {
    match spec.values.clone().map(with_fractions) {
        Some(Value::Object(values)) => values,
        _ => Values::new(),
    }
}

fn with_fractions(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            number.as_f64().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
        }
        Value::Array(items) => items.into_iter().map(with_fractions).collect(),
        Value::Object(table) => table.into_iter().map(|(key, value)| (key, with_fractions(value))).collect(),
        other => other,
    }
}

fn key(reference: &ValuesReference) -> &str {
    reference.values_key.as_deref().filter(|key| !key.is_empty()).unwrap_or(DEFAULT_KEY)
}

/// What a reference points at; nothing where it is optional and not there.
fn data(
    reference: &ValuesReference,
    find: &dyn Fn(ValuesSourceKind, &str) -> Option<ValuesData>,
) -> Result<Option<Vec<u8>>, String> {
    let missing = match find(reference.kind, &reference.name) {
        Some(mut data) => match data.remove(key(reference)) {
            Some(found) => return Ok(Some(found)),
            None => "key not found",
        },
        None => "resource not found",
    };
    if reference.optional { Ok(None) } else { Err(missing.to_owned()) }
}

/// Puts a single value at its path, into the tables as they are shared.
fn set(result: &Table, path: &str, value: &[u8], is_literal: bool) -> Result<(), String> {
    let mut values = result.to_values();
    // The reason must not tell the value, which may be secret.
    let refused = |_| format!("failed to merge value at {path}");
    set_at(&mut values, path, &String::from_utf8_lossy(value), is_literal).map_err(refused)?;
    result.take(&values);
    Ok(())
}

/// A table in several hands.
#[derive(Clone, Debug, Default)]
struct Table(Rc<RefCell<BTreeMap<String, Node>>>);

#[derive(Clone, Debug)]
enum Node {
    Table(Table),
    Leaf(Value),
}

impl Table {
    fn of(values: &Values) -> Self {
        let entries = values.iter().map(|(key, value)| (key.clone(), Node::of(value))).collect();
        Self(Rc::new(RefCell::new(entries)))
    }

    /// A new table with `above` laid over this one; tables that only one of them has stay the same.
    fn merged(&self, above: &Self) -> Self {
        let mut entries = self.0.borrow().clone();
        for (key, node) in above.0.borrow().iter() {
            let merged = match (entries.get(key), node) {
                (Some(Node::Table(below)), Node::Table(above)) => Node::Table(below.merged(above)),
                _ => node.clone(),
            };
            entries.insert(key.clone(), merged);
        }
        Self(Rc::new(RefCell::new(entries)))
    }

    /// Takes over what differs, in place.
    fn take(&self, values: &Values) {
        let mut entries = self.0.borrow_mut();
        for (key, value) in values {
            match (entries.get(key), value) {
                (Some(Node::Table(table)), Value::Object(inner)) => table.take(inner),
                (Some(Node::Leaf(leaf)), value) if leaf == value => {}
                _ => {
                    entries.insert(key.clone(), Node::of(value));
                }
            }
        }
    }

    fn to_values(&self) -> Values {
        let value = |node: &Node| match node {
            Node::Table(table) => Value::Object(table.to_values()),
            Node::Leaf(leaf) => leaf.clone(),
        };
        self.0.borrow().iter().map(|(key, node)| (key.clone(), value(node))).collect()
    }
}

impl Node {
    fn of(value: &Value) -> Self {
        match value {
            Value::Object(table) => Self::Table(Table::of(table)),
            leaf => Self::Leaf(leaf.clone()),
        }
    }
}
