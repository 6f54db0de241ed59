//! Packet lines: a length in four hexadecimal digits, then that many bytes less four.

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// The longest packet that is read, its length included.
const PACKET_LIMIT: usize = 65_520;

/// One packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Packet {
    /// Bytes.
    Data(Bytes),
    /// The end of a message.
    Flush,
    /// A border within a message.
    Delimiter,
}

impl Packet {
    /// The text of a line, without its end.
    pub(super) fn line(&self) -> Option<&[u8]> {
        match self {
            Self::Data(bytes) => Some(bytes.strip_suffix(b"\n").unwrap_or(bytes)),
            Self::Flush | Self::Delimiter => None,
        }
    }
}

/// Why no packet could be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum PacketError {
    #[error("{0}")]
    Read(#[from] std::io::Error),
    #[error("the answer is not in the git protocol")]
    Malformed,
    #[error("the connection ended in the middle of an answer")]
    Ended,
}

/// Reads one packet; `None` at the end of the stream.
pub(super) async fn read(
    from: &mut (impl AsyncBufRead + Unpin + ?Sized),
) -> Result<Option<Packet>, PacketError> {
    if from.fill_buf().await?.is_empty() {
        return Ok(None);
    }
    let mut length = [0; 4];
    from.read_exact(&mut length).await.map_err(ended)?;
    let length = parse_length(length).ok_or(PacketError::Malformed)?;
    match length {
        0 => Ok(Some(Packet::Flush)),
        1 | 2 => Ok(Some(Packet::Delimiter)),
        4..=PACKET_LIMIT => {
            let mut bytes = BytesMut::zeroed(length - 4);
            from.read_exact(&mut bytes).await.map_err(ended)?;
            Ok(Some(Packet::Data(bytes.freeze())))
        }
        _ => Err(PacketError::Malformed),
    }
}

fn ended(error: std::io::Error) -> PacketError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => PacketError::Ended,
        _ => PacketError::Read(error),
    }
}

fn parse_length(digits: [u8; 4]) -> Option<usize> {
    digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
    usize::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()
}

/// A message under construction.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    /// Adds a line; its text must be shorter than a packet, which names and hashes are.
    pub(super) fn line(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(format!("{:04x}{text}\n", text.len() + 5).as_bytes());
        self
    }

    pub(super) fn flush(&mut self) -> &mut Self {
        self.0.extend_from_slice(b"0000");
        self
    }

    pub(super) fn delimiter(&mut self) -> &mut Self {
        self.0.extend_from_slice(b"0001");
        self
    }

    pub(super) fn finish(&mut self) -> Bytes {
        std::mem::take(&mut self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, Packet, PacketError, read};

    #[tokio::test]
    async fn what_is_written_is_read() {
        let bytes = Message::default().line("command=fetch").delimiter().line("done").flush().finish();
        let mut reader = &bytes[..];
        let mut packets = Vec::new();
        while let Some(packet) = read(&mut reader).await.expect("a packet") {
            packets.push(packet);
        }
        let data = |text: &'static [u8]| Packet::Data(text.into());
        assert_eq!(packets, [data(b"command=fetch\n"), Packet::Delimiter, data(b"done\n"), Packet::Flush]);
        assert_eq!(packets[0].line(), Some(&b"command=fetch"[..]));
    }

    #[tokio::test]
    async fn what_is_no_packet_is_refused() {
        for bytes in ["<htm", "0003", "ffff", "-001", "00"] {
            assert!(read(&mut bytes.as_bytes()).await.is_err(), "{bytes}");
        }
        assert!(matches!(read(&mut &b"0010abc"[..]).await, Err(PacketError::Ended)));
        assert!(matches!(read(&mut &b""[..]).await, Ok(None)));
    }
}
