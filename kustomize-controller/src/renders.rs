//! What Kustomizations last rendered to, kept for the next pass within a budget of bytes: repairing one object or looking
//! at the set again needs no build. The least recently used goes first; losing an entry costs a build and nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::memory::Inputs;
use crate::reconcile::build::Built;

/// How many bytes of JSON are kept; in memory it is several times as much.
pub const BUDGET: usize = 2 << 20;

/// The renders of one process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Renders {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug)]
struct Kept {
    /// By the uid of the Kustomization.
    renders: HashMap<String, Entry>,
    budget: usize,
    size: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    inputs: Inputs,
    built: Arc<Built>,
    used: u64,
}

impl Renders {
    /// Keeps renders of up to `budget` bytes of JSON together.
    pub fn new(budget: usize) -> Self {
        let kept = Kept { renders: HashMap::new(), budget, size: 0, clock: 0 };
        Self { kept: Arc::new(Mutex::new(kept)) }
    }

    /// What the object that asks for `inputs` last rendered to, and the inputs of that time, if it asked for the same.
    pub fn find(&self, inputs: &Inputs) -> Option<(Inputs, Arc<Built>)> {
        let mut kept = self.lock();
        kept.clock += 1;
        let now = kept.clock;
        let entry = kept.renders.get_mut(&inputs.uid).filter(|entry| entry.inputs.asks_the_same(inputs))?;
        entry.used = now;
        Some((entry.inputs.clone(), entry.built.clone()))
    }

    /// Keeps `built`, unless it is larger than all that may be kept.
    pub fn keep(&self, inputs: &Inputs, built: &Arc<Built>) {
        let mut kept = self.lock();
        kept.remove(&inputs.uid);
        if built.size > kept.budget {
            return;
        }
        while kept.size + built.size > kept.budget {
            kept.remove_oldest();
        }
        kept.clock += 1;
        kept.size += built.size;
        let entry = Entry { inputs: inputs.clone(), built: built.clone(), used: kept.clock };
        kept.renders.insert(inputs.uid.clone(), entry);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // A panic between the two writes of an insertion could only misjudge the size of what is kept.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn remove(&mut self, uid: &str) {
        if let Some(entry) = self.renders.remove(uid) {
            self.size -= entry.built.size;
        }
    }

    fn remove_oldest(&mut self) {
        match self.renders.iter().min_by_key(|(_, entry)| entry.used).map(|(uid, _)| uid.clone()) {
            Some(oldest) => self.remove(&oldest),
            None => self.size = 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(uid: &str, generation: i64) -> Inputs {
        Inputs {
            uid: uid.to_owned(),
            generation,
            revision: "main@sha1:1".to_owned(),
            digest: "sha256:1".to_owned(),
            variables: [0; 32],
        }
    }

    fn built(size: usize) -> Arc<Built> {
        Arc::new(Built { manifests: Vec::new(), checksum: String::new(), size, read_set: Arc::default() })
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let renders = Renders::new(100);
        let kept = |uids: &[&str]| -> Vec<bool> {
            uids.iter().map(|uid| renders.find(&inputs(uid, 1)).is_some()).collect()
        };
        for (uid, size) in [("a", 40), ("b", 40)] {
            renders.keep(&inputs(uid, 1), &built(size));
        }
        assert_eq!(kept(&["b", "a"]), [true, true]);
        renders.keep(&inputs("c", 1), &built(50));
        assert_eq!(kept(&["a", "b", "c"]), [true, false, true]);
        renders.keep(&inputs("d", 1), &built(101));
        assert_eq!(kept(&["a", "c", "d"]), [true, true, false]);
        // What replaces itself needs no room of others.
        renders.keep(&inputs("c", 2), &built(60));
        assert_eq!(kept(&["a", "c"]), [true, false], "another generation asks for something else");
        assert!(renders.find(&inputs("c", 2)).is_some());
    }
}
