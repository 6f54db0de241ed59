//! The lines of `known_hosts` that speak of one host.
//!
//! Plain, wildcard, negated, bracketed and hashed names and `@revoked` are understood; `@cert-authority` is not, and a
//! line that cannot be read counts for nothing.

use hmac::{Hmac, KeyInit as _, Mac as _};
use russh::keys::ssh_key::known_hosts::{Entry, HostPatterns, Marker};
use russh::keys::{Algorithm, HashAlg, PublicKey};
use sha1::Sha1;

use crate::git::error::GitError;

/// The most lines that are read.
const LINE_LIMIT: usize = 10_000;

/// The keys of one host.
#[derive(Debug)]
pub(super) struct KnownHosts {
    host: String,
    trusted: Vec<PublicKey>,
    revoked: Vec<PublicKey>,
}

/// What is thought of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Known,
    Refused(String),
}

impl KnownHosts {
    /// Reads the lines for a host, named with brackets and the port unless that is 22.
    pub(super) fn parse(text: &str, host: &str) -> Result<Self, GitError> {
        if text.trim().is_empty() {
            return Err(GitError::Credentials("the secret has no 'known_hosts'".into()));
        }
        let mut hosts = Self { host: host.to_owned(), trusted: Vec::new(), revoked: Vec::new() };
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        for entry in lines.take(LINE_LIMIT).filter_map(|line| line.parse::<Entry>().ok()) {
            if !names(entry.host_patterns(), host) {
                continue;
            }
            match entry.marker() {
                None => hosts.trusted.push(entry.public_key().clone()),
                Some(Marker::Revoked) => hosts.revoked.push(entry.public_key().clone()),
                Some(Marker::CertAuthority) => {}
            }
        }
        Ok(hosts)
    }

    /// Whether a key is known that works with this algorithm.
    pub(super) fn has_key_for(&self, algorithm: &Algorithm) -> bool {
        let rsa = matches!(algorithm, Algorithm::Rsa { .. });
        let works = |key: &PublicKey| key.algorithm() == *algorithm || (rsa && key.algorithm().is_rsa());
        self.trusted.iter().any(works)
    }

    /// Judges the key that the host shows.
    pub(super) fn judge(&self, key: &PublicKey) -> Verdict {
        let holds = |keys: &[PublicKey]| keys.iter().any(|known| known.key_data() == key.key_data());
        let shown = format!("the {} key {}", key.algorithm(), key.fingerprint(HashAlg::Sha256));
        if holds(&self.revoked) {
            return Verdict::Refused(format!("{} shows {shown}, which known_hosts revokes", self.host));
        }
        if holds(&self.trusted) {
            return Verdict::Known;
        }
        Verdict::Refused(match self.trusted.as_slice() {
            [] => format!("{} shows {shown}, and known_hosts has no key of this host", self.host),
            _ => format!("{} shows {shown}, and known_hosts has other keys of this host", self.host),
        })
    }
}

fn names(patterns: &HostPatterns, host: &str) -> bool {
    match patterns {
        HostPatterns::HashedName { salt, hash } => hashed(salt, host).is_some_and(|bytes| bytes == *hash),
        HostPatterns::Patterns(patterns) => {
            let matches = |pattern: &str| glob(pattern.to_lowercase().as_bytes(), host.as_bytes());
            let negated = patterns.iter().filter_map(|pattern| pattern.strip_prefix('!'));
            let plain = patterns.iter().filter(|pattern| !pattern.starts_with('!'));
            plain.map(String::as_str).any(matches) && !negated.into_iter().any(matches)
        }
    }
}

fn hashed(salt: &[u8], host: &str) -> Option<[u8; 20]> {
    let mut mac = Hmac::<Sha1>::new_from_slice(salt).ok()?;
    mac.update(host.as_bytes());
    mac.finalize().into_bytes().as_slice().try_into().ok()
}

/// Matches `*` and `?`, in time that grows with the product of the lengths.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read, mut star) = (0, 0, None);
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                (at, read) = (place + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use russh::keys::{PublicKey, parse_public_key_base64};

    use super::{KnownHosts, Verdict, glob};

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIB9dG4kjRhQTtWTVzd2t27+t0DEHBPW7iOD23TUiYLio";
    const OTHER: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    fn key() -> PublicKey {
        parse_public_key_base64(KEY).expect("a key")
    }

    #[track_caller]
    fn check(lines: &str, host: &str, expected: Result<(), &str>) {
        let lines = lines
            .replace("KEY", &format!("ssh-ed25519 {KEY}"))
            .replace("OTHER", &format!("ssh-ed25519 {OTHER}"));
        let verdict = KnownHosts::parse(&lines, host).expect("lines").judge(&key());
        match (verdict, expected) {
            (Verdict::Known, Ok(())) => {}
            (Verdict::Refused(why), Err(part)) => assert!(why.contains(part), "{why}"),
            (verdict, expected) => panic!("{lines}: {verdict:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn lines() {
        check("example.com KEY", "example.com", Ok(()));
        check("example.com KEY a comment", "example.com", Ok(()));
        check("Example.COM KEY", "example.com", Ok(()));
        check("# note\n\nother KEY\nexample.com OTHER\nexample.com KEY", "example.com", Ok(()));
        check("nonsense\nexample.com KEY", "example.com", Ok(()));
        check("a,example.com,b KEY", "example.com", Ok(()));
        check("*.com KEY", "example.com", Ok(()));
        check("*.com,!example.com KEY", "example.com", Err("no key of this host"));
        check("example.com KEY", "[example.com]:2222", Err("no key of this host"));
        check("[example.com]:2222 KEY", "[example.com]:2222", Ok(()));
        check("example.com OTHER", "example.com", Err("other keys of this host"));
        check("example.org KEY", "example.com", Err("no key of this host"));
        check("example.com KEY\n@revoked * KEY", "example.com", Err("revokes"));
        check("@cert-authority example.com KEY", "example.com", Err("no key of this host"));
    }

    #[test]
    fn hashed_names() {
        // Written by `ssh-keygen -H`.
        let line = "|1|2oWKXBtPm9zIhpq1JFLoEB8Kwr4=|5XT/pUy+NeCQF9L1jl+cX0u3ZKs= KEY";
        check(line, "example.com", Ok(()));
        check(line, "example.org", Err("no key of this host"));
    }

    #[test]
    fn empty_is_an_error_of_the_secret() {
        assert!(KnownHosts::parse(" \n", "example.com").is_err());
    }

    #[test]
    fn globs() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("a*b", "acd", false),
            ("[h]:22", "[h]:22", true),
        ] {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }
}
