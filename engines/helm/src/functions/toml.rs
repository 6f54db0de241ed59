//! `toToml` and `fromToml`: values as BurntSushi's TOML library writes and reads them.

use sluice_template::{Budget, Call, Error, FloatKind, Function, List, Map, Text, Type, Value};
use sluice_yaml::format_float;

use super::written::{Behind, Failure, behind, charge};
use super::yaml::error_map;
use super::{ANY, TEXT, text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::fixed("toToml", &[ANY], |call, arguments| match write(&arguments[0], call.budget()) {
        Ok(text) => Ok(Value::Text(text)),
        Err(Failure::Unsupported(message)) if message == NIL => Err(Error::message(message)),
        Err(Failure::Unsupported(message)) => Ok(message.into()),
        Err(Failure::Limit(error)) => Err(error),
    }),
    Function::fixed("mustToToml", &[ANY], |call, arguments| {
        write(&arguments[0], call.budget()).map(Value::Text).map_err(|failure| failure.message(""))
    }),
    Function::fixed("fromToml", &[TEXT], from_toml),
];

/// What the original ends with for nothing at all.
const NIL: &str = "reflect: call of reflect.Value.Type on zero Value";

fn write(value: &Value, budget: &Budget) -> Result<Text, Failure> {
    if matches!(value, Value::Nil) {
        return Err(Failure::Unsupported(NIL.to_owned()));
    }
    let mut writer = Writer { out: String::new(), budget };
    writer.entry(&mut Vec::new(), value)?;
    Ok(Text::from(writer.out))
}

struct Writer<'a> {
    out: String,
    budget: &'a Budget,
}

/// The entries of a table, sorted: those on lines of their own first, then tables.
struct Parts {
    direct: Vec<(String, Value)>,
    tables: Vec<(String, Value)>,
}

impl Writer<'_> {
    /// Writes what stands under a key, at the root where there is none.
    fn entry(&mut self, key: &mut Vec<String>, value: &Value) -> Result<(), Failure> {
        charge(self.budget, key.len(), 0)?;
        match plain(value) {
            Value::Nil => Ok(()),
            Value::Map(map) => self.table(key, &map),
            Value::List(list) if is_table_array(&list)? => self.table_array(key, &list),
            value => self.pair(key, &value),
        }
    }

    fn pair(&mut self, key: &[String], value: &Value) -> Result<(), Failure> {
        let Some(name) = key.last() else { return self.element(value, 0) };
        self.indent(key);
        self.out.push_str(&quoted_where_needed(name));
        self.out.push_str(" = ");
        self.element(value, 0)?;
        self.out.push('\n');
        Ok(())
    }

    fn table(&mut self, key: &mut Vec<String>, map: &Map) -> Result<(), Failure> {
        if map.is_nil() {
            return Ok(());
        }
        if key.len() == 1 {
            self.gap();
        }
        if !key.is_empty() {
            self.header(key, "[", "]");
        }
        self.entries(key, map)
    }

    fn table_array(&mut self, key: &mut Vec<String>, list: &List) -> Result<(), Failure> {
        if key.is_empty() {
            return Err(Failure::Unsupported("toml: top-level values must be Go maps or structs".to_owned()));
        }
        for item in list.to_vec() {
            let Value::Map(map) = plain(&item) else { continue };
            self.gap();
            self.header(key, "[[", "]]");
            self.entries(key, &map)?;
        }
        Ok(())
    }

    fn entries(&mut self, key: &mut Vec<String>, map: &Map) -> Result<(), Failure> {
        let Parts { direct, tables } = parts(map)?;
        for (name, value) in direct.into_iter().chain(tables) {
            key.push(name);
            self.entry(key, &value)?;
            key.pop();
        }
        Ok(())
    }

    fn header(&mut self, key: &[String], open: &str, close: &str) {
        self.indent(key);
        let names: Vec<String> = key.iter().map(|name| quoted_where_needed(name)).collect();
        self.out.push_str(&format!("{open}{}{close}\n", names.join(".")));
    }

    fn indent(&mut self, key: &[String]) {
        self.out.extend(std::iter::repeat_n("  ", key.len().saturating_sub(1)));
    }

    /// An empty line, but not at the beginning.
    fn gap(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn element(&mut self, value: &Value, depth: usize) -> Result<(), Failure> {
        charge(self.budget, depth, 0)?;
        match plain(value) {
            Value::Text(text) => {
                self.budget.produce(text.len())?;
                self.out.push_str(&quoted(&text.to_str()));
            }
            Value::Bool(value) => self.out.push_str(if value { "true" } else { "false" }),
            Value::Int(_, value) => self.out.push_str(&value.to_string()),
            Value::Uint(_, value) => self.out.push_str(&value.to_string()),
            Value::Float(kind, value) => self.out.push_str(&float(kind, value)),
            Value::Bytes(bytes) => self.list(&List::of_bytes(&bytes), depth)?,
            Value::List(list) => self.list(&list, depth)?,
            Value::Map(map) => self.inline_table(&map, depth)?,
            other => {
                let of = other.type_of().map_or_else(|| "nil".to_owned(), |of| of.to_string());
                return Err(Failure::Unsupported(format!("toml: unexpected type: {of}")));
            }
        }
        Ok(())
    }

    fn list(&mut self, list: &List, depth: usize) -> Result<(), Failure> {
        self.out.push('[');
        for (index, item) in list.to_vec().iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.element(item, depth + 1)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn inline_table(&mut self, map: &Map, depth: usize) -> Result<(), Failure> {
        let Parts { direct, tables } = parts(map)?;
        let has_tables = !tables.is_empty();
        self.out.push('{');
        let last = (direct.len().saturating_sub(1), tables.len().saturating_sub(1));
        for (index, (name, value)) in direct.iter().enumerate() {
            self.inline_pair(name, value, depth, has_tables || index != last.0)?;
        }
        for (index, (name, value)) in tables.iter().enumerate() {
            self.inline_pair(name, value, depth, index != last.1)?;
        }
        self.out.push('}');
        Ok(())
    }

    fn inline_pair(&mut self, name: &str, value: &Value, depth: usize, more: bool) -> Result<(), Failure> {
        if is_nil(value) {
            return Ok(());
        }
        self.out.push_str(&quoted_where_needed(name));
        self.out.push_str(" = ");
        self.element(value, depth + 1)?;
        if more {
            self.out.push_str(", ");
        }
        Ok(())
    }
}

/// A value without the names of its type; fields become a table.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(_) => match behind(value, false) {
            Behind::Value(value) => value,
            Behind::Fields(fields) => Value::Map(fields.into_iter().collect()),
        },
        other => other.clone(),
    }
}

