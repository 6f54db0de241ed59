//! `toJson` and its relatives: values as Go's `encoding/json` writes them, and JSON back into values.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use sluice_template::{Budget, Call, Error, FloatKind, Function, List, Map, Text, Type, Value};
use sluice_yaml::format_json_float;

use super::written::{Behind, Failure, behind, charge, untyped_value_of};
use super::yaml::error_map;
use super::{ANY, TEXT, text};
use crate::json::{Object, write_bytes, write_text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::fixed("toJson", &[ANY], |call, arguments| {
        write(&arguments[0], call.budget()).or_else(|failure| failure.or(Text::EMPTY)).map(Value::Text)
    }),
    Function::fixed("mustToJson", &[ANY], |call, arguments| {
        write(&arguments[0], call.budget()).map(Value::Text).map_err(|failure| failure.message(""))
    }),
    Function::fixed("fromJson", &[TEXT], from_json),
    Function::fixed("fromJsonArray", &[TEXT], from_json_array),
];

fn write(value: &Value, budget: &Budget) -> Result<Text, Failure> {
    let mut out = String::new();
    write_value(&mut out, value, budget, 0)?;
    Ok(Text::from(out))
}

fn write_value(out: &mut String, value: &Value, budget: &Budget, depth: usize) -> Result<(), Failure> {
    charge(budget, depth, 0)?;
    match value {
        Value::Nil => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(_, value) => out.push_str(&value.to_string()),
        Value::Uint(_, value) => out.push_str(&value.to_string()),
        Value::Float(kind, value) => write_float(out, *kind, *value)?,
        Value::Text(text) => {
            budget.produce(text.len())?;
            write_bytes(out, text.as_bytes());
        }
        Value::Bytes(bytes) => {
            budget.produce(bytes.len() * 2)?;
            write_text(out, &STANDARD.encode(bytes));
        }
        Value::List(list) => write_list(out, list, budget, depth)?,
        Value::Map(map) => write_map(out, map, budget, depth)?,
        Value::Object(_) => match behind(value, true) {
            Behind::Value(value) => write_value(out, &value, budget, depth + 1)?,
            Behind::Fields(fields) => {
                let mut object = Object::begin(out);
                for (name, value) in &fields {
                    write_value(object.field(name), value, budget, depth + 1)?;
                }
                object.end();
            }
        },
        Value::Complex(_) => return Err(unsupported("complex128")),
        Value::Function(_) => return Err(unsupported("func()")),
    }
    Ok(())
}

fn write_float(out: &mut String, kind: FloatKind, value: f64) -> Result<(), Failure> {
    if !value.is_finite() {
        let value = if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        };
        return Err(Failure::Unsupported(format!("json: unsupported value: {value}")));
    }
    let short = |value: f64| format!("{}", value as f32).parse().unwrap_or(value);
    let value = if kind == FloatKind::Float32 { short(value) } else { value };
    out.push_str(&format_json_float(value));
    Ok(())
}

fn write_list(out: &mut String, list: &List, budget: &Budget, depth: usize) -> Result<(), Failure> {
    if list.is_nil() {
        out.push_str("null");
        return Ok(());
    }
    out.push('[');
    for (index, item) in list.items().iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_value(out, item, budget, depth + 1)?;
    }
    out.push(']');
    Ok(())
}

fn write_map(out: &mut String, map: &Map, budget: &Budget, depth: usize) -> Result<(), Failure> {
    if map.is_nil() {
        out.push_str("null");
        return Ok(());
    }
    let mut object = Object::begin(out);
    for (key, value) in map.entries().iter() {
        budget.produce(key.len())?;
        write_value(object.field(&key.to_str()), value, budget, depth + 1)?;
    }
    object.end();
    Ok(())
}

fn unsupported(of: &str) -> Failure {
    Failure::Unsupported(format!("json: unsupported type: {of}"))
}

/// Reads an object; what is wrong stands under `Error`.
fn from_json(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let source = text(arguments, 0);
    call.budget().produce(source.len().saturating_mul(8))?;
    Ok(match read(&source) {
        Ok(Json::Null) => Value::Map(Map::nil(Type::DICT)),
        Ok(json @ Json::Object(_)) => untyped_value_of(&json),
        Ok(other) => error_map(&wrong_kind(&other, "map[string]interface {}")),
        Err(message) => error_map(&message),
    })
}

/// Reads a list; what is wrong is its only item.
fn from_json_array(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let source = text(arguments, 0);
    call.budget().produce(source.len().saturating_mul(8))?;
    Ok(match read(&source) {
        Ok(Json::Null) => Value::List(List::nil(Type::LIST)),
        Ok(json @ Json::Array(_)) => untyped_value_of(&json),
        Ok(other) => Value::list(vec![wrong_kind(&other, "[]interface {}").into()]),
        Err(message) => Value::list(vec![message.into()]),
    })
}

fn read(source: &Text) -> Result<Json, String> {
    let source = source.to_str();
    serde_json::from_str(&source).map_err(|error| in_words_of_go(&source, &error))
}

/// The two errors that charts meet, in Go's words.
fn in_words_of_go(source: &str, error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "unexpected end of JSON input".to_owned();
    }
    let line = source.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let at = error.column().saturating_sub(1);
    let found = line.get(at..).and_then(|rest| rest.chars().next());
    match found {
        Some(found) if at == 0 && error.line() == 1 => {
            format!("invalid character {found:?} looking for beginning of value")
        }
        _ => error.to_string(),
    }
}

/// What Go says where JSON of another kind stands than is wanted.
pub(super) fn wrong_kind(found: &Json, wanted: &str) -> String {
    let kind = match found {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    format!("json: cannot unmarshal {kind} into Go value of type {wanted}")
}
