//! Git as a source: what a reference names at a remote, and the files of a commit.
//!
//! The pieces, from the wire up: packets, protocol 2 (and the first one for servers that know no other),
//! HTTP and SSH sessions, a mirror of objects per remote and credentials, and a tree to read files from. Objects are
//! handled by gix; no configuration of the machine is read, no work tree is written, and no program is ever started:
//! SSH is spoken in process. Everything on the network is asynchronous, so giving up on it is dropping a future.

mod error;
mod http;
mod mirror;
mod mirrors;
mod pack;
mod packet;
mod protocol;
mod reference;
mod remote;
mod resolve;
mod session;
mod spool;
mod ssh;
mod tree;
mod version;

#[cfg(test)]
mod tests;

pub use error::GitError;
pub use mirrors::{Limits, Mirrors};
pub use reference::{Reference, ReferenceFields, Resolved};
pub use remote::{Auth, Remote, RemoteOptions, SshAlgorithms, SshAuth};
pub use tree::{Reader, Snapshot, TreeEntryKind};
