//! Keys and values of a generator: from env files, from literals, from files, in this order.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::error::{BuildError, Result, invalid};
use crate::kustomization::GeneratorArgs;
use crate::tree::base_name;

/// Longer lines end the reading of an env file, as with the original.
const MAX_LINE: usize = 64 * 1024;

/// All pairs of a generator.
pub(super) fn read(
    args: &GeneratorArgs,
    load: &mut dyn FnMut(&str) -> Result<Bytes>,
) -> Result<BTreeMap<String, Bytes>> {
    let mut pairs = BTreeMap::new();
    let mut add = |key: String, value: Bytes| {
        if pairs.contains_key(&key) {
            return Err(invalid(format!("the key {key:?} comes twice")));
        }
        pairs.insert(key, value);
        Ok(())
    };
    for (index, path) in args.envs.iter().enumerate() {
        let named = |error: BuildError| error.field(format!("envs[{index}]"));
        let content = load(path).map_err(named)?;
        for (key, value) in env_file(&content).map_err(|error| named(error.in_file(path)))? {
            add(key, value.into()).map_err(named)?;
        }
    }
    for (index, literal) in args.literals.iter().enumerate() {
        let named = |error: BuildError| error.field(format!("literals[{index}]"));
        let (key, value) = split_literal(literal).map_err(named)?;
        add(key, value.into()).map_err(named)?;
    }
    for (index, source) in args.files.iter().enumerate() {
        let named = |error: BuildError| error.field(format!("files[{index}]"));
        let (key, path) = split_file(source).map_err(named)?;
        add(key.to_owned(), load(path).map_err(named)?).map_err(named)?;
    }
    Ok(pairs)
}

fn env_file(content: &[u8]) -> Result<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for (number, line) in content.split(|b| *b == b'\n').enumerate() {
        if line.len() >= MAX_LINE {
            break;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = std::str::from_utf8(line).map_err(|_| not_utf8(number))?;
        let text = if number == 0 { text.trim_start_matches('\u{feff}') } else { text };
        let text = text.trim_start();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        if !key.is_empty() {
            pairs.push((key.to_owned(), value.to_owned()));
        }
    }
    Ok(pairs)
}

fn not_utf8(number: usize) -> BuildError {
    invalid("the line is not UTF-8").at(u32::try_from(number + 1).unwrap_or_default(), 1)
}

/// `key=value`; quotes around the whole value are taken off.
fn split_literal(literal: &str) -> Result<(String, String)> {
    match literal.split_once('=') {
        Some((key, value)) if !key.is_empty() => {
            let quoted = value.len() >= 2 && value.starts_with(['"', '\'']) && value.ends_with(&value[..1]);
            let value = if quoted { &value[1..value.len() - 1] } else { value };
            Ok((key.to_owned(), value.to_owned()))
        }
        // It may be a secret that lacks its key.
        _ => Err(invalid("invalid literal, expected key=value")),
    }
}

/// `key=path`, or a path whose last part is the key.
fn split_file(source: &str) -> Result<(&str, &str)> {
    match source.split('=').collect::<Vec<_>>()[..] {
        [path] => Ok((base_name(path), path)),
        ["", path] => Err(invalid(format!("missing key name for file path {path:?}"))),
        [key, ""] => Err(invalid(format!("missing file path for key name {key:?}"))),
        [key, path] => Ok((key, path)),
        _ => Err(invalid(format!("key name or file path of {source:?} contains '='"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals() {
        for (literal, expected) in [
            ("a=b", Some(("a", "b"))),
            ("a=", Some(("a", ""))),
            ("a='b c'", Some(("a", "b c"))),
            ("a=\"b", Some(("a", "\"b"))),
            ("a='", Some(("a", "'"))),
            ("a=b=c", Some(("a", "b=c"))),
            ("=b", None),
            ("ab", None),
        ] {
            let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
            assert_eq!(split_literal(literal).ok(), expected, "{literal}");
        }
    }

    #[test]
    fn env_files() {
        let read = env_file(b"\xef\xbb\xbfA=1\r\n  B= 2 \n# no\n\nC\n=d\n").expect("valid");
        let expected = [("A", "1"), ("B", " 2 "), ("C", "")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(read, expected);
    }
}
