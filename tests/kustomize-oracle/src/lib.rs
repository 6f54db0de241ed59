//! Two fuzzers for the kustomize engine. `differential` makes kustomizations out of a grammar, builds each with the
//! original and with the engine, and makes every difference small; `crash` feeds the engine's parser, merge and builds
//! with texts grown from valid ones. Both repeat exactly for a seed; neither needs a network.

pub mod case;
pub mod chance;
pub mod compare;
pub mod crash;
pub mod grammar;
pub mod minimise;
pub mod mutate;
pub mod original;
