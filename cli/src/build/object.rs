//! The Kustomization object of `sluice build -k`: found in a file that may hold other documents, too.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::Value;
use sluice_crds::kustomize::Kustomization;

use crate::failure::Failure;

const GROUP: &str = "kustomize.toolkit.fluxcd.io";
const VERSION: &str = "kustomize.toolkit.fluxcd.io/v1";
/// Where an object lands that names no namespace.
const NAMESPACE: &str = "default";
/// More than this is no file of objects.
const LARGEST: u64 = 64 << 20;

/// Reads the one Kustomization of a file, or the one called `name`, which may be `namespace/name`.
///
/// # Errors
/// When there is none, when it is not clear which, and when it is not a valid object.
pub fn read(path: &Path, name: Option<&str>) -> Result<Kustomization, Failure> {
    let shown = path.display().to_string();
    let bytes = bytes(path).map_err(|source| Failure::File { path: shown.clone(), source })?;
    find(&bytes, name).map_err(|message| Failure::Argument(format!("{shown}: {message}")))
}

/// Reads every document of a file.
///
/// # Errors
/// When it cannot be read, or is not YAML.
pub fn documents(path: &Path) -> Result<Vec<Value>, Failure> {
    let shown = path.display().to_string();
    let bytes = bytes(path).map_err(|source| Failure::File { path: shown.clone(), source })?;
    let documents = sluice_yaml::parse_documents(&bytes);
    let objects = documents.map_err(|error| error.to_string()).and_then(|documents| {
        documents.iter().map(|document| document.to_json().map_err(|error| error.to_string())).collect()
    });
    objects.map_err(|message: String| Failure::Argument(format!("{shown}: {message}")))
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(LARGEST).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn find(bytes: &[u8], name: Option<&str>) -> Result<Kustomization, String> {
    let documents = sluice_yaml::parse_documents(bytes).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    for document in documents {
        let object = document.to_json().map_err(|error| error.to_string())?;
        if is_kustomization(&object) {
            found.push(with_namespace(object));
        }
    }
    let names = found.iter().map(full_name).collect::<Vec<_>>().join(", ");
    if found.is_empty() {
        return Err(format!("no object of kind Kustomization in {GROUP}"));
    }
    if let Some(name) = name {
        found.retain(|object| is_called(object, name));
    }
    match found.as_slice() {
        [only] => parse(only),
        [] => Err(format!("no Kustomization is called {}; there is {names}", name.unwrap_or_default())),
        _ => Err(format!("several Kustomizations ({names}); choose one with --name NAMESPACE/NAME")),
    }
}

fn is_kustomization(object: &Value) -> bool {
    let group = object["apiVersion"].as_str().and_then(|version| version.split_once('/'));
    group.is_some_and(|(group, _)| group == GROUP) && object["kind"] == "Kustomization"
}

fn with_namespace(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.entry("namespace").or_insert_with(|| NAMESPACE.into());
    }
    object
}

fn full_name(object: &Value) -> String {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
    format!("{}/{}", text("namespace"), text("name"))
}

fn is_called(object: &Value, name: &str) -> bool {
    if name.contains('/') { full_name(object) == name } else { object["metadata"]["name"] == name }
}

fn parse(object: &Value) -> Result<Kustomization, String> {
    let name = full_name(object);
    if object["apiVersion"] != VERSION {
        return Err(format!("Kustomization {name}: apiVersion must be {VERSION}"));
    }
    serde_json::from_value(object.clone()).map_err(|error| format!("Kustomization {name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::find;

    const SPEC: &str = "spec: {interval: 1m, prune: true, sourceRef: {kind: GitRepository, name: x}}";

    fn object(metadata: &str) -> String {
        format!(
            "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {metadata}\n{SPEC}\n"
        )
    }

    #[test]
    fn one_object_is_chosen() {
        let one = object("{name: a, namespace: ns}");
        let two = format!("apiVersion: v1\nkind: List\n{one}{}", object("{name: b}"));
        let same = format!("{one}{}", object("{name: a}"));
        let old = one.replace("io/v1", "io/v1beta2");
        for (text, name, expected) in [
            (&one, None, Ok("ns/a")),
            (&one, Some("a"), Ok("ns/a")),
            (&two, Some("b"), Ok("default/b")),
            (
                &two,
                None,
                Err("several Kustomizations (ns/a, default/b); choose one with --name NAMESPACE/NAME"),
            ),
            (&two, Some("c"), Err("no Kustomization is called c; there is ns/a, default/b")),
            (&same, Some("default/a"), Ok("default/a")),
            (&old, None, Err("Kustomization ns/a: apiVersion must be kustomize.toolkit.fluxcd.io/v1")),
            (
                &"kind: Kustomization\nresources: []\n".to_owned(),
                None,
                Err("no object of kind Kustomization in kustomize.toolkit.fluxcd.io"),
            ),
        ] {
            let found = find(text.as_bytes(), name).map(|object| {
                let metadata = object.metadata;
                format!("{}/{}", metadata.namespace.unwrap_or_default(), metadata.name.unwrap_or_default())
            });
            assert_eq!(found.as_deref().map_err(String::as_str), expected);
        }
    }
}
