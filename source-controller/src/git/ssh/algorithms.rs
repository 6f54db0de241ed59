//! The algorithms offered to a server.

use std::borrow::Cow;

use russh::keys::Algorithm;
use russh::{Preferred, kex};

use super::known_hosts::KnownHosts;
use crate::git::error::GitError;
use crate::git::remote::SshAlgorithms;

/// Key exchanges considered safe, most preferred first.
const KEY_EXCHANGES: [kex::Name; 9] = [
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_GEX_SHA256,
    kex::DH_G16_SHA512,
    kex::DH_G14_SHA256,
];

/// What tells the server about extensions; they are named like key exchanges.
const EXTENSIONS: [kex::Name; 2] =
    [kex::EXTENSION_SUPPORT_AS_CLIENT, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT];

/// Makes the offer. Host key algorithms of keys that are known come first: a server shows only one of its keys.
pub(super) fn preferred(chosen: &SshAlgorithms, known: &KnownHosts) -> Result<Preferred, GitError> {
    let mut exchanges = KEY_EXCHANGES.to_vec();
    if !chosen.key_exchanges.is_empty() {
        exchanges = parse(&chosen.key_exchanges, |name| kex::Name::try_from(name).ok())?;
    }
    exchanges.extend(EXTENSIONS);
    let mut keys = Preferred::DEFAULT.key.to_vec();
    if !chosen.host_keys.is_empty() {
        keys = parse(&chosen.host_keys, |name| name.parse::<Algorithm>().ok())?;
    }
    // The sort is stable: the order of preference stays among those known and among those unknown.
    keys.sort_by_key(|algorithm| !known.has_key_for(algorithm));
    Ok(Preferred { kex: Cow::Owned(exchanges), key: Cow::Owned(keys), ..Preferred::DEFAULT })
}

fn parse<T>(names: &[String], parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, GitError> {
    let unknown = |name: &str| GitError::Credentials(format!("ssh algorithm '{name}' is not known"));
    names.iter().map(|name| parse(name).ok_or_else(|| unknown(name))).collect()
}
