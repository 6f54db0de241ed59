//! URLs taken apart into dictionaries and put together again, as Go's net/url does it.

mod address;
mod escape;

use super::argument::{DICT, TEXT, map, nil_dereference, text};
use crate::{Call, Error, Function, Kind, Map, Text, Value};
use address::Address;

/// The functions of this family.
pub static FUNCTIONS: &[Function] =
    &[Function::fixed("urlParse", &[TEXT], parse), Function::fixed("urlJoin", &[DICT], join)];

type Outcome = Result<Value, Error>;

fn parse(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let whole = text(arguments, 0);
    call.budget().produce(whole.len() * 4)?;
    let address = Address::parse(whole.as_bytes())
        .map_err(|problem| Error::message(format!("unable to parse url: {problem}")))?;
    let hostname = address.hostname().to_vec();
    let user = address.user.as_ref().map(address::User::written).unwrap_or_default();
    let entries = [
        ("scheme", address.scheme),
        ("host", address.host),
        ("hostname", hostname),
        ("path", address.path),
        ("query", address.query),
        ("opaque", address.opaque),
        ("fragment", address.fragment),
        ("userinfo", user),
    ];
    Ok(Value::Map(entries.into_iter().map(|(key, part)| (key, Value::text(part))).collect::<Map>()))
}

/// A text of a dictionary, or nothing.
fn part(entries: &Map, key: &str) -> Result<Vec<u8>, Error> {
    let Some(value) = entries.get(key) else { return Ok(Vec::new()) };
    match value.kind() {
        Kind::Invalid => Err(nil_dereference()),
        Kind::String => Ok(value.as_text().unwrap_or(Text::EMPTY).as_bytes().to_vec()),
        kind => Err(Error::message(format!(
            "unable to parse {key} key, must be of type string, but {kind} found"
        ))),
    }
}

fn join(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let entries = map(arguments, 0);
    let mut address = Address {
        scheme: part(&entries, "scheme")?,
        host: part(&entries, "host")?,
        path: part(&entries, "path")?,
        query: part(&entries, "query")?,
        opaque: part(&entries, "opaque")?,
        fragment: part(&entries, "fragment")?,
        ..Address::default()
    };
    let user = part(&entries, "userinfo")?;
    if !user.is_empty() {
        let around = [b"proto://", &*user, b"@host"].concat();
        let parsed = Address::parse(&around)
            .map_err(|problem| Error::message(format!("unable to parse userinfo in dict: {problem}")))?;
        address.user = parsed.user;
    }
    let written = address.written();
    call.budget().produce(written.len())?;
    Ok(Value::text(written))
}
