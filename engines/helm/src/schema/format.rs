//! Formats of texts. Formats that are not known allow everything.

use sluice_template::sprig::regex::Expression;

use super::format_time;

/// What is wrong with a text in a format; nothing when all is well.
pub(super) fn problem(format: &str, text: &str) -> Option<String> {
    let checked = match format {
        "regex" => Expression::compile(text.as_bytes()).map(|_| ()).map_err(|error| error.to_string()),
        "json-pointer" => json_pointer(text),
        "relative-json-pointer" => relative_json_pointer(text),
        "uuid" => uuid(text),
        "ipv4" => ipv4(text),
        "ipv6" => ipv6(text),
        "hostname" => hostname(text),
        "email" => email(text),
        "uri" | "iri" => uri(text),
        "uri-reference" | "iri-reference" => uri_reference(text),
        "uri-template" => uri_template(text),
        "semver" => semver(text),
        "date" => format_time::date(text),
        "time" => format_time::time(text),
        "date-time" => format_time::date_time(text),
        "duration" => format_time::duration(text),
        "period" => format_time::period(text),
        _ => Ok(()),
    };
    checked.err()
}

pub(super) fn refuse(message: impl Into<String>) -> Result<(), String> {
    Err(message.into())
}

/// A character as messages quote it.
pub(super) fn quoted(c: char) -> String {
    format!("{c:?}")
}

fn json_pointer(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    if !text.starts_with('/') {
        return refuse("not starting with /");
    }
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '~' && !matches!(rest.next(), Some('0' | '1')) {
            return refuse("~ must be followed by 0 or 1");
        }
    }
    Ok(())
}

fn relative_json_pointer(text: &str) -> Result<(), String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return refuse("must start with non-negative integer");
    }
    if digits > 1 && text.starts_with('0') {
        return refuse("starts with zero");
    }
    if &text[digits..] == "#" { Ok(()) } else { json_pointer(&text[digits..]) }
}

fn uuid(text: &str) -> Result<(), String> {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups: Vec<_> = text.split('-').collect();
    if groups.len() != LENGTHS.len() {
        return refuse(format!("must have {} elements", LENGTHS.len()));
    }
    for (index, (group, length)) in groups.iter().zip(LENGTHS).enumerate() {
        if group.len() != length {
            return refuse(format!("element {} must be {length} characters long", index + 1));
        }
        if let Some(c) = group.chars().find(|c| !c.is_ascii_hexdigit()) {
            return refuse(format!("non-hex character {}", quoted(c)));
        }
    }
    Ok(())
}

fn ipv4(text: &str) -> Result<(), String> {
    let groups: Vec<_> = text.split('.').collect();
    if groups.len() != 4 {
        return refuse("expected four decimals");
    }
    for group in groups {
        if group.len() > 1 && group.starts_with('0') {
            return refuse("leading zeros");
        }
        let number: i64 =
            group.parse().map_err(|_| format!("strconv.Atoi: parsing {group:?}: invalid syntax"))?;
        if !(0..=255).contains(&number) {
            return refuse("decimal must be between 0 and 255");
        }
    }
    Ok(())
}

fn ipv6(text: &str) -> Result<(), String> {
    if !text.contains(':') {
        return refuse("missing colon");
    }
    let (address, zone) = text.split_once('%').map_or((text, None), |(address, zone)| (address, Some(zone)));
    if address.parse::<core::net::Ipv6Addr>().is_err() {
        return refuse(format!("ParseAddr({text:?}): unable to parse IP"));
    }
    if zone.is_some() { refuse("zone id is not a part of ipv6 address") } else { Ok(()) }
}

fn hostname(text: &str) -> Result<(), String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 {
        return refuse("more than 253 characters long");
    }
    for label in text.split('.') {
        if label.is_empty() || label.len() > 63 {
            return refuse("label must be 1 to 63 characters long");
        }
        if label.starts_with('-') {
            return refuse("label starts with hyphen");
        }
        if label.ends_with('-') {
            return refuse("label ends with hyphen");
        }
        if let Some(c) = label.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
            return refuse(format!("invalid character {}", quoted(c)));
        }
    }
    Ok(())
}

fn email(text: &str) -> Result<(), String> {
    if text.len() > 254 {
        return refuse("more than 255 characters long");
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return refuse("missing @") };
    if local.len() > 64 {
        return refuse("local part more than 64 characters long");
    }
    local_part(local)?;
    match domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']')) {
        Some(address) => match address.strip_prefix("IPv6:") {
            Some(address) => ipv6(address).map_err(|error| format!("invalid ipv6 address: {error}")),
            None => ipv4(address).map_err(|error| format!("invalid ipv4 address: {error}")),
        },
        None => hostname(domain).map_err(|error| format!("invalid domain: {error}")),
    }
}

