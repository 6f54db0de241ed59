//! Searching as Go's regexp package does it: which empty matches count, how texts are split and replaced.

use super::syntax::{self, SyntaxError};
use crate::Error;
use crate::limits::Budget;
use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::{Input, Span};
use std::borrow::Cow;
use std::fmt;

/// The largest compiled form, in bytes.
const MAX_COMPILED: usize = 16 << 20;
/// How many bytes a search scans at the price of one step.
const BYTES_PER_STEP: usize = 64;

/// A compiled regular expression.
pub struct Expression {
    regex: Regex,
    names: Vec<String>,
    is_empty: bool,
}

/// Why there is no compiled expression.
pub enum CompileError {
    /// The syntax is wrong.
    Syntax(SyntaxError),
    /// It would be too large.
    TooLarge,
    /// The budget has no steps left for it.
    Unpaid(Error),
}

impl CompileError {
    /// The error of a function, with its message.
    pub fn described(self, message: String) -> Error {
        match self {
            Self::Syntax(_) => Error::message(message),
            Self::TooLarge => Error::limit(message),
            Self::Unpaid(error) => error,
        }
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(SyntaxError { problem, text }) => {
                write!(out, "error parsing regexp: {problem}: `{}`", String::from_utf8_lossy(text))
            }
            Self::TooLarge => out.write_str("error parsing regexp: expression too large"),
            Self::Unpaid(error) => write!(out, "{error}"),
        }
    }
}

/// A text as the engine reads it, with the way back to its own offsets.
pub struct Subject<'t> {
    original: &'t [u8],
    read: Cow<'t, str>,
    /// Offsets in the original by offsets in what is read; empty when they are the same.
    offsets: Vec<usize>,
}

impl<'t> Subject<'t> {
    /// Reads a text as Go does: each byte that is part of no character counts as U+FFFD.
    pub fn new(original: &'t [u8]) -> Self {
        if let Ok(text) = std::str::from_utf8(original) {
            return Self { original, read: Cow::Borrowed(text), offsets: Vec::new() };
        }
        let (mut read, mut offsets, mut at) = (String::new(), Vec::new(), 0);
        for chunk in original.utf8_chunks() {
            read.push_str(chunk.valid());
            offsets.extend(at..at + chunk.valid().len());
            at += chunk.valid().len();
            for _ in chunk.invalid() {
                read.push(char::REPLACEMENT_CHARACTER);
                offsets.extend([at; 3]);
                at += 1;
            }
        }
        offsets.push(at);
        Self { original, read: Cow::Owned(read), offsets }
    }

    fn slice(&self, from: usize, to: usize) -> &'t [u8] {
        if self.offsets.is_empty() {
            return &self.original[from..to];
        }
        &self.original[self.offsets[from]..self.offsets[to]]
    }

    fn len(&self) -> usize {
        self.read.len()
    }

    /// The width of the character at an offset, 0 at the end.
    fn width(&self, at: usize) -> usize {
        self.read[at..].chars().next().map_or(0, char::len_utf8)
    }
}

impl Expression {
    /// Compiles a regular expression.
    pub fn compile(pattern: &[u8]) -> Result<Self, CompileError> {
        let parsed = syntax::parse(pattern).map_err(CompileError::Syntax)?;
        let config = Regex::config().nfa_size_limit(Some(MAX_COMPILED)).utf8_empty(true);
        let regex = Regex::builder().configure(config).build_from_hir(&parsed.hir);
        let regex = regex.map_err(|_| CompileError::TooLarge)?;
        Ok(Self { regex, names: parsed.names, is_empty: pattern.is_empty() })
    }

    /// The steps that compiling it costs.
    pub fn price(&self) -> u64 {
        self.regex.memory_usage() as u64 / 4
    }

    fn find(&self, subject: &Subject<'_>, from: usize, budget: &Budget) -> Result<Option<Span>, Error> {
        charge(subject, from, budget)?;
        let input = Input::new(&*subject.read).span(from..subject.len());
        Ok(self.regex.search(&input).map(|found| found.span()))
    }

    /// Whether it matches somewhere.
    pub fn is_match(&self, text: &[u8], budget: &Budget) -> Result<bool, Error> {
        Ok(self.find(&Subject::new(text), 0, budget)?.is_some())
    }

