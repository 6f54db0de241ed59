//! Paths in the storage, checked where they are made.
//!
//! A component is refused when it is empty, begins with a dot, is too long for a file system, or has a slash, a backslash,
//! or a control character in it.

use std::fmt;

/// The directory of one object: `<kind>/<namespace>/<name>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectPath(String);

/// A file of one object: `<kind>/<namespace>/<name>/<file>`, as `status.artifact.path` has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArtifactPath {
    object: ObjectPath,
    whole: String,
}

/// Why a path was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A component cannot be a file name of ours.
    #[error("{0:?} is not a name in the storage")]
    Component(String),
    /// The path belongs to another object.
    #[error("{path:?} is not in {object}")]
    Foreign {
        /// The path.
        path: String,
        /// The object it should belong to.
        object: ObjectPath,
    },
}

impl ObjectPath {
    /// Makes the directory of an object; the kind is put in lower case.
    ///
    /// # Errors
    /// A part is not a safe file name.
    pub fn new(kind: &str, namespace: &str, name: &str) -> Result<Self, PathError> {
        let kind = kind.to_lowercase();
        [kind.as_str(), namespace, name].into_iter().try_for_each(check)?;
        Ok(Self(format!("{kind}/{namespace}/{name}")))
    }

    /// Makes the path of a file of the object.
    ///
    /// # Errors
    /// The name is not a safe file name.
    pub fn file(&self, name: &str) -> Result<ArtifactPath, PathError> {
        check(name)?;
        Ok(ArtifactPath { object: self.clone(), whole: format!("{self}/{name}") })
    }

    /// Reads the path of a file of the object, as a status has it.
    ///
    /// # Errors
    /// The path is unsafe or belongs to another object.
    pub fn parse(&self, path: &str) -> Result<ArtifactPath, PathError> {
        let name = path.strip_prefix(&self.0).and_then(|rest| rest.strip_prefix('/'));
        name.ok_or_else(|| PathError::Foreign { path: path.to_owned(), object: self.clone() })
            .and_then(|name| self.file(name))
    }

    /// Returns the path relative to the storage's root, with `/` between its parts.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ArtifactPath {
    /// Returns the object the file belongs to.
    #[must_use]
    pub const fn object(&self) -> &ObjectPath {
        &self.object
    }

    /// Returns the file's name.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.whole[self.object.0.len() + 1..]
    }

    /// Returns the path relative to the storage's root, with `/` between its parts.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.whole
    }
}

impl fmt::Display for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.whole)
    }
}

fn check(component: &str) -> Result<(), PathError> {
    let safe = !component.is_empty()
        && component.len() <= 255
        && !component.starts_with('.')
        && !component.contains(|c: char| c == '/' || c == '\\' || c.is_control());
    if safe { Ok(()) } else { Err(PathError::Component(component.chars().take(64).collect())) }
}
