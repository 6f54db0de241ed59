//! A template and variables into text, within a budget of bytes. Goes on behind a variable that is not set, so that all
//! of them are told together.

use super::functions;
use super::template::{Function, Part, Reference, Template};

/// One run over a template.
pub struct Evaluation<L> {
    lookup: L,
    strict: bool,
    budget: usize,
    problems: Vec<Problem>,
}

/// Where, which variable, and what is wrong.
pub type Problem = (usize, String, String);

/// Ends a run: the text has grown beyond the budget.
struct TooBig;

impl<'v, L: Fn(&str) -> Option<&'v str>> Evaluation<L> {
    /// A run that may write `budget` bytes, operands included.
    pub fn new(lookup: L, strict: bool, budget: usize) -> Self {
        Self { lookup, strict, budget, problems: Vec::new() }
    }

    /// Replaces every reference.
    ///
    /// # Errors
    /// Every variable that is not set, and everything else that has no result.
    pub fn run(mut self, template: &Template) -> Result<String, Vec<Problem>> {
        let mut text = String::new();
        for part in &template.parts {
            if self.part(part, &mut text).is_err() {
                self.problem(part, "grows beyond what an object may hold".to_owned());
                return Err(self.problems);
            }
        }
        if self.problems.is_empty() { Ok(text) } else { Err(self.problems) }
    }

    fn part(&mut self, part: &Part, into: &mut String) -> Result<(), TooBig> {
        match part {
            Part::Text(text) => self.write(text, into),
            Part::Reference(reference) => {
                let value = self.reference(reference)?;
                self.write(&value, into)
            }
        }
    }

    fn write(&mut self, text: &str, into: &mut String) -> Result<(), TooBig> {
        self.budget = self.budget.checked_sub(text.len()).ok_or(TooBig)?;
        into.push_str(text);
        Ok(())
    }

    fn reference(&mut self, reference: &Reference) -> Result<String, TooBig> {
        let mut operands = Vec::with_capacity(reference.operands.len());
        for operand in &reference.operands {
            let mut text = String::new();
            self.part(operand, &mut text)?;
            operands.push(text);
        }
        let value = (self.lookup)(&reference.name);
        if value.is_none() && self.strict && reference.function != Function::Default {
            let message = format!("variable ${{{}}} is not set", reference.name);
            self.problems.push((reference.at, reference.name.clone(), message));
        }
        let value = value.unwrap_or_default();
        match functions::apply(reference.function, value, &operands, self.budget) {
            Ok(text) => Ok(text),
            Err(functions::NoResult::TooBig) => Err(TooBig),
            Err(functions::NoResult::Wrong(why)) => {
                let message = format!("variable ${{{}}}: {why}", reference.name);
                self.problems.push((reference.at, reference.name.clone(), message));
                Ok(String::new())
            }
        }
    }

    fn problem(&mut self, part: &Part, message: String) {
        if let Part::Reference(reference) = part {
            let message = format!("variable ${{{}}} {message}", reference.name);
            self.problems.push((reference.at, reference.name.clone(), message));
        } else {
            self.problems.push((0, String::new(), message));
        }
    }
}
