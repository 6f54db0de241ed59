//! What status remembers of an object beside its name, so that a new process need not ask about objects that nobody touched.
//! Pure; a memo that does not parse is no memo.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::{entry::EntryHash, object::Digest};

/// What our last apply of an object left, as far as a later process needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memo {
    /// The digest of the manifest that was applied, sealed with the account that did it.
    digest: Digest,
    /// Our entry in `metadata.managedFields` after the apply.
    pub entry: EntryHash,
}

/// How many characters the two texts of a memo have together.
pub(super) const CHARACTERS: usize = 2 * 22;

impl Memo {
    /// Remembers what an account applied.
    pub fn new(digest: Digest, entry: EntryHash, account: &str) -> Self {
        Self { digest: sealed(digest, account), entry }
    }

    /// Returns the digest of the manifest that was applied, if this account did it; some other digest otherwise.
    ///
    /// What one account was allowed says nothing about another: under a new one everything is tried again.
    pub fn digest(&self, account: &str) -> Digest {
        sealed(self.digest, account)
    }

    /// Reads the two texts of a status entry; nothing when one is missing or is not a memo's.
    pub(super) fn read(digest: Option<&str>, fields: Option<&str>) -> Option<Self> {
        Some(Self { digest: Digest(bytes(digest?)?), entry: EntryHash(bytes(fields?)?) })
    }

    /// Writes the texts of a status entry, first the digest and then the hash of the fields.
    pub(super) fn write(&self) -> (String, String) {
        (URL_SAFE_NO_PAD.encode(self.digest.0), URL_SAFE_NO_PAD.encode(self.entry.0))
    }
}

/// Seals a digest with a name, or opens it again.
fn sealed(digest: Digest, account: &str) -> Digest {
    let seal = Sha256::digest(account.as_bytes());
    Digest(std::array::from_fn(|at| digest.0[at] ^ seal[at]))
}

fn bytes(text: &str) -> Option<[u8; 16]> {
    // Longer texts are not worth decoding: a status can be written by others than us.
    let bytes = URL_SAFE_NO_PAD.decode(text.get(..22).filter(|head| head.len() == text.len())?).ok()?;
    bytes.try_into().ok()
}
