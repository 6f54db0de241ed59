//! Parsers of single flag values, accepting what Go's flag library accepts.

use std::{
    net::{Ipv6Addr, SocketAddr},
    time::Duration,
};

/// Parses a Go boolean: `1 t T TRUE true True` and their opposites.
///
/// # Errors
/// When the text is none of them.
pub fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        other => Err(format!("'{other}' is not a boolean")),
    }
}

/// Parses a Go duration that is not negative, such as `1h2m3.5s`.
///
/// # Errors
/// When the text is not a Go duration.
pub fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<sluice_crds::Duration>().map(sluice_crds::Duration::std).map_err(|e| e.to_string())
}

/// Parses a listen address such as `:8080`, which means every local address, or `127.0.0.1:0`.
///
/// # Errors
/// When host or port do not parse; names are not resolved, apart from `localhost`.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let bad = || format!("'{text}' is not a listen address");
    let (host, port) = text.rsplit_once(':').ok_or_else(bad)?;
    let port: u16 = port.parse().map_err(|_| bad())?;
    let ip = match host {
        "" => Ipv6Addr::UNSPECIFIED.into(),
        "localhost" => std::net::Ipv4Addr::LOCALHOST.into(),
        host => host.trim_start_matches('[').trim_end_matches(']').parse().map_err(|_| bad())?,
    };
    Ok(SocketAddr::new(ip, port))
}
