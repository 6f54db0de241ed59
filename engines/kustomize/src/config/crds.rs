//! Fields of custom resources, from OpenAPI definitions with annotations as `crds` names them.

use serde_json::{Map, Value as Json};
use sluice_yaml::parse_documents;

use super::{NameReference, TransformerConfig};
use crate::error::{Result, invalid};
use crate::field_spec::FieldSpec;

/// Definitions that name each other more often than this are not followed further.
const MAX_DEPTH: usize = 32;

/// The most fields that one file may give.
const MAX_FIELDS: usize = 10_000;

/// Reads one file of definitions.
pub(crate) fn read(bytes: &[u8]) -> Result<TransformerConfig> {
    let mut reader = Reader { definitions: Map::new(), config: TransformerConfig::default(), visited: 0 };
    if bytes.is_empty() {
        return Err(invalid("the file is empty"));
    }
    let documents = parse_documents(bytes)?;
    let Some(document) = documents.first() else { return Ok(reader.config) };
    let json = document.to_json()?;
    let definitions = json.as_object().ok_or_else(|| invalid("expected a mapping of definitions"))?;
    reader.definitions.clone_from(definitions);
    for (name, definition) in definitions {
        let is_kind = |field| properties(definition).is_some_and(|fields| fields.contains_key(field));
        if ["kind", "apiVersion", "metadata"].into_iter().all(is_kind) {
            let kind = name.rsplit('.').next().unwrap_or(name).to_owned();
            reader.visit(&kind, name, &mut Vec::new())?;
        }
    }
    Ok(reader.config)
}

struct Reader {
    definitions: Map<String, Json>,
    config: TransformerConfig,
    visited: usize,
}

fn properties(definition: &Json) -> Option<&Map<String, Json>> {
    definition.get("Schema")?.get("properties")?.as_object()
}

impl Reader {
    fn visit(&mut self, kind: &str, name: &str, path: &mut Vec<String>) -> Result<()> {
        self.visited += 1;
        if path.len() > MAX_DEPTH || self.visited > MAX_FIELDS {
            return Err(invalid("definitions name each other too deeply"));
        }
        let Some(fields) = self.definitions.get(name).and_then(properties).cloned() else { return Ok(()) };
        for (field, schema) in &fields {
            path.push(field.clone());
            self.field(kind, schema, path)?;
            if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
                self.visit(kind, reference, path)?;
            }
            path.pop();
        }
        Ok(())
    }

    fn field(&mut self, kind: &str, schema: &Json, path: &[String]) -> Result<()> {
        let text = |key: &str| schema.get(key).and_then(Json::as_str);
        let spec = |path: String| FieldSpec { kind: kind.to_owned(), path, ..FieldSpec::default() };
        let here = path.join("/");
        let mut more = TransformerConfig::default();
        if text("x-kubernetes-annotation").is_some() {
            more.common_annotations.push(spec(here.clone()));
        }
        if text("x-kubernetes-label-selector").is_some() {
            more.common_labels.push(spec(here.clone()));
        }
        if text("x-kubernetes-identity").is_some() {
            more.name_prefix.push(spec(here.clone()));
        }
        let version = text("x-kubernetes-object-ref-api-version");
        if let (Some(version), Some(target)) = (version, text("x-kubernetes-object-ref-kind")) {
            let key = text("x-kubernetes-object-ref-name-key").unwrap_or("name");
            more.name_references.push(NameReference {
                group: String::new(),
                version: version.to_owned(),
                kind: target.to_owned(),
                referrers: vec![spec(format!("{here}/{key}"))],
            });
        }
        self.config.merge(&more)
    }
}
