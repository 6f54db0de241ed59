//! What decides about a manifest: kind, version, name and annotations, read as Helm reads them.
//! Refuses: text that is not YAML, roots that are no mapping, and annotations that are no text.

use std::collections::BTreeMap;

use sluice_yaml::{Mapping, Node, Resolved, Value, format_float, parse_first, resolve_1_1};

/// The head of a manifest; a document that says nothing has an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// `apiVersion`
    pub api_version: String,
    /// `kind`
    pub kind: String,
    /// `metadata.name`
    pub name: String,
    /// `metadata.annotations`
    pub annotations: BTreeMap<String, String>,
}

impl Head {
    /// Reads the head of the first document of a text.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let document = parse_first(text.as_bytes()).map_err(|error| error.to_string())?;
        let Some(document) = document else { return Ok(Self::default()) };
        // What JSON cannot hold is refused wherever it stands.
        document.to_values().map_err(|error| error.to_string())?;
        let root = mapping(&document.node, "a manifest")?;
        let metadata = match field(root, "metadata") {
            Some(node) if !node.is_null() => Some(mapping(node, "metadata")?),
            _ => None,
        };
        let of_metadata = |name| metadata.and_then(|metadata| field(metadata, name));
        let annotations = match of_metadata("annotations") {
            Some(node) if !node.is_null() => texts(mapping(node, "metadata.annotations")?)?,
            _ => BTreeMap::new(),
        };
        Ok(Self {
            api_version: text_of(field(root, "apiVersion"), "apiVersion")?,
            kind: text_of(field(root, "kind"), "kind")?,
            name: text_of(of_metadata("name"), "metadata.name")?,
            annotations,
        })
    }
}

fn mapping<'a>(node: &'a Node, what: &str) -> Result<&'a Mapping, String> {
    node.as_mapping().ok_or_else(|| format!("{what} is a {} where a mapping is expected", node.kind_name()))
}

/// The last value under a key; in any case of letters where none is written exactly so.
fn field<'a>(mapping: &'a Mapping, name: &str) -> Option<&'a Node> {
    let last = |same: &dyn Fn(&str) -> bool| {
        mapping.iter().filter(|(key, _)| key.text().is_some_and(same)).last().map(|(_, value)| value)
    };
    last(&|key| key == name).or_else(|| last(&|key| key.eq_ignore_ascii_case(name)))
}

fn texts(mapping: &Mapping) -> Result<BTreeMap<String, String>, String> {
    let mut texts = BTreeMap::new();
    for (key, value) in mapping.iter() {
        let name = key.text().unwrap_or_default();
        texts.insert(name.to_owned(), text_of(Some(value), &format!("metadata.annotations.{name}"))?);
    }
    Ok(texts)
}

/// Text, or the text form of a number or a truth value where text is expected.
fn text_of(node: Option<&Node>, what: &str) -> Result<String, String> {
    let Some(node) = node else { return Ok(String::new()) };
    let Value::Scalar(scalar) = &node.value else {
        return Err(format!("{what} is a {} where text is expected", node.kind_name()));
    };
    if !scalar.style.is_plain() {
        return Ok(scalar.text.clone());
    }
    Ok(match resolve_1_1(&scalar.text) {
        Resolved::Null => String::new(),
        Resolved::Bool(value) => value.to_string(),
        Resolved::Int(value) => value.to_string(),
        Resolved::UInt(value) => value.to_string(),
        Resolved::Float(value) => format_float(value),
        Resolved::Timestamp(_) | Resolved::Merge | Resolved::Str => scalar.text.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(&str, &str, &str), &str>) {
        let found = Head::read(text);
        match (found, expected) {
            (Ok(head), Ok(expected)) => {
                let annotations: Vec<String> =
                    head.annotations.iter().map(|(key, value)| format!("{key}={value}")).collect();
                assert_eq!((&*head.kind, &*head.name, &*annotations.join(",")), expected, "{text}");
            }
            (Err(found), Err(expected)) => assert_eq!(found, expected, "{text}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn heads() {
        check("kind: Pod\nmetadata: {name: a, annotations: {x: z}}", Ok(("Pod", "a", "x=z")));
        check("# nothing", Ok(("", "", "")));
        check(
            "kind: 1\nmetadata:\n  name: 0x10\n  annotations: {a: yes, b: 1.0, c: null}",
            Ok(("1", "16", "a=true,b=1,c=")),
        );
        check("Kind: Pod\nmetadata:\nspec: [1]", Ok(("Pod", "", "")));
        check("kind: A\nkind: B\n", Ok(("B", "", "")));
        check("- 1", Err("a manifest is a list where a mapping is expected"));
        check(
            "metadata: {annotations: {a: [b]}}",
            Err("metadata.annotations.a is a list where text is expected"),
        );
        check("metadata: x", Err("metadata is a scalar where a mapping is expected"));
        check("a: .nan", Err("line 1, column 4: json: unsupported value: NaN"));
    }
}
