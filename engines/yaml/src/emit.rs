//! JSON values as YAML text: keys in natural order, two spaces, lists level with their key, folded at 80 columns.
//! The layout rules are libyaml's; what they say about one scalar stands in [`scalar`].

mod scalar;

use serde_json::{Map, Number, Value as Json};

use crate::number::format_float;
use crate::order::natural;
pub(crate) use scalar::style_of;
use scalar::{Place, Writer};

/// Writes one document, ended by a line break.
pub fn to_yaml(value: &Json) -> String {
    let mut writer = Writer::default();
    write_value(&mut writer, value, Indent::root());
    writer.finish()
}

/// Where the lines of a nested collection begin.
#[derive(Clone, Copy)]
struct Indent {
    /// Columns of the enclosing collection; none at the root.
    column: Option<usize>,
    /// Whether the value follows a key: its list then stands level with the key.
    behind_key: bool,
}

impl Indent {
    fn root() -> Self {
        Self { column: None, behind_key: false }
    }

    fn inside(column: usize, behind_key: bool) -> Self {
        Self { column: Some(column), behind_key }
    }

    fn deeper(self) -> usize {
        self.column.map_or(0, |column| column + 2)
    }
}

fn write_value(writer: &mut Writer, value: &Json, indent: Indent) {
    match value {
        Json::Null => writer.plain("null"),
        Json::Bool(value) => writer.plain(if *value { "true" } else { "false" }),
        Json::Number(number) => writer.plain(&number_text(number)),
        Json::String(text) => writer.string(text, Place::Value { indent: indent.deeper() }),
        Json::Array(items) if items.is_empty() => writer.plain("[]"),
        Json::Object(map) if map.is_empty() => writer.plain("{}"),
        Json::Array(items) => write_list(writer, items, indent),
        Json::Object(map) => write_map(writer, map, indent),
    }
}

fn write_list(writer: &mut Writer, items: &[Json], indent: Indent) {
    let column = if indent.behind_key { indent.column.unwrap_or(0) } else { indent.deeper() };
    for item in items {
        writer.line(column);
        writer.indicator("-");
        write_value(writer, item, Indent::inside(column, false));
    }
}

fn write_map(writer: &mut Writer, map: &Map<String, Json>, indent: Indent) {
    let column = indent.deeper();
    let mut entries: Vec<(&String, &Json)> = map.iter().collect();
    entries.sort_by(|left, right| natural(left.0, right.0));
    for (key, value) in entries {
        writer.line(column);
        if Writer::fits_simple_key(key) {
            writer.string(key, Place::Key);
            writer.colon();
        } else {
            writer.indicator("?");
            writer.string(key, Place::Value { indent: column + 2 });
            writer.line(column);
            writer.indicator(":");
        }
        write_value(writer, value, Indent::inside(column, true));
    }
}

/// A whole fraction is written as a whole number while 64 bits hold it, as it went through JSON before.
fn number_text(number: &Number) -> String {
    const BITS_64: std::ops::Range<f64> = -9_223_372_036_854_775_808.0..18_446_744_073_709_551_616.0;
    match number.as_f64() {
        // A zero loses its sign with its fraction.
        Some(0.0) if number.is_f64() => "0".to_owned(),
        Some(value) if number.is_f64() && value.fract() == 0.0 && BITS_64.contains(&value) => {
            value.to_string()
        }
        Some(value) if number.is_f64() => format_float(value),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn layout() {
        for (value, expected) in [
            (
                json!({"b": [1, {"c": null, "d": []}], "a": {"x": "yes", "y": {}}}),
                "a:\n  x: \"yes\"\n  \"y\": {}\nb:\n- 1\n- c: null\n  d: []\n",
            ),
            (json!({"t": "one\ntwo\n"}), "t: |\n  one\n  two\n"),
            (json!({"t": "one\ntwo"}), "t: |-\n  one\n  two\n"),
            (json!({"t": " x\n"}), "t: |2\n   x\n"),
            (json!({"t": "a: b"}), "t: 'a: b'\n"),
            (json!({"t": "tab\there"}), "t: \"tab\\there\"\n"),
            (json!({"t": ""}), "t: \"\"\n"),
            (json!({"": "x"}), "\"\": x\n"),
            (json!([[1, 2], [3]]), "- - 1\n  - 2\n- - 3\n"),
            (json!("x"), "x\n"),
            (json!({"f": 1.5, "g": 1.0, "h": 1e30}), "f: 1.5\ng: 1\nh: 1e+30\n"),
        ] {
            assert_eq!(super::to_yaml(&value), expected);
        }
    }

    #[test]
    fn long_text_is_folded() {
        let words = ["word"; 30].join(" ");
        let text = super::to_yaml(&json!({"key": words}));
        assert_eq!(text, format!("key: {}\n  {}\n", ["word"; 16].join(" "), ["word"; 14].join(" ")));
    }
}
