//! Feature gates: the names a controller knows, with defaults, and what the command line made of them.
//!
//! A name nobody knows is refused, because a typo would silently leave a protection off.

use std::collections::BTreeMap;

use thiserror::Error;

/// The feature gates of this process after the command line was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeatureGates(BTreeMap<String, bool>);

/// A `--feature-gates` value that cannot be honoured.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum UnknownGate {
    /// The name is not one of this controller's gates.
    #[error("feature gate '{0}' does not exist")]
    Name(String),
    /// The entry is not `Name=true` or `Name=false`.
    #[error("feature gate '{0}' must read Name=true or Name=false")]
    Value(String),
}

impl FeatureGates {
    /// Merges the occurrences of the flag, in order, over the known gates and their defaults.
    ///
    /// # Errors
    /// When an entry names an unknown gate or has no boolean value.
    pub fn parse(known: &[(&str, bool)], occurrences: &[String]) -> Result<Self, UnknownGate> {
        let mut gates: BTreeMap<String, bool> = known.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect();
        for entry in occurrences.iter().flat_map(|o| o.split(',')).map(str::trim).filter(|e| !e.is_empty()) {
            let (name, value) = entry.split_once('=').ok_or_else(|| UnknownGate::Value(entry.to_owned()))?;
            let value = super::boolean(value).map_err(|_| UnknownGate::Value(entry.to_owned()))?;
            let gate = gates.get_mut(name).ok_or_else(|| UnknownGate::Name(name.to_owned()))?;
            *gate = value;
        }
        Ok(Self(gates))
    }

    /// Returns whether the gate is on; a gate the controller does not have is off.
    #[must_use]
    pub fn enabled(&self, name: &str) -> bool {
        self.0.get(name).copied().unwrap_or(false)
    }
}
