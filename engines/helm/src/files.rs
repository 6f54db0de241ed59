//! `.Files`: the files of a chart that templates may read. Files that are not there are empty.

mod pattern;

use std::any::Any;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sluice_template::{Call, Error, Kind, List, Map, Method, Named, Object, Signature, Text, Type, Value};

use crate::chart::File;
use crate::functions::{text, to_yaml};
use pattern::Pattern;

static FILES: Named = Named { name: "engine.files", kind: Kind::Map, element: Type::BYTES };

/// Files by their paths within the chart.
struct Files {
    by_name: BTreeMap<String, Bytes>,
    /// The same as a map of templates, made when one is asked for.
    map: OnceCell<Map>,
}

/// What templates see of the files of a chart.
pub(crate) fn to_value(files: &[File]) -> Value {
    Value::object(Files::new(files.iter().map(|file| (file.name.clone(), file.data.clone())).collect()))
}

impl Files {
    fn new(by_name: BTreeMap<String, Bytes>) -> Self {
        Self { by_name, map: OnceCell::new() }
    }

    fn map(&self) -> &Map {
        self.map.get_or_init(|| {
            let bytes = |data: &Bytes| Value::Bytes(Rc::from(&data[..]));
            let entries = self.by_name.iter().map(|(name, data)| (Text::from(name), bytes(data)));
            Map::typed(Type::Named(&FILES), entries.collect())
        })
    }

    /// Everything as YAML under the last parts of the paths; of equal ones the last path's stays.
    fn flattened(&self, call: &Call<'_>, content: impl Fn(&Bytes) -> Text) -> Result<Value, Error> {
        let base = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
        let total: usize = self.by_name.values().map(Bytes::len).sum();
        call.budget().produce(total)?;
        let texts =
            self.by_name.iter().map(|(name, data)| (Text::from(base(name)), Value::Text(content(data))));
        let map = Map::typed(Type::TEXT_MAP, texts.collect());
        to_yaml(&Value::Map(map), call.budget()).map(Value::Text)
    }
}

impl Object for Files {
    fn type_of(&self) -> Type {
        Type::Named(&FILES)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::Map(self.map().clone()))
    }

    fn is_true(&self) -> bool {
        !self.by_name.is_empty()
    }
}

static METHODS: [Method; 6] = [
    Method { name: "Get", signature: Signature::fixed(&[Type::String]), body: get },
    Method { name: "GetBytes", signature: Signature::fixed(&[Type::String]), body: get_bytes },
    Method { name: "Glob", signature: Signature::fixed(&[Type::String]), body: glob },
    Method { name: "AsConfig", signature: Signature::fixed(&[]), body: as_config },
    Method { name: "AsSecrets", signature: Signature::fixed(&[]), body: as_secrets },
    Method { name: "Lines", signature: Signature::fixed(&[Type::String]), body: lines },
];

fn files(receiver: &Value) -> Result<&Files, Error> {
    receiver.downcast().ok_or_else(|| Error::message("no files"))
}

fn named<'a>(receiver: &'a Value, arguments: &[Value]) -> Result<Option<&'a Bytes>, Error> {
    Ok(files(receiver)?.by_name.get(&*text(arguments, 0).to_str()))
}

fn get(call: &Call<'_>, receiver: &Value, arguments: &[Value]) -> Result<Value, Error> {
    call.produced(named(receiver, arguments)?.map(|data| Text::from(&data[..])).unwrap_or_default())
}

fn get_bytes(call: &Call<'_>, receiver: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let data = named(receiver, arguments)?.map(|data| &data[..]).unwrap_or_default();
    call.budget().produce(data.len())?;
    Ok(Value::Bytes(Rc::from(data)))
}

fn glob(call: &Call<'_>, receiver: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let pattern = Pattern::new(&text(arguments, 0).to_str());
    let all = &files(receiver)?.by_name;
    call.budget().step(all.len() as u64)?;
    let found = all.iter().filter(|(name, _)| pattern.matches(name));
    Ok(Value::object(Files::new(found.map(|(name, data)| (name.clone(), data.clone())).collect())))
}

fn as_config(call: &Call<'_>, receiver: &Value, _: &[Value]) -> Result<Value, Error> {
    files(receiver)?.flattened(call, |data| Text::from(&data[..]))
}

fn as_secrets(call: &Call<'_>, receiver: &Value, _: &[Value]) -> Result<Value, Error> {
    files(receiver)?.flattened(call, |data| Text::from(STANDARD.encode(data)))
}

/// The lines of a file, the last line break not counted.
fn lines(call: &Call<'_>, receiver: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let Some(data) = named(receiver, arguments)? else {
        return Ok(Value::List(List::of(&Type::String, Vec::new())));
    };
    if data.is_empty() {
        return Err(Error::message("runtime error: index out of range [-1]"));
    }
    call.budget().produce(data.len().saturating_mul(2))?;
    let lines = data.strip_suffix(b"\n").unwrap_or(data).split(|byte| *byte == b'\n');
    Ok(Value::texts(lines.map(Text::from)))
}
