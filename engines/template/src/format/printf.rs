//! `fmt.Sprintf`.

use super::Printer;
use super::directive::{Complaint, Directive, Reader, Verb};
use super::spec::Spec;
use crate::error::Error;
use crate::value::{Text, Value};

/// `fmt.Sprintf`, with its complaints inside the text. `room` is the most bytes it may write.
pub fn printf(format: &Text, arguments: &[Value], room: usize) -> Result<Text, Error> {
    let mut reader = Reader::new(format.as_bytes(), arguments);
    let mut printer = Printer::new(room);
    loop {
        let literal = reader.literal();
        printer.out.extend_from_slice(literal);
        let Some(directive) = reader.directive() else { break };
        if printer.directive(&mut reader, &directive)? {
            break;
        }
        printer.check_room()?;
    }
    if !reader.reordered && reader.next < arguments.len() {
        printer.extra(&arguments[reader.next..])?;
    }
    Ok(Text::from(printer.out))
}

impl Printer {
    /// Writes one directive; returns whether the format ended inside it.
    fn directive(&mut self, reader: &mut Reader<'_>, directive: &Directive) -> Result<bool, Error> {
        for complaint in &directive.complaints {
            self.push(match complaint {
                Complaint::Width => "%!(BADWIDTH)",
                Complaint::Precision => "%!(BADPREC)",
            });
        }
        let Verb::Char(verb) = directive.verb else {
            self.push("%!(NOVERB)");
            return Ok(true);
        };
        match reader.arguments.get(reader.next) {
            _ if verb == '%' => self.out.push(b'%'),
            _ if !directive.good_index => self.misplaced(verb, "(BADINDEX)"),
            None => self.misplaced(verb, "(MISSING)"),
            Some(value) => {
                reader.next += 1;
                let takes_flags = matches!(verb, 'v' | 'w');
                self.spec = if takes_flags { directive.spec.for_value() } else { directive.spec };
                self.argument(value, verb)?;
            }
        }
        Ok(false)
    }

    fn misplaced(&mut self, verb: char, what: &str) {
        self.push("%!");
        self.push_char(verb);
        self.push(what);
    }

    /// Complains about arguments that no directive took.
    fn extra(&mut self, arguments: &[Value]) -> Result<(), Error> {
        self.spec = Spec::default();
        self.push("%!(EXTRA ");
        for (index, value) in arguments.iter().enumerate() {
            self.push(if index > 0 { ", " } else { "" });
            match value.type_of() {
                None => self.push("<nil>"),
                Some(of) => {
                    self.push(&of.to_string());
                    self.out.push(b'=');
                    self.argument(value, 'v')?;
                }
            }
        }
        self.out.push(b')');
        Ok(())
    }
}
