//! JSON values as block YAML with sorted keys, for generated manifests. Quotes whatever some YAML reader could take
//! for something other than the text it is.

use serde_json::{Map, Value};

/// Writes a value as one YAML document.
pub(super) fn document(value: &Value) -> String {
    let mut text = String::new();
    block(&mut text, value, 0);
    text
}

/// Writes a value that starts on a line of its own.
fn block(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in sorted(map) {
                pad(text, indent);
                entry(text, key, value, indent);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for value in list {
                pad(text, indent);
                text.push('-');
                item(text, value, indent + 2);
            }
        }
        _ => {
            pad(text, indent);
            scalar(text, value);
            text.push('\n');
        }
    }
}

/// Writes one key with its value; the line is already indented.
fn entry(text: &mut String, key: &str, value: &Value, indent: usize) {
    string(text, key);
    text.push(':');
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('\n');
            block(text, value, indent + 2);
        }
        Value::Array(list) if !list.is_empty() => {
            text.push('\n');
            block(text, value, indent);
        }
        _ => {
            text.push(' ');
            scalar(text, value);
            text.push('\n');
        }
    }
}

/// Writes the value of a list item behind its dash.
fn item(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (position, (key, value)) in sorted(map).into_iter().enumerate() {
                pad(text, if position > 0 { indent } else { 1 });
                entry(text, key, value, indent);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            text.push('\n');
            block(text, value, indent);
        }
        _ => {
            text.push(' ');
            scalar(text, value);
            text.push('\n');
        }
    }
}

/// Sorts entries by key, whichever map the JSON library was built with.
fn sorted(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}

fn pad(text: &mut String, indent: usize) {
    text.extend(std::iter::repeat_n(' ', indent));
}

fn scalar(text: &mut String, value: &Value) {
    match value {
        Value::String(value) => string(text, value),
        // A whole number stays one, though the API's Rust type holds limits as floating point.
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 => text.push_str(&format!("{float:.0}")),
            _ => text.push_str(&number.to_string()),
        },
        other => text.push_str(&other.to_string()),
    }
}

fn string(text: &mut String, value: &str) {
    if value.chars().any(char::is_control) {
        text.push_str(&Value::from(value).to_string());
    } else if is_plain(value) {
        text.push_str(value);
    } else {
        text.push('\'');
        text.push_str(&value.replace('\'', "''"));
        text.push('\'');
    }
}

/// Tells whether every YAML reader takes the bare text for a string.
fn is_plain(value: &str) -> bool {
    const WORDS: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let starts_well =
        value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.' || c == '/' || c == '^');
    let ends_well = !value.ends_with([' ', ':']);
    starts_well
        && ends_well
        && !value.contains(": ")
        && !value.contains(" #")
        && !WORDS.contains(&value.to_ascii_lowercase().as_str())
        && !value[1..]
            .starts_with(|c: char| value.starts_with('.') && (c.is_ascii_digit() || "iInN".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &Value, text: &str) {
        assert_eq!(document(value), text);
    }

    #[test]
    fn writes_blocks_with_sorted_keys() {
        check(
            &serde_json::json!({ "b": [{ "y": {}, "x": ["one"] }, [1, 2.0]], "a": null }),
            "a: null\nb:\n- x:\n  - one\n  'y': {}\n-\n  - 1\n  - 2\n",
        );
    }

    #[test]
    fn quotes_what_could_be_misread() {
        check(&"plain, with 'quotes'".into(), "plain, with 'quotes'\n");
        for value in ["True", "", "1", "*", "a: b", "a #b", "a:", "'a'", "- a", "~", ".inf", ".5"] {
            check(&value.into(), &format!("'{}'\n", value.replace('\'', "''")));
        }
        check(&"a\nb".into(), "\"a\\nb\"\n");
    }
}
