//! Asking for commits and receiving a pack.

use bytes::Bytes;
use gix_hash::ObjectId;
use tokio::io::AsyncBufRead;

use super::{AGENT, Advertisement, ProtocolError, Version, refuse_error};
use crate::git::mirror::Whole;
use crate::git::packet::{self, Message, Packet, PacketError};
use crate::git::spool::Spool;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub(in crate::git) struct FetchRequest {
    /// The commits wanted.
    pub(in crate::git) wants: Vec<ObjectId>,
    /// Commits that are here already.
    pub(in crate::git) haves: Vec<Whole>,
    /// Whether the histories of the wanted commits are wanted too.
    pub(in crate::git) history: bool,
}

impl FetchRequest {
    /// Writes the request for a server with these capabilities.
    pub(in crate::git) fn message(&self, offer: &Advertisement) -> Result<Bytes, ProtocolError> {
        match offer.version {
            Version::First => self.first(offer),
            Version::Second => self.second(offer),
        }
    }

    fn second(&self, offer: &Advertisement) -> Result<Bytes, ProtocolError> {
        let mut message = Message::default();
        message.line("command=fetch").line(&format!("agent={AGENT}"));
        if offer.value("object-format").is_some() {
            message.line(&format!("object-format={}", offer.object_format()?));
        }
        message.delimiter().line("thin-pack").line("no-progress").line("ofs-delta");
        for want in &self.wants {
            message.line(&format!("want {want}"));
        }
        self.boundary(offer, &mut message);
        for have in &self.haves {
            message.line(&format!("have {}", have.hash));
        }
        Ok(message.line("done").flush().finish())
    }

    fn first(&self, offer: &Advertisement) -> Result<Bytes, ProtocolError> {
        let mut wanted = vec![format!("agent={AGENT}")];
        for capability in ["side-band-64k", "thin-pack", "ofs-delta", "no-progress", "shallow"] {
            if offer.value(capability).is_some() {
                wanted.push(capability.to_owned());
            } else if capability == "side-band-64k" {
                return Err(ProtocolError::Lacks(capability));
            }
        }
        if let Some(format) = offer.value("object-format") {
            wanted.push(format!("object-format={format}"));
        }
        let mut message = Message::default();
        for (index, want) in self.wants.iter().enumerate() {
            let capabilities = if index == 0 { format!(" {}", wanted.join(" ")) } else { String::new() };
            message.line(&format!("want {want}{capabilities}"));
        }
        self.boundary(offer, &mut message);
        message.flush();
        for have in &self.haves {
            message.line(&format!("have {}", have.hash));
        }
        Ok(message.line("done").finish())
    }

    /// Tells where history ends here, and that it should end at the wanted commits.
    fn boundary(&self, offer: &Advertisement, message: &mut Message) {
        if !offer.has_shallow() {
            return;
        }
        for have in self.haves.iter().filter(|have| !have.history) {
            message.line(&format!("shallow {}", have.hash));
        }
        if !self.history {
            message.line("deepen 1");
        }
    }
}

/// Reads the answer to a fetch and keeps the pack in it, which must not be larger than `limit` bytes.
pub(in crate::git) async fn read_pack(
    from: &mut (impl AsyncBufRead + Unpin + ?Sized),
    spool: &mut Spool,
    limit: u64,
) -> Result<(), ProtocolError> {
    let mut received = 0;
    while let Some(packet) = packet::read(from).await? {
        let Packet::Data(bytes) = &packet else {
            // Borders come before the pack too; only after it they end the answer.
            if received > 0 {
                return Ok(());
            } else {
                continue;
            };
        };
        match bytes.split_first() {
            Some((1, piece)) => {
                received += piece.len() as u64;
                if received > limit {
                    return Err(ProtocolError::Oversized(limit));
                }
                spool.write(piece).await.map_err(ProtocolError::Spool)?;
            }
            Some((2, _)) => {}
            Some((3, text)) => return Err(ProtocolError::Reported(text.to_vec())),
            _ => {
                refuse_error(packet.line().unwrap_or_default())?;
            }
        }
    }
    Err(PacketError::Ended.into())
}
