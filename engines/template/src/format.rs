//! Values as text, as Go's fmt package prints them: `Sprint`, `Sprintln`, `Sprintf`.
//!
//! Refuses: values nested deeper than [`MAX_DEPTH`] (a map that holds itself) and more text than there is room for.

mod directive;
mod nested;
mod number;
mod printf;
mod quote;
mod spec;
mod text;

use spec::Spec;

pub use printf::printf;
pub use quote::{quote, quote_ascii, quote_bytes};

use crate::error::Error;
use crate::value::{Text, Value};

/// How deep values may be nested to be printed.
pub const MAX_DEPTH: usize = 500;

/// How much [`display`] writes at most, in bytes.
const DISPLAY_ROOM: usize = 64 << 20;

/// Returns the text of one value as `fmt.Sprint` gives it.
pub fn display(value: &Value) -> Result<Text, Error> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        _ => print(std::slice::from_ref(value), DISPLAY_ROOM),
    }
}

/// `fmt.Sprint`: a space between two values of which neither is a string. `room` is the most bytes it may write.
pub fn print(values: &[Value], room: usize) -> Result<Text, Error> {
    print_with(values, room, |printer, value| printer.argument(value, 'v'))
}

/// As [`print`], but each value as a template's action prints it: a pointer to a struct as the struct.
pub(crate) fn print_shown(values: &[Value], room: usize) -> Result<Text, Error> {
    print_with(values, room, Printer::pointed)
}

fn print_with(
    values: &[Value],
    room: usize,
    write: impl Fn(&mut Printer, &Value) -> Result<(), Error>,
) -> Result<Text, Error> {
    let mut printer = Printer::new(room);
    let mut after_text = true;
    for value in values {
        let is_text = matches!(value.kind(), crate::value::Kind::String);
        if !is_text && !after_text {
            printer.out.push(b' ');
        }
        write(&mut printer, value)?;
        after_text = is_text;
    }
    Ok(Text::from(printer.out))
}

/// `fmt.Sprintln`: spaces between all values, and a line feed. `room` is the most bytes it may write.
pub fn println(values: &[Value], room: usize) -> Result<Text, Error> {
    let mut printer = Printer::new(room);
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.out.push(b' ');
        }
        printer.argument(value, 'v')?;
    }
    printer.out.push(b'\n');
    Ok(Text::from(printer.out))
}

/// Appends one value to a template's output as `fmt.Fprint` does. `room` is the most bytes it may write.
pub(crate) fn append(out: &mut Vec<u8>, value: &Value, room: usize) -> Result<(), Error> {
    match value {
        Value::Text(text) => out.extend_from_slice(text.as_bytes()),
        Value::Int(_, number) => number::append_int(out, *number),
        Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        _ => {
            let mut printer = Printer::new(room);
            std::mem::swap(out, &mut printer.out);
            printer.room = printer.room.saturating_add(printer.out.len());
            let result = printer.pointed(value);
            std::mem::swap(out, &mut printer.out);
            result?;
        }
    }
    Ok(())
}

/// Writes values under the flags of one directive.
struct Printer {
    out: Vec<u8>,
    spec: Spec,
    /// The most bytes `out` may hold.
    room: usize,
    /// Inside `%!verb(…)`, where `String()` and `Error()` are not called.
    complaining: bool,
}

impl Printer {
    fn new(room: usize) -> Self {
        Self { out: Vec::new(), spec: Spec::default(), room, complaining: false }
    }

    /// Writes a text padded to the width.
    fn pad(&mut self, text: &[u8]) {
        self.spec.pad(&mut self.out, text);
    }

    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn push_char(&mut self, c: char) {
        self.push(c.encode_utf8(&mut [0; 4]));
    }

    fn check_room(&self) -> Result<(), Error> {
        if self.out.len() > self.room {
            return Err(Error::limit("the text of a value is too long"));
        }
        Ok(())
    }
}
