//! What one pass leaves for the next, per Kustomization.
//!
//! Nothing here is needed to be correct: a restart begins without it and only does more work. What must survive a
//! crash is in the object's status.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use kube::runtime::reflector::ObjectRef;
use sluice_crds::kustomize::Kustomization;
use sluice_kustomize::ReadSet;

use crate::reconcile::build::Built;

/// What decides the outcome of a pass: equal inputs render to equal objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// The object's identity; a recreated one starts afresh.
    pub uid: String,
    /// The object's generation.
    pub generation: i64,
    /// The source's revision.
    pub revision: String,
    /// The digest of the source's artifact.
    pub digest: String,
    /// The digest of the variables to substitute.
    pub variables: [u8; 32],
}

/// An attempt to apply some inputs that has not succeeded yet.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// What it applies.
    pub inputs: Inputs,
    /// When it began.
    pub since: Timestamp,
    /// How many objects the inventory held when it began.
    pub held: Option<usize>,
    /// When everything had been applied and the health checks began.
    pub checking_since: Option<Timestamp>,
    /// What the inputs render to, kept while the attempt is parked.
    pub built: Option<Arc<Built>>,
}

/// What was last applied with full success.
#[derive(Clone, Debug)]
pub struct Settled {
    /// What it was made from.
    pub inputs: Inputs,
    /// The checksum of what it rendered to.
    pub checksum: String,
    /// What the render looked at in the source.
    pub read_set: Arc<ReadSet>,
    /// Newer inputs that render to the same, as long as status does not say so.
    pub unsaid: Option<Inputs>,
}

/// What is remembered of one Kustomization.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// What was last applied with full success.
    pub settled: Option<Settled>,
    /// The attempt under way.
    pub attempt: Option<Attempt>,
}

impl Memory {
    /// The attempt at `inputs`: the one under way, or a new one.
    pub fn attempt_at(&self, inputs: &Inputs, now: Timestamp) -> Attempt {
        match &self.attempt {
            Some(attempt) if attempt.inputs == *inputs => attempt.resumed(now),
            _ => Attempt::new(inputs, now),
        }
    }
}

impl Settled {
    /// What `inputs` render to, once it is applied.
    pub fn new(inputs: Inputs, built: &Built) -> Self {
        let (checksum, read_set) = (built.checksum.clone(), built.read_set.clone());
        Self { inputs, checksum, read_set, unsaid: None }
    }

    /// The same, made from newer inputs that render to the same.
    pub fn at(self, inputs: Inputs) -> Self {
        Self { inputs, unsaid: None, ..self }
    }
}

impl Inputs {
    /// Whether both ask for the same of the source's files.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        (&self.uid, self.generation, self.variables) == (&other.uid, other.generation, other.variables)
    }
}

impl Attempt {
    /// An attempt that has done nothing yet.
    pub fn new(inputs: &Inputs, now: Timestamp) -> Self {
        Self { inputs: inputs.clone(), since: now, held: None, checking_since: None, built: None }
    }

    /// The attempt as it goes on: one that was parked where it was, one that failed with a time limit of its own.
    fn resumed(&self, now: Timestamp) -> Self {
        let since = if self.built.is_some() { self.since } else { now };
        Self { since, ..self.clone() }
    }
}

/// The memories of all Kustomizations; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Memories(Arc<Mutex<HashMap<ObjectRef<Kustomization>, Memory>>>);

impl Memories {
    /// What is remembered of `object`.
    pub fn recall(&self, object: &ObjectRef<Kustomization>) -> Memory {
        self.lock().get(object).cloned().unwrap_or_default()
    }

    /// Replaces what is remembered of `object`.
    pub fn keep(&self, object: ObjectRef<Kustomization>, memory: Memory) {
        self.lock().insert(object, memory);
    }

    /// Doubts that the last pass over `object` came to its end: status may not say what was done.
    pub fn unsettle(&self, object: &ObjectRef<Kustomization>) {
        if let Some(memory) = self.lock().get_mut(object) {
            memory.settled = None;
        }
    }

    /// Drops what is remembered of `object`.
    pub fn forget(&self, object: &ObjectRef<Kustomization>) {
        self.lock().remove(object);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ObjectRef<Kustomization>, Memory>> {
        // A panic while the map is held cannot leave it half-written: every access is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
