//! Certificates: the pair that templates hold, what is read of one, and how one is written.

use super::der::{
    BIT_STRING, BOOLEAN, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, SET, bit_string,
    integer, sequence, tagged,
};
use super::key::PrivateKey;
use crate::{Kind, Named, Object, Type, Value};
use core::net::IpAddr;
use sha2::{Digest as _, Sha256};
use std::any::Any;

/// `sprig.certificate`
pub static CERTIFICATE: Named = Named { name: "sprig.certificate", kind: Kind::Struct, element: Type::Any };

/// A certificate and its key, both in PEM.
#[derive(PartialEq, Eq)]
pub struct Pair {
    pub certificate: String,
    pub key: String,
}

impl Object for Pair {
    fn type_of(&self) -> Type {
        Type::Named(&CERTIFICATE)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Cert", self.certificate.as_str().into()), ("Key", self.key.as_str().into())]
    }

    fn is_equal(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>() == Some(self)
    }
}

/// What a signature needs of the certificate above.
pub struct Issuer {
    /// Its name.
    pub subject: Vec<u8>,
    /// The identifier of its key, empty when it tells none.
    pub key_identifier: Vec<u8>,
    /// Its public key with the algorithm; `None` for the certificate that signs itself.
    pub public: Option<Vec<u8>>,
}

const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1D, 0x0E];

impl Issuer {
    /// Reads a certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, String> {
        let malformed = |part: &str| format!("x509: malformed {part}");
        let mut outside = Reader(der);
        let mut certificate = outside.expect(SEQUENCE).ok_or_else(|| malformed("certificate"))?.inside();
        if !outside.is_done() {
            return Err("x509: trailing data".to_owned());
        }
        let mut body = certificate.expect(SEQUENCE).ok_or_else(|| malformed("tbs certificate"))?.inside();
        body.optional(0xA0);
        body.expect(INTEGER).ok_or_else(|| malformed("serial number"))?;
        let inner = body.expect(SEQUENCE).ok_or_else(|| malformed("signature algorithm identifier"))?;
        let outer = certificate.expect(SEQUENCE).ok_or_else(|| malformed("algorithm identifier"))?;
        if inner.whole != outer.whole {
            return Err("x509: inner and outer signature algorithm identifiers don't match".to_owned());
        }
        body.expect(SEQUENCE).ok_or_else(|| malformed("issuer"))?;
        body.expect(SEQUENCE).ok_or_else(|| malformed("validity"))?;
        let subject = body.expect(SEQUENCE).ok_or_else(|| malformed("issuer"))?.whole.to_vec();
        let public = body.expect(SEQUENCE).ok_or_else(|| malformed("spki"))?.whole.to_vec();
        certificate.expect(BIT_STRING).ok_or_else(|| malformed("signature"))?;
        Ok(Self { subject, key_identifier: key_identifier(body), public: Some(public) })
    }
}

/// The identifier of the key among the extensions, which are what is left of a certificate's body.
fn key_identifier(mut body: Reader<'_>) -> Vec<u8> {
    while let Some(item) = body.next() {
        let Some(mut extensions) = Some(item)
            .filter(|item| item.tag == 0xA3)
            .and_then(|item| item.inside().expect(SEQUENCE).map(|extensions| extensions.inside()))
        else {
            continue;
        };
        while let Some(extension) = extensions.expect(SEQUENCE) {
            let mut parts = extension.inside();
            let is_wanted =
                parts.expect(OBJECT_IDENTIFIER).is_some_and(|name| name.content == SUBJECT_KEY_IDENTIFIER);
            parts.optional(BOOLEAN);
            let value = parts.expect(OCTET_STRING).and_then(|value| value.inside().expect(OCTET_STRING));
            if let Some(value) = value.filter(|_| is_wanted) {
                return value.content.to_vec();
            }
        }
    }
    Vec::new()
}

/// What is to be certified.
pub struct Request {
    /// The serial number.
    pub serial: [u8; 16],
    /// The common name.
    pub name: Vec<u8>,
    /// Addresses the certificate is for.
    pub addresses: Vec<IpAddr>,
    /// Names of hosts the certificate is for.
    pub hosts: Vec<Vec<u8>>,
    /// When it begins and ends to be valid, as certificates write it.
    pub validity: [Vec<u8>; 2],
    /// Whether it may sign others.
    pub is_authority: bool,
}

