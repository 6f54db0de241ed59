//! One case built twice, and what the two answers say about each other.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use sluice_kustomize::{Options, build};

use crate::case::Case;
use crate::original::{Answer, Program, Server};

/// How the two answers differ, and a text that is the same for differences of one cause, as far as that can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which sort of difference.
    pub sort: Sort,
    /// What probably tells its cause.
    pub sign: String,
}

/// Sorts of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// The engine panicked.
    Panic,
    /// The original builds, the engine refuses.
    Refused,
    /// The original refuses, the engine builds.
    Accepted,
    /// Both build, to different bytes.
    Bytes,
}

/// Both builders and a place on disk.
#[derive(Debug)]
pub struct Bench {
    /// The program, which has the last word.
    pub program: Program,
    /// The faster way to ask.
    pub server: Option<Server>,
    /// A directory that may be emptied.
    pub scratch: PathBuf,
}

/// What the engine answers; nothing when it panicked.
pub fn ours(case: &Case) -> Option<Answer> {
    let built = catch_unwind(AssertUnwindSafe(|| {
        build(&case.tree(), case.target(), &Options::default())
            .map(|build| build.to_yaml())
            .map_err(|errors| errors.to_string())
    }));
    built.ok()
}

impl Bench {
    /// Asks the original in the fast way.
    ///
    /// # Errors
    /// When it can not be asked.
    pub fn original(&mut self, case: &Case) -> io::Result<Answer> {
        case.write(&self.scratch)?;
        let target = self.scratch.join(case.target());
        match &mut self.server {
            Some(server) => server.build(&target),
            None => self.program.build(&target),
        }
    }

    /// Compares the answers; gives the shape of a refusal of the original, too.
    ///
    /// # Errors
    /// When the original can not be asked.
    pub fn compare(&mut self, case: &Case) -> io::Result<(Option<Difference>, Option<String>)> {
        let theirs = self.original(case)?;
        let found = difference(&theirs, ours(case).as_ref());
        Ok((found, theirs.err().map(|message| shape(last_part(&message)))))
    }

    /// Asks the program itself.
    ///
    /// # Errors
    /// When it can not be started.
    pub fn confirm(&self, case: &Case) -> io::Result<(Option<Difference>, Answer)> {
        case.write(&self.scratch)?;
        let theirs = self.program.build(&self.scratch.join(case.target()))?;
        Ok((difference(&theirs, ours(case).as_ref()), theirs))
    }
}

fn difference(theirs: &Answer, ours: Option<&Answer>) -> Option<Difference> {
    let (sort, sign) = match (theirs, ours) {
        (_, None) => (Sort::Panic, String::new()),
        (Ok(theirs), Some(Ok(ours))) if theirs == ours => return None,
        (Ok(theirs), Some(Ok(ours))) => (Sort::Bytes, first_difference(theirs, ours)),
        (Ok(_), Some(Err(message))) => (Sort::Refused, shape(last_part(message))),
        (Err(message), Some(Ok(_))) => (Sort::Accepted, shape(last_part(message))),
        (Err(_), Some(Err(_))) => return None,
    };
    Some(Difference { sort, sign })
}

fn last_part(message: &str) -> &str {
    let line = message.lines().next().unwrap_or_default();
    line.char_indices().rev().nth(60).map_or(line, |(at, _)| &line[at..])
}

/// Digits and quoted texts say little about a cause.
fn shape(text: &str) -> String {
    let mut quoted = false;
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '"' | '\'' | '`') {
            quoted = !quoted;
        } else if !quoted && !c.is_ascii_digit() {
            out.push(c);
        }
    }
    out
}

fn first_difference(theirs: &str, ours: &str) -> String {
    let lines = theirs.lines().zip(ours.lines());
    match lines.into_iter().find(|(theirs, ours)| theirs != ours) {
        Some((theirs, ours)) => format!("{} / {}", key(theirs), key(ours)),
        None => "one is longer".to_owned(),
    }
}

/// The key of a line and how its value begins.
fn key(line: &str) -> String {
    let line = line.trim_start_matches([' ', '-']);
    let (key, value) = line.split_once(':').unwrap_or(("", line));
    let start: String =
        value.trim_start().chars().take(1).map(|c| if c.is_alphanumeric() { 'a' } else { c }).collect();
    format!("{key}:{start}")
}
