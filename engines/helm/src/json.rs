//! JSON as Go's `encoding/json` writes it: sorted keys, `<`, `>` and `&` escaped, numbers in its formats.
//! Refuses nothing; what JSON cannot hold has to be kept out before.

use serde_json::Value;
use sluice_yaml::format_json_float;

/// An object whose fields are written one after the other.
pub(crate) struct Object<'a> {
    out: &'a mut String,
    first: bool,
}

/// Writes a value.
pub(crate) fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => match number.as_f64() {
            Some(value) if number.is_f64() => out.push_str(&format_json_float(value)),
            _ => out.push_str(&number.to_string()),
        },
        Value::String(text) => write_text(out, text),
        Value::Array(items) => write_list(out, items, write_value),
        Value::Object(map) => {
            let mut object = Object::begin(out);
            for (key, value) in map {
                write_value(object.field(key), value);
            }
            object.end();
        }
    }
}

/// Writes a list.
pub(crate) fn write_list<'a, T: 'a>(
    out: &mut String,
    items: impl IntoIterator<Item = &'a T>,
    write: impl Fn(&mut String, &'a T),
) {
    out.push('[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

/// Writes text in quotes.
pub(crate) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    write_escaped(out, text);
    out.push('"');
}

/// Writes text in quotes that may not be UTF-8: every broken byte becomes an escaped U+FFFD.
pub(crate) fn write_bytes(out: &mut String, text: &[u8]) {
    out.push('"');
    for chunk in text.utf8_chunks() {
        write_escaped(out, chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| "\\ufffd"));
    }
    out.push('"');
}

fn write_escaped(out: &mut String, text: &str) {
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let Some(escape) = escape(c) else { continue };
        out.push_str(&text[plain..at]);
        out.push_str(&escape);
        plain = at + c.len_utf8();
    }
    out.push_str(&text[plain..]);
}

fn escape(c: char) -> Option<String> {
    let short = match c {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
            return Some(format!("\\u{:04x}", u32::from(c)));
        }
        _ => return None,
    };
    Some(short.to_owned())
}

// === impl Object ===

impl<'a> Object<'a> {
    /// Opens an object.
    pub(crate) fn begin(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, first: true }
    }

    /// Writes a name; what is written to the result next is its value.
    pub(crate) fn field(&mut self, name: &str) -> &mut String {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        write_text(self.out, name);
        self.out.push(':');
        self.out
    }

    /// Writes a field of text unless it is empty.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            write_text(self.field(name), value);
        }
    }

    /// Writes a field with a list unless it is empty.
    pub(crate) fn list<T>(&mut self, name: &str, items: &[T], write: impl Fn(&mut String, &T)) {
        if !items.is_empty() {
            write_list(self.field(name), items, write);
        }
    }

    /// Writes a field of texts unless there are none.
    pub(crate) fn texts(&mut self, name: &str, items: &[String]) {
        self.list(name, items, |out, item| write_text(out, item));
    }

    /// Closes the object.
    pub(crate) fn end(self) {
        self.out.push('}');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn values() {
        for (value, expected) in [
            (json!({"b": [1, 2.0, -0.0, 1e21, null], "a": {}}), r#"{"a":{},"b":[1,2,-0,1e+21,null]}"#),
            (
                json!("<a href=\"x\">&\u{2028}é\u{1}\u{8}\t\u{7f}"),
                "\"\\u003ca href=\\\"x\\\"\\u003e\\u0026\\u2028é\\u0001\\b\\t\u{7f}\"",
            ),
            (json!([]), "[]"),
        ] {
            let mut out = String::new();
            super::write_value(&mut out, &value);
            assert_eq!(out, expected);
        }
    }
}
