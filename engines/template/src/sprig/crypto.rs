//! Digests, passwords, keys, certificates, encryption. All randomness and the time are the host's.
//!
//! Refused: key material that is malformed, and more expensive operations than the budget has steps for.

mod certificate;
mod cipher;
mod der;
mod digest;
mod dsa;
mod ec;
mod issue;
mod key;
mod password;
mod pem;
mod rsa;
mod source;

use super::argument::{INT, TEXT};
use crate::{Function, Type};
use certificate::CERTIFICATE;

/// `sprig.certificate`
const PAIR: Type = Type::Named(&CERTIFICATE);
/// `[]interface {}`
const LIST: Type = Type::LIST;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function::fixed("sha1sum", &[TEXT], digest::sha1),
    Function::fixed("sha256sum", &[TEXT], digest::sha256),
    Function::fixed("sha512sum", &[TEXT], digest::sha512),
    Function::fixed("adler32sum", &[TEXT], digest::adler32),
    Function::fixed("bcrypt", &[TEXT], password::bcrypt),
    Function::fixed("htpasswd", &[TEXT, TEXT], password::htpasswd),
    Function::fixed(
        "derivePassword",
        &[Type::Uint(crate::UintKind::Uint32), TEXT, TEXT, TEXT, TEXT],
        password::derive,
    ),
    Function::fixed("randBytes", &[INT], password::random_bytes),
    Function::fixed("uuidv4", &[], password::uuid),
    Function::fixed("encryptAES", &[TEXT, TEXT], cipher::encrypt),
    Function::fixed("decryptAES", &[TEXT, TEXT], cipher::decrypt),
    Function::fixed("genPrivateKey", &[TEXT], issue::private_key),
    Function::fixed("buildCustomCert", &[TEXT, TEXT], issue::custom),
    Function::fixed("genCA", &[TEXT, INT], issue::authority),
    Function::fixed("genCAWithKey", &[TEXT, INT, TEXT], issue::authority_with_key),
    Function::fixed("genSelfSignedCert", &[TEXT, LIST, LIST, INT], issue::self_signed),
    Function::fixed("genSelfSignedCertWithKey", &[TEXT, LIST, LIST, INT, TEXT], issue::self_signed_with_key),
    Function::fixed("genSignedCert", &[TEXT, LIST, LIST, INT, PAIR], issue::signed),
    Function::fixed("genSignedCertWithKey", &[TEXT, LIST, LIST, INT, PAIR, TEXT], issue::signed_with_key),
];
