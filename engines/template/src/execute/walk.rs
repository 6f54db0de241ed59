//! Statements: text, actions, branches, loops, template calls.

use super::slot::Slot;
use super::{Flow, State};
use crate::error::Error;
use crate::format;
use crate::tree::{Branch, BranchKind, Node, Pipe, Statement};
use crate::value::{IntKind, List, Map, Value};

impl<'s> State<'s> {
    pub(super) fn statement(&mut self, dot: &Slot, statement: &'s Statement) -> Result<Flow, Error> {
        self.at = Some(Node::Statement(statement));
        self.step()?;
        match statement {
            Statement::Text(start, end) => {
                let template = self.template;
                self.write(&template.source().text[*start as usize..*end as usize])?;
            }
            Statement::Action { pipe, .. } => self.action(dot, statement, pipe)?,
            Statement::Branch(branch) => {
                let mark = self.variables.len();
                let flow = match branch.kind {
                    BranchKind::Range => self.range(dot, branch),
                    _ => self.branch(dot, branch),
                };
                self.variables.truncate(mark);
                return flow;
            }
            Statement::Template { name, pipe, .. } => self.template_statement(dot, name, pipe.as_ref())?,
            Statement::Break(_) => return Ok(Flow::Break),
            Statement::Continue(_) => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn action(&mut self, dot: &Slot, statement: &'s Statement, pipe: &'s Pipe) -> Result<(), Error> {
        let slot = self.pipe(dot, pipe)?;
        if !pipe.variables.is_empty() {
            return Ok(());
        }
        self.at = Some(Node::Statement(statement));
        match &slot {
            Slot::Absent => self.write(b"<no value>"),
            Slot::Plain(Value::Text(text)) => self.write(text.as_bytes()),
            Slot::Plain(value @ Value::Function(_)) => {
                let action = self.at.map(|at| at.print(self.template.source())).unwrap_or_default();
                let of = value.type_of().map(|of| of.to_string()).unwrap_or_default();
                Err(self.fail(format_args!("can't print {action} of type {of}")))
            }
            Slot::Plain(value) | Slot::Interface(value) => self.print(value),
        }
    }

    fn print(&mut self, value: &Value) -> Result<(), Error> {
        let before = self.out.len();
        let room = self.environment.budget.output_room();
        format::append(&mut self.out, value, room).map_err(|cause| self.limit(cause))?;
        self.environment.budget.write(self.out.len() - before).map_err(|cause| self.limit(cause))
    }

    fn template_statement(
        &mut self,
        dot: &Slot,
        name: &crate::value::Text,
        pipe: Option<&'s Pipe>,
    ) -> Result<(), Error> {
        if name.as_str().and_then(|name| self.set.get(name)).is_none() {
            let name = format::quote_bytes(name.as_bytes());
            return Err(self.fail(format_args!("template {name} not defined")));
        }
        let data = match pipe {
            None => Slot::Absent,
            Some(pipe) => self.pipe(dot, pipe)?,
        };
        self.call_template(name, &data)
    }

    /// `if` and `with`, which differ in what dot is inside.
    fn branch(&mut self, dot: &Slot, branch: &'s Branch) -> Result<Flow, Error> {
        let slot = self.pipe(dot, &branch.pipe)?;
        let inner = if branch.kind == BranchKind::With { &slot } else { dot };
        match &branch.otherwise {
            _ if slot.is_true() => self.block(inner, &branch.body),
            Some(otherwise) => self.block(dot, otherwise),
            None => Ok(Flow::Next),
        }
    }

    fn range(&mut self, dot: &Slot, branch: &'s Branch) -> Result<Flow, Error> {
        self.at = Some(Node::Branch(branch));
        let slot = self.pipe(dot, &branch.pipe)?;
        if self.iterate(branch, slot.value())? {
            return Ok(Flow::Next);
        }
        let flow = match &branch.otherwise {
            Some(otherwise) => self.block(dot, otherwise)?,
            None => Flow::Next,
        };
        // A `break` in the alternative ends this loop; a `continue` goes on with the one outside.
        Ok(if flow == Flow::Break { Flow::Next } else { flow })
    }

    /// Runs the body for each element; returns whether there was any.
    fn iterate(&mut self, branch: &'s Branch, value: &Value) -> Result<bool, Error> {
        match value {
            Value::Nil => Ok(false),
            Value::Int(kind, end) => {
                let kind = *kind;
                self.count(branch, value, u64::try_from(*end).unwrap_or(0), |index| {
                    Value::Int(kind, index as i64)
                })
            }
            Value::Uint(kind, end) => {
                let kind = *kind;
                self.count(branch, value, *end, |index| Value::Uint(kind, index))
            }
            Value::List(list) => self.iterate_list(branch, list),
            Value::Map(map) => self.iterate_map(branch, map),
            Value::Bytes(bytes) => {
                self.environment.budget.step(bytes.len() as u64 / 4).map_err(|cause| self.limit(cause))?;
                self.iterate(branch, &Value::List(List::of_bytes(bytes)))
            }
            Value::Object(object) if object.underlying().is_some() => {
                self.iterate(branch, &object.underlying().unwrap_or_default())
            }
            _ => {
                let room = self.environment.budget.room();
                let shown = format::print_shown(std::slice::from_ref(value), room)
                    .map_err(|cause| self.limit(cause))?;
                Err(self.fail(format_args!("range can't iterate over {shown}")))
            }
        }
    }

    fn iterate_list(&mut self, branch: &'s Branch, list: &List) -> Result<bool, Error> {
        let of = list.type_of().element();
        for index in 0..list.len() {
            let element = Slot::element(list.get(index).unwrap_or_default(), of);
            if self.turn(branch, Slot::Plain(Value::Int(IntKind::Int, index as i64)), &element)? {
                break;
            }
        }
        Ok(!list.is_empty())
    }

    /// Walks a map as it is now, in key order: the body may change it.
    fn iterate_map(&mut self, branch: &'s Branch, map: &Map) -> Result<bool, Error> {
        let of = map.type_of().element();
        self.environment.budget.step(map.len() as u64 / 4).map_err(|cause| self.limit(cause))?;
        let entries = map.to_vec();
        let any = !entries.is_empty();
        for (key, value) in entries {
            if self.turn(branch, Slot::Plain(Value::Text(key)), &Slot::element(value, of))? {
                break;
            }
        }
        Ok(any)
    }

    fn count(
        &mut self,
        branch: &'s Branch,
        value: &Value,
        end: u64,
        make: impl Fn(u64) -> Value,
    ) -> Result<bool, Error> {
        if branch.pipe.variables.len() > 1 {
            let shown = format::display(value).map_err(|cause| self.limit(cause))?;
            return Err(self.fail(format_args!("can't use {shown} to iterate over more than one variable")));
        }
        for index in 0..end {
            if self.turn(branch, Slot::Absent, &Slot::Plain(make(index)))? {
                break;
            }
        }
        Ok(end > 0)
    }

    /// One turn of a loop; returns whether the loop ends.
    fn turn(&mut self, branch: &'s Branch, index: Slot, element: &Slot) -> Result<bool, Error> {
        self.step()?;
        let mark = self.variables.len();
        let pipe = &branch.pipe;
        match &pipe.variables[..] {
            [] => {}
            [single] if pipe.assigns => self.assign(single, element.clone())?,
            [first, second, ..] if pipe.assigns => {
                self.assign(first, index)?;
                self.assign(second, element.clone())?;
            }
            [_] => self.set_top(1, element.clone()),
            [_, _, ..] => {
                self.set_top(1, element.clone());
                self.set_top(2, index);
            }
        }
        let flow = self.block(element, &branch.body)?;
        self.variables.truncate(mark);
        Ok(flow == Flow::Break)
    }

    /// Sets the variable that was declared `from_top` declarations ago.
    fn set_top(&mut self, from_top: usize, slot: Slot) {
        let index = self.variables.len() - from_top;
        self.variables[index].1 = slot;
    }
}
