//! What a Secret says about the right to read a repository. Pure: the Secret's data in, credentials out.
//!
//! Values never appear in a message, only the names of keys.

use k8s_openapi::ByteString;
use sluice_crds::meta::reason;

use super::support;
use crate::{
    failure::{Failure, Then},
    git::{Auth, SshAuth},
    secrets::Data,
};

/// What a Secret gives.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Credentials {
    /// The right to read.
    pub(super) auth: Auth,
    /// Certificates trusted beside those of the system.
    pub(super) authority: Option<Vec<u8>>,
}

/// Keys of a Secret that are refused rather than ignored.
const UNSUPPORTED: [&str; 4] = ["tls.crt", "tls.key", "certFile", "keyFile"];
/// Keys of a GitHub App, which need another provider.
const GITHUB_APP: [&str; 3] = ["githubAppID", "githubAppPrivateKey", "githubAppInstallationID"];

/// Reads the credentials for a URL.
///
/// # Errors
/// When a key is missing, not text, or not served.
pub(super) fn read(url: &str, data: &Data) -> Result<Credentials, Failure> {
    if GITHUB_APP.iter().any(|key| data.contains_key(*key)) {
        let message = "the secret has GitHub App keys, but spec.provider is not 'github'";
        let failure = Failure::refusal(reason::INVALID_PROVIDER_CONFIGURATION, message);
        return Err(failure.then(Then::StallAndRecheck));
    }
    if url.starts_with("ssh://") {
        return Ok(Credentials { auth: ssh(data)?, authority: None });
    }
    if let Some(key) = UNSUPPORTED.iter().find(|key| data.contains_key(**key)) {
        return Err(support::unsupported(&format!("key '{key}' of the secret")).then(Then::StallAndRecheck));
    }
    let authority = data.get("ca.crt").or_else(|| data.get("caFile"));
    Ok(Credentials { auth: http(data)?, authority: authority.map(|bytes| bytes.0.clone()) })
}

/// A bearer token wins; a user name and a password come together or not at all.
fn http(data: &Data) -> Result<Auth, Failure> {
    if let Some(token) = text(data, "bearerToken")? {
        return Ok(Auth::Bearer(token));
    }
    match (text(data, "username")?, text(data, "password")?) {
        (Some(username), Some(password)) => Ok(Auth::Basic { username, password }),
        (None, None) => Ok(Auth::None),
        (Some(_), None) => Err(missing("password")),
        (None, Some(_)) => Err(missing("username")),
    }
}

fn ssh(data: &Data) -> Result<Auth, Failure> {
    let required = |key| text(data, key)?.ok_or_else(|| missing(key));
    Ok(Auth::Ssh(SshAuth {
        identity: required("identity")?,
        known_hosts: required("known_hosts")?,
        passphrase: text(data, "password")?,
        user: None,
    }))
}

/// Reads a value as text; one that is empty counts as missing.
fn text(data: &Data, key: &str) -> Result<Option<String>, Failure> {
    let Some(ByteString(bytes)) = data.get(key).filter(|value| !value.0.is_empty()) else { return Ok(None) };
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(_) => Err(invalid(format!("key '{key}' of the secret is not UTF-8"))),
    }
}

fn missing(key: &str) -> Failure {
    invalid(format!("key '{key}' of the secret is missing or empty"))
}

fn invalid(message: String) -> Failure {
    Failure::fetch(reason::AUTHENTICATION_FAILED, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTTPS: &str = "https://example.com/r.git";
    const SSH: &str = "ssh://git@example.com/r.git";

    fn data(pairs: &[(&str, &str)]) -> Data {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), ByteString(v.as_bytes().to_vec()))).collect()
    }

    fn check(url: &str, pairs: &[(&str, &str)], expected: Result<Auth, &str>) {
        let found = read(url, &data(pairs));
        match expected {
            Ok(auth) => assert_eq!(found.map(|c| c.auth), Ok(auth), "{pairs:?}"),
            Err(part) => {
                let message = found.unwrap_err().message;
                assert!(message.contains(part), "{message}");
                assert!(!message.contains("hunter2"), "{message}");
            }
        }
    }

    #[test]
    fn http_secrets() {
        let basic = Auth::Basic { username: "u".into(), password: "hunter2".into() };
        check(HTTPS, &[], Ok(Auth::None));
        check(HTTPS, &[("username", "u"), ("password", "hunter2")], Ok(basic));
        check(HTTPS, &[("bearerToken", "t"), ("username", "u")], Ok(Auth::Bearer("t".into())));
        check(HTTPS, &[("password", "hunter2")], Err("'username'"));
        check(HTTPS, &[("username", "u"), ("password", "")], Err("'password'"));
        check(HTTPS, &[("tls.crt", "c"), ("tls.key", "hunter2")], Err("'tls.crt'"));
        check(HTTPS, &[("githubAppID", "1")], Err("GitHub App"));
    }

    #[test]
    fn a_certificate_authority_comes_by_either_name() {
        for key in ["ca.crt", "caFile"] {
            let found = read(HTTPS, &data(&[(key, "pem")])).unwrap();
            assert_eq!(found.authority.as_deref(), Some("pem".as_bytes()));
        }
    }

    #[test]
    fn ssh_secrets() {
        let key = SshAuth {
            identity: "i".into(),
            known_hosts: "h".into(),
            passphrase: Some("hunter2".into()),
            user: None,
        };
        check(SSH, &[("identity", "i"), ("known_hosts", "h"), ("password", "hunter2")], Ok(Auth::Ssh(key)));
        check(SSH, &[("identity", "i")], Err("'known_hosts'"));
        check(SSH, &[("known_hosts", "h"), ("password", "hunter2")], Err("'identity'"));
    }
}
