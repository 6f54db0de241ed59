//! The address under which consumers find artifacts (reference 06.1).

use std::fmt;

use super::ArtifactPath;

/// The advertised host, with its scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

/// Works out the advertised host from the flags: `advertised` itself where it is set, else the listen address with an empty
/// host read as `localhost` and `0.0.0.0` (or `[::]`) as `hostname`.
///
/// The port is kept. A listen address without a port is returned as it is.
#[must_use]
pub fn advertised(advertised: &str, listen: &str, hostname: &str) -> Address {
    if !advertised.is_empty() {
        return Address::new(advertised);
    }
    let Some((host, port)) = listen.rsplit_once(':') else { return Address::new(listen) };
    let host = match host {
        "" => "localhost",
        "0.0.0.0" | "[::]" if !hostname.is_empty() => hostname,
        host => host,
    };
    Address::new(&format!("{host}:{port}"))
}

impl Address {
    /// Takes a host with or without a port; `http` is used unless it names a scheme.
    #[must_use]
    pub fn new(host: &str) -> Self {
        let host = host.trim_end_matches('/');
        Self(if host.contains("://") { host.to_owned() } else { format!("http://{host}") })
    }

    /// Returns the URL of a file.
    #[must_use]
    pub fn url(&self, path: &ArtifactPath) -> String {
        format!("{}/{path}", self.0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
