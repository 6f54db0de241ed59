//! Private keys: OpenSSH, PKCS#8, PKCS#1 and SEC1, encrypted or not.

use russh::keys::{PrivateKey, decode_secret_key};

use crate::git::error::GitError;
use crate::git::remote::SshAuth;

/// The longest text taken for a key.
const LENGTH_LIMIT: usize = 64 * 1024;

/// Decodes the key; where it is encrypted that takes a while, so it happens aside.
pub(super) async fn decode(auth: &SshAuth) -> Result<PrivateKey, GitError> {
    let (identity, passphrase) = (auth.identity.clone(), auth.passphrase.clone());
    let decoding = tokio::task::spawn_blocking(move || decode_now(&identity, passphrase.as_deref()));
    decoding.await.unwrap_or_else(|_| Err(invalid("it cannot be decoded")))
}

fn decode_now(identity: &str, passphrase: Option<&str>) -> Result<PrivateKey, GitError> {
    if identity.len() > LENGTH_LIMIT || !identity.contains("-----BEGIN ") {
        return Err(invalid("it is not in PEM form"));
    }
    let encrypted = is_encrypted(identity);
    let passphrase = passphrase.filter(|passphrase| encrypted && !passphrase.is_empty());
    // The causes are not told: they could repeat parts of the key.
    decode_secret_key(identity, passphrase).map_err(|_| match passphrase {
        None if encrypted => invalid("it is encrypted and there is no password"),
        None => invalid("it cannot be decoded"),
        Some(_) if identity.contains("BEGIN EC PRIVATE KEY") => {
            invalid("a key of this old encrypted form is not supported; write it anew with ssh-keygen -p")
        }
        Some(_) => invalid("the password does not decrypt it"),
    })
}

fn is_encrypted(identity: &str) -> bool {
    let openssh = PrivateKey::from_openssh(identity).is_ok_and(|key| key.is_encrypted());
    openssh || identity.contains("BEGIN ENCRYPTED PRIVATE KEY") || identity.contains("Proc-Type: 4,ENCRYPTED")
}

fn invalid(why: &str) -> GitError {
    GitError::Credentials(format!("private key: {why}"))
}
