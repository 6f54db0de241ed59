//! The selector of a workload as the API takes it in a query.

use serde_json::Value;

/// The selector of `workload`, percent-encoded; nothing where it has none or one that cannot be a query.
pub(super) fn of(workload: &Value) -> Option<String> {
    let selector = &workload["spec"]["selector"];
    let labels = selector["matchLabels"].as_object().into_iter().flatten();
    let mut terms: Vec<String> =
        labels.map(|(name, value)| Some(format!("{name}={}", value.as_str()?))).collect::<Option<_>>()?;
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        terms.push(term(expression)?);
    }
    (!terms.is_empty()).then(|| encode(&terms.join(",")))
}

fn term(expression: &Value) -> Option<String> {
    let key = expression["key"].as_str()?;
    let values = expression["values"].as_array().into_iter().flatten();
    let values = values.map(Value::as_str).collect::<Option<Vec<_>>>()?.join(",");
    Some(match expression["operator"].as_str()? {
        "In" => format!("{key} in ({values})"),
        "NotIn" => format!("{key} notin ({values})"),
        "Exists" => key.to_owned(),
        "DoesNotExist" => format!("!{key}"),
        _ => return None,
    })
}

/// Everything but letters, digits and what needs no encoding.
fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}
