//! Values as Go prints them into messages.

use serde_json::{Number, Value};

/// A value as `%v` prints it, maps in the order of their keys.
pub(crate) fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => go_number(number),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", joined(items.iter().map(go_value))),
        Value::Object(map) => {
            format!("map[{}]", joined(map.iter().map(|(key, value)| format!("{key}:{}", go_value(value)))))
        }
    }
}

/// A value as `%t` prints it, which is meant for truth values alone.
pub(super) fn go_truth(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Null => "%!t(<nil>)".to_owned(),
        Value::Array(items) => format!("[{}]", joined(items.iter().map(go_truth))),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| format!("%!t(string={key}):{}", go_truth(value));
            format!("map[{}]", joined(map.iter().map(entry)))
        }
        Value::Number(_) | Value::String(_) => format!("%!t({}={})", go_type(value), go_value(value)),
    }
}

/// A text as `%q` prints it.
pub(crate) fn go_quote(text: &str) -> String {
    sluice_template::format::quote(text)
}

/// The type of a value as `%T` prints it.
pub(crate) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

fn go_number(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => sluice_yaml::format_float(value),
        _ => number.to_string(),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go_prints() {
        let value = serde_json::json!({"b": [1, 1.5, 1e6, null], "a": {"c": "x", "d": true}});
        assert_eq!(go_value(&value), "map[a:map[c:x d:true] b:[1 1.5 1e+06 <nil>]]");
        let listed = serde_json::json!(["a", 1.0, true, null, {"k": 2}]);
        let expected = "[%!t(string=a) %!t(float64=1) true %!t(<nil>) map[%!t(string=k):%!t(int64=2)]]";
        assert_eq!(go_truth(&listed), expected);
    }
}
