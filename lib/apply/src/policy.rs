//! What the annotations and labels of one object say about how it is applied and pruned.
//! Pure; the prefix of the keys belongs to the caller, values are compared without case.

use serde_json::Value;

use crate::metadata::Metadata;

/// How an object is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ssa {
    /// Our fields win, and fields set by kubectl are taken over and removed.
    #[default]
    Override,
    /// Our fields win, fields set by kubectl stay.
    Merge,
    /// The object is created and never changed.
    IfNotPresent,
    /// The object is not touched.
    Ignore,
}

/// The policies of one object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// How the object is applied.
    pub ssa: Ssa,
    /// Whether an immutable change recreates the object.
    pub force: bool,
    /// Whether the object stays when it leaves the manifests.
    pub keep: bool,
    /// Whether reconciliation of the object is switched off altogether.
    pub disabled: bool,
}

impl Policy {
    /// Reads the policies of a manifest or object.
    pub fn of_object(object: &Value, prefix: &str) -> Self {
        let metadata = object.get("metadata");
        Self::read(prefix, |section, key| metadata?.get(section)?.get(key)?.as_str())
    }

    /// Reads the policies of a live object's metadata.
    pub(crate) fn of_metadata(metadata: &Metadata, prefix: &str) -> Self {
        Self::read(prefix, |section, key| {
            let map = if section == "labels" { &metadata.labels } else { &metadata.annotations };
            map.get(key).map(String::as_str)
        })
    }

    /// Tells whether the object is neither applied nor pruned.
    pub fn is_untouched(&self) -> bool {
        self.disabled || self.ssa == Ssa::Ignore
    }

    fn read<'a>(prefix: &str, get: impl Fn(&str, &str) -> Option<&'a str>) -> Self {
        let says = |name: &str, value: &str| {
            let key = format!("{prefix}{name}");
            ["annotations", "labels"]
                .into_iter()
                .any(|section| get(section, &key).is_some_and(|found| found.eq_ignore_ascii_case(value)))
        };
        let ssa = [("Ignore", Ssa::Ignore), ("IfNotPresent", Ssa::IfNotPresent), ("Merge", Ssa::Merge)];
        Self {
            ssa: ssa.into_iter().find(|(text, _)| says("ssa", text)).map_or(Ssa::Override, |(_, ssa)| ssa),
            force: says("force", "enabled"),
            keep: says("prune", "disabled"),
            disabled: says("reconcile", "disabled"),
        }
    }
}

#[cfg(test)]
mod tests;
