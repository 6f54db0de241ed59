//! Values as YAML text, one event after the other: keys in natural order, two spaces.
//! The layout rules are libyaml's in the two forms Go programs use; what they say about one scalar stands in
//! [`scalar`]. Refuses nothing: what a value may hold is the caller's question.

mod scalar;
pub(crate) mod styled;

use serde_json::{Map, Number, Value as Json};

use crate::number::format_float;
use crate::order::sort_naturally;
pub(crate) use scalar::style_of;
use scalar::{Place, Writer};

/// Writes one document, ended by a line break.
pub fn to_yaml(value: &Json) -> String {
    let mut emitter = Emitter::new(Layout::Folded);
    write_value(&mut emitter, value);
    emitter.finish()
}

/// Which of Go's two writers is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Of sigs.k8s.io/yaml: numbers as they come out of JSON, text folded at 80 columns, lists level with their key.
    Folded,
    /// Of yaml.v3 with an indentation of two: text on one line, lists deeper than their key.
    Unfolded,
}

/// Writes a document from events: a scalar, or a collection that is begun and ended around its parts.
pub struct Emitter {
    writer: Writer,
    layout: Layout,
    open: Vec<Collection>,
}

#[derive(Clone, Copy)]
struct Collection {
    /// Where its lines begin.
    column: usize,
    is_map: bool,
    is_empty: bool,
    /// Whether the last key was written with `?`.
    behind_long_key: bool,
}

// === impl Emitter ===

impl Emitter {
    /// An empty document.
    pub fn new(layout: Layout) -> Self {
        let writer = match layout {
            Layout::Folded => Writer::default(),
            Layout::Unfolded => Writer::unfolded(),
        };
        Self { writer, layout, open: Vec::new() }
    }

    /// The text, ended by a line break.
    pub fn finish(self) -> String {
        self.writer.finish()
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.plain("null");
    }

    /// Writes a truth value.
    pub fn bool(&mut self, value: bool) {
        self.plain(if value { "true" } else { "false" });
    }

    /// Writes a number that is text already.
    pub fn number(&mut self, text: &str) {
        self.plain(text);
    }

    /// Writes a fraction.
    pub fn float(&mut self, value: f64) {
        let text = match self.layout {
            Layout::Folded => float_from_json(value),
            Layout::Unfolded => format_float(value),
        };
        self.plain(&text);
    }

    /// Writes text, quoted where it must be.
    pub fn string(&mut self, text: &str) {
        self.before_value();
        let indent = self.indent();
        self.writer.string(text, Place::Value { indent });
    }

    /// Writes base64 text that stands for bytes.
    pub fn binary(&mut self, base64: &str) {
        self.plain("!!binary");
        let indent = self.indent();
        self.writer.string(base64, Place::Value { indent });
    }

    /// Begins a list; what follows are its items until [`Self::end`].
    pub fn begin_list(&mut self, is_empty: bool) {
        let behind_key = self.open.last().is_some_and(|open| open.is_map && !open.behind_long_key);
        let level_with_key = self.layout == Layout::Folded && behind_key;
        self.begin(false, is_empty, level_with_key);
    }

    /// Begins a mapping; what follows are keys and values in turn until [`Self::end`].
    pub fn begin_map(&mut self, is_empty: bool) {
        self.begin(true, is_empty, false);
    }

    /// Writes a key of the mapping that was begun last.
    pub fn key(&mut self, key: &str) {
        let is_long = !Writer::fits_simple_key(key);
        let column = self.open.last_mut().map_or(0, |open| {
            open.behind_long_key = is_long;
            open.column
        });
        self.writer.line(column);
        if !is_long {
            self.writer.string(key, Place::Key);
            self.writer.colon();
        } else {
            self.writer.indicator("?");
            self.writer.string(key, Place::Value { indent: column + 2 });
            self.writer.line(column);
            self.writer.indicator(":");
        }
    }

    /// Ends the collection that was begun last.
    pub fn end(&mut self) {
        if let Some(Collection { is_empty: true, is_map, .. }) = self.open.pop() {
            self.plain(if is_map { "{}" } else { "[]" });
        }
    }

    fn begin(&mut self, is_map: bool, is_empty: bool, level_with_key: bool) {
        if is_empty {
            self.open.push(Collection { column: 0, is_map, is_empty, behind_long_key: false });
            return;
        }
        self.before_value();
        let column = match self.open.last() {
            Some(open) if level_with_key => open.column,
            Some(open) => open.column + 2,
            None => 0,
        };
        self.open.push(Collection { column, is_map, is_empty, behind_long_key: false });
    }

    fn plain(&mut self, text: &str) {
        self.before_value();
        self.writer.plain(text);
    }

