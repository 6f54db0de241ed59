//! Which objects each Kustomization wants, as of its last plan, and who waits to hear it: an object that left one
//! Kustomization may be wanted by another, and must then change hands instead of being deleted.
//!
//! Nothing here is needed to be correct after a restart: who has not planned yet says by its status what it has done.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube::runtime::reflector::ObjectRef;
use sluice_apply::inventory::Inventory;
use sluice_apply::object::ObjectId;
use sluice_crds::kustomize::Kustomization;

use crate::memory::Inputs;

/// What one Kustomization wants.
#[derive(Clone, Debug)]
pub struct Claim {
    /// What its last plan was made from.
    pub inputs: Inputs,
    /// The objects it wants.
    pub wanted: Arc<HashSet<ObjectId>>,
    /// Whether all of them have been applied.
    pub applied: bool,
}

/// The claims of all Kustomizations; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Claims(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    claims: HashMap<ObjectRef<Kustomization>, Claim>,
    /// Who is to be woken when something becomes known of whom.
    waiting: HashMap<ObjectRef<Kustomization>, Waiting>,
    /// The objects that a Kustomization has not deleted so far because another one may want them.
    spared: HashMap<ObjectRef<Kustomization>, BTreeSet<ObjectId>>,
}

/// Whom somebody waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// News of the last of them wakes: all have to say something first.
    ForAll(HashSet<ObjectRef<Kustomization>>),
    /// News of any of them wakes.
    ForAny(HashSet<ObjectRef<Kustomization>>),
}

impl Claim {
    /// Whether Kustomizations are among what is wanted: they may want objects in their turn.
    pub fn makes_kustomizations(&self) -> bool {
        let mut wanted = self.wanted.iter();
        wanted.any(|id| id.is(sluice_crds::kustomize::GROUP, "Kustomization"))
    }
}

impl Claims {
    /// Notes what a plan wants; returns who waits to hear it.
    pub fn plan(
        &self,
        by: &ObjectRef<Kustomization>,
        inputs: &Inputs,
        wanted: &Inventory,
    ) -> Vec<ObjectRef<Kustomization>> {
        let mut state = self.lock();
        let same = |claim: &&Claim| claim.wanted.len() == wanted.len();
        let known = state.claims.get(by).filter(same).filter(|claim| {
            let mut wanted = wanted.iter();
            wanted.all(|(id, _)| claim.wanted.contains(id))
        });
        let applied = known.is_some_and(|claim| claim.applied && claim.inputs == *inputs);
        let wanted = match known {
            Some(claim) => Arc::clone(&claim.wanted),
            None => Arc::new(wanted.iter().map(|(id, _)| id.clone()).collect()),
        };
        state.claims.insert(by.clone(), Claim { inputs: inputs.clone(), wanted, applied });
        state.tell(by)
    }

    /// Notes that all that the last plan wants is applied; returns who waits to hear it.
    pub fn applied(&self, by: &ObjectRef<Kustomization>) -> Vec<ObjectRef<Kustomization>> {
        let mut state = self.lock();
        match state.claims.get_mut(by) {
            Some(claim) if !claim.applied => claim.applied = true,
            _ => return Vec::new(),
        }
        state.tell(by)
    }

    /// Notes that newer inputs want the same; returns who waits to hear it.
    pub fn renew(&self, by: &ObjectRef<Kustomization>, inputs: &Inputs) -> Vec<ObjectRef<Kustomization>> {
        let mut state = self.lock();
        match state.claims.get_mut(by) {
            Some(claim) => claim.inputs = inputs.clone(),
            None => return Vec::new(),
        }
        state.tell(by)
    }

    /// Returns what is known of a Kustomization.
    pub fn of(&self, name: &ObjectRef<Kustomization>) -> Option<Claim> {
        self.lock().claims.get(name).cloned()
    }

