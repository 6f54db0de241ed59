//! Variables into what was built. Mistakes are told for all objects at once, each with the file and line it stands in.

use sluice_kustomize::{Build, FileTree, Resource};

use super::{RenderError, RenderedObject, describe};
use crate::substitution::{Mistake, Variables};

/// How many mistakes a message lists.
const NAMED: usize = 25;

/// A variable that could not be substituted, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubstituted {
    /// The file, and the line in it where that can be told.
    pub file: Option<(String, Option<usize>)>,
    /// Kind, namespace and name.
    pub object: String,
    /// The field, the variable and what is wrong.
    pub mistake: Mistake,
}

/// Substitutes `variables` in all resources of `build`.
///
/// # Errors
/// Every mistake in every object.
pub(super) fn substitute(
    build: &Build,
    variables: &Variables,
    tree: &dyn FileTree,
) -> Result<Vec<RenderedObject>, RenderError> {
    let mut objects = Vec::with_capacity(build.resources.len());
    let mut wrong = Vec::new();
    for resource in &build.resources {
        let mut object = resource.to_json();
        if let Err(mistakes) = variables.substitute(&mut object) {
            let object = describe(&object);
            let told = |mistake| Unsubstituted {
                file: place(resource, &mistake, tree),
                object: object.clone(),
                mistake,
            };
            wrong.extend(mistakes.into_iter().map(told));
        }
        objects.push(RenderedObject {
            object,
            source: resource.source().map(str::to_owned),
            ignored: Vec::new(),
        });
    }
    if wrong.is_empty() { Ok(objects) } else { Err(RenderError::Substitution(wrong)) }
}

/// The first line of the resource in its file that refers to the variable.
fn place(resource: &Resource, mistake: &Mistake, tree: &dyn FileTree) -> Option<(String, Option<usize>)> {
    let file = resource.source()?;
    let line = || {
        let bytes = tree.read(file).ok()?;
        line_of(std::str::from_utf8(&bytes).ok()?, resource.kind(), &mistake.variable)
    };
    Some((file.to_owned(), line().filter(|_| !mistake.variable.is_empty())))
}

/// Counts from one. A file may hold many documents; only those of the kind are looked at.
fn line_of(text: &str, kind: &str, variable: &str) -> Option<usize> {
    let (mut found, mut of_kind) = (None, false);
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("---") {
            if of_kind && found.is_some() {
                break;
            }
            (found, of_kind) = (None, false);
        }
        let value = line.strip_prefix("kind:").map(|value| value.trim().trim_matches(['"', '\'']));
        of_kind |= value == Some(kind);
        if found.is_none() && refers(line, variable) {
            found = Some(number + 1);
        }
    }
    found.filter(|_| of_kind)
}

fn refers(line: &str, variable: &str) -> bool {
    line.match_indices("${").any(|(at, _)| {
        let rest = line[at + 2..].trim_start_matches('#').strip_prefix(variable);
        rest.is_some_and(|rest| !rest.starts_with(|next: char| next == '_' || next.is_alphanumeric()))
    })
}

/// One mistake a line, the first of them.
pub(super) fn list(wrong: &[Unsubstituted]) -> String {
    let mut lines: Vec<String> = wrong.iter().take(NAMED).map(Unsubstituted::line).collect();
    let more = wrong.len().saturating_sub(NAMED);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

impl Unsubstituted {
    fn line(&self) -> String {
        let place = match &self.file {
            Some((file, Some(line))) => format!("{file}:{line}: "),
            Some((file, None)) => format!("{file}: "),
            None => String::new(),
        };
        format!("{place}{}: {}", self.object, self.mistake)
    }
}