    /// An item of a list begins with a dash; a value stands behind its key.
    fn before_value(&mut self) {
        if let Some(Collection { column, is_map: false, .. }) = self.open.last().copied() {
            self.writer.line(column);
            self.writer.indicator("-");
        }
    }

    /// Where further lines of a scalar begin; that of a whole document is indented too.
    fn indent(&self) -> usize {
        self.open.last().map_or(2, |open| open.column + 2)
    }
}

fn write_value(emitter: &mut Emitter, value: &Json) {
    match value {
        Json::Null => emitter.null(),
        Json::Bool(value) => emitter.bool(*value),
        Json::Number(number) => write_number(emitter, number),
        Json::String(text) => emitter.string(text),
        Json::Array(items) => {
            emitter.begin_list(items.is_empty());
            items.iter().for_each(|item| write_value(emitter, item));
            emitter.end();
        }
        Json::Object(map) => write_map(emitter, map),
    }
}

fn write_map(emitter: &mut Emitter, map: &Map<String, Json>) {
    emitter.begin_map(map.is_empty());
    let mut entries: Vec<(&String, &Json)> = map.iter().collect();
    sort_naturally(&mut entries, Layout::Folded, |(key, _)| key);
    for (key, value) in entries {
        emitter.key(key);
        write_value(emitter, value);
    }
    emitter.end();
}

fn write_number(emitter: &mut Emitter, number: &Number) {
    match number.as_f64() {
        Some(value) if number.is_f64() => emitter.float(value),
        _ => emitter.number(&number.to_string()),
    }
}

/// A whole fraction is written as a whole number while 64 bits hold it, as it went through JSON before.
fn float_from_json(value: f64) -> String {
    if value == 0.0 {
        // A zero loses its sign with its fraction.
        return "0".to_owned();
    }
    let text = value.to_string();
    let fits = text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok();
    if fits { text } else { format_float(value) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Emitter, Layout};

    #[test]
    fn layout() {
        for (value, folded, unfolded) in [
            (
                json!({"b": [1, {"c": null, "d": []}], "a": {"x": "yes", "y": {}}}),
                "a:\n  x: \"yes\"\n  \"y\": {}\nb:\n- 1\n- c: null\n  d: []\n",
                "a:\n  x: \"yes\"\n  \"y\": {}\nb:\n  - 1\n  - c: null\n    d: []\n",
            ),
            (json!({"t": "one\ntwo\n"}), "t: |\n  one\n  two\n", "t: |\n  one\n  two\n"),
            (json!({"t": "one\ntwo"}), "t: |-\n  one\n  two\n", "t: |-\n  one\n  two\n"),
            (json!({"t": " x\n"}), "t: |2\n   x\n", "t: |2\n   x\n"),
            (json!({"t": "a: b"}), "t: 'a: b'\n", "t: 'a: b'\n"),
            (json!({"t": "tab\there"}), "t: \"tab\\there\"\n", "t: \"tab\\there\"\n"),
            (json!({"t": "a\tb\n"}), "t: \"a\\tb\\n\"\n", "t: |\n  a\tb\n"),
            (json!("a\n b"), "|-\n  a\n   b\n", "|-\n  a\n   b\n"),
            (json!({"t": ""}), "t: \"\"\n", "t: \"\"\n"),
            (json!({"": "x"}), "\"\": x\n", "\"\": x\n"),
            (json!([[1, 2], [3]]), "- - 1\n  - 2\n- - 3\n", "- - 1\n  - 2\n- - 3\n"),
            (
                json!({"a": [[[1]], {"b": [2]}]}),
                "a:\n- - - 1\n- b:\n  - 2\n",
                "a:\n  - - - 1\n  - b:\n      - 2\n",
            ),
            (json!("x"), "x\n", "x\n"),
            (json!([]), "[]\n", "[]\n"),
            (
                json!({"f": 1.5, "g": 1.0, "h": 1e30, "i": 1e7}),
                "f: 1.5\ng: 1\nh: 1e+30\ni: 10000000\n",
                "f: 1.5\ng: 1\nh: 1e+30\ni: 1e+07\n",
            ),
        ] {
            assert_eq!(super::to_yaml(&value), folded);
            let mut emitter = Emitter::new(Layout::Unfolded);
            super::write_value(&mut emitter, &value);
            assert_eq!(emitter.finish(), unfolded);
        }
    }

    #[test]
    fn long_text_is_folded() {
        let words = ["word"; 30].join(" ");
        let text = super::to_yaml(&json!({"key": words}));
        assert_eq!(text, format!("key: {}\n  {}\n", ["word"; 16].join(" "), ["word"; 14].join(" ")));
    }
}
