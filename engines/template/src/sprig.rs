//! The sprig function library as Helm exposes it: one table per family of functions.
//!
//! Refuses: what reads the environment or the network (`env`, `expandenv`, `getHostByName`).
