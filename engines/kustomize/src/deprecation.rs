//! Fields of a kustomization that still work and have a better successor, so that a caller may say so.

use std::fmt;

use sluice_yaml::Node;

/// The fields, what took their place, and how the original words what must be known about it.
const FIELDS: [(&str, &str, &str); 6] = [
    ("bases", "resources", ""),
    ("commonLabels", "labels", ""),
    ("imageTags", "images", ""),
    ("patchesJson6902", "patches", ""),
    ("patchesStrategicMerge", "patches", ""),
    ("vars", "replacements", " [EXPERIMENTAL]"),
];

/// A field in use that should be written another way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deprecation {
    /// The kustomization file, as a path in the tree.
    pub file: String,
    /// Line from one.
    pub line: u32,
    /// Column from one.
    pub column: u32,
    /// The field.
    pub field: &'static str,
    /// The field that took its place.
    pub instead: &'static str,
    note: &'static str,
}

impl fmt::Display for Deprecation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, field, instead, note } = self;
        write!(
            out,
            "{file}:{line}:{column}: '{field}' is deprecated. Please use '{instead}' instead.{note} Run 'kustomize edit \
             fix' to update your Kustomization automatically."
        )
    }
}

/// Finds them in a kustomization file, in the order of the original.
pub(crate) fn find(root: &Node, file: &str) -> Vec<Deprecation> {
    let Some(mapping) = root.as_mapping() else { return Vec::new() };
    let used = |&(field, instead, note): &(&'static str, &'static str, &'static str)| {
        let is_used = |(key, value): &(&Node, &Node)| {
            !value.is_null() && key.text().is_some_and(|text| text.eq_ignore_ascii_case(field))
        };
        let (key, _) = mapping.iter().find(is_used)?;
        let (line, column) = (key.mark.line, key.mark.column);
        Some(Deprecation { file: file.to_owned(), line, column, field, instead, note })
    };
    FIELDS.iter().filter_map(used).collect()
}
