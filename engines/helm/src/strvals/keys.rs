//! Keys and what is set under them. Step by step as Helm reads them, so that the same texts fail and the same ones, ending
//! in the middle of a key, set nothing.

use serde_json::Value;

use super::scanner::{Scanner, Word};
use super::value::{to_fractions, typed};
use super::{MAX_DEPTH, MAX_INDEX, MAX_ITEMS, MAX_NAMES, SetError};
use crate::values::{Values, go_quote, go_type};

/// How what stands behind `=` is read.
pub(super) enum Style<'a> {
    Typed,
    Text,
    File(&'a mut dyn FnMut(&str) -> Result<String, String>),
    Json,
    Literal,
}

pub(super) struct Keys<'a> {
    scanner: Scanner<'a>,
    style: Style<'a>,
    depth: usize,
    items: usize,
}

/// Why reading stopped.
enum Stop {
    /// The text ended where it may.
    End,
    Failed(String),
}

type Step<T> = Result<T, Stop>;

fn fail<T>(message: impl Into<String>) -> Step<T> {
    Err(Stop::Failed(message.into()))
}

impl<'a> Keys<'a> {
    pub(super) fn new(text: &'a str, style: Style<'a>) -> Self {
        let escapes = !matches!(style, Style::Literal);
        Self { scanner: Scanner::new(text, escapes), style, depth: 0, items: 0 }
    }

