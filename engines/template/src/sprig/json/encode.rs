//! Writes JSON: keys in order, floats in Go's notation, text escaped for HTML unless it is to stay raw.

use super::MAX_DEPTH;
use crate::limits::Budget;
use crate::number::{FloatStyle, format_float};
use crate::sprig::date::Time;
use crate::sprig::encode_base64;
use crate::{Error, FloatKind, Kind, Object, Value};

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without white space, `<`, `>` and `&` escaped.
    Compact,
    /// Indented by two spaces, `<`, `>` and `&` escaped.
    Pretty,
    /// Without white space, `<`, `>` and `&` as they are.
    Raw,
}

struct Writer<'b> {
    out: Vec<u8>,
    style: Style,
    budget: &'b Budget,
    charged: usize,
}

/// Writes a value as JSON.
pub fn encode(value: &Value, style: Style, budget: &Budget) -> Result<Vec<u8>, Error> {
    let mut writer = Writer { out: Vec::new(), style, budget, charged: 0 };
    writer.value(value, 0)?;
    writer.charge()?;
    Ok(writer.out)
}

impl Writer<'_> {
    /// Asks for room for what was written since the last time.
    fn charge(&mut self) -> Result<(), Error> {
        self.budget.produce(self.out.len() - self.charged)?;
        self.charged = self.out.len();
        Ok(())
    }

    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::limit("values nested too deeply to be written as JSON"));
        }
        self.charge()?;
        match value {
            Value::Nil => self.push("null"),
            Value::Bool(flag) => self.push(if *flag { "true" } else { "false" }),
            Value::Int(_, number) => self.push(&number.to_string()),
            Value::Uint(_, number) => self.push(&number.to_string()),
            Value::Float(kind, number) => self.float(*number, *kind)?,
            Value::Text(text) => self.text(text.as_bytes()),
            Value::Bytes(bytes) => self.text(encode_base64(bytes).as_bytes()),
            Value::List(list) if list.is_nil() => self.push("null"),
            Value::List(list) => self.sequence(list.to_vec().iter(), depth)?,
            Value::Map(map) if map.is_nil() => self.push("null"),
            Value::Map(map) => {
                let entries = map.to_vec();
                self.entries(entries.iter().map(|(key, value)| (key.as_bytes(), value)), depth)?;
            }
            Value::Object(object) => self.object(&**object, depth)?,
            Value::Complex(_) | Value::Function(_) => {
                let name = value.type_of().map(|type_of| type_of.to_string()).unwrap_or_default();
                return Err(Error::message(format!("json: unsupported type: {name}")));
            }
        }
        Ok(())
    }

    fn object(&mut self, object: &dyn Object, depth: usize) -> Result<(), Error> {
        if let Some(time) = object.as_any().downcast_ref::<Time>() {
            self.text(time.to_json()?.as_bytes());
            return Ok(());
        }
        if let Some(value) = object.underlying() {
            return self.value(&value, depth + 1);
        }
        let fields = object.fields();
        match object.display() {
            Some(text) if fields.is_empty() && object.type_of().kind() != Kind::Invalid => {
                self.text(text.as_bytes());
                Ok(())
            }
            _ => self.entries(fields.iter().map(|(name, value)| (name.as_bytes(), value)), depth),
        }
    }

    fn sequence<'v>(
        &mut self,
        items: impl ExactSizeIterator<Item = &'v Value>,
        depth: usize,
    ) -> Result<(), Error> {
        let is_empty = items.len() == 0;
        self.push("[");
        for (index, item) in items.enumerate() {
            self.separate(index, depth + 1);
            self.value(item, depth + 1)?;
        }
        self.finish(is_empty, depth, "]");
        Ok(())
    }

    fn entries<'v>(
        &mut self,
        entries: impl ExactSizeIterator<Item = (&'v [u8], &'v Value)>,
        depth: usize,
    ) -> Result<(), Error> {
        let is_empty = entries.len() == 0;
        self.push("{");
        for (index, (key, value)) in entries.enumerate() {
            self.separate(index, depth + 1);
            self.text(key);
            self.push(if self.style == Style::Pretty { ": " } else { ":" });
            self.value(value, depth + 1)?;
        }
        self.finish(is_empty, depth, "}");
        Ok(())
    }

    fn separate(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.push(",");
        }
        self.new_line(depth);
    }

    fn finish(&mut self, is_empty: bool, depth: usize, bracket: &str) {
        if !is_empty {
            self.new_line(depth);
        }
        self.push(bracket);
    }

    fn new_line(&mut self, depth: usize) {
        if self.style == Style::Pretty {
            self.push("\n");
            self.out.extend(std::iter::repeat_n(b' ', depth * 2));
        }
    }

    fn float(&mut self, number: f64, kind: FloatKind) -> Result<(), Error> {
        if !number.is_finite() {
            let name = crate::number::shortest(number, kind);
            return Err(Error::message(format!("json: unsupported value: {name}")));
        }
        let size = match kind {
            FloatKind::Float32 => f64::from(number.abs() as f32),
            FloatKind::Float64 => number.abs(),
        };
        let is_exponential = size != 0.0 && !(1e-6..1e21).contains(&size);
        if !is_exponential {
            self.push(&format_float(number, FloatStyle::Fixed, None, kind));
            return Ok(());
        }
        let text = format_float(number, FloatStyle::Exponent, None, kind);
        // Exponents lose the zero that Go's own notation pads them with.
        match text.split_once("e-0") {
            Some((mantissa, digit)) => self.push(&format!("{mantissa}e-{digit}")),
            None => self.push(&text),
        }
        Ok(())
    }

    fn text(&mut self, bytes: &[u8]) {
        self.push("\"");
        for chunk in bytes.utf8_chunks() {
            self.characters(chunk.valid());
            for _ in chunk.invalid() {
                self.push("\\ufffd");
            }
        }
        self.push("\"");
    }

    fn characters(&mut self, text: &str) {
        let mut plain = 0;
        for (at, char) in text.char_indices() {
            let escape = match char {
                '"' => "\\\"".to_owned(),
                '\\' => "\\\\".to_owned(),
                '\u{08}' => "\\b".to_owned(),
                '\u{0C}' => "\\f".to_owned(),
                '\n' => "\\n".to_owned(),
                '\r' => "\\r".to_owned(),
                '\t' => "\\t".to_owned(),
                '<' | '>' | '&' if self.style != Style::Raw => format!("\\u{:04x}", u32::from(char)),
                '\0'..='\x1f' | '\u{2028}' | '\u{2029}' => format!("\\u{:04x}", u32::from(char)),
                _ => continue,
            };
            self.push(&text[plain..at]);
            self.push(&escape);
            plain = at + char.len_utf8();
        }
        self.push(&text[plain..]);
    }
}
