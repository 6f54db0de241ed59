//! Strings and bytes under every verb.

use super::Printer;
use super::number::Integer;
use super::quote::{fits_backquotes, quote_ascii, quote_bytes};
use crate::characters;
use crate::error::Error;
use crate::value::Value;

impl Printer {
    /// Writes a string, also one that `String()` or `Error()` gave for `whole`.
    pub(super) fn string(&mut self, bytes: &[u8], verb: char, whole: &Value) -> Result<(), Error> {
        match verb {
            'v' if self.spec.syntax => self.quoted(bytes),
            'v' | 's' => self.cut_and_pad(bytes),
            'x' | 'X' => self.hexadecimal(bytes, verb == 'X'),
            'q' => self.quoted(bytes),
            _ => return self.complain(whole, verb),
        }
        Ok(())
    }

    /// Writes a `[]byte`, of which `name` is Go's spelling in Go syntax.
    pub(super) fn bytes(&mut self, bytes: &[u8], verb: char, name: &str) -> Result<(), Error> {
        match verb {
            's' => self.cut_and_pad(bytes),
            'x' | 'X' => self.hexadecimal(bytes, verb == 'X'),
            'q' => self.quoted(bytes),
            'v' | 'd' if self.spec.syntax => self.byte_syntax(bytes, name),
            _ => return self.byte_list(bytes, verb),
        }
        Ok(())
    }

    fn byte_syntax(&mut self, bytes: &[u8], name: &str) {
        self.push(name);
        self.out.push(b'{');
        for (index, byte) in bytes.iter().enumerate() {
            self.push(if index > 0 { ", " } else { "" });
            self.digits(Integer::unsigned(u64::from(*byte)), 'x', true);
        }
        self.out.push(b'}');
    }

    fn byte_list(&mut self, bytes: &[u8], verb: char) -> Result<(), Error> {
        self.out.push(b'[');
        for (index, byte) in bytes.iter().enumerate() {
            self.push(if index > 0 { " " } else { "" });
            let value = Value::Uint(crate::value::UintKind::Uint8, u64::from(*byte));
            self.integer(Integer::unsigned(u64::from(*byte)), verb, &value)?;
            self.check_room()?;
        }
        self.out.push(b']');
        Ok(())
    }

    /// Writes what the precision, counted in characters, leaves of a text.
    pub(super) fn cut_and_pad(&mut self, bytes: &[u8]) {
        let kept = self.cut(bytes);
        self.spec.pad(&mut self.out, kept);
    }

    fn cut<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        let Some(precision) = self.spec.precision else { return bytes };
        let end = characters::walk(bytes).nth(precision).map_or(bytes.len(), |(offset, _, _)| offset);
        &bytes[..end]
    }

    fn quoted(&mut self, bytes: &[u8]) {
        let kept = self.cut(bytes);
        if self.spec.sharp && fits_backquotes(kept) {
            let text = [b"`", kept, b"`"].concat();
            return self.pad(&text);
        }
        let text = if self.spec.plus { quote_ascii(kept) } else { quote_bytes(kept) };
        self.pad(text.as_bytes());
    }

    /// Writes two digits a byte; the precision limits the bytes.
    fn hexadecimal(&mut self, bytes: &[u8], upper: bool) {
        let spec = self.spec;
        let bytes = &bytes[..spec.precision.unwrap_or(usize::MAX).min(bytes.len())];
        if bytes.is_empty() {
            return spec.fill(&mut self.out, spec.width.unwrap_or(0));
        }
        let prefix = match (spec.sharp, upper) {
            (false, _) => "",
            (true, false) => "0x",
            (true, true) => "0X",
        };
        let mut text = String::from(prefix);
        for (index, byte) in bytes.iter().enumerate() {
            if spec.space && index > 0 {
                text.push(' ');
                text.push_str(prefix);
            }
            text.push_str(&if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
        }
        self.pad(text.as_bytes());
    }
}
