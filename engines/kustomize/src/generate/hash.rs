//! The hash at the end of generated names: a digest of the content as Go writes it in JSON.

use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use sluice_yaml::Node;

use crate::error::{BuildError, Result, unsupported};
use crate::resource::Resource;

/// Adds the hash to the name of every resource that wants one.
pub(crate) fn add_to_names(resources: &mut [Resource]) -> Result<()> {
    for resource in resources.iter_mut().filter(|resource| resource.needs_hash()) {
        let hash = hash(resource)?;
        resource.remember_id();
        let name = format!("{}-{hash}", resource.name());
        resource.set_name(&name);
    }
    Ok(())
}

/// The ten characters at the end of a name.
fn hash(resource: &Resource) -> Result<String> {
    let fields: &[(&str, bool)] = match resource.kind() {
        "ConfigMap" => &[("data", true), ("binaryData", false)],
        "Secret" => &[("type", true), ("data", true), ("stringData", false)],
        kind => {
            let what = format!("a name hash for the kind {kind}");
            return Err(unsupported(what, "only ConfigMaps and Secrets get one").on(resource.label()));
        }
    };
    let mut content = Map::new();
    content.insert("kind".to_owned(), resource.kind().into());
    // The original looks for the name where it never is.
    content.insert("name".to_owned(), "".into());
    for (field, always) in fields {
        let value = value_of(&resource.node, field).map_err(|error| error.on(resource.label()))?;
        if *always || value.is_object() {
            content.insert((*field).to_owned(), value);
        }
    }
    let text = escape_html(&sorted(&Json::Object(content)).to_string());
    Ok(encode(&hex::encode(Sha256::digest(text))))
}

fn value_of(node: &Node, field: &str) -> Result<Json> {
    match node.get(field) {
        None => Ok("".into()),
        Some(value) => match value.text() {
            Some(text) => Ok(text.into()),
            None => value.to_json().map_err(BuildError::from),
        },
    }
}

/// Go sorts keys by bytes.
fn sorted(json: &Json) -> Json {
    match json {
        Json::Object(map) => {
            let mut entries: Vec<(&String, &Json)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_bytes());
            Json::Object(entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Json::Array(items) => Json::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// Go escapes what could break out of a web page, and two line separators.
pub(crate) fn escape_html(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            '\u{7f}' => out.push(c),
            _ => out.push(c),
        }
    }
    out
}

/// Hexadecimal digits without vowels and what looks like them.
fn encode(hex: &str) -> String {
    let replace = |c| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        _ => c,
    };
    hex.chars().take(10).map(replace).collect()
}
