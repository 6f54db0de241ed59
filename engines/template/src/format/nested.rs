//! Any value under any verb: dispatch by kind, slices, maps, structs, and complaints about verbs.

use super::number::Integer;
use super::{MAX_DEPTH, Printer};
use crate::error::Error;
use crate::value::{Kind, List, Map, Object, Type, Value};

impl Printer {
    /// Writes one argument.
    pub(super) fn argument(&mut self, value: &Value, verb: char) -> Result<(), Error> {
        match (value, verb) {
            (Value::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (Value::Nil, _) => return self.complain(value, verb),
            (_, 'T') => {
                let name = value.type_of().map(|of| of.to_string()).unwrap_or_default();
                self.cut_and_pad(name.as_bytes());
            }
            (_, 'p') => return self.pointer(value),
            (Value::Bytes(bytes), _) => return self.bytes(bytes, verb, "[]byte"),
            _ => return self.value(value, verb, 0),
        }
        Ok(())
    }

    /// Writes what a template's action prints: of a pointer to a struct the struct.
    pub(super) fn pointed(&mut self, value: &Value) -> Result<(), Error> {
        match value {
            Value::Object(object)
                if object.type_of().kind() == Kind::Pointer && object.display().is_none() =>
            {
                self.fields(&**object, object.type_of().element(), 'v', 0)
            }
            _ => self.argument(value, 'v'),
        }
    }

    /// Writes a value at a depth of nesting.
    pub(super) fn value(&mut self, value: &Value, verb: char, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::limit("a value is nested too deep to be printed"));
        }
        self.check_room()?;
        match value {
            Value::Nil if self.spec.syntax => self.push("interface {}(nil)"),
            Value::Nil => self.push("<nil>"),
            Value::Bool(value_) => return self.boolean(*value_, verb, value),
            Value::Int(_, number) => return self.integer(Integer::signed(*number), verb, value),
            Value::Uint(_, number) => return self.integer(Integer::unsigned(*number), verb, value),
            Value::Float(kind, number) => return self.float(*number, *kind, verb, value),
            Value::Complex(parts) => return self.complex(**parts, verb, value),
            Value::Text(text) => return self.string(text.as_bytes(), verb, value),
            Value::Bytes(bytes) => return self.bytes(bytes, verb, "[]uint8"),
            _ if verb == 'w' => return self.complain(value, verb),
            Value::List(list) => return crate::stack::grow(|| self.list(list, verb, depth)),
            Value::Map(map) => return crate::stack::grow(|| self.map(map, verb, depth)),
            Value::Function(_) => return self.pointer_as(value, verb),
            Value::Object(object) => return self.object(&**object, value, verb, depth),
        }
        Ok(())
    }

    fn list(&mut self, list: &List, verb: char, depth: usize) -> Result<(), Error> {
        if self.spec.syntax {
            self.push(&list.type_of().to_string());
            if list.is_nil() {
                self.push("(nil)");
                return Ok(());
            }
        }
        self.push(if self.spec.syntax { "{" } else { "[" });
        for (index, item) in list.items().iter().enumerate() {
            self.separate(index);
            self.value(item, verb, depth + 1)?;
        }
        self.push(if self.spec.syntax { "}" } else { "]" });
        Ok(())
    }

    fn map(&mut self, map: &Map, verb: char, depth: usize) -> Result<(), Error> {
        if self.spec.syntax {
            self.push(&map.type_of().to_string());
            if map.is_nil() {
                self.push("(nil)");
                return Ok(());
            }
        }
        self.push(if self.spec.syntax { "{" } else { "map[" });
        for (index, (key, item)) in map.entries().iter().enumerate() {
            self.separate(index);
            self.string(key.as_bytes(), verb, &Value::Text(key.clone()))?;
            self.out.push(b':');
            self.value(item, verb, depth + 1)?;
        }
        self.push(if self.spec.syntax { "}" } else { "]" });
        Ok(())
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.push(if self.spec.syntax { ", " } else { " " });
        }
    }

    fn object(&mut self, object: &dyn Object, whole: &Value, verb: char, depth: usize) -> Result<(), Error> {
        let texts = !self.complaining && !self.spec.syntax && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q');
        if texts && let Some(text) = object.display() {
            return self.string(text.as_bytes(), verb, whole);
        }
        if let Some(plain) = object.underlying() {
            return self.value(&plain, verb, depth + 1);
        }
        match object.type_of().kind() {
            Kind::Pointer if depth > 0 => self.pointer_as(whole, verb),
            Kind::Pointer => {
                self.out.push(b'&');
                self.fields(object, object.type_of().element(), verb, depth)
            }
            _ => self.fields(object, object.type_of(), verb, depth),
        }
    }

    fn fields(&mut self, object: &dyn Object, of: Type, verb: char, depth: usize) -> Result<(), Error> {
        if self.spec.syntax {
            self.push(&of.to_string());
        }
        self.out.push(b'{');
        for (index, (name, field)) in object.fields().iter().enumerate() {
            self.separate(index);
            if self.spec.field_names || self.spec.syntax {
                self.push(name);
                self.out.push(b':');
            }
            self.value(field, verb, depth + 1)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    /// `%p`: only what Go holds by reference has an address.
    fn pointer(&mut self, value: &Value) -> Result<(), Error> {
        match value.kind() {
            Kind::Func | Kind::Map | Kind::Pointer | Kind::Slice => self.pointer_as(value, 'p'),
            _ => self.complain(value, 'p'),
        }
    }

    /// Writes an address. It is always the same one: real addresses would make output differ from run to run.
    fn pointer_as(&mut self, value: &Value, verb: char) -> Result<(), Error> {
        const ADDRESS: u64 = 0x00c0_0001_0000;
        match verb {
            'v' if self.spec.syntax => {
                let of = value.type_of().map(|of| of.to_string()).unwrap_or_default();
                self.push(&format!("({of})("));
                self.digits(Integer::unsigned(ADDRESS), 'x', true);
                self.out.push(b')');
            }
            'v' | 'p' => self.digits(Integer::unsigned(ADDRESS), 'x', !self.spec.sharp),
            'b' | 'o' | 'd' | 'x' | 'X' => return self.integer(Integer::unsigned(ADDRESS), verb, value),
            _ => return self.complain(value, verb),
        }
        Ok(())
    }

    /// Writes `%!verb(type=value)` for a verb that the value does not know.
    pub(super) fn complain(&mut self, value: &Value, verb: char) -> Result<(), Error> {
        self.push("%!");
        self.push_char(verb);
        self.out.push(b'(');
        match value.type_of() {
            None => self.push("<nil>"),
            Some(of) => {
                let before = std::mem::replace(&mut self.complaining, true);
                self.push(&of.to_string());
                self.out.push(b'=');
                self.argument(value, 'v')?;
                self.complaining = before;
            }
        }
        self.out.push(b')');
        Ok(())
    }
}
