//! The data and functions of `data.go` for our own engine: JSON with tagged values of Go's types.

use std::any::Any;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use sluice_template::{
    Call, Error, FloatKind, Function, IntKind, Kind, List, Map, Method, Named, Object, Signature, Text, Type,
    UintKind, Value, format, number,
};

/// Reads data as the oracle does.
pub fn decode(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(value) if !number.to_string().contains(['.', 'e', 'E']) => Value::int(value),
            _ => Value::float(number.as_f64().expect("the case is well formed")),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::list(items.iter().map(decode).collect()),
        Json::Object(entries) => match entries.get("$").and_then(Json::as_str) {
            Some(name) => special(name, entries.get("v").unwrap_or(&Json::Null)),
            None => Value::Map(entries.iter().map(|(key, value)| (key.as_str(), decode(value))).collect()),
        },
    }
}

static VALUES: Named = Named { name: "main.values", kind: Kind::Map, element: Type::Any };

fn special(name: &str, raw: &Json) -> Value {
    let text = raw.as_str().map_or_else(|| raw.to_string(), str::to_owned);
    let signed = || text.parse().unwrap_or_default();
    let unsigned = || text.parse().unwrap_or_default();
    let texts = || {
        raw.as_array()
            .expect("the case is well formed")
            .iter()
            .map(|item| item.as_str().expect("the case is well formed"))
            .collect::<Vec<_>>()
    };
    match name {
        "int8" => Value::Int(IntKind::Int8, signed()),
        "int16" => Value::Int(IntKind::Int16, signed()),
        "int32" => Value::Int(IntKind::Int32, signed()),
        "int64" => Value::Int(IntKind::Int64, signed()),
        "uint" => Value::Uint(UintKind::Uint, unsigned()),
        "uint8" => Value::Uint(UintKind::Uint8, unsigned()),
        "uint16" => Value::Uint(UintKind::Uint16, unsigned()),
        "uint32" => Value::Uint(UintKind::Uint32, unsigned()),
        "uint64" => Value::Uint(UintKind::Uint64, unsigned()),
        "float" => Value::float(number::parse_float(&text).expect("the case is well formed")),
        "float32" => {
            Value::Float(FloatKind::Float32, f64::from(text.parse::<f32>().expect("the case is well formed")))
        }
        "complex" => {
            let (real, imaginary) =
                text.trim_end_matches('i').rsplit_once('+').expect("the case is well formed");
            Value::Complex(Rc::new((
                real.parse().expect("the case is well formed"),
                imaginary.parse().expect("the case is well formed"),
            )))
        }
        "bytes" => Value::Bytes(STANDARD.decode(text).expect("the case is well formed").into()),
        "raw" => Value::text(STANDARD.decode(text).expect("the case is well formed")),
        "strings" => Value::texts(texts()),
        "ints" => {
            let items = raw.as_array().expect("the case is well formed").iter().map(decode).collect();
            Value::List(List::of(&Type::INT, items))
        }
        "stringmap" => {
            let entries = raw.as_object().expect("the case is well formed").iter();
            let entries = entries.map(|(key, value)| (Text::from(key.as_str()), decode(value)));
            Value::Map(Map::typed(Type::TEXT_MAP, entries.collect()))
        }
        "values" => {
            let entries = raw.as_object().expect("the case is well formed").iter();
            let entries = entries.map(|(key, value)| (Text::from(key.as_str()), decode(value)));
            Value::Map(Map::typed(Type::Named(&VALUES), entries.collect()))
        }
        "nilmap" => Value::Map(Map::nil(Type::DICT)),
        "nillist" => Value::List(List::nil(Type::LIST)),
        "nilstrings" => Value::List(List::nil(Type::TEXTS)),
        "func" => Value::Function(&JOIN),
        "thing" => Value::object(Thing {
            pointer: false,
            name: Text::from(text),
            count: 3,
            tags: vec!["x", "y"],
            any: Value::Nil,
        }),
        "pointer" => Value::object(Thing {
            pointer: true,
            name: Text::from(text),
            count: 4,
            tags: vec![],
            any: Value::float(1.5),
        }),
        "error" => Value::object(Failure(Text::from(text))),
        _ => panic!("unknown type {name}"),
    }
}

static THING: Type = Type::Named(&Named { name: "main.thing", kind: Kind::Struct, element: Type::Any });

struct Thing {
    pointer: bool,
    name: Text,
    count: i64,
    tags: Vec<&'static str>,
    any: Value,
}

impl Object for Thing {
    fn type_of(&self) -> Type {
        if self.pointer { Type::Pointer(&THING) } else { THING }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Name", Value::Text(self.name.clone())),
            ("Count", Value::int(self.count)),
            ("Tags", Value::texts(self.tags.iter().copied())),
            ("Any", self.any.clone()),
        ]
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn is_true(&self) -> bool {
        true
    }
}

