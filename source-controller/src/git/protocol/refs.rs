//! References of a remote.

use gix_hash::{Kind, ObjectId};
use tokio::io::AsyncBufRead;

use super::{AGENT, Advertisement, ProtocolError, hash, refuse_error};
use crate::git::packet::{self, Message};

/// The most bytes of references that are read: some hundred thousand of them.
const REFS_LIMIT: usize = 64 * 1024 * 1024;

/// One reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::git) struct RemoteRef {
    /// The full name.
    pub(in crate::git) name: String,
    /// What it names: a commit or a tag object.
    pub(in crate::git) hash: ObjectId,
    /// What the tag object points at.
    pub(in crate::git) peeled: Option<ObjectId>,
}

impl RemoteRef {
    /// The commit behind it.
    pub(in crate::git) fn commit(&self) -> ObjectId {
        self.peeled.unwrap_or(self.hash)
    }
}

/// Writes the command that lists references with these prefixes; none: all.
pub(in crate::git) fn ls_refs(
    offer: &Advertisement,
    prefixes: &[String],
) -> Result<bytes::Bytes, ProtocolError> {
    let mut message = Message::default();
    message.line("command=ls-refs").line(&format!("agent={AGENT}"));
    if offer.value("object-format").is_some() {
        message.line(&format!("object-format={}", offer.object_format()?));
    }
    message.delimiter().line("peel");
    for prefix in prefixes {
        message.line(&format!("ref-prefix {prefix}"));
    }
    Ok(message.flush().finish())
}

/// Reads the answer to [`ls_refs`].
pub(in crate::git) async fn read_refs(
    kind: Kind,
    from: &mut (impl AsyncBufRead + Unpin + ?Sized),
) -> Result<Vec<RemoteRef>, ProtocolError> {
    let mut list = RefList::new(kind);
    while let Some(packet) = packet::read(from).await? {
        let Some(line) = packet.line() else { return Ok(list.finish()) };
        list.add_listed(refuse_error(line)?)?;
    }
    Err(packet::PacketError::Ended.into())
}

/// References as they arrive.
#[derive(Debug)]
pub(super) struct RefList {
    kind: Kind,
    bytes: usize,
    refs: Vec<RemoteRef>,
}

impl RefList {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, bytes: 0, refs: Vec::new() }
    }

    /// Adds `<hash> <name> [peeled:<hash>]…`.
    fn add_listed(&mut self, line: &[u8]) -> Result<(), ProtocolError> {
        let mut words = line.split(|byte| *byte == b' ');
        let hash_text = words.next().unwrap_or_default();
        let name = words.next().ok_or(ProtocolError::Malformed)?;
        let peeled = words.find_map(|word| word.strip_prefix(b"peeled:"));
        let peeled = peeled.map(|text| hash(text, self.kind)).transpose()?;
        if hash_text != b"unborn" {
            self.add(name, hash(hash_text, self.kind)?, peeled)?;
        }
        Ok(())
    }

    /// Adds `<hash> <name>`, where `<name>^{}` tells what the tag before it points at.
    pub(super) fn add_advertised(&mut self, line: &[u8]) -> Result<(), ProtocolError> {
        let space = line.iter().position(|byte| *byte == b' ').ok_or(ProtocolError::Malformed)?;
        let (hash_text, name) = (&line[..space], &line[space + 1..]);
        let target = hash(hash_text, self.kind)?;
        match name.strip_suffix(b"^{}") {
            None => self.add(name, target, None),
            // An empty repository has this line and no other.
            Some(b"capabilities") => Ok(()),
            Some(name) => {
                let last = self.refs.last_mut().filter(|last| last.name.as_bytes() == name);
                if let Some(last) = last {
                    last.peeled = Some(target);
                }
                Ok(())
            }
        }
    }

    fn add(&mut self, name: &[u8], hash: ObjectId, peeled: Option<ObjectId>) -> Result<(), ProtocolError> {
        self.bytes += name.len() + 64;
        if self.bytes > REFS_LIMIT {
            return Err(ProtocolError::TooManyRefs(REFS_LIMIT));
        }
        // A name that is not UTF-8 cannot be asked for by an object either.
        if let Ok(name) = std::str::from_utf8(name) {
            self.refs.push(RemoteRef { name: name.to_owned(), hash, peeled });
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Vec<RemoteRef> {
        self.refs
    }
}
