//! RSA keys: generated, read and written in PKCS#1, signing with SHA-256.

use super::der::{integer, sequence};
use super::source::Source;
use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _};
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::traits::PublicKeyParts as _;
use sha2::{Digest as _, Sha256};

/// An RSA key.
pub struct RsaKey(RsaPrivateKey);

impl RsaKey {
    /// Generates a key; `None` when the source of randomness does not lead to one.
    pub fn generate(source: &mut Source<'_>, bits: usize) -> Option<Self> {
        RsaPrivateKey::new(source, bits).ok().map(Self)
    }

    /// Reads a key in PKCS#1.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        RsaPrivateKey::from_pkcs1_der(der).ok().map(Self)
    }

    /// Writes the key in PKCS#1.
    pub fn to_der(&self) -> Option<Vec<u8>> {
        self.0.to_pkcs1_der().ok().map(|document| document.as_bytes().to_vec())
    }

    /// The modulus and the exponent.
    pub fn public(&self) -> Vec<u8> {
        let modulus = integer(&self.0.n().to_be_bytes());
        sequence(&[&modulus, &integer(&self.0.e().to_be_bytes())])
    }

    /// Signs with PKCS#1 v1.5 and SHA-256.
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.0.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)).ok()
    }
}
