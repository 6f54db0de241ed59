//! Private keys of all kinds that certificates are made with.
//!
//! Refused: what Go refuses; keys on P-224 are too.

use super::der::{
    INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, bit_string, integer, sequence, tagged,
};
use super::ec::EcKey;
use super::pem;
use super::rsa::RsaKey;
use ed25519_dalek::{Signer as _, SigningKey};

const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const RSA_WITH_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];
const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const ED25519: &[u8] = &[0x2B, 0x65, 0x70];

/// A private key.
pub enum PrivateKey {
    /// RSA
    Rsa(RsaKey),
    /// ECDSA
    Ec(EcKey),
    /// Ed25519
    Ed25519(SigningKey),
    /// DSA, which is read and written only.
    Dsa(Vec<u8>),
}

impl PrivateKey {
    /// Reads a key from PEM.
    pub fn from_pem(text: &[u8]) -> Result<Self, String> {
        let block = pem::decode(text).ok_or("no PEM data in input")?;
        if block.label == "PRIVATE KEY" {
            return Self::from_pkcs8(&block.content)
                .map_err(|problem| format!("decoding PEM as PKCS#8: {problem}"));
        }
        let Some(kind) = block.label.strip_suffix(" PRIVATE KEY") else {
            return Err(format!("no private key data in PEM block of type {}", block.label));
        };
        let parsed = match kind {
            "RSA" => Self::from_pkcs1(&block.content),
            "EC" => EcKey::from_der(&block.content, None).map(Self::Ec),
            "DSA" => Self::from_dsa(&block.content),
            _ => return Err(format!("invalid private key type {}", block.label)),
        };
        parsed.map_err(|problem| format!("parsing {kind} private key from PEM: {problem}"))
    }

    fn from_pkcs1(der: &[u8]) -> Result<Self, String> {
        RsaKey::from_der(der)
            .map(Self::Rsa)
            .ok_or_else(|| "asn1: structure error: invalid RSA key".to_owned())
    }

    fn from_dsa(der: &[u8]) -> Result<Self, String> {
        let numbers = Reader(der)
            .expect(SEQUENCE)
            .map(|key| key.inside())
            .and_then(|mut key| (0..6).try_for_each(|_| key.number().map(|_| ())));
        numbers.map(|()| Self::Dsa(der.to_vec())).ok_or_else(|| "asn1: structure error".to_owned())
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, String> {
        let malformed = || "asn1: structure error: malformed PKCS#8".to_owned();
        let mut key = Reader(der).expect(SEQUENCE).ok_or_else(malformed)?.inside();
        key.expect(INTEGER).ok_or_else(malformed)?;
        let mut algorithm = key.expect(SEQUENCE).ok_or_else(malformed)?.inside();
        let name = algorithm.expect(OBJECT_IDENTIFIER).ok_or_else(malformed)?.content;
        let inner = key.expect(OCTET_STRING).ok_or_else(malformed)?.content;
        let embedded = |kind: &str, problem: String| {
            format!("x509: failed to parse {kind} private key embedded in PKCS#8: {problem}")
        };
        match name {
            RSA => Self::from_pkcs1(inner).map_err(|problem| embedded("RSA", problem)),
            EC => {
                let curve = algorithm.optional(OBJECT_IDENTIFIER).map(|curve| curve.content);
                EcKey::from_der(inner, curve).map(Self::Ec).map_err(|problem| embedded("EC", problem))
            }
            ED25519 => Self::from_seed(inner),
            _ => Err("x509: PKCS#8 wrapping contained private key with unknown algorithm".to_owned()),
        }
    }

    fn from_seed(der: &[u8]) -> Result<Self, String> {
        let seed = Reader(der).expect(OCTET_STRING).ok_or("x509: invalid Ed25519 private key")?.content;
        let bytes: &[u8; 32] = seed
            .try_into()
            .map_err(|_| format!("x509: invalid Ed25519 private key length: {}", seed.len()))?;
        Ok(Self::Ed25519(SigningKey::from_bytes(bytes)))
    }

    /// Writes the key as PEM, in the form of its kind.
    pub fn to_pem(&self) -> Option<String> {
        Some(match self {
            Self::Rsa(key) => pem::encode("RSA PRIVATE KEY", &key.to_der()?),
            Self::Ec(key) => pem::encode("EC PRIVATE KEY", &key.to_der()),
            Self::Ed25519(key) => {
                let inner = tagged(OCTET_STRING, key.as_bytes());
                let name = sequence(&[&tagged(OBJECT_IDENTIFIER, ED25519)]);
                let der = sequence(&[&integer(&[0]), &name, &tagged(OCTET_STRING, &inner)]);
                pem::encode("PRIVATE KEY", &der)
            }
            Self::Dsa(der) => pem::encode("DSA PRIVATE KEY", der),
        })
    }

    /// The public key without its algorithm.
    fn public(&self) -> Vec<u8> {
        match self {
            Self::Rsa(key) => key.public(),
            Self::Ec(key) => key.public(),
            Self::Ed25519(key) => key.verifying_key().as_bytes().to_vec(),
            Self::Dsa(_) => Vec::new(),
        }
    }

    /// The public key as certificates hold it, whole and without its algorithm. DSA keys have none.
    pub fn public_info(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let null = tagged(NULL, &[]);
        let algorithm = match self {
            Self::Rsa(_) => sequence(&[&tagged(OBJECT_IDENTIFIER, RSA), &null]),
            Self::Ec(key) => sequence(&[&tagged(OBJECT_IDENTIFIER, EC), &key.identifier()]),
            Self::Ed25519(_) => sequence(&[&tagged(OBJECT_IDENTIFIER, ED25519)]),
            Self::Dsa(_) => return None,
        };
        let public = self.public();
        Some((sequence(&[&algorithm, &bit_string(&public)]), public))
    }

    /// The algorithm of [`Self::sign`].
    pub fn signature_algorithm(&self) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(_) => {
                Some(sequence(&[&tagged(OBJECT_IDENTIFIER, RSA_WITH_SHA256), &tagged(NULL, &[])]))
            }
            Self::Ec(key) => Some(key.algorithm()),
            Self::Ed25519(_) => Some(sequence(&[&tagged(OBJECT_IDENTIFIER, ED25519)])),
            Self::Dsa(_) => None,
        }
    }

    /// Signs.
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(key) => key.sign(message),
            Self::Ec(key) => key.sign(message),
            Self::Ed25519(key) => key.try_sign(message).ok().map(|signature| signature.to_vec()),
            Self::Dsa(_) => None,
        }
    }
}
