//! What is wrong with a build: each mistake with the files that led there, the resource, the field and the place.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::tree::TreeError;

/// Every mistake that was found; at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildErrors {
    /// In the order in which they were found.
    pub errors: Vec<BuildError>,
}

/// One mistake and where it is; its parts are those of [`Mistake`].
#[derive(Clone, Debug, PartialEq)]
pub struct BuildError(Box<Mistake>);

/// What a [`BuildError`] says.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// The files from the target to the one with the mistake.
    pub files: Vec<String>,
    /// The resource, as `Kind namespace/name`.
    pub resource: Option<String>,
    /// The field, as `patches[0].target`.
    pub field: Option<String>,
    /// Line from one, when known.
    pub line: Option<u32>,
    /// Column from one, when known.
    pub column: Option<u32>,
    /// What is wrong.
    pub cause: Cause,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Cause {
    /// A file or directory could not be used.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A path leads to something else than what is wanted there; it stands between two parts of the sentence.
    #[error("{before}{path:?}{after}")]
    Path {
        /// What comes before the path.
        before: &'static str,
        /// The path in the tree.
        path: String,
        /// What comes after the path.
        after: String,
    },
    /// Text is not YAML, or not the YAML that is expected there.
    #[error("{0}")]
    Yaml(String),
    /// Something that is never done here, with what to do instead.
    #[error("{what} is not supported; {instead}")]
    Unsupported {
        /// What was asked for.
        what: String,
        /// What to do instead.
        instead: String,
    },
    /// A limit was passed.
    #[error("more than {limit} {what}")]
    Limit {
        /// What is counted.
        what: &'static str,
        /// The most that is allowed.
        limit: usize,
    },
    /// Anything else that the rules forbid.
    #[error("{0}")]
    Invalid(String),
}

/// A resource as messages name it, with the file it came from.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) text: String,
    pub(crate) source: Option<Arc<str>>,
}

pub(crate) type Result<T, E = BuildError> = std::result::Result<T, E>;

/// An error of the most common kind.
pub(crate) fn invalid(message: impl Into<String>) -> BuildError {
    Cause::Invalid(message.into()).into()
}

/// An error for what is never done here.
pub(crate) fn unsupported(what: impl Into<String>, instead: impl Into<String>) -> BuildError {
    Cause::Unsupported { what: what.into(), instead: instead.into() }.into()
}

/// An error about what stands at a path: two parts of a sentence around it.
pub(crate) fn at_path(before: &'static str, path: impl Into<String>, after: impl Into<String>) -> BuildError {
    let path = Some(path.into()).filter(|path| !path.is_empty()).unwrap_or_else(|| ".".to_owned());
    Cause::Path { before, path, after: after.into() }.into()
}

// === impl BuildError ===

impl BuildError {
    /// Names the file, unless a nearer one is named already; then it goes in front.
    #[must_use]
    pub(crate) fn in_file(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        if self.files.first() != Some(&path) {
            self.files.insert(0, path);
        }
        self
    }

    /// Names the resource, unless a nearer one is named already; a place that is known is one in its file.
    #[must_use]
    pub(crate) fn on(mut self, resource: Label) -> Self {
        if self.files.is_empty() && self.line.is_some() {
            self.files.extend(resource.source.map(|source| source.to_string()));
        }
        self.resource.get_or_insert(resource.text);
        self
    }

    /// Forgets a place in a text that stands in no file of its own.
    #[must_use]
    pub(crate) fn nowhere(mut self) -> Self {
        (self.line, self.column) = (None, None);
        self
    }

    /// Names the field, unless a nearer one is named already.
    #[must_use]
    pub(crate) fn field(mut self, field: impl fmt::Display) -> Self {
        self.field.get_or_insert_with(|| field.to_string());
        self
    }

    /// Says whether the field is, or is in, one of this name.
    pub(crate) fn is_of(&self, field: &str) -> bool {
        let rest = self.field.as_deref().and_then(|own| own.strip_prefix(field));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Names the field around: one that begins with a dot belongs to it, any other is of something else.
    #[must_use]
    pub(crate) fn within(mut self, outer: &str) -> Self {
        self.field = Some(match self.field.take() {
            None => outer.to_owned(),
            Some(inner) if inner.starts_with('.') => format!("{outer}{inner}"),
            Some(inner) => format!("{outer}: {inner}"),
        });
        self
    }

    /// Names the place; line zero stands for unknown.
    #[must_use]
    pub(crate) fn at(mut self, line: u32, column: u32) -> Self {
        if line > 0 && self.line.is_none() {
            (self.line, self.column) = (Some(line), Some(column));
        }
        self
    }
}

impl From<Cause> for BuildError {
    fn from(cause: Cause) -> Self {
        let mistake =
            Mistake { files: Vec::new(), resource: None, field: None, line: None, column: None, cause };
        Self(Box::new(mistake))
    }
}

impl Deref for BuildError {
    type Target = Mistake;

    fn deref(&self) -> &Mistake {
        &self.0
    }
}

impl DerefMut for BuildError {
    fn deref_mut(&mut self) -> &mut Mistake {
        &mut self.0
    }
}

impl From<TreeError> for BuildError {
    fn from(error: TreeError) -> Self {
        Cause::Tree(error).into()
    }
}

impl From<sluice_yaml::Error> for BuildError {
    fn from(error: sluice_yaml::Error) -> Self {
        Self::from(Cause::Yaml(error.message)).at(error.line, error.column)
    }
}

impl From<sluice_yaml::JsonError> for BuildError {
    fn from(error: sluice_yaml::JsonError) -> Self {
        Self::from(Cause::Yaml(error.message)).at(error.line, error.column)
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, file) in self.files.iter().enumerate() {
            let last = index + 1 == self.files.len();
            write!(out, "{file}")?;
            if let (true, Some(line), Some(column)) = (last, self.line, self.column) {
                write!(out, ":{line}:{column}")?;
            }
            out.write_str(if last { ": " } else { " -> " })?;
        }
        if let Some(resource) = &self.resource {
            write!(out, "{resource}: ")?;
        }
        if let Some(field) = self.field.as_ref().filter(|field| !field.is_empty()) {
            write!(out, "{field}: ")?;
        }
        write!(out, "{}", self.cause)
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

// === impl BuildErrors ===

impl BuildErrors {
    /// Replaces every path of the tree by what `show` makes of it, for a reader who knows it by another name.
    pub fn show_paths(&mut self, show: impl Fn(&str) -> String) {
        for error in &mut self.errors {
            error.files.iter_mut().for_each(|file| *file = show(file));
            match &mut error.cause {
                Cause::Path { path, .. }
                | Cause::Tree(TreeError::NotFound { path } | TreeError::Failed { path, .. }) => {
                    *path = show(path);
                }
                _ => {}
            }
        }
    }
}

impl From<BuildError> for BuildErrors {
    fn from(error: BuildError) -> Self {
        Self { errors: vec![error] }
    }
}

impl fmt::Display for BuildErrors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BuildErrors {}
