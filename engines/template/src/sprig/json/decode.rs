//! Reads JSON into untyped values: all numbers are `float64`, of equal keys the last one wins.

use super::MAX_DEPTH;
use crate::limits::Budget;
use crate::{Error, Map, Text, Value};
use std::collections::BTreeMap;

/// What one element or entry costs.
const ELEMENT: usize = 64;

/// Why reading stopped.
enum Stop {
    /// The text is not JSON; in Go's words.
    Syntax(String),
    Limit(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Limit(error)
    }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    budget: &'t Budget,
    /// A number that is out of range; reading goes on with null in its place.
    unread: Option<String>,
}

type Step<T> = Result<T, Stop>;

/// Reads a text: the value, or what there is of it, and what is wrong in Go's words.
pub fn decode(text: &[u8], budget: &Budget) -> Result<(Value, Option<String>), Error> {
    budget.produce(text.len())?;
    let mut reader = Reader { text, at: 0, budget, unread: None };
    match reader.document() {
        Ok(value) => Ok((value, reader.unread)),
        Err(Stop::Syntax(problem)) => Ok((Value::Nil, Some(problem))),
        Err(Stop::Limit(error)) => Err(error),
    }
}

/// A character as Go's errors show it.
fn shown(byte: u8) -> String {
    match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        byte => {
            let quoted = crate::format::quote(&char::from(byte).to_string());
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    }
}

impl Reader<'_> {
    fn document(&mut self) -> Step<Value> {
        let value = self.value(0)?;
        self.skip();
        match self.text.get(self.at) {
            None => Ok(value),
            Some(_) => self.unexpected("after top-level value"),
        }
    }

    fn skip(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn unexpected<T>(&self, context: &str) -> Step<T> {
        Err(Stop::Syntax(match self.text.get(self.at) {
            None => "unexpected end of JSON input".to_owned(),
            Some(byte) => format!("invalid character {} {context}", shown(*byte)),
        }))
    }

    /// Like [`Self::unexpected`], where not even white space may stand: the end counts as a space.
    fn broken<T>(&self, context: &str) -> Step<T> {
        let byte = self.text.get(self.at).copied().unwrap_or(b' ');
        Err(Stop::Syntax(format!("invalid character {} {context}", shown(byte))))
    }

    fn value(&mut self, depth: usize) -> Step<Value> {
        if depth > MAX_DEPTH {
            return Err(Error::limit("JSON nested too deeply").into());
        }
        self.budget.step(1)?;
        self.skip();
        match self.text.get(self.at) {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", true.into()),
            Some(b'f') => self.literal("false", false.into()),
            Some(b'n') => self.literal("null", Value::Nil),
            _ => self.unexpected("looking for beginning of value"),
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Step<Value> {
        for expected in word.bytes() {
            if self.text.get(self.at) != Some(&expected) {
                return self.broken(&format!("in literal {word} (expecting {})", shown(expected)));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Step<Value> {
        self.at += 1;
        let mut entries = BTreeMap::new();
        self.skip();
        if self.take(b'}') {
            return Ok(Value::Map(Map::new(entries)));
        }
        loop {
            self.skip();
            if self.text.get(self.at) != Some(&b'"') {
                return self.unexpected("looking for beginning of object key string");
            }
            let key = self.string()?;
            self.skip();
            if !self.take(b':') {
                return self.unexpected("after object key");
            }
            let value = self.value(depth + 1)?;
            self.budget.produce(ELEMENT)?;
            entries.insert(key, value);
            self.skip();
            if self.take(b'}') {
                return Ok(Value::Map(Map::new(entries)));
            }
            if !self.take(b',') {
                return self.unexpected("after object key:value pair");
            }
        }
    }

    fn array(&mut self, depth: usize) -> Step<Value> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip();
        if self.take(b']') {
            return Ok(Value::list(items));
        }
        loop {
            let value = self.value(depth + 1)?;
            self.budget.produce(ELEMENT)?;
            items.push(value);
            self.skip();
            if self.take(b']') {
                return Ok(Value::list(items));
            }
            if !self.take(b',') {
                return self.unexpected("after array element");
            }
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.text.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Step<Value> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') && self.digits() == 0 {
            return self.broken("in numeric literal");
        }
        if self.take(b'.') && self.digits() == 0 {
            return self.broken("after decimal point in numeric literal");
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            if self.digits() == 0 {
                return self.broken("in exponent of numeric literal");
            }
        }
        let text = std::str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        Ok(match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Value::float(number),
            _ => {
                let problem = format!("json: cannot unmarshal number {text} into Go value of type float64");
                self.unread.get_or_insert(problem);
                Value::Nil
            }
        })
    }

    fn string(&mut self) -> Step<Text> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let start = self.at;
            while self.text.get(self.at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            out.extend_from_slice(&self.text[start..self.at]);
            if self.take(b'"') {
                // Broken characters are replaced.
                return Ok(Text::from(Text::from_bytes(&out).to_str()));
            }
            if !self.take(b'\\') {
                return self.unexpected("in string literal");
            }
            let char = self.escape()?;
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    fn escape(&mut self) -> Step<char> {
        let char = match self.text.get(self.at) {
            Some(b'b') => '\u{08}',
            Some(b'f') => '\u{0C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(byte @ (b'\\' | b'/' | b'"')) => char::from(*byte),
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return self.broken("in string escape code"),
        };
        self.at += 1;
        Ok(char)
    }

    fn unicode(&mut self) -> Step<char> {
        let first = self.hexadecimal()?;
        if !(0xD800..0xE000).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let after = self.at;
        if first < 0xDC00 && self.text[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let second = self.hexadecimal()?;
            if (0xDC00..0xE000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = after;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hexadecimal(&mut self) -> Step<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.text.get(self.at).and_then(|byte| char::from(*byte).to_digit(16));
            let Some(digit) = digit else {
                return self.broken("in \\u hexadecimal character escape");
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}
