//! `*semver.Version` and `semver.Version` with the methods that templates may call.

use super::version::Version;
use crate::sprig::argument::text;
use crate::{Call, Error, Kind, Method, Named, Object, Signature, Text, Type, UintKind, Value};
use std::any::Any;

static VERSION: Named = Named { name: "semver.Version", kind: Kind::Struct, element: Type::Any };
static VALUE: Type = Type::Named(&VERSION);
const POINTER: Type = Type::Pointer(&VALUE);

type Outcome = Result<Value, Error>;

/// A version, or a pointer to one, which has more methods.
struct Holder {
    version: Version,
    is_pointer: bool,
}

/// A pointer to a version.
pub fn pointer(version: Version) -> Value {
    Value::object(Holder { version, is_pointer: true })
}

fn plain(version: Version) -> Outcome {
    Ok(Value::object(Holder { version, is_pointer: false }))
}

/// What a deep copy keeps of a version: nothing, since all of it is private.
pub fn without_contents(value: &Value) -> Option<Value> {
    value.downcast::<Holder>().map(|holder| {
        let version = Version {
            major: 0,
            minor: 0,
            patch: 0,
            pre: String::new(),
            metadata: String::new(),
            original: String::new(),
        };
        Value::object(Holder { version, is_pointer: holder.is_pointer })
    })
}

impl Object for Holder {
    fn type_of(&self) -> Type {
        if self.is_pointer { POINTER } else { VALUE }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        let pointers = if self.is_pointer { POINTER_METHODS.as_slice() } else { &[] };
        METHODS.iter().chain(pointers).find(|method| method.name == name)
    }

    fn display(&self) -> Option<Text> {
        Some(self.version.to_string().into())
    }

    fn is_equal(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| self.version == other.version)
    }
}

const fn method(
    name: &'static str,
    parameters: &'static [Type],
    body: fn(&Call<'_>, &Value, &[Value]) -> Outcome,
) -> Method {
    Method { name, signature: Signature::fixed(parameters), body }
}

fn receiver(value: &Value) -> Result<&Version, Error> {
    value
        .downcast::<Holder>()
        .map(|holder| &holder.version)
        .ok_or_else(|| Error::message("runtime error: invalid memory address or nil pointer dereference"))
}

fn other(arguments: &[Value]) -> Result<&Version, Error> {
    receiver(arguments.first().unwrap_or(&Value::Nil))
}

fn number(number: u64) -> Outcome {
    Ok(Value::Uint(UintKind::Uint64, number))
}

fn bytes(text: String) -> Outcome {
    Ok(Value::Bytes(text.into_bytes().into()))
}

fn next(version: Option<Version>, part: &str) -> Outcome {
    let overflow = || Error::message(format!("{part} version increment would overflow uint64"));
    plain(version.ok_or_else(overflow)?)
}

fn changed(version: Result<Version, super::VersionError>) -> Outcome {
    plain(version.map_err(|error| Error::message(error.to_string()))?)
}

static METHODS: [Method; 14] = [
    method("String", &[], |_, value, _| Ok(receiver(value)?.to_string().into())),
    method("Major", &[], |_, value, _| number(receiver(value)?.major)),
    method("Minor", &[], |_, value, _| number(receiver(value)?.minor)),
    method("Patch", &[], |_, value, _| number(receiver(value)?.patch)),
    method("Prerelease", &[], |_, value, _| Ok(receiver(value)?.pre.as_str().into())),
    method("Metadata", &[], |_, value, _| Ok(receiver(value)?.metadata.as_str().into())),
    method("IncMajor", &[], |_, value, _| next(receiver(value)?.next_major(), "major")),
    method("IncMinor", &[], |_, value, _| next(receiver(value)?.next_minor(), "minor")),
    method("IncPatch", &[], |_, value, _| next(receiver(value)?.next_patch(), "patch")),
    method("SetPrerelease", &[Type::String], |_, value, arguments| {
        changed(receiver(value)?.with_pre(&text(arguments, 0).to_str()))
    }),
    method("SetMetadata", &[Type::String], |_, value, arguments| {
        changed(receiver(value)?.with_metadata(&text(arguments, 0).to_str()))
    }),
    method("MarshalText", &[], |_, value, _| bytes(receiver(value)?.to_string())),
    method("MarshalJSON", &[], |_, value, _| bytes(format!("\"{}\"", receiver(value)?))),
    method("Value", &[], |_, value, _| Ok(receiver(value)?.to_string().into())),
];

static POINTER_METHODS: [Method; 7] = [
    method("Original", &[], |_, value, _| Ok(receiver(value)?.original.as_str().into())),
    method("Compare", &[POINTER], |_, value, arguments| {
        Ok(Value::int(receiver(value)?.precedence(other(arguments)?) as i64))
    }),
    method("Equal", &[POINTER], |_, value, arguments| {
        Ok(other(arguments)
            .is_ok_and(|other| receiver(value).is_ok_and(|version| version.precedence(other).is_eq()))
            .into())
    }),
    method("LessThan", &[POINTER], |_, value, arguments| {
        Ok(receiver(value)?.precedence(other(arguments)?).is_lt().into())
    }),
    method("LessThanEqual", &[POINTER], |_, value, arguments| {
        Ok(receiver(value)?.precedence(other(arguments)?).is_le().into())
    }),
    method("GreaterThan", &[POINTER], |_, value, arguments| {
        Ok(receiver(value)?.precedence(other(arguments)?).is_gt().into())
    }),
    method("GreaterThanEqual", &[POINTER], |_, value, arguments| {
        Ok(receiver(value)?.precedence(other(arguments)?).is_ge().into())
    }),
];
