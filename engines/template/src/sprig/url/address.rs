//! A URL in its parts.

use super::escape::{Part, escape, unescape};
use crate::sprig::strings::find;
use crate::sprig::text::quoted;
use core::net::{Ipv4Addr, Ipv6Addr};

/// The parts of a URL, unescaped but for the query.
#[derive(Default)]
pub struct Address {
    pub scheme: Vec<u8>,
    pub opaque: Vec<u8>,
    pub user: Option<User>,
    pub host: Vec<u8>,
    pub path: Vec<u8>,
    pub query: Vec<u8>,
    pub fragment: Vec<u8>,
}

/// The part before `@`.
pub struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

impl User {
    /// The part as it is written.
    pub fn written(&self) -> Vec<u8> {
        let mut out = escape(&self.name, Part::User);
        if let Some(password) = &self.password {
            out.push(b':');
            out.extend(escape(password, Part::User));
        }
        out
    }
}

/// Splits at the first place of a byte.
fn cut(text: &[u8], byte: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|found| *found == byte) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

impl Address {
    /// Reads a URL.
    pub fn parse(whole: &[u8]) -> Result<Self, String> {
        let (before, fragment) = cut(whole, b'#');
        let problem = |text: &[u8], problem: String| format!("parse {}: {problem}", quoted(text));
        let mut address = Self::parse_without_fragment(before).map_err(|text| problem(before, text))?;
        let fragment = fragment.unwrap_or_default();
        address.fragment = unescape(fragment, Part::Fragment).map_err(|text| problem(whole, text))?;
        Ok(address)
    }

    fn parse_without_fragment(whole: &[u8]) -> Result<Self, String> {
        if whole.iter().any(u8::is_ascii_control) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        let mut address = Self::default();
        if whole == b"*" {
            address.path = whole.to_vec();
            return Ok(address);
        }
        let (scheme, rest) = split_scheme(whole)?;
        address.scheme = scheme.to_ascii_lowercase();
        let (mut rest, query) = cut(rest, b'?');
        address.query = query.unwrap_or_default().to_vec();
        if !rest.starts_with(b"/") {
            if !scheme.is_empty() {
                address.opaque = rest.to_vec();
                return Ok(address);
            }
            if cut(rest, b'/').0.contains(&b':') {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        if rest.starts_with(b"//") && (!scheme.is_empty() || !rest.starts_with(b"///")) {
            let authority = &rest[2..];
            let end = authority.iter().position(|byte| *byte == b'/').unwrap_or(authority.len());
            rest = &authority[end..];
            (address.user, address.host) = parse_authority(&address.scheme, &authority[..end])?;
        }
        address.path = unescape(rest, Part::Path)?;
        Ok(address)
    }

    /// The host without its port and brackets.
    pub fn hostname(&self) -> &[u8] {
        let mut host = self.host.as_slice();
        let colon = host.iter().rposition(|byte| *byte == b':');
        if let Some(colon) = colon.filter(|colon| is_port(&host[*colon..])) {
            host = &host[..colon];
        }
        host.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(host)
    }

    /// The URL as it is written.
    pub fn written(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            self.write_authority(&mut out);
            self.write_path(&mut out);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.extend(escape(&self.fragment, Part::Fragment));
        }
        out
    }

    fn write_authority(&self, out: &mut Vec<u8>) {
        if self.scheme.is_empty() && self.host.is_empty() && self.user.is_none() {
            return;
        }
        if !self.host.is_empty() || !self.path.is_empty() || self.user.is_some() {
            out.extend_from_slice(b"//");
        }
        if let Some(user) = &self.user {
            out.extend(user.written());
            out.push(b'@');
        }
        out.extend(escape(&self.host, Part::Host));
    }

    fn write_path(&self, out: &mut Vec<u8>) {
        let path = if self.path == b"*" { b"*".to_vec() } else { escape(&self.path, Part::Path) };
        if path.first().is_some_and(|first| *first != b'/') && !self.host.is_empty() {
            out.push(b'/');
        }
        if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        out.extend(path);
    }
}

fn split_scheme(whole: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (at, byte) in whole.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&whole[..at], &whole[at + 1..])),
            _ => break,
        }
    }
    Ok((b"", whole))
}

fn parse_authority(scheme: &[u8], authority: &[u8]) -> Result<(Option<User>, Vec<u8>), String> {
    let Some(at) = authority.iter().rposition(|byte| *byte == b'@') else {
        return Ok((None, parse_host(scheme, authority)?));
    };
    let host = parse_host(scheme, &authority[at + 1..])?;
    let user = &authority[..at];
    let is_kept = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !user.iter().all(is_kept) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) = cut(user, b':');
    let name = unescape(name, Part::User)?;
    let password = password.map(|password| unescape(password, Part::User)).transpose()?;
    Ok((Some(User { name, password }), host))
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, String> {
    match host.iter().rposition(|byte| *byte == b'[') {
        Some(0) => return parse_bracketed(host),
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    if let Some(first) = host.iter().position(|byte| *byte == b':') {
        // Only the common schemes are held to a single colon.
        let is_strict = scheme == b"http" || scheme == b"https";
        let last = host.iter().rposition(|byte| *byte == b':').unwrap_or(first);
        check_port(&host[if is_strict { first } else { last }..])?;
    }
    unescape(host, Part::Host)
}

fn parse_bracketed(host: &[u8]) -> Result<Vec<u8>, String> {
    let Some(close) = host.iter().rposition(|byte| *byte == b']') else {
        return Err("missing ']' in host".to_owned());
    };
    check_port(&host[close + 1..])?;
    let port = unescape(&host[close + 1..], Part::Host)?;
    let inner = &host[1..close];
    let zone = find(inner, b"%25").unwrap_or(inner.len());
    let mut name = unescape(&inner[..zone], Part::Host)?;
    name.extend(unescape(&inner[zone..], Part::Zone)?);
    check_address(&name)?;
    Ok([b"[", &*name, b"]", &*port].concat())
}

/// Only addresses of version 6 stand in brackets.
fn check_address(name: &[u8]) -> Result<(), String> {
    let (address, zone) = cut(name, b'%');
    let parsed = std::str::from_utf8(address).ok().and_then(|text| text.parse::<Ipv6Addr>().ok());
    let is_version_4 = address.contains(&b'.') && !address.contains(&b':');
    let problem = match (parsed, zone) {
        (Some(_), Some(b"")) => "zone must be a non-empty string",
        (Some(_), _) => return Ok(()),
        (None, Some(_)) if !address.contains(&b':') => "missing IPv6 address",
        (None, _) if is_version_4 && std::str::from_utf8(address).is_ok_and(is_ipv4) => {
            return Err("invalid IP-literal".to_owned());
        }
        (None, _) => "unable to parse IP",
    };
    Err(format!("invalid host: ParseAddr({}): {problem}", quoted(name)))
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

fn is_port(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn check_port(text: &[u8]) -> Result<(), String> {
    if is_port(text) { Ok(()) } else { Err(format!("invalid port {} after host", quoted(text))) }
}
