//! The messages of `git-upload-pack`: protocol 2, and the first one for servers that know no other.
//!
//! Only what a reader of single commits needs is spoken. A reader never pushes, and never negotiates in rounds: it names
//! what it has and says `done`.

mod advertisement;
mod fetch;
mod refs;

use gix_hash::{Kind, ObjectId};

pub(super) use advertisement::{Advertisement, Version};
pub(super) use fetch::{FetchRequest, read_pack};
pub(super) use refs::{RemoteRef, ls_refs, read_refs};

pub(super) use super::packet::PacketError;

/// How this client names itself to servers.
pub(super) const AGENT: &str = concat!("sluice/", env!("CARGO_PKG_VERSION"));

/// Why an answer could not be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProtocolError {
    #[error(transparent)]
    Packet(#[from] PacketError),
    #[error("the answer is not in the git protocol")]
    Malformed,
    #[error("the answer names more references than {0} bytes hold")]
    TooManyRefs(usize),
    /// What the server says is wrong.
    #[error("the server reports an error")]
    Reported(Vec<u8>),
    #[error("the server lacks {0}")]
    Lacks(&'static str),
    #[error("the pack is larger than {0} bytes")]
    Oversized(u64),
    #[error("the pack could not be kept: {0}")]
    Spool(std::io::Error),
}

impl ProtocolError {
    /// Whether the server refuses to serve a commit by its hash, or does not have it.
    pub(super) fn is_unserved_commit(&self) -> bool {
        let Self::Reported(text) = self else { return false };
        let text = String::from_utf8_lossy(text);
        ["not our ref", "unadvertised object", "not valid", "bad object"]
            .iter()
            .any(|part| text.contains(part))
    }
}

/// Reads a hash of the repository's kind.
fn hash(text: &[u8], kind: Kind) -> Result<ObjectId, ProtocolError> {
    let hash = ObjectId::from_hex(text).map_err(|_| ProtocolError::Malformed)?;
    if hash.kind() == kind { Ok(hash) } else { Err(ProtocolError::Malformed) }
}

/// Turns the line of an error into one; other lines pass.
fn refuse_error(line: &[u8]) -> Result<&[u8], ProtocolError> {
    match line.strip_prefix(b"ERR ") {
        Some(text) => Err(ProtocolError::Reported(text.to_vec())),
        None => Ok(line),
    }
}
