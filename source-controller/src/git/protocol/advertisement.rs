//! What a server offers before it is asked anything.

use gix_hash::Kind;
use tokio::io::AsyncBufRead;

use super::refs::{RefList, RemoteRef};
use super::{ProtocolError, refuse_error};
use crate::git::packet::{self, Packet};

/// The most lines of capabilities that are read.
const CAPABILITY_LIMIT: usize = 256;

/// The version of the protocol a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::git) enum Version {
    /// References come unasked, with the capabilities on the first line.
    First,
    /// Commands, with capabilities of their own.
    Second,
}

/// The capabilities of a server and, with the first protocol, all of its references.
#[derive(Debug, Clone)]
pub(in crate::git) struct Advertisement {
    pub(in crate::git) version: Version,
    pub(in crate::git) refs: Vec<RemoteRef>,
    capabilities: Vec<String>,
}

impl Advertisement {
    /// Reads it; over HTTP a line that names the service comes first.
    pub(in crate::git) async fn read(
        from: &mut (impl AsyncBufRead + Unpin + ?Sized),
    ) -> Result<Self, ProtocolError> {
        let mut first = packet::read(from).await?.ok_or(ProtocolError::Malformed)?;
        if first.line().is_some_and(|line| line.starts_with(b"# service=")) {
            packet::read(from).await?;
            first = packet::read(from).await?.ok_or(ProtocolError::Malformed)?;
        }
        match first.line().map(refuse_error).transpose()? {
            Some(b"version 2") => Self::read_second(from).await,
            Some(b"version 1") => {
                let first = packet::read(from).await?.ok_or(ProtocolError::Malformed)?;
                Self::read_first(first, from).await
            }
            Some(_) => Self::read_first(first, from).await,
            None if first == Packet::Flush => Ok(Self::of(Version::First, Vec::new())),
            None => Err(ProtocolError::Malformed),
        }
    }

    fn of(version: Version, capabilities: Vec<String>) -> Self {
        Self { version, refs: Vec::new(), capabilities }
    }

    async fn read_second(from: &mut (impl AsyncBufRead + Unpin + ?Sized)) -> Result<Self, ProtocolError> {
        let mut capabilities = Vec::new();
        while let Some(packet) = packet::read(from).await? {
            let Some(line) = packet.line() else { return Ok(Self::of(Version::Second, capabilities)) };
            if capabilities.len() == CAPABILITY_LIMIT {
                break;
            }
            capabilities.push(String::from_utf8_lossy(refuse_error(line)?).into_owned());
        }
        Err(ProtocolError::Malformed)
    }

    async fn read_first(
        first: Packet,
        from: &mut (impl AsyncBufRead + Unpin + ?Sized),
    ) -> Result<Self, ProtocolError> {
        let line = first.line().ok_or(ProtocolError::Malformed)?;
        let zero = line.iter().position(|byte| *byte == 0).ok_or(ProtocolError::Malformed)?;
        let (reference, capabilities) = (&line[..zero], &line[zero + 1..]);
        let capabilities = String::from_utf8_lossy(capabilities);
        let mut offer = Self::of(Version::First, capabilities.split(' ').map(str::to_owned).collect());
        let mut refs = RefList::new(offer.object_format()?);
        refs.add_advertised(reference)?;
        while let Some(packet) = packet::read(from).await? {
            let Some(line) = packet.line() else {
                offer.refs = refs.finish();
                return Ok(offer);
            };
            if !line.starts_with(b"shallow ") {
                refs.add_advertised(refuse_error(line)?)?;
            }
        }
        Err(ProtocolError::Malformed)
    }

    /// The value of a capability: empty when it has none, `None` when it is not offered.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.capabilities.iter().find_map(|capability| match capability.split_once('=') {
            Some((key, value)) => (key == name).then_some(value),
            None => (capability == name).then_some(""),
        })
    }

    /// Whether commits can be had without their history.
    pub(in crate::git) fn has_shallow(&self) -> bool {
        match self.version {
            Version::First => self.value("shallow").is_some(),
            Version::Second => self
                .value("fetch")
                .is_some_and(|features| features.split(' ').any(|feature| feature == "shallow")),
        }
    }

    /// The kind of hashes the repository uses.
    pub(in crate::git) fn object_format(&self) -> Result<Kind, ProtocolError> {
        match self.value("object-format") {
            None | Some("sha1") => Ok(Kind::Sha1),
            Some("sha256") => Ok(Kind::Sha256),
            Some(_) => Err(ProtocolError::Lacks("an object format known here")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Advertisement, Version};
    use crate::git::packet::Message;

    async fn read(message: &mut Message) -> Option<Advertisement> {
        Advertisement::read(&mut &message.finish()[..]).await.ok()
    }

    fn hash(digit: char) -> String {
        digit.to_string().repeat(40)
    }

    #[tokio::test]
    async fn the_second_protocol() {
        let mut message = Message::default();
        message.line("# service=git-upload-pack").flush().line("version 2").line("ls-refs=unborn");
        message.line("fetch=filter shallow").line("object-format=sha1").flush();
        let offer = read(&mut message).await.expect("an offer");
        assert!(offer.version == Version::Second && offer.has_shallow() && offer.refs.is_empty());
        assert_eq!((offer.value("ls-refs"), offer.value("refs")), (Some("unborn"), None));
    }

    #[tokio::test]
    async fn the_first_protocol() {
        let mut message = Message::default();
        message.line(&format!("{} HEAD\0 shallow side-band-64k agent=git/2", hash('a')));
        message
            .line(&format!("{} refs/tags/v1", hash('b')))
            .line(&format!("{} refs/tags/v1^{{}}", hash('a')));
        message.line(&format!("shallow {}", hash('c'))).flush();
        let offer = read(&mut message).await.expect("an offer");
        let names: Vec<_> =
            offer.refs.iter().map(|found| (found.name.as_str(), found.commit().to_string())).collect();
        assert_eq!(names, [("HEAD", hash('a')), ("refs/tags/v1", hash('a'))]);
        assert!(offer.version == Version::First && offer.has_shallow());
    }

    #[tokio::test]
    async fn an_empty_repository_of_the_first_protocol() {
        let mut message = Message::default();
        message.line(&format!("{} capabilities^{{}}\0shallow", hash('0'))).flush();
        assert!(read(&mut message).await.expect("an offer").refs.is_empty());
    }

    #[tokio::test]
    async fn what_is_no_offer() {
        for lines in [
            vec![],
            vec!["version 2".to_owned()],
            vec!["version 3".to_owned()],
            vec!["ERR no".to_owned()],
            vec![format!("{} HEAD", hash('a'))],
            vec![format!("{} HEAD\0caps", "a".repeat(39))],
            vec![format!("{} HEAD\0object-format=md5", hash('a'))],
            vec![format!("{} HEAD\0object-format=sha256", hash('a'))],
        ] {
            let mut message = Message::default();
            for line in &lines {
                message.line(line);
            }
            if !lines.iter().any(|line| line == "version 2") {
                message.delimiter();
            }
            assert!(read(&mut message).await.is_none(), "{lines:?}");
        }
        let mut endless = Message::default();
        endless.line("version 2");
        for number in 0..1000 {
            endless.line(&format!("capability{number}"));
        }
        assert!(read(endless.flush()).await.is_none());
    }
}