static METHODS: [Method; 5] = [
    Method {
        name: "Hello",
        signature: Signature::fixed(&[Type::String]),
        body: |_, receiver, arguments| {
            let thing: &Thing = receiver.downcast().expect("the case is well formed");
            Ok(Value::from(format!(
                "{}, {}",
                arguments[0].as_text().expect("the case is well formed"),
                thing.name
            )))
        },
    },
    Method {
        name: "Sum",
        signature: Signature::variadic(&[Type::INT, Type::INT]),
        body: |_, _, arguments| {
            let number = |value: &Value| if let Value::Int(_, n) = value { *n } else { 0 };
            Ok(Value::int(arguments.iter().map(number).fold(0, i64::wrapping_add)))
        },
    },
    Method {
        name: "Fail",
        signature: Signature::fixed(&[Type::String]),
        body: |_, _, arguments| {
            Err(Error::message(arguments[0].as_text().expect("the case is well formed").to_string()))
        },
    },
    Method {
        name: "Self",
        signature: Signature::fixed(&[]),
        body: |_, receiver, _| {
            let thing: &Thing = receiver.downcast().expect("the case is well formed");
            Ok(Value::object(Thing {
                pointer: false,
                name: thing.name.clone(),
                count: thing.count,
                tags: thing.tags.clone(),
                any: thing.any.clone(),
            }))
        },
    },
    Method { name: "Nothing", signature: Signature::fixed(&[]), body: |_, _, _| Ok(Value::Nil) },
];

struct Failure(Text);

static ERROR_STRING: Type =
    Type::Named(&Named { name: "errors.errorString", kind: Kind::Struct, element: Type::Any });

impl Object for Failure {
    fn type_of(&self) -> Type {
        Type::Pointer(&ERROR_STRING)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn display(&self) -> Option<Text> {
        Some(self.0.clone())
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("s", Value::Text(self.0.clone()))]
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }
}

static JOIN: Function = Function::variadic("func", &[Type::String, Type::INT], |call, arguments| {
    let [first, rest @ ..] = arguments else { return Ok(Value::Nil) };
    let more = Value::List(List::of(&Type::INT, rest.to_vec()));
    let _ = call;
    format::print(&[first.clone(), more], 1 << 20).map(Value::Text)
});

fn say(call: &Call<'_>, pattern: &'static str, arguments: &[Value]) -> Result<Value, Error> {
    format::printf(&Text::constant(pattern), arguments, call.budget().room()).map(Value::Text)
}

fn is_nil(value: &Value) -> Value {
    Value::Bool(match value {
        Value::List(list) => list.is_nil(),
        Value::Map(map) => map.is_nil(),
        _ => false,
    })
}

/// The functions of the oracle.
pub static FUNCTIONS: [Function; 20] = [
    Function::fixed("takeInt", &[Type::INT], |c, a| say(c, "int %d", a)),
    Function::fixed("takeInt64", &[Type::INT64], |c, a| say(c, "int64 %d", a)),
    Function::fixed("takeUint8", &[Type::BYTE], |c, a| say(c, "uint8 %d", a)),
    Function::fixed("takeFloat", &[Type::FLOAT64], |c, a| say(c, "float %v", a)),
    Function::fixed("takeComplex", &[Type::Complex], |c, a| say(c, "complex %v", a)),
    Function::fixed("takeBool", &[Type::Bool], |c, a| say(c, "bool %v", a)),
    Function::fixed("takeString", &[Type::String], |c, a| say(c, "string %q", a)),
    Function::fixed("takeList", &[Type::LIST], |c, a| say(c, "list %v %v", &[a[0].clone(), is_nil(&a[0])])),
    Function::fixed("takeStrings", &[Type::TEXTS], |c, a| say(c, "strings %q", a)),
    Function::fixed("takeDict", &[Type::DICT], |c, a| say(c, "dict %v %v", &[a[0].clone(), is_nil(&a[0])])),
    Function::fixed("takeAny", &[Type::Any], |c, a| say(c, "any %T %v", &[a[0].clone(), a[0].clone()])),
    Function::variadic("takeMany", &[Type::String, Type::INT], |c, a| {
        let more = Value::List(List::of(&Type::INT, a[1..].to_vec()));
        say(c, "many %q %v", &[a[0].clone(), more])
    }),
    Function::fixed("pass", &[Type::Any], |_, a| Ok(a[0].clone())),
    Function::fixed("fail", &[Type::String], |_, a| {
        Err(Error::message(a[0].as_text().expect("the case is well formed").to_string()))
    }),
    Function::fixed("nothing", &[], |_, _| Ok(Value::Nil)),
    Function::fixed("nilList", &[], |_, _| Ok(Value::List(List::nil(Type::LIST)))),
    Function::fixed("nilDict", &[], |_, _| Ok(Value::Map(Map::nil(Type::DICT)))),
    Function::variadic("listOf", &[Type::Any], |_, a| Ok(Value::list(a.to_vec()))),
    Function::variadic("dictOf", &[Type::Any], |_, a| {
        let map = Map::empty();
        for pair in a.chunks_exact(2) {
            map.insert(format::display(&pair[0])?, pair[1].clone())?;
        }
        Ok(Value::Map(map))
    }),
    Function::variadic("stringsOf", &[Type::String], |_, a| {
        Ok(Value::List(List::of(&Type::String, a.to_vec())))
    }),
];
