//! What every Sluice controller shares at run time: start-up, watching and scheduling, status, events, metrics.
//!
//! It holds no decision of any one controller, uses no engine and no renderer, and makes no API request on its own
//! apart from lists, watches, leases and what a caller asks for.

pub mod access;
pub mod args;
pub mod backoff;
mod causes;
pub mod conditions;
pub mod context;
pub mod controller;
pub mod election;
pub mod events;
pub mod finalizer;
mod guarded;
pub mod interval;
pub mod metrics;
#[cfg(test)]
mod scripted;
pub mod start;
pub mod status;
pub mod watch;

pub use causes::causes;
pub use context::Context;
pub use kube::runtime::reflector::ObjectRef;
