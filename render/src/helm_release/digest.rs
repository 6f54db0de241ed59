//! The digest of composed values: over YAML with keys sorted by bytes, or over nothing where there are no values.

use serde_json::Value;
use sha2::{Digest, Sha256};
use sluice_helm::values::Values;
use sluice_yaml::{Emitter, Layout};

/// The digest of values, as `sha256:<hex>` (reference 05.10).
pub fn config_digest(values: &Values) -> String {
    let text = if values.is_empty() { String::new() } else { to_yaml(values) };
    format!("sha256:{}", hex::encode(Sha256::digest(text)))
}

fn to_yaml(values: &Values) -> String {
    let mut emitter = Emitter::new(Layout::Folded);
    write_table(&mut emitter, values);
    emitter.finish()
}

fn write_table(emitter: &mut Emitter, table: &Values) {
    emitter.begin_map(table.is_empty());
    for (key, value) in table {
        emitter.key(key);
        write(emitter, value);
    }
    emitter.end();
}

fn write(emitter: &mut Emitter, value: &Value) {
    match value {
        Value::Null => emitter.null(),
        Value::Bool(value) => emitter.bool(*value),
        Value::Number(number) => match number.as_f64() {
            Some(value) if number.is_f64() => emitter.float(value),
            _ => emitter.number(&number.to_string()),
        },
        Value::String(text) => emitter.string(text),
        Value::Array(items) => {
            emitter.begin_list(items.is_empty());
            items.iter().for_each(|item| write(emitter, item));
            emitter.end();
        }
        Value::Object(table) => write_table(emitter, table),
    }
}
