//! Errors of parsing and execution, worded as Go words them, with the place and the causes below.

use std::fmt;
use std::sync::Arc;

/// What went wrong, and where.
#[derive(Clone)]
pub struct Error(Arc<Repr>);

struct Repr {
    kind: ErrorKind,
    message: String,
    /// Whether the cause's text follows the message.
    continues: bool,
    location: Option<Location>,
    cause: Option<Error>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ErrorKind {
    Plain,
    Parse,
    Execute,
    Limit,
}

/// A place in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The name under which the text was parsed; for a chart its path.
    pub template: String,
    /// Counted from 1.
    pub line: usize,
    /// Bytes since the start of the line; 0 where Go tells no column.
    pub column: usize,
    /// The action as Go's context shows it, shortened; empty for parse errors.
    pub action: String,
    /// The template being executed, which a `define` may have named.
    pub executing: String,
}

impl Error {
    /// What a function returns as its error: a message without a place.
    pub fn message(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Plain, message.into(), None, None)
    }

    /// A message that wraps a cause; the message already holds the cause's text where Go shows it.
    pub fn wrap(message: impl Into<String>, cause: Self) -> Self {
        Self::of(ErrorKind::Plain, message.into(), None, Some(cause))
    }

    /// A limit of ours that is exceeded; Go has none there, or a larger one.
    pub fn limit(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Limit, message.into(), None, None)
    }

    /// A message that its cause's text continues: `error calling f: ` and what `f` said.
    pub fn prefix(message: impl Into<String>, cause: Self) -> Self {
        Self::of(ErrorKind::Plain, message.into(), None, Some(cause)).continued()
    }

    /// An error of parsing at a place.
    pub fn parse(location: Location, message: impl fmt::Display) -> Self {
        let text = format!("template: {}:{}: {message}", location.template, location.line);
        Self::of(ErrorKind::Parse, text, Some(location), None)
    }

    /// An error of execution at a place; a cause's text follows the message.
    pub fn execute(location: Location, message: impl fmt::Display, cause: Option<Self>) -> Self {
        let Location { template, line, column, action, executing } = &location;
        let executing = crate::format::quote(executing);
        let text =
            format!("template: {template}:{line}:{column}: executing {executing} at <{action}>: {message}");
        let continues = cause.is_some();
        let error = Self::of(ErrorKind::Execute, text, Some(location), cause);
        if continues { error.continued() } else { error }
    }

    fn of(kind: ErrorKind, message: String, location: Option<Location>, cause: Option<Self>) -> Self {
        Self(Arc::new(Repr { kind, message, continues: false, location, cause }))
    }

    fn continued(mut self) -> Self {
        if let Some(repr) = Arc::get_mut(&mut self.0) {
            repr.continues = true;
        }
        self
    }

    /// Returns where it happened, if the error knows.
    pub fn location(&self) -> Option<&Location> {
        self.0.location.as_ref()
    }

    /// Returns the error that this one wraps.
    pub fn cause(&self) -> Option<&Self> {
        self.0.cause.as_ref()
    }

    /// Returns the innermost error: for a failing `required` or `fail` its own message.
    pub fn root(&self) -> &Self {
        let mut root = self;
        while let Some(cause) = root.cause() {
            root = cause;
        }
        root
    }

    /// Returns how many errors are below.
    pub(crate) fn depth(&self) -> usize {
        std::iter::successors(self.cause(), |cause| cause.cause()).count()
    }

    /// Returns whether a limit of ours was the reason.
    pub fn is_limit(&self) -> bool {
        self.root().0.kind == ErrorKind::Limit
    }

    /// Returns whether a template's text could not be parsed.
    pub fn is_parse(&self) -> bool {
        self.0.kind == ErrorKind::Parse
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut error = self;
        loop {
            out.write_str(&error.0.message)?;
            match &error.0.cause {
                Some(cause) if error.0.continues => error = cause,
                _ => return Ok(()),
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Error({:?})", self.to_string())
    }
}

/// The message holds its causes' texts, so no source is told: it would be printed twice.
impl std::error::Error for Error {}