    /// The first match, or nothing.
    pub fn find_first<'t>(&self, text: &'t [u8], budget: &Budget) -> Result<&'t [u8], Error> {
        let subject = Subject::new(text);
        let found = self.find(&subject, 0, budget)?;
        Ok(found.map_or(&[], |span| subject.slice(span.start, span.end)))
    }

    /// The first `limit` matches; `None` stands for all.
    fn spans(
        &self,
        subject: &Subject<'_>,
        limit: Option<usize>,
        budget: &Budget,
    ) -> Result<Vec<Span>, Error> {
        let (mut spans, mut at, mut previous) = (Vec::new(), 0, None);
        while at <= subject.len() && limit.is_none_or(|limit| spans.len() < limit) {
            let Some(span) = self.find(subject, at, budget)? else { break };
            let is_accepted = if span.end == at {
                at += subject.width(at).max(1);
                // An empty match right after another does not count.
                Some(span.start) != previous
            } else {
                at = span.end;
                true
            };
            previous = Some(span.end);
            if is_accepted {
                spans.push(span);
            }
        }
        Ok(spans)
    }

    /// The texts of the first `limit` matches; a negative limit stands for all.
    pub fn find_all<'t>(&self, text: &'t [u8], limit: i64, budget: &Budget) -> Result<Vec<&'t [u8]>, Error> {
        let subject = Subject::new(text);
        let spans = self.spans(&subject, usize::try_from(limit).ok(), budget)?;
        Ok(spans.into_iter().map(|span| subject.slice(span.start, span.end)).collect())
    }

    /// Splits at matches into at most `limit` parts; a negative limit stands for all. `None` is a nil slice.
    pub fn split<'t>(
        &self,
        text: &'t [u8],
        limit: i64,
        budget: &Budget,
    ) -> Result<Option<Vec<&'t [u8]>>, Error> {
        if limit == 0 {
            return Ok(None);
        }
        if !self.is_empty && text.is_empty() {
            return Ok(Some(vec![b""]));
        }
        let subject = Subject::new(text);
        let limit = usize::try_from(limit).ok();
        let (mut parts, mut begin, mut end) = (Vec::new(), 0, 0);
        for span in self.spans(&subject, limit, budget)? {
            if limit.is_some_and(|limit| parts.len() + 1 == limit) {
                break;
            }
            end = span.start;
            if span.end != 0 {
                parts.push(subject.slice(begin, end));
            }
            begin = span.end;
        }
        if end != subject.len() {
            parts.push(subject.slice(begin, subject.len()));
        }
        Ok(Some(parts))
    }

    /// Replaces all matches by what `write` says of them.
    fn replace(
        &self,
        text: &[u8],
        budget: &Budget,
        write: impl Fn(&mut Vec<u8>, &Subject<'_>, &Captures),
    ) -> Result<Vec<u8>, Error> {
        budget.produce(text.len())?;
        let subject = Subject::new(text);
        let (mut out, mut last_end, mut at) = (Vec::new(), 0, 0);
        let mut captures = self.regex.create_captures();
        while at <= subject.len() {
            charge(&subject, at, budget)?;
            let input = Input::new(&*subject.read).span(at..subject.len());
            self.regex.search_captures(&input, &mut captures);
            let Some(found) = captures.get_match() else { break };
            out.extend_from_slice(subject.slice(last_end, found.start()));
            if found.end() > last_end || found.start() == 0 {
                let before = out.len();
                write(&mut out, &subject, &captures);
                budget.produce(out.len() - before)?;
            }
            last_end = found.end();
            at = (at + subject.width(at).max(1)).max(found.end());
        }
        out.extend_from_slice(subject.slice(last_end, subject.len()));
        Ok(out)
    }

    /// Replaces all matches by a text.
    pub fn replace_literal(
        &self,
        text: &[u8],
        replacement: &[u8],
        budget: &Budget,
    ) -> Result<Vec<u8>, Error> {
        self.replace(text, budget, |out, _, _| out.extend_from_slice(replacement))
    }

    /// Replaces all matches by a text in which `$1` and `${name}` stand for groups.
    pub fn replace_expanded(
        &self,
        text: &[u8],
        replacement: &[u8],
        budget: &Budget,
    ) -> Result<Vec<u8>, Error> {
        let parts = self.template(replacement);
        self.replace(text, budget, |out, subject, captures| {
            for part in &parts {
                match part {
                    Part::Text(text) => out.extend_from_slice(text),
                    Part::Group(candidates) => {
                        let span = candidates.iter().find_map(|index| captures.get_group(*index));
                        out.extend_from_slice(span.map_or(&[], |span| subject.slice(span.start, span.end)));
                    }
                }
            }
        })
    }

    fn template<'r>(&self, mut replacement: &'r [u8]) -> Vec<Part<'r>> {
        let mut parts = Vec::new();
        while let Some(dollar) = replacement.iter().position(|byte| *byte == b'$') {
            parts.push(Part::Text(&replacement[..dollar]));
            let after = &replacement[dollar + 1..];
            if let Some(rest) = after.strip_prefix(b"$") {
                parts.push(Part::Text(b"$"));
                replacement = rest;
            } else if let Some((name, rest)) = group_name(after) {
                parts.push(Part::Group(self.groups(name)));
                replacement = rest;
            } else {
                parts.push(Part::Text(b"$"));
                replacement = after;
            }
        }
        parts.push(Part::Text(replacement));
        parts
    }

    /// The groups that a name or number may stand for: of several with one name, the first that took part.
    fn groups(&self, name: &str) -> Vec<usize> {
        if let Some(number) = group_number(name) {
            return if number < self.names.len() { vec![number] } else { Vec::new() };
        }
        self.names.iter().enumerate().filter(|(_, known)| *known == name).map(|(index, _)| index).collect()
    }
}

fn charge(subject: &Subject<'_>, from: usize, budget: &Budget) -> Result<(), Error> {
    budget.step(((subject.len() - from) / BYTES_PER_STEP + 1) as u64)
}

enum Part<'r> {
    Text(&'r [u8]),
    Group(Vec<usize>),
}

/// Reads `name` or `{name}`: letters, digits and underscores.
fn group_name(text: &[u8]) -> Option<(&str, &[u8])> {
    let inner = text.strip_prefix(b"{");
    let valid = inner.unwrap_or(text).utf8_chunks().next()?.valid();
    let is_name = |char: char| char.is_alphabetic() || char.is_numeric() || char == '_';
    let length = valid.find(|char| !is_name(char)).unwrap_or(valid.len());
    if length == 0 {
        return None;
    }
    let rest = &inner.unwrap_or(text)[length..];
    let rest = if inner.is_some() { rest.strip_prefix(b"}")? } else { rest };
    Some((&valid[..length], rest))
}

/// The number of a group, when the name is one without leading zeros.
fn group_number(name: &str) -> Option<usize> {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
    if is_number && name.len() < 10 { name.parse().ok() } else { None }
}

/// Escapes all that means something in a regular expression.
pub fn quote_meta(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if br"\.+*?()|[]{}^$".contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out
}
