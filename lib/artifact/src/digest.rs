//! Digests in the form `<algorithm>:<hex>`: parsed once, printed as they were, computed while bytes pass by.
//!
//! An unknown algorithm, a wrong length or an upper-case letter is refused when parsed, so a [`Digest`] is always one that
//! can be compared with.

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// A hash function an artifact may be named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Algorithm {
    /// SHA-1, kept for old artifacts; not collision resistant.
    Sha1,
    /// SHA-256, the default.
    #[default]
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// BLAKE3 with its default 32 bytes.
    Blake3,
}

/// The digest of some bytes: an algorithm and the lower-case hexadecimal hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    algorithm: Algorithm,
    hex: String,
}

/// Why a digest or the name of an algorithm was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseDigestError {
    /// The text has no colon.
    #[error("digest has no algorithm: expected <algorithm>:<hex>")]
    NoAlgorithm,
    /// The algorithm is not one of ours.
    #[error("unsupported digest algorithm {0:?}: expected sha256, sha1, sha384, sha512 or blake3")]
    UnknownAlgorithm(String),
    /// The hash is not lower-case hexadecimal of the length the algorithm gives.
    #[error("digest is not {expected} lower-case hexadecimal digits")]
    NotHex {
        /// How many digits the algorithm gives.
        expected: usize,
    },
}

/// Computes a digest of bytes given piece by piece.
#[derive(Debug, Clone)]
pub struct Hasher(State);

/// Passes bytes on to a writer while it hashes and counts them.
#[derive(Debug)]
pub struct HashingWriter<W> {
    inner: W,
    hasher: Hasher,
    written: u64,
}

// The variants differ much in size; there is one hasher for a file, so a box would gain nothing.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one value for each file, never kept in numbers")]
enum State {
    Sha1(Sha1),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
    Blake3(blake3::Hasher),
}

// === impl Algorithm ===

impl Algorithm {
    /// Every algorithm, in the order messages list them.
    pub const ALL: [Self; 5] = [Self::Sha256, Self::Sha1, Self::Sha384, Self::Sha512, Self::Blake3];

    /// Returns the name used in digests and flags.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Blake3 => "blake3",
        }
    }

    /// Returns how many hexadecimal digits a hash has.
    const fn hex_digits(self) -> usize {
        match self {
            Self::Sha1 => 40,
            Self::Sha256 | Self::Blake3 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = ParseDigestError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| ParseDigestError::UnknownAlgorithm(name.chars().take(32).collect()))
    }
}

// === impl Digest ===

impl Digest {
    /// Computes the digest of `bytes`.
    #[must_use]
    pub fn of(algorithm: Algorithm, bytes: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish()
    }

    /// Computes the digest of everything `reader` gives, with the number of bytes read.
    ///
    /// # Errors
    /// What the reader reports.
    pub fn of_reader(algorithm: Algorithm, mut reader: impl Read) -> io::Result<(Self, u64)> {
        let mut writer = HashingWriter::new(io::sink(), algorithm);
        io::copy(&mut reader, &mut writer)?;
        let (digest, size, _) = writer.finish();
        Ok((digest, size))
    }

    /// Returns the algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the hash as lower-case hexadecimal digits, without the algorithm.
    #[must_use]
    pub fn hex(&self) -> &str {
        &self.hex
    }

    /// Tells whether `bytes` have this digest.
    #[must_use]
    pub fn verify(&self, bytes: &[u8]) -> bool {
        Self::of(self.algorithm, bytes) == *self
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.hex)
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (algorithm, hex) = text.split_once(':').ok_or(ParseDigestError::NoAlgorithm)?;
        let algorithm: Algorithm = algorithm.parse()?;
        let expected = algorithm.hex_digits();
        let is_hex = hex.len() == expected && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hex {
            return Err(ParseDigestError::NotHex { expected });
        }
        Ok(Self { algorithm, hex: hex.to_owned() })
    }
}

// === impl Hasher ===

impl Hasher {
    /// Starts a digest.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Sha1 => State::Sha1(Sha1::new()),
            Algorithm::Sha256 => State::Sha256(Sha256::new()),
            Algorithm::Sha384 => State::Sha384(Sha384::new()),
            Algorithm::Sha512 => State::Sha512(Sha512::new()),
            Algorithm::Blake3 => State::Blake3(blake3::Hasher::new()),
        })
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha1(state) => state.update(bytes),
            State::Sha256(state) => state.update(bytes),
            State::Sha384(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
            State::Blake3(state) => {
                state.update(bytes);
            }
        }
    }

    /// Ends the digest.
    #[must_use]
    pub fn finish(self) -> Digest {
        let (algorithm, hex) = match self.0 {
            State::Sha1(state) => (Algorithm::Sha1, hex::encode(state.finalize())),
            State::Sha256(state) => (Algorithm::Sha256, hex::encode(state.finalize())),
            State::Sha384(state) => (Algorithm::Sha384, hex::encode(state.finalize())),
            State::Sha512(state) => (Algorithm::Sha512, hex::encode(state.finalize())),
            State::Blake3(state) => (Algorithm::Blake3, state.finalize().to_hex().to_string()),
        };
        Digest { algorithm, hex }
    }
}

// === impl HashingWriter ===

impl<W> HashingWriter<W> {
    /// Wraps `inner`.
    pub fn new(inner: W, algorithm: Algorithm) -> Self {
        Self { inner, hasher: Hasher::new(algorithm), written: 0 }
    }

    /// Ends the digest and returns it with the number of bytes passed on and the writer.
    pub fn finish(self) -> (Digest, u64, W) {
        (self.hasher.finish(), self.written, self.inner)
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..taken]);
        self.written += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_input_has_the_published_hashes() {
        for (algorithm, prefix) in [
            (Algorithm::Sha1, "sha1:da39a3ee5e6b4b0d"),
            (Algorithm::Sha256, "sha256:e3b0c44298fc1c14"),
            (Algorithm::Sha384, "sha384:38b060a751ac9638"),
            (Algorithm::Sha512, "sha512:cf83e1357eefb8bd"),
            (Algorithm::Blake3, "blake3:af1349b9f5f9a1a6"),
        ] {
            let digest = Digest::of(algorithm, b"");
            assert!(digest.to_string().starts_with(prefix), "{digest}");
            assert_eq!(digest.to_string().parse(), Ok(digest.clone()));
            assert!(digest.verify(b"") && !digest.verify(b"x"));
        }
    }

    #[test]
    fn malformed_digests_are_refused() {
        let upper = format!("sha256:{}", "A".repeat(64));
        for (text, error) in [
            ("", ParseDigestError::NoAlgorithm),
            ("e3b0", ParseDigestError::NoAlgorithm),
            ("md5:00", ParseDigestError::UnknownAlgorithm("md5".into())),
            ("SHA256:00", ParseDigestError::UnknownAlgorithm("SHA256".into())),
            ("sha256:", ParseDigestError::NotHex { expected: 64 }),
            ("sha1:zz", ParseDigestError::NotHex { expected: 40 }),
            (&upper, ParseDigestError::NotHex { expected: 64 }),
        ] {
            assert_eq!(text.parse::<Digest>(), Err(error), "{text}");
        }
    }
}
