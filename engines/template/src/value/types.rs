//! Go's types and kinds, as far as templates can name them.

use std::fmt;

/// A Go type; prints as Go's reflection names it.
#[derive(Clone, Copy, Debug, Eq)]
pub enum Type {
    /// `interface {}`.
    Any,
    /// `bool`.
    Bool,
    /// `int`, `int8`, …
    Int(IntKind),
    /// `uint`, `uint8`, …
    Uint(UintKind),
    /// `float64`, `float32`.
    Float(FloatKind),
    /// `complex128`.
    Complex,
    /// `string`.
    String,
    /// `[]T`.
    Slice(&'static Type),
    /// `map[string]T`.
    Map(&'static Type),
    /// `*T`.
    Pointer(&'static Type),
    /// A function, by its printed signature: `func(string) string`.
    Function(&'static str),
    /// A type that a package defines.
    Named(&'static Named),
    /// `reflect.Value`: what built-in functions take, which keeps typed and untyped nil apart.
    Reflect,
}

/// A type with a name of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// The name with its package: `time.Duration`.
    pub name: &'static str,
    /// What it is made of.
    pub kind: Kind,
    /// The element type of named slices and maps, [`Type::Any`] for others.
    pub element: Type,
}

/// Go's reflection kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The untyped nil.
    Invalid,
    /// `bool`.
    Bool,
    /// A signed integer.
    Int(IntKind),
    /// An unsigned integer.
    Uint(UintKind),
    /// A floating-point number.
    Float(FloatKind),
    /// `complex128`.
    Complex,
    /// `func`.
    Func,
    /// `interface`.
    Interface,
    /// `map`.
    Map,
    /// `ptr`.
    Pointer,
    /// `slice`.
    Slice,
    /// `string`.
    String,
    /// `struct`.
    Struct,
}

/// Widths of signed integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntKind {
    /// `int`, 64 bits wide.
    Int,
    /// `int8`.
    Int8,
    /// `int16`.
    Int16,
    /// `int32`, also `rune`.
    Int32,
    /// `int64`.
    Int64,
}

/// Widths of unsigned integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UintKind {
    /// `uint`, 64 bits wide.
    Uint,
    /// `uint8`, also `byte`.
    Uint8,
    /// `uint16`.
    Uint16,
    /// `uint32`.
    Uint32,
    /// `uint64`.
    Uint64,
    /// `uintptr`.
    Uintptr,
}

/// Widths of floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FloatKind {
    /// `float32`.
    Float32,
    /// `float64`.
    Float64,
}

impl Type {
    /// `int`.
    pub const INT: Self = Self::Int(IntKind::Int);
    /// `int64`.
    pub const INT64: Self = Self::Int(IntKind::Int64);
    /// `float64`.
    pub const FLOAT64: Self = Self::Float(FloatKind::Float64);
    /// `uint8`.
    pub const BYTE: Self = Self::Uint(UintKind::Uint8);
    /// `[]uint8`.
    pub const BYTES: Self = Self::Slice(&Self::BYTE);
    /// `[]interface {}`.
    pub const LIST: Self = Self::Slice(&Self::Any);
    /// `[]string`.
    pub const TEXTS: Self = Self::Slice(&Self::String);
    /// `map[string]interface {}`.
    pub const DICT: Self = Self::Map(&Self::Any);
    /// `map[string]string`.
    pub const TEXT_MAP: Self = Self::Map(&Self::String);

    /// Returns the type's kind.
    pub fn kind(self) -> Kind {
        match self {
            Self::Any => Kind::Interface,
            Self::Bool => Kind::Bool,
            Self::Int(kind) => Kind::Int(kind),
            Self::Uint(kind) => Kind::Uint(kind),
            Self::Float(kind) => Kind::Float(kind),
            Self::Complex => Kind::Complex,
            Self::String => Kind::String,
            Self::Slice(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Pointer(_) => Kind::Pointer,
            Self::Function(_) => Kind::Func,
            Self::Named(named) => named.kind,
            Self::Reflect => Kind::Struct,
        }
    }

    /// Returns the type of the elements of a slice or map; `interface {}` for every other type.
    pub fn element(self) -> Self {
        match self {
            Self::Slice(element) | Self::Map(element) | Self::Pointer(element) => *element,
            Self::Named(named) => named.element,
            _ => Self::Any,
        }
    }
}

impl PartialEq for Type {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Uint(a), Self::Uint(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Slice(a), Self::Slice(b))
            | (Self::Map(a), Self::Map(b))
            | (Self::Pointer(a), Self::Pointer(b)) => a == b,
            (Self::Function(a), Self::Function(b)) => a == b,
            (Self::Named(a), Self::Named(b)) => a.name == b.name,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => out.write_str("interface {}"),
            Self::Slice(element) => write!(out, "[]{element}"),
            Self::Map(element) => write!(out, "map[string]{element}"),
            Self::Pointer(element) => write!(out, "*{element}"),
            Self::Function(signature) => out.write_str(signature),
            Self::Named(named) => out.write_str(named.name),
            Self::Reflect => out.write_str("reflect.Value"),
            _ => out.write_str(self.kind().name()),
        }
    }
}

impl Kind {
    /// Returns the name that Go's `reflect.Kind` prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Bool => "bool",
            Self::Int(kind) => kind.name(),
            Self::Uint(kind) => kind.name(),
            Self::Float(FloatKind::Float32) => "float32",
            Self::Float(FloatKind::Float64) => "float64",
            Self::Complex => "complex128",
            Self::Func => "func",
            Self::Interface => "interface",
            Self::Map => "map",
            Self::Pointer => "ptr",
            Self::Slice => "slice",
            Self::String => "string",
            Self::Struct => "struct",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl IntKind {
    /// Returns what is left of a number in this width, as Go's conversions leave it.
    pub const fn wrap(self, value: i64) -> i64 {
        match self {
            Self::Int | Self::Int64 => value,
            Self::Int8 => value as i8 as i64,
            Self::Int16 => value as i16 as i64,
            Self::Int32 => value as i32 as i64,
        }
    }

    /// Returns Go's name of the type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }
}

impl UintKind {
    /// Returns what is left of a number in this width, as Go's conversions leave it.
    pub const fn wrap(self, value: u64) -> u64 {
        match self {
            Self::Uint | Self::Uint64 | Self::Uintptr => value,
            Self::Uint8 => value as u8 as u64,
            Self::Uint16 => value as u16 as u64,
            Self::Uint32 => value as u32 as u64,
        }
    }

    /// Returns Go's name of the type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Uintptr => "uintptr",
        }
    }
}
