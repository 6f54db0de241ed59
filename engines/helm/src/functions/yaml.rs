//! `toYaml` and its relatives: values as sigs.k8s.io/yaml and yaml.v3 write them, and YAML back into values.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sluice_template::{Budget, Call, Error, FloatKind, Function, List, Map, Text, Value};
use sluice_yaml::{Emitter, Layout, is_key_through_json, read_value, sort_naturally, value_through_json};

use super::written::{Behind, Failure, behind, charge, untyped_value_of};
use super::{ANY, TEXT, text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::fixed("toYaml", &[ANY], |call, arguments| {
        to_yaml(&arguments[0], call.budget()).map(Value::Text)
    }),
    Function::fixed("mustToYaml", &[ANY], |call, arguments| {
        let written = write(&arguments[0], Layout::Folded, call.budget());
        written.map(Value::Text).map_err(|failure| failure.message("error marshaling into JSON: "))
    }),
    Function::fixed("toYamlPretty", &[ANY], |call, arguments| {
        write(&arguments[0], Layout::Unfolded, call.budget())
            .or_else(|failure| failure.or(Text::EMPTY))
            .map(Value::Text)
    }),
    Function::fixed("fromYaml", &[TEXT], from_yaml),
    Function::fixed("fromYamlArray", &[TEXT], from_yaml_array),
];

/// Writes a value as `toYaml` does: nothing for what JSON cannot hold, and no line break at the end.
pub(crate) fn to_yaml(value: &Value, budget: &Budget) -> Result<Text, Error> {
    write(value, Layout::Folded, budget).or_else(|failure| failure.or(Text::EMPTY))
}

fn write(value: &Value, layout: Layout, budget: &Budget) -> Result<Text, Failure> {
    let mut writer = Writer { emitter: Emitter::new(layout), layout, budget };
    writer.value(value, 0)?;
    let text = writer.emitter.finish();
    Ok(Text::from(text.strip_suffix('\n').unwrap_or(&text)))
}

