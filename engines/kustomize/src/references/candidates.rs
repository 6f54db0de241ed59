//! What references can mean: every resource with its names, found by any name it once had.

use std::collections::HashMap;

use crate::resource::{Gvk, Resource, ResourceId};

/// A resource that a reference may mean.
pub(super) struct Candidate {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) id: ResourceId,
    pub(super) first: ResourceId,
    kinds: Vec<Gvk>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

/// All candidates, by earlier names and by first namespace.
pub(super) struct Index {
    all: Vec<Candidate>,
    by_name: HashMap<String, Vec<usize>>,
    by_first_namespace: HashMap<String, Vec<usize>>,
}

impl Candidate {
    fn new(resource: &Resource) -> Self {
        Self {
            name: resource.name().to_owned(),
            namespace: resource.namespace().to_owned(),
            id: resource.id(),
            first: resource.original_id(),
            kinds: resource.previous_ids().map(|id| id.gvk).collect(),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
        }
    }

    /// Says whether it once had a kind that `wanted` names.
    pub(super) fn was_of_kind(&self, wanted: &Gvk) -> bool {
        self.kinds.iter().any(|kind| kind.is_selected(wanted))
    }

    pub(super) fn same_affixes(&self, other: &Self, lenient: bool) -> bool {
        crate::resource::same_affixes(&self.prefixes, &other.prefixes, lenient)
            && crate::resource::same_affixes(&self.suffixes, &other.suffixes, lenient)
    }

    /// Says whether it has no namespace, at first or now.
    pub(super) fn is_cluster_scoped(&self, at_first: bool) -> bool {
        let id = if at_first { &self.first } else { &self.id };
        id.effective_namespace() == crate::resource::NO_NAMESPACE
    }
}

impl Index {
    pub(super) fn new(resources: &[Resource]) -> Self {
        let all: Vec<Candidate> = resources.iter().map(Candidate::new).collect();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_first_namespace: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, resource) in resources.iter().enumerate() {
            for previous in &resource.previous {
                let places = by_name.entry(previous.name.clone()).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
            let first = all[place].first.effective_namespace().to_owned();
            by_first_namespace.entry(first).or_default().push(place);
        }
        Self { all, by_name, by_first_namespace }
    }

    pub(super) fn at(&self, place: usize) -> &Candidate {
        &self.all[place]
    }

    /// Those that once had a name.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &Candidate> {
        self.by_name.get(name).into_iter().flatten().map(|place| &self.all[*place])
    }

    /// Those whose first namespace was this one.
    pub(super) fn begun_in(&self, namespace: &str) -> impl Iterator<Item = &Candidate> {
        let places =
            self.by_first_namespace.get(namespace).filter(|_| namespace != crate::resource::NO_NAMESPACE);
        places.into_iter().flatten().map(|place| &self.all[*place])
    }
}
