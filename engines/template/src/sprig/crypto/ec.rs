//! Keys on the curves P-256, P-384 and P-521: generated, read and written in SEC 1, signing.

use super::der::{
    INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, bit_string, integer, sequence, tagged,
};
use ecdsa::signature::Signer as _;

/// A curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// P-256
    P256,
    /// P-384
    P384,
    /// P-521
    P521,
}

/// The curves with their identifiers and the lengths of their keys, in bytes.
const CURVES: [(Curve, &[u8], usize); 3] = [
    (Curve::P256, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], 32),
    (Curve::P384, &[0x2B, 0x81, 0x04, 0x00, 0x22], 48),
    (Curve::P521, &[0x2B, 0x81, 0x04, 0x00, 0x23], 66),
];

/// A key on one of the curves.
pub enum EcKey {
    /// On P-256.
    P256(p256::ecdsa::SigningKey),
    /// On P-384.
    P384(p384::ecdsa::SigningKey),
    /// On P-521.
    P521(p521::ecdsa::SigningKey),
}

impl EcKey {
    /// Makes a key from its number; `None` when it is not between 0 and the order of the curve.
    pub fn from_number(curve: Curve, number: &[u8]) -> Option<Self> {
        Some(match curve {
            Curve::P256 => Self::P256(p256::ecdsa::SigningKey::from_slice(number).ok()?),
            Curve::P384 => Self::P384(p384::ecdsa::SigningKey::from_slice(number).ok()?),
            Curve::P521 => Self::P521(p521::ecdsa::SigningKey::from_slice(number).ok()?),
        })
    }

    /// Reads a key in SEC 1; `curve` is its identifier where it stands outside of the key.
    pub fn from_der(der: &[u8], curve: Option<&[u8]>) -> Result<Self, String> {
        let malformed = || "x509: failed to parse EC private key: asn1: structure error".to_owned();
        let (number, inner) = read(der).ok_or_else(malformed)?;
        let wanted = curve.or(inner).unwrap_or_default();
        let known = CURVES.iter().find(|(_, identifier, _)| *identifier == wanted);
        let (curve, _, length) = known.ok_or("x509: unknown elliptic curve")?;
        let excess = number.len().saturating_sub(*length);
        if number[..excess].iter().any(|byte| *byte != 0) {
            return Err("x509: invalid private key length".to_owned());
        }
        let mut padded = vec![0; length.saturating_sub(number.len())];
        padded.extend_from_slice(&number[excess..]);
        Self::from_number(*curve, &padded).ok_or_else(|| "crypto/ecdh: invalid private key".to_owned())
    }

    fn curve(&self) -> &'static (Curve, &'static [u8], usize) {
        match self {
            Self::P256(_) => &CURVES[0],
            Self::P384(_) => &CURVES[1],
            Self::P521(_) => &CURVES[2],
        }
    }

    /// The curve's identifier.
    pub fn identifier(&self) -> Vec<u8> {
        tagged(OBJECT_IDENTIFIER, self.curve().1)
    }

    /// The point, uncompressed.
    pub fn public(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::P384(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::P521(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
        }
    }

    /// Writes the key in SEC 1.
    pub fn to_der(&self) -> Vec<u8> {
        let number = match self {
            Self::P256(key) => key.to_bytes().to_vec(),
            Self::P384(key) => key.to_bytes().to_vec(),
            Self::P521(key) => key.to_bytes().to_vec(),
        };
        sequence(&[
            &integer(&[1]),
            &tagged(OCTET_STRING, &number),
            &tagged(0xA0, &self.identifier()),
            &tagged(0xA1, &bit_string(&self.public())),
        ])
    }

    /// The algorithm of [`Self::sign`]: ECDSA with the digest that fits the curve.
    pub fn algorithm(&self) -> Vec<u8> {
        let last = match self.curve().0 {
            Curve::P256 => 2,
            Curve::P384 => 3,
            Curve::P521 => 4,
        };
        sequence(&[&tagged(OBJECT_IDENTIFIER, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, last])])
    }

    /// Signs.
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(message).ok()?;
                signature.to_der().as_bytes().to_vec()
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature = key.try_sign(message).ok()?;
                signature.to_der().as_bytes().to_vec()
            }
            Self::P521(key) => {
                let signature: p521::ecdsa::Signature = key.try_sign(message).ok()?;
                signature.to_der().as_bytes().to_vec()
            }
        })
    }
}

/// The number of a key, and the identifier of its curve if it names one.
fn read(der: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let mut key = Reader(der).expect(SEQUENCE)?.inside();
    if key.expect(INTEGER)?.content != [1] {
        return None;
    }
    let number = key.expect(OCTET_STRING)?.content;
    let curve = key.optional(0xA0).and_then(|curve| curve.inside().expect(OBJECT_IDENTIFIER));
    Some((number, curve.map(|curve| curve.content)))
}