struct Writer<'a> {
    emitter: Emitter,
    layout: Layout,
    budget: &'a Budget,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Failure> {
        charge(self.budget, depth, 0)?;
        match value {
            Value::Nil => self.emitter.null(),
            Value::Bool(value) => self.emitter.bool(*value),
            Value::Int(_, value) => self.emitter.number(&value.to_string()),
            Value::Uint(_, value) => self.emitter.number(&value.to_string()),
            Value::Float(kind, value) => self.float(*kind, *value)?,
            Value::Text(text) => self.text(text)?,
            Value::Bytes(bytes) => self.bytes(bytes)?,
            Value::List(list) => self.list(list, depth)?,
            Value::Map(map) => self.map(map, depth)?,
            Value::Object(_) => self.object(value, depth)?,
            Value::Complex(_) => return Err(unsupported("complex128")),
            Value::Function(_) => return Err(unsupported("func()")),
        }
        Ok(())
    }

    fn float(&mut self, kind: FloatKind, value: f64) -> Result<(), Failure> {
        if self.layout == Layout::Folded && !value.is_finite() {
            let value = if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            return Err(Failure::Unsupported(format!("json: unsupported value: {value}")));
        }
        // The digits that 32 bits need make another number of 64.
        let short = |value: f64| format!("{}", value as f32).parse().unwrap_or(value);
        self.emitter.float(if kind == FloatKind::Float32 { short(value) } else { value });
        Ok(())
    }

    fn text(&mut self, text: &Text) -> Result<(), Failure> {
        self.budget.produce(text.len())?;
        match (self.layout, text.as_str()) {
            (Layout::Unfolded, Some(text)) => self.emitter.string(text),
            (Layout::Unfolded, None) => self.emitter.binary(&STANDARD.encode(text.as_bytes())),
            (Layout::Folded, _) => {
                let text = text.to_str();
                let read = value_through_json(&text).ok_or_else(unreadable)?;
                self.emitter.string(&read);
            }
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.budget.produce(bytes.len() * 2)?;
        if self.layout == Layout::Folded {
            self.emitter.string(&STANDARD.encode(bytes));
            return Ok(());
        }
        self.emitter.begin_list(bytes.is_empty());
        bytes.iter().for_each(|byte| self.emitter.number(&byte.to_string()));
        self.emitter.end();
        Ok(())
    }

    fn list(&mut self, list: &List, depth: usize) -> Result<(), Failure> {
        if list.is_nil() && self.layout == Layout::Folded {
            self.emitter.null();
            return Ok(());
        }
        let items = list.items();
        self.emitter.begin_list(items.is_empty());
        items.iter().try_for_each(|item| self.value(item, depth + 1))?;
        self.emitter.end();
        Ok(())
    }

    fn map(&mut self, map: &Map, depth: usize) -> Result<(), Failure> {
        if map.is_nil() && self.layout == Layout::Folded {
            self.emitter.null();
            return Ok(());
        }
        let entries = map.entries();
        let names: Vec<Cow<'_, str>> = entries.keys().map(Text::to_str).collect();
        let named: Vec<(&str, &Value)> = names.iter().map(|name| &**name).zip(entries.values()).collect();
        self.entries(named, depth, true)
    }

    fn object(&mut self, value: &Value, depth: usize) -> Result<(), Failure> {
        match behind(value, self.layout == Layout::Folded) {
            Behind::Value(value) => self.value(&value, depth + 1),
            Behind::Fields(fields) if self.layout == Layout::Folded => {
                self.entries(fields.iter().map(|(name, value)| (*name, value)).collect(), depth, true)
            }
            Behind::Fields(fields) => {
                let names: Vec<String> = fields.iter().map(|(name, _)| name.to_lowercase()).collect();
                let values = fields.iter().map(|(_, value)| value);
                self.entries(names.iter().map(String::as_str).zip(values).collect(), depth, false)
            }
        }
    }

    fn entries(
        &mut self,
        mut entries: Vec<(&str, &Value)>,
        depth: usize,
        is_sorted: bool,
    ) -> Result<(), Failure> {
        if is_sorted {
            sort_naturally(&mut entries, self.layout, |(name, _)| name);
        }
        self.emitter.begin_map(entries.is_empty());
        for (name, value) in entries {
            if self.layout == Layout::Folded && !is_key_through_json(name) {
                return Err(unreadable());
            }
            self.budget.produce(name.len())?;
            self.emitter.key(name);
            self.value(value, depth + 1)?;
        }
        self.emitter.end();
        Ok(())
    }
}

fn unsupported(of: &str) -> Failure {
    Failure::Unsupported(format!("json: unsupported type: {of}"))
}

fn unreadable() -> Failure {
    Failure::Unsupported("yaml: control characters are not allowed".to_owned())
}

/// Reads a mapping; what is wrong stands under `Error`.
fn from_yaml(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let source = text(arguments, 0);
    call.budget().produce(source.len().saturating_mul(8))?;
    Ok(match read_value(source.as_bytes()) {
        Ok(serde_json::Value::Null) => Value::Map(Map::empty()),
        Ok(json @ serde_json::Value::Object(_)) => untyped_value_of(&json),
        Ok(other) => error_map(&wrong_kind(&other, "map[string]interface {}")),
        Err(error) => error_map(&not_yaml(&error)),
    })
}

/// Reads a list; what is wrong is its only item.
fn from_yaml_array(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let source = text(arguments, 0);
    call.budget().produce(source.len().saturating_mul(8))?;
    Ok(match read_value(source.as_bytes()) {
        Ok(serde_json::Value::Null) => Value::list(Vec::new()),
        Ok(json @ serde_json::Value::Array(_)) => untyped_value_of(&json),
        Ok(other) => Value::list(vec![wrong_kind(&other, "[]interface {}").into()]),
        Err(error) => Value::list(vec![not_yaml(&error).into()]),
    })
}

/// A table that holds nothing but an error.
pub(super) fn error_map(message: &str) -> Value {
    Value::Map(Map::from_iter([("Error", Value::from(message))]))
}

fn wrong_kind(found: &serde_json::Value, wanted: &str) -> String {
    let message = super::json::wrong_kind(found, wanted);
    format!("error unmarshaling JSON: while decoding JSON: {message}")
}

fn not_yaml(error: &sluice_yaml::Error) -> String {
    format!("error converting YAML to JSON: yaml: line {}: {}", error.line, error.message)
}
