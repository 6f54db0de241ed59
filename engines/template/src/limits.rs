//! What a render may use, and whom it may ask: limits, budgets, the host.
//!
//! Every limit ends in an error, never in a panic or an endless run.

use std::any::Any;
use std::cell::Cell;

use crate::error::Error;
use crate::value::Value;
use crate::value::cycles::Scope;

/// What a render may use. The defaults leave room for every chart known.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Nesting of template calls, `include` and `tpl`.
    pub depth: usize,
    /// Nesting of parentheses and blocks while parsing.
    pub parse_depth: usize,
    /// Bytes of output, all renders of a run together.
    pub output: usize,
    /// Actions executed and loop turns taken, all renders of a run together.
    pub steps: u64,
    /// Bytes that functions may produce, all together (an element of a list or map counts as 64).
    pub produced: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 1000, parse_depth: 500, output: 256 << 20, steps: 50_000_000, produced: 1 << 30 }
    }
}

/// What only the outside knows. Every method has a default that gives nothing away.
pub trait Host {
    /// Returns the time now: seconds and nanoseconds since 1970 in UTC.
    fn now(&self) -> (i64, u32) {
        (0, 0)
    }

    /// Returns the IANA name of the local time zone.
    fn zone(&self) -> &str {
        "UTC"
    }

    /// Fills a buffer with random bytes.
    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }

    /// Reads an object of the cluster (`name` empty: the list), as a map; an empty map if there is none.
    fn lookup(&self, _api_version: &str, _kind: &str, _namespace: &str, _name: &str) -> Result<Value, Error> {
        Ok(Value::Map(crate::value::Map::empty()))
    }
}

/// A host that tells the epoch and no randomness.
impl Host for () {}

/// All that a run needs beside templates and data; one per chart render, shared by all its templates.
pub struct Environment<'a> {
    /// The outside.
    pub host: &'a dyn Host,
    /// The caller's own state, for its own functions ([`crate::Call::state`]).
    pub state: &'a dyn Any,
    /// What is left.
    pub budget: Budget,
    /// Cuts maps that hold themselves at the end.
    _scope: Scope,
}

impl<'a> Environment<'a> {
    /// Makes an environment with full budgets.
    pub fn new(host: &'a dyn Host, state: &'a dyn Any, limits: Limits) -> Self {
        Self { host, state, budget: Budget::new(limits), _scope: Scope::open() }
    }
}

/// What is left of the limits.
pub struct Budget {
    limits: Limits,
    depth: Cell<usize>,
    output: Cell<usize>,
    steps: Cell<u64>,
    produced: Cell<usize>,
}

impl Budget {
    /// Makes a full budget.
    pub fn new(limits: Limits) -> Self {
        Self {
            depth: Cell::new(limits.depth),
            output: Cell::new(limits.output),
            steps: Cell::new(limits.steps),
            produced: Cell::new(limits.produced),
            limits,
        }
    }

    /// Returns the limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes steps.
    pub fn step(&self, count: u64) -> Result<(), Error> {
        match self.steps.get().checked_sub(count) {
            Some(left) => {
                self.steps.set(left);
                Ok(())
            }
            None => Err(Error::limit(format!("more than {} steps", self.limits.steps))),
        }
    }

    /// Takes bytes that a function is about to produce; call it before allocating.
    pub fn produce(&self, bytes: usize) -> Result<(), Error> {
        match self.produced.get().checked_sub(bytes) {
            Some(left) => {
                self.produced.set(left);
                Ok(())
            }
            None => Err(Error::limit(format!("functions produced more than {} bytes", self.limits.produced))),
        }
    }

    /// Returns how many bytes functions may still produce.
    pub fn room(&self) -> usize {
        self.produced.get()
    }

    /// Returns how many bytes of output there may still be.
    pub fn output_room(&self) -> usize {
        self.output.get()
    }

    /// Takes bytes of output.
    pub fn write(&self, bytes: usize) -> Result<(), Error> {
        match self.output.get().checked_sub(bytes) {
            Some(left) => {
                self.output.set(left);
                Ok(())
            }
            None => Err(Error::limit(format!("more than {} bytes of output", self.limits.output))),
        }
    }

    /// Goes one level deeper; [`Budget::leave`] comes back.
    pub fn enter(&self) -> Result<(), Error> {
        match self.depth.get().checked_sub(1) {
            Some(left) => {
                self.depth.set(left);
                Ok(())
            }
            None => Err(Error::limit(format!("exceeded maximum template depth ({})", self.limits.depth))),
        }
    }

    /// Comes back one level.
    pub fn leave(&self) {
        self.depth.set(self.depth.get() + 1);
    }
}