fn parts(map: &Map) -> Result<Parts, Failure> {
    let mut parts = Parts { direct: Vec::new(), tables: Vec::new() };
    for (key, value) in map.to_vec() {
        let part = if is_table(&value)? { &mut parts.tables } else { &mut parts.direct };
        part.push((key.to_str().into_owned(), value));
    }
    Ok(parts)
}

fn is_nil(value: &Value) -> bool {
    match plain(value) {
        Value::Nil => true,
        Value::Map(map) => map.is_nil(),
        Value::List(list) => list.is_nil(),
        _ => false,
    }
}

fn is_table(value: &Value) -> Result<bool, Failure> {
    match plain(value) {
        Value::Map(map) => Ok(!map.is_nil()),
        Value::List(list) => is_table_array(&list),
        _ => Ok(false),
    }
}

fn is_table_array(list: &List) -> Result<bool, Failure> {
    let items = list.to_vec();
    if items.iter().any(is_nil) {
        return Err(Failure::Unsupported("toml: cannot encode array with nil element".to_owned()));
    }
    let is_map = |item: &Value| matches!(plain(item), Value::Map(_));
    Ok(!items.is_empty() && items.iter().all(is_map))
}

fn float(kind: FloatKind, value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let text = match kind {
        FloatKind::Float32 => sluice_yaml::format_float_32(value as f32),
        FloatKind::Float64 => format_float(value),
    };
    if text.contains(['e', '.']) { text } else { format!("{text}.0") }
}

fn quoted_where_needed(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Reads a table; what is wrong stands under `Error`.
fn from_toml(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let source = text(arguments, 0);
    call.budget().produce(source.len().saturating_mul(8))?;
    Ok(match source.to_str().parse::<toml::Table>() {
        Ok(table) => from_table(&table),
        Err(error) => error_map(&format!("toml: {}", error.message())),
    })
}

fn from_table(table: &toml::Table) -> Value {
    Value::Map(table.iter().map(|(key, value)| (key.as_str(), from_value(value))).collect())
}

fn from_value(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(value) => Value::int64(*value),
        toml::Value::Float(value) => Value::float(*value),
        toml::Value::Boolean(value) => (*value).into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(items) => {
            let is_tables = !items.is_empty() && items.iter().all(toml::Value::is_table);
            let items = items.iter().map(from_value).collect();
            Value::List(if is_tables { List::of(&Type::DICT, items) } else { List::new(items) })
        }
        toml::Value::Table(table) => from_table(table),
    }
}