fn local_part(local: &str) -> Result<(), String> {
    if local.len() > 1 && local.starts_with('"') {
        let mut inner = local.chars().skip(1).collect::<String>();
        inner.pop();
        let wrong = inner.contains(['\\', '"']);
        return if wrong {
            refuse("backslash and quote are not allowed within quoted local part")
        } else {
            Ok(())
        };
    }
    if local.starts_with('.') {
        return refuse("starts with dot");
    }
    if local.ends_with('.') {
        return refuse("ends with dot");
    }
    if local.contains("..") {
        return refuse("consecutive dots");
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c);
    match local.chars().find(|c| !allowed(*c)) {
        Some(c) => refuse(format!("invalid character {}", quoted(c))),
        None => Ok(()),
    }
}

/// The scheme of a URL, when it has one, and what follows.
fn scheme(text: &str) -> Result<Option<&str>, String> {
    let failed = |problem: &str| Err(format!("parse {text:?}: {problem}"));
    if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return failed("net/url: invalid control character in URL");
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
    match end {
        Some(0) if text.starts_with(':') => failed("missing protocol scheme"),
        Some(end) if text[end..].starts_with(':') && text.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            Ok(Some(&text[..end]))
        }
        _ => {
            let first = text.split(['/', '?', '#']).next().unwrap_or_default();
            if first.contains(':') {
                failed("first path segment in URL cannot contain colon")
            } else {
                Ok(None)
            }
        }
    }
}

fn url(text: &str) -> Result<bool, String> {
    let scheme = scheme(text)?;
    let failed = |problem: String| Err(format!("parse {text:?}: {problem}"));
    let bytes = text.as_bytes();
    for (index, _) in text.match_indices('%') {
        let digits = bytes.get(index + 1..index + 3).unwrap_or_default();
        if digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
            let shown = text.get(index..(index + 3).min(text.len())).unwrap_or("%");
            return failed(format!("invalid URL escape {shown:?}"));
        }
    }
    let rest = scheme.map_or(text, |scheme| &text[scheme.len() + 1..]);
    if let Some(authority) = rest.strip_prefix("//") {
        let host = authority.split(['/', '?', '#']).next().unwrap_or_default();
        if let Some(c) = host.chars().find(|c| " \"<>\\^`{|}".contains(*c)) {
            return failed(format!("invalid character {:?} in host name", c.to_string()));
        }
    }
    Ok(scheme.is_some())
}

fn uri(text: &str) -> Result<(), String> {
    if url(text)? { Ok(()) } else { refuse("relative url") }
}

fn uri_reference(text: &str) -> Result<(), String> {
    if text.contains('\\') { refuse("contains \\") } else { url(text).map(|_| ()) }
}

fn uri_template(text: &str) -> Result<(), String> {
    url(text)?;
    for part in text.split('/') {
        let mut is_open = false;
        for brace in part.chars().filter(|c| matches!(c, '{' | '}')) {
            if (brace == '{') == is_open {
                return refuse("nested curly braces");
            }
            is_open = !is_open;
        }
        if is_open {
            return refuse("no matching closing brace");
        }
    }
    Ok(())
}

fn semver(text: &str) -> Result<(), String> {
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    if let Some(build) = build {
        if build.is_empty() {
            return refuse("build is empty");
        }
        build.split('.').try_for_each(|part| identifier(part, "build"))?;
    }
    let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
    for part in pre.into_iter().flat_map(|pre| pre.split('.')) {
        identifier(part, "pre-release")?;
        if part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()) {
            return refuse("pre-release numeric identifier starts with zero");
        }
    }
    let numbers: Vec<_> = core.split('.').collect();
    if numbers.len() != 3 {
        return refuse("versionCore must have 3 numbers separated by dot");
    }
    for (number, name) in numbers.iter().zip(["major", "minor", "patch"]) {
        if number.is_empty() {
            return refuse(format!("{name} is empty"));
        }
        if number.len() > 1 && number.starts_with('0') {
            return refuse(format!("{name} starts with zero"));
        }
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return refuse(format!("{name} contains non-digit"));
        }
    }
    Ok(())
}

fn identifier(part: &str, name: &str) -> Result<(), String> {
    if part.is_empty() {
        return refuse(format!("{name} identifier is empty"));
    }
    match part.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
        Some(c) => refuse(format!("invalid character {} in {name} identifier", quoted(c))),
        None => Ok(()),
    }
}
