//! How much an expression may ask for, judged by its text before it is compiled: nesting and chains exhaust the stack,
//! loops within loops the processor, sums within loops the memory.

use serde_json::Value;

use crate::CompileError;

/// The most bytes of an expression.
const TEXT: usize = 4096;
/// The most operators, dots and brackets: each may make the tree one level deeper.
const OPERATORS: usize = 256;
/// The most brackets within each other.
const NESTING: usize = 32;
/// The most sums: each may double what is held.
const SUMS: usize = 4;
/// The most items that all loops together may visit.
const VISITS: usize = 1_000_000;

/// The macros that loop.
const LOOPS: [&str; 9] =
    ["all", "exists", "exists_one", "existsOne", "filter", "map", "sortBy", "transformList", "transformMap"];

/// What an expression asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How many loops stand within each other, at most.
    depth: u32,
    /// How many loops there are.
    loops: usize,
}

impl Bounds {
    /// Judges `text`.
    ///
    /// # Errors
    /// When it is larger or more complex than is allowed.
    pub fn of(text: &str) -> Result<Self, CompileError> {
        limit("bytes", text.len(), TEXT)?;
        let mut scan = Scan::default();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            rest = match next {
                '"' | '\'' => behind_string(rest, next),
                '/' if rest.starts_with("//") => rest.find('\n').map_or("", |end| &rest[end..]),
                next if is_word(next) => scan.word(rest),
                next => {
                    scan.sign(next);
                    &rest[next.len_utf8()..]
                }
            };
            limit("brackets within each other", scan.open.len(), NESTING)?;
        }
        limit("operators", scan.operators, OPERATORS)?;
        limit("sums", scan.sums, SUMS)?;
        Ok(Self { depth: scan.depth, loops: scan.loops })
    }

    /// Whether the loops stay within bounds over these objects: each may visit the largest list or map there is.
    pub fn allow<'v>(&self, objects: impl Iterator<Item = &'v Value>) -> bool {
        if self.loops == 0 {
            return true;
        }
        // What is written out or put together in the expression itself is no longer than its text.
        let largest = objects.map(largest).max().unwrap_or_default().max(16);
        largest
            .checked_pow(self.depth)
            .and_then(|visits| visits.checked_mul(self.loops))
            .is_some_and(|visits| visits <= VISITS)
    }
}

fn limit(what: &'static str, found: usize, limit: usize) -> Result<(), CompileError> {
    if found > limit { Err(CompileError::TooComplex { what, limit }) } else { Ok(()) }
}

#[derive(Default)]
struct Scan<'t> {
    /// For each open bracket, whether it belongs to a loop.
    open: Vec<bool>,
    last_word: &'t str,
    operators: usize,
    sums: usize,
    loops: usize,
    depth: u32,
}

impl<'t> Scan<'t> {
    fn word(&mut self, rest: &'t str) -> &'t str {
        let end = rest.find(|next| !is_word(next)).unwrap_or(rest.len());
        self.last_word = &rest[..end];
        &rest[end..]
    }

    fn sign(&mut self, sign: char) {
        match sign {
            '(' | '[' | '{' => {
                let loops = sign == '(' && LOOPS.contains(&self.last_word);
                self.open.push(loops);
                self.loops += usize::from(loops);
                let depth = self.open.iter().filter(|loops| **loops).count();
                self.depth = self.depth.max(u32::try_from(depth).unwrap_or(u32::MAX));
            }
            ')' | ']' | '}' => {
                self.open.pop();
            }
            '+' => self.sums += 1,
            _ => {}
        }
        if !sign.is_whitespace() {
            self.operators += 1;
            self.last_word = "";
        }
    }
}

fn is_word(next: char) -> bool {
    next == '_' || next.is_alphanumeric()
}

/// What follows the string that `rest` begins with; an open one reaches to the end and does not compile.
fn behind_string(rest: &str, quote: char) -> &str {
    let long: String = std::iter::repeat_n(quote, 3).collect();
    let mark = if rest.starts_with(&long) { long.as_str() } else { &long[..1] };
    let mut inside = &rest[mark.len()..];
    while !inside.is_empty() && !inside.starts_with(mark) {
        // A raw string may end behind a backslash: then more is counted than there is, which errs on the safe side.
        let escaped = if inside.starts_with('\\') { 2 } else { 1 };
        let end = inside.char_indices().nth(escaped).map_or(inside.len(), |(at, _)| at);
        inside = &inside[end..];
    }
    inside.get(mark.len()..).unwrap_or_default()
}

/// The length of the largest list or map in `value`, or of its longest text: JSON of the API server is not deep.
fn largest(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(largest).fold(items.len(), usize::max),
        Value::Object(fields) => fields.values().map(largest).fold(fields.len(), usize::max),
        _ => 0,
    }
}