    pub(super) fn parse(mut self, values: &mut Values) -> Result<(), SetError> {
        loop {
            match self.key(values, 0) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Failed(message)) => return Err(SetError(message)),
            }
        }
    }

    fn key(&mut self, values: &mut Values, names: usize) -> Step<()> {
        let stops: &[char] =
            if matches!(self.style, Style::Literal) { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let Word { text: key, stop } = self.scanner.until(stops);
        match stop {
            None if key.is_empty() => Err(Stop::End),
            None => fail(format!("key {} has no value", go_quote(&key))),
            Some('=') => self.assign(values, &key),
            Some('[') => self.indexed(values, &key, names),
            Some(',') => fail(format!("key {} has no value (cannot end with ,)", go_quote(&key))),
            Some(_) => self.dotted(values, &key, names + 1),
        }
    }

    fn assign(&mut self, values: &mut Values, key: &str) -> Step<()> {
        let (value, end) = self.value()?;
        put(values, key, value);
        if end { Err(Stop::End) } else { Ok(()) }
    }

    fn indexed(&mut self, values: &mut Values, key: &str, names: usize) -> Step<()> {
        let index = self.index()?;
        let mut list = match values.get_mut(key) {
            None => Vec::new(),
            Some(Value::Array(list)) => std::mem::take(list),
            Some(other) => return fail(conversion(other, "[]interface {}")),
        };
        let done = self.deeper(|keys| keys.item(&mut list, index, names));
        put(values, key, Value::Array(list));
        done
    }

    fn dotted(&mut self, values: &mut Values, key: &str, names: usize) -> Step<()> {
        if names > MAX_NAMES {
            return fail(format!(
                "value name nested level is greater than maximum supported nested level of {MAX_NAMES}"
            ));
        }
        let mut inner = match values.get_mut(key) {
            None => Values::new(),
            Some(Value::Object(inner)) => std::mem::take(inner),
            Some(other) => return fail(conversion(other, "map[string]interface {}")),
        };
        let done = self.deeper(|keys| keys.key(&mut inner, names));
        let is_empty = inner.is_empty();
        if !is_empty {
            put(values, key, Value::Object(inner));
        }
        if done.is_ok() && is_empty {
            return fail(format!("key map {} has no value", go_quote(key)));
        }
        done
    }

    fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Step<T>) -> Step<T> {
        if self.depth >= MAX_DEPTH {
            return fail(format!("value names are nested deeper than {MAX_DEPTH} levels"));
        }
        self.depth += 1;
        let done = work(self);
        self.depth -= 1;
        done
    }

    /// What stands between brackets.
    fn index(&mut self) -> Step<i64> {
        let Word { text, stop } = self.scanner.until(&[']']);
        if stop.is_none() {
            return Err(Stop::End);
        }
        let shown = go_quote(&text);
        let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return fail(format!("error parsing index: strconv.Atoi: parsing {shown}: invalid syntax"));
        }
        let out_of_range = format!("error parsing index: strconv.Atoi: parsing {shown}: value out of range");
        text.parse().map_err(|_| Stop::Failed(out_of_range))
    }

    /// What stands behind an index.
    fn item(&mut self, list: &mut Vec<Value>, index: i64, names: usize) -> Step<()> {
        if index < 0 {
            return fail(format!("negative {index} index not allowed"));
        }
        let Word { text, stop } = self.scanner.until(&['[', '.', '=']);
        if !text.is_empty() {
            let quoted: Vec<_> = text.chars().map(|c| format!("{c:?}")).collect();
            return fail(format!("unexpected data at end of array index: [{}]", quoted.join(" ")));
        }
        match stop {
            None => Err(Stop::End),
            Some('=') => {
                let (value, _) = self.value()?;
                self.put_item(list, index, value)
            }
            Some('[') => self.nested_item(list, index, names),
            Some(_) => self.table_item(list, index, names),
        }
    }

    fn nested_item(&mut self, list: &mut Vec<Value>, index: i64, names: usize) -> Step<()> {
        let next = self.index()?;
        let mut inner = match slot(list, index) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(inner)) => std::mem::take(inner),
            Some(other) => return fail(conversion(other, "[]interface {}")),
        };
        self.deeper(|keys| keys.item(&mut inner, next, names))?;
        self.put_item(list, index, Value::Array(inner))
    }

    fn table_item(&mut self, list: &mut Vec<Value>, index: i64, names: usize) -> Step<()> {
        let mut inner = match slot(list, index) {
            Some(Value::Object(inner)) => std::mem::take(inner),
            _ => Values::new(),
        };
        let done = self.deeper(|keys| keys.key(&mut inner, names));
        if done.is_ok() {
            return self.put_item(list, index, Value::Object(inner));
        }
        // A table that was there stays, or comes in place of what was no table.
        if let Some(slot) = slot(list, index) {
            *slot = Value::Object(inner);
        }
        done
    }

    fn put_item(&mut self, list: &mut Vec<Value>, index: i64, value: Value) -> Step<()> {
        let found = usize::try_from(index).ok().filter(|index| *index <= MAX_INDEX);
        let Some(place) = found else {
            return fail(format!("index of {index} is greater than maximum supported index of {MAX_INDEX}"));
        };
        if list.len() <= place {
            self.items += place + 1 - list.len();
            if self.items > MAX_ITEMS {
                return fail(format!("lists are longer than {MAX_ITEMS} items together"));
            }
            list.resize(place + 1, Value::Null);
        }
        list[place] = value;
        Ok(())
    }

    /// The value behind `=`, and whether the text ended with it where nothing more is looked for.
    fn value(&mut self) -> Step<(Value, bool)> {
        match self.style {
            Style::Json => Ok((self.json()?, false)),
            Style::Literal => {
                let text = self.scanner.until(&[]).text;
                Ok((Value::from(text), false))
            }
            _ => match self.scanner.peek() {
                None => Ok((Value::from(""), true)),
                Some('{') => Ok((self.list()?, false)),
                Some(_) => {
                    let text = self.scanner.until(&[',']).text;
                    Ok((self.read(&text)?, false))
                }
            },
        }
    }

    fn json(&mut self) -> Step<Value> {
        if self.scanner.skip_blank() {
            return Ok(Value::Null);
        }
        let mut values = serde_json::Deserializer::from_str(self.scanner.rest()).into_iter::<Value>();
        let value = values.next().ok_or(Stop::End)?;
        let mut value = value.map_err(|error| Stop::Failed(error.to_string()))?;
        self.scanner.skip(values.byte_offset());
        self.scanner.skip_blank();
        to_fractions(&mut value);
        Ok(value)
    }

    /// A list in braces.
    fn list(&mut self) -> Step<Value> {
        self.scanner.next();
        let mut list = Vec::new();
        loop {
            let Word { text, stop } = self.scanner.until(&[',', '}']);
            let Some(stop) = stop else { return fail("list must terminate with '}'") };
            list.push(self.read(&text)?);
            if stop == '}' {
                if self.scanner.peek() == Some(',') {
                    self.scanner.next();
                }
                return Ok(Value::Array(list));
            }
        }
    }

    fn read(&mut self, text: &str) -> Step<Value> {
        match &mut self.style {
            Style::Typed => Ok(typed(text)),
            Style::File(read) => read(text).map(Value::from).map_err(Stop::Failed),
            Style::Text | Style::Json | Style::Literal => Ok(Value::from(text)),
        }
    }
}

/// Sets a value, unless the key is empty.
fn put(values: &mut Values, key: &str, value: Value) {
    if !key.is_empty() {
        values.insert(key.to_owned(), value);
    }
}

fn slot(list: &mut [Value], index: i64) -> Option<&mut Value> {
    list.get_mut(usize::try_from(index).ok()?)
}

/// What Go says when a value has another type than a key needs.
fn conversion(found: &Value, wanted: &str) -> String {
    let found = if found.is_null() { "nil" } else { go_type(found) };
    format!("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")
}