    /// Returns who waits to hear of a Kustomization, whether it has said everything or not.
    pub fn who_waits_for(&self, name: &ObjectRef<Kustomization>) -> Vec<ObjectRef<Kustomization>> {
        let state = self.lock();
        let waiting = state.waiting.iter().filter(|(_, waiting)| waiting.whom().contains(name));
        waiting.map(|(waiting, _)| waiting.clone()).collect()
    }

    /// Says whom a Kustomization waits for, and which objects it has spared; replaces what was said before.
    pub fn wait(&self, name: &ObjectRef<Kustomization>, waiting: Waiting, spared: BTreeSet<ObjectId>) {
        let mut state = self.lock();
        match waiting.whom().is_empty() {
            true => drop(state.waiting.remove(name)),
            false => drop(state.waiting.insert(name.clone(), waiting)),
        }
        match spared.is_empty() {
            true => drop(state.spared.remove(name)),
            false => drop(state.spared.insert(name.clone(), spared)),
        }
    }

    /// Returns the objects that a Kustomization has spared so far.
    pub fn spared(&self, name: &ObjectRef<Kustomization>) -> BTreeSet<ObjectId> {
        self.lock().spared.get(name).cloned().unwrap_or_default()
    }

    /// Forgets a Kustomization that is no more, or wants nothing any more; returns who waits to hear it.
    pub fn forget(&self, name: &ObjectRef<Kustomization>) -> Vec<ObjectRef<Kustomization>> {
        let mut state = self.lock();
        state.claims.remove(name);
        state.waiting.remove(name);
        state.spared.remove(name);
        state.tell(name)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while the state is held cannot leave it half-written: every access is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes in that a Kustomization said something; returns who has heard enough.
    fn tell(&mut self, name: &ObjectRef<Kustomization>) -> Vec<ObjectRef<Kustomization>> {
        let enough = self.waiting.iter_mut().filter_map(|(who, waiting)| match waiting {
            Waiting::ForAny(whom) => whom.contains(name).then(|| who.clone()),
            Waiting::ForAll(whom) => (whom.remove(name) && whom.is_empty()).then(|| who.clone()),
        });
        enough.collect()
    }
}

impl Waiting {
    /// Waits for nobody.
    pub fn for_nobody() -> Self {
        Self::ForAny(HashSet::new())
    }

    fn whom(&self) -> &HashSet<ObjectRef<Kustomization>> {
        let (Self::ForAll(whom) | Self::ForAny(whom)) = self;
        whom
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_waits_for_all_hears_once() {
        let name = |name: &str| ObjectRef::<Kustomization>::new(name).within("n");
        let inputs = Inputs {
            uid: "uid".into(),
            generation: 1,
            revision: "main@sha1:1".into(),
            digest: String::new(),
            variables: [0; 32],
        };
        let claims = Claims::default();
        let wanted = Inventory::from_entries([("n_x__ConfigMap", "v1")]).unwrap();
        let both: HashSet<_> = [name("b"), name("c")].into();
        claims.wait(&name("a"), Waiting::ForAll(both.clone()), BTreeSet::new());
        claims.wait(&name("d"), Waiting::ForAny(both), BTreeSet::new());
        assert_eq!(claims.plan(&name("b"), &inputs, &wanted), [name("d")]);
        assert_eq!(claims.plan(&name("b"), &inputs, &wanted), [name("d")]);
        let mut heard = claims.plan(&name("c"), &inputs, &wanted);
        heard.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(heard, [name("a"), name("d")]);
        assert!(!claims.of(&name("c")).unwrap().applied);
        assert_eq!(claims.applied(&name("c")), [name("d")]);
        assert!(claims.of(&name("c")).unwrap().applied);
        assert_eq!(claims.applied(&name("c")), [], "told once");
        claims.plan(&name("c"), &inputs, &wanted);
        assert!(claims.of(&name("c")).unwrap().applied, "the same plan again is still applied");
        claims.plan(&name("c"), &Inputs { generation: 2, ..inputs }, &wanted);
        assert!(!claims.of(&name("c")).unwrap().applied);
    }
}
