//! Values of templates to and from JSON: what Go's JSON writer makes of each kind of value, and what its reader makes of
//! each kind of JSON.

use sluice_template::{Budget, Error, Map, Text, Value};

use crate::capabilities;

/// How deep values may hold values. Beyond it Go would have found a circle, or have taken very long.
pub(super) const MAX_DEPTH: usize = 500;

/// Why a value cannot be written.
pub(super) enum Failure {
    /// A limit of ours; the render ends.
    Limit(Error),
    /// The format has no such value.
    Unsupported(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Limit(error)
    }
}

impl Failure {
    /// The text of Go's error; a limit stays what it is.
    pub(super) fn message(self, prefix: &str) -> Error {
        match self {
            Self::Limit(error) => error,
            Self::Unsupported(message) => Error::message(format!("{prefix}{message}")),
        }
    }

    /// Swallows Go's error; a limit stays what it is.
    pub(super) fn or(self, instead: Text) -> Result<Text, Error> {
        match self {
            Self::Limit(error) => Err(error),
            Self::Unsupported(_) => Ok(instead),
        }
    }
}

/// Takes a value's share of the budget.
pub(super) fn charge(budget: &Budget, depth: usize, bytes: usize) -> Result<(), Failure> {
    budget.step(1)?;
    budget.produce(bytes + 8)?;
    match depth > MAX_DEPTH {
        true => Err(Failure::Unsupported("json: unsupported value: encountered a cycle".to_owned())),
        false => Ok(()),
    }
}

/// What stands behind a value of a named type: a plain value, or its fields by their JSON names.
pub(super) enum Behind {
    Value(Value),
    Fields(Vec<(&'static str, Value)>),
}

/// Looks behind a value of a named type.
pub(super) fn behind(value: &Value, json_names: bool) -> Behind {
    if let Some(fields) = json_names.then(|| capabilities::json_fields(value)).flatten() {
        return Behind::Fields(fields);
    }
    let Value::Object(object) = value else { return Behind::Value(value.clone()) };
    if let Some(plain) = object.underlying() {
        return Behind::Value(plain);
    }
    match (object.fields(), object.display()) {
        (fields, Some(text)) if fields.is_empty() => Behind::Value(Value::Text(text)),
        (fields, _) => Behind::Fields(fields),
    }
}

/// A value of templates from JSON; numbers keep their kinds.
pub(crate) fn value_of(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match (number.is_f64(), number.as_i64(), number.as_f64()) {
            (false, Some(value), _) => Value::int64(value),
            (_, _, value) => Value::float(value.unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::text(text.as_str()),
        serde_json::Value::Array(items) => Value::list(items.iter().map(value_of).collect()),
        serde_json::Value::Object(table) => {
            Value::Map(table.iter().map(|(key, value)| (key.as_str(), value_of(value))).collect::<Map>())
        }
    }
}

/// A value of templates from JSON that Go reads without a target type: every number is a fraction.
pub(super) fn untyped_value_of(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Number(number) => Value::float(number.as_f64().unwrap_or_default()),
        serde_json::Value::Array(items) => Value::list(items.iter().map(untyped_value_of).collect()),
        serde_json::Value::Object(table) => {
            let entries = table.iter().map(|(key, value)| (key.as_str(), untyped_value_of(value)));
            Value::Map(entries.collect::<Map>())
        }
        other => value_of(other),
    }
}