/// A name of one part, the common name; an empty one has none.
pub fn common_name(name: &[u8]) -> Result<Vec<u8>, String> {
    if name.is_empty() {
        return Ok(sequence(&[]));
    }
    let is_printable = |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte);
    let tag = if name.iter().all(is_printable) { 0x13 } else { 0x0C };
    if std::str::from_utf8(name).is_err() {
        return Err("asn1: string not valid UTF-8".to_owned());
    }
    let part = sequence(&[&tagged(OBJECT_IDENTIFIER, &[0x55, 0x04, 0x03]), &tagged(tag, name)]);
    Ok(sequence(&[&tagged(SET, &part)]))
}

impl Request {
    /// Signs the request with the issuer's key, for the key it is about.
    pub fn sign(
        &self,
        key: &PrivateKey,
        issuer: Option<&Issuer>,
        signer: &PrivateKey,
    ) -> Result<Vec<u8>, String> {
        const UNSUPPORTED: &str = "x509: only RSA, ECDSA and Ed25519 keys supported";
        let algorithm = signer.signature_algorithm().ok_or(UNSUPPORTED)?;
        let (info, public) = key.public_info().ok_or("x509: unsupported public key type: *dsa.PublicKey")?;
        let known = issuer.and_then(|issuer| issuer.public.as_ref());
        let signer_public = signer.public_info().map(|(info, _)| info);
        if known.is_some_and(|known| Some(known) != signer_public.as_ref()) {
            return Err("x509: provided PrivateKey doesn't match parent's PublicKey".to_owned());
        }
        let subject = common_name(&self.name)?;
        let issuer_name = issuer.map_or_else(|| subject.clone(), |issuer| issuer.subject.clone());
        let issuer_key =
            issuer.filter(|_| issuer_name != subject).map(|issuer| issuer.key_identifier.as_slice());
        let extensions = self.extensions(&public, issuer_key.unwrap_or_default())?;
        let body = sequence(&[
            &tagged(0xA0, &integer(&[2])),
            &integer(&self.serial),
            &algorithm,
            &issuer_name,
            &sequence(&[&self.validity[0], &self.validity[1]]),
            &subject,
            &info,
            &tagged(0xA3, &extensions),
        ]);
        let signature = signer.sign(&body).ok_or("crypto: the key cannot sign")?;
        Ok(sequence(&[&body, &algorithm, &bit_string(&signature)]))
    }

    fn extensions(&self, public: &[u8], issuer_key: &[u8]) -> Result<Vec<u8>, String> {
        // The bits from the first on: signatures, encryption of keys, signatures under certificates.
        let usage: &[u8] = if self.is_authority { &[2, 0xA4] } else { &[5, 0xA0] };
        let authority = if self.is_authority { tagged(BOOLEAN, &[0xFF]) } else { Vec::new() };
        let purpose = |last: u8| tagged(OBJECT_IDENTIFIER, &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, last]);
        let mut all = extension(&[0x55, 0x1D, 0x0F], true, &tagged(BIT_STRING, usage));
        all.extend(extension(&[0x55, 0x1D, 0x25], false, &sequence(&[&purpose(1), &purpose(2)])));
        all.extend(extension(&[0x55, 0x1D, 0x13], true, &sequence(&[&authority])));
        if self.is_authority {
            // The identifier of a key: RFC 7093, the first 160 bits of its SHA-256.
            let digest = Sha256::digest(public);
            all.extend(extension(SUBJECT_KEY_IDENTIFIER, false, &tagged(OCTET_STRING, &digest[..20])));
        }
        if !issuer_key.is_empty() {
            all.extend(extension(&[0x55, 0x1D, 0x23], false, &sequence(&[&tagged(0x80, issuer_key)])));
        }
        if !self.hosts.is_empty() || !self.addresses.is_empty() {
            all.extend(extension(&[0x55, 0x1D, 0x11], self.name.is_empty(), &self.alternative_names()?));
        }
        Ok(tagged(SEQUENCE, &all))
    }

    fn alternative_names(&self) -> Result<Vec<u8>, String> {
        let mut names = Vec::new();
        for host in &self.hosts {
            if !host.is_ascii() {
                let shown = crate::sprig::text::quoted(host);
                return Err(format!("x509: {shown} cannot be encoded as an IA5String"));
            }
            names.extend(tagged(0x82, host));
        }
        for address in &self.addresses {
            names.extend(match address.to_canonical() {
                IpAddr::V4(address) => tagged(0x87, &address.octets()),
                IpAddr::V6(address) => tagged(0x87, &address.octets()),
            });
        }
        Ok(sequence(&[&names]))
    }
}

fn extension(name: &[u8], is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if is_critical { tagged(BOOLEAN, &[0xFF]) } else { Vec::new() };
    sequence(&[&tagged(OBJECT_IDENTIFIER, name), &critical, &tagged(OCTET_STRING, value)])
}
