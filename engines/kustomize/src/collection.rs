//! The resources of one kustomization in order. Refuses a second one of the same identity, and merging or replacing
//! what is not there.

use std::collections::HashSet;

use crate::error::{BuildError, Result, at_path, invalid};
use crate::generate::data;
use crate::resource::{Behavior, Gvk, Resource, ResourceId};

/// Resources in order, no two of the same identity.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collection {
    pub(crate) resources: Vec<Resource>,
    /// The identities, known while nothing but appending happens.
    keys: Option<HashSet<Key>>,
}

type Key = (Gvk, String, String);

impl Collection {
    /// Remembers the identities, until [`Self::end_appending`], so that many small additions stay cheap.
    pub(crate) fn begin_appending(&mut self) {
        self.keys = Some(self.all_keys());
    }

    /// Forgets the identities, which what follows may change.
    pub(crate) fn end_appending(&mut self) {
        self.keys = None;
    }

    /// Adds resources at the end.
    pub(crate) fn append_all(&mut self, more: Vec<Resource>) -> Result<()> {
        let kept = self.keys.is_some();
        let mut keys = self.keys.take().unwrap_or_else(|| self.all_keys());
        for resource in more {
            let id = resource.id();
            if !keys.insert(id.key()) {
                self.keys = kept.then_some(keys);
                return Err(self.already_registered(&resource));
            }
            self.resources.push(resource);
        }
        self.keys = kept.then_some(keys);
        Ok(())
    }

    fn all_keys(&self) -> HashSet<Key> {
        self.resources.iter().map(|resource| resource.id().key()).collect()
    }

    /// Adds a generated resource, merges it with the one of its name, or puts it in its place.
    pub(crate) fn absorb(&mut self, mut resource: Resource) -> Result<()> {
        let id = resource.id();
        let places = self.places_of(&id);
        let behavior = resource.behavior();
        match (places[..].first().copied(), behavior) {
            (None, Behavior::Merge | Behavior::Replace) => {
                let message = format!("id {id} does not exist; cannot merge or replace");
                Err(invalid(message).on(resource.label()).field("behavior"))
            }
            (None, _) => self.append_all(vec![resource]),
            (Some(_), _) if places.len() > 1 => {
                Err(invalid(format!("found multiple objects that could accept merge of {id}"))
                    .on(resource.label()))
            }
            (Some(place), Behavior::Merge | Behavior::Replace) => {
                let old = &self.resources[place];
                resource.adopt_metadata(old);
                if resource.id().key() != old.id().key() {
                    let message = format!("cannot find a resource with id {} to replace", resource.id());
                    return Err(invalid(message).on(resource.label()));
                }
                if behavior == Behavior::Merge {
                    data::merge(&mut resource, old);
                    if old.origin.is_some() {
                        resource.origin.clone_from(&old.origin);
                    }
                }
                self.resources[place] = resource;
                Ok(())
            }
            (Some(_), _) => {
                let message =
                    format!("id {id} exists; behavior must be merge or replace, not '{}'", behavior.name());
                Err(invalid(message).on(resource.label()).field("behavior"))
            }
        }
    }

    /// Where resources stand that have or had an identity.
    pub(crate) fn places_of(&self, id: &ResourceId) -> Vec<usize> {
        let places = self.resources.iter().enumerate();
        let has = |(_, resource): &(usize, &Resource)| {
            !resource.is_empty() && resource.all_ids().any(|other| other.is(id))
        };
        places.filter(has).map(|(place, _)| place).collect()
    }

    /// The one resource that has or had an identity.
    pub(crate) fn only(&self, id: &ResourceId) -> Result<usize> {
        match self.places_of(id)[..] {
            [place] => Ok(place),
            [] => Err(invalid(format!("no matches for Id {id}; failed to find unique target for patch"))),
            _ => {
                Err(invalid(format!("multiple matches for Id {id}; failed to find unique target for patch")))
            }
        }
    }

    /// Refuses two resources of one identity, after names may have changed.
    pub(crate) fn refuse_doubles(&self) -> Result<()> {
        let mut keys = HashSet::new();
        match self.resources.iter().find(|resource| !keys.insert(resource.id().key())) {
            Some(double) => Err(self.already_registered(double)),
            None => Ok(()),
        }
    }

    fn already_registered(&self, double: &Resource) -> BuildError {
        let id = double.id();
        let message = format!("may not add resource with an already registered id: {id}");
        let first = self.resources.iter().find(|other| other.id().key() == id.key());
        let error = match first.and_then(Resource::source) {
            Some(source) => at_path("", source, format!(" holds it already; {message}")),
            None => invalid(message),
        };
        error.at(double.node.mark.line, double.node.mark.column).on(double.label())
    }

    /// Takes out what patches deleted.
    pub(crate) fn drop_empty(&mut self) {
        self.resources.retain(|resource| !resource.is_empty());
    }
}
