//! Schemas and values, and what fails.

use serde_json::json;

use super::*;

#[track_caller]
fn check(schema: &Value, values: &Value, expected: &str) {
    let Value::Object(values) = values.clone() else { panic!("a table") };
    let shown = Run::default().check(schema.to_string().as_bytes(), &values).err().unwrap_or_default();
    assert_eq!(shown.trim_end(), expected, "{schema}");
}

#[test]
fn failures_by_path() {
    check(
        &json!({"properties": {"a": {"type": "string"}}}),
        &json!({"a": 1}),
        "- at '/a': got number, want string",
    );
    check(&json!({"required": ["a", "b"]}), &json!({}), "- at '': missing properties 'a', 'b'");
    check(
        &json!({"properties": {"a": {"anyOf": [{"type": "string"}, {"minimum": 5}]}}}),
        &json!({"a": 1}),
        "- at '/a': 'anyOf' failed\n  - at '/a': got number, want string\n  - at '/a': minimum: got 1, want 5",
    );
    check(
        &json!({"$ref": "#/$defs/t", "$defs": {"t": {"properties": {"x": {"const": 1}, "y": false}}}}),
        &json!({"x": 2, "y": 3}),
        "- at '': validation failed\n  - at '/x': value must be 1\n  - at '/y': false schema",
    );
    check(
        &json!({"$ref": "#"}),
        &json!({}),
        "- at '': both /$ref and  resolve to \"file:///values.schema.json#\" causing reference cycle",
    );
}

#[test]
fn hostile_schemas_end() {
    let mut schema = json!({"type": "object"});
    for level in 0..40 {
        let next = format!("#/$defs/{}", level + 1);
        schema["$defs"][level.to_string()] = json!({"allOf": [{"$ref": next}, {"$ref": next}]});
    }
    schema["$defs"]["40"] = json!({"type": "object"});
    schema["$ref"] = json!("#/$defs/0");
    check(&schema, &json!({}), "the schema takes too many steps");
    let mut chain = json!({"$ref": "#/$defs/0", "$defs": {"500": {"type": "object"}}});
    for level in 0..500 {
        chain["$defs"][level.to_string()] = json!({"$ref": format!("#/$defs/{}", level + 1)});
    }
    check(&chain, &json!({}), "the schema is nested too deeply");
}
