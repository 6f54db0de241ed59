//! Schema documents, the resources in them (parts with an identifier of their own) and what references name there. Only the
//! chart's own schema and the metaschemas are known; anything else is refused.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};
use url::Url;

use super::display::escaped;
use crate::values::go_quote;

/// Where a chart's schema stands, for messages.
pub(super) const OWN: &str = "file:///values.schema.json";

/// The newest draft, which holds where a schema names none.
pub(super) const LATEST: u16 = 2020;

/// How deep schemas may hold schemas.
const MAX_DEPTH: usize = 128;

/// The most resources and anchors of a document.
const MAX_NAMES: usize = 10_000;

static METASCHEMAS: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("metaschemas.json")).expect("the file is part of the program")
});

/// Keywords that hold a schema, several by name, or several in a list; some may be either.
const SINGLE: [&str; 12] = [
    "not",
    "additionalProperties",
    "items",
    "additionalItems",
    "propertyNames",
    "contains",
    "if",
    "then",
    "else",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contentSchema",
];
const NAMED: [&str; 6] =
    ["definitions", "$defs", "properties", "patternProperties", "dependencies", "dependentSchemas"];
const LISTED: [&str; 5] = ["allOf", "anyOf", "oneOf", "items", "prefixItems"];

/// A place in a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    pub document: usize,
    pub pointer: String,
}

#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub pointer: String,
    pub id: String,
    pub draft: u16,
    pub anchors: BTreeMap<String, String>,
    pub dynamic_anchors: Vec<String>,
}

#[derive(Debug)]
struct Document {
    url: String,
    root: Value,
    resources: Vec<Resource>,
    names: usize,
}

/// The documents that are known so far.
#[derive(Debug, Default)]
pub(super) struct Library {
    documents: Vec<Document>,
}

/// Reads a schema.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, String> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("EOF".to_owned());
    }
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let value = values.next().unwrap_or(Ok(Value::Null)).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => "unexpected EOF".to_owned(),
        _ => error.to_string(),
    })?;
    let rest = bytes.get(values.byte_offset()..).unwrap_or_default();
    if rest.iter().all(u8::is_ascii_whitespace) {
        Ok(value)
    } else {
        Err("invalid character after top-level value".to_owned())
    }
}

/// The draft that a `$schema` names.
pub(super) fn draft_of(url: &str) -> Option<u16> {
    let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
    if !fragment.is_empty() {
        return None;
    }
    match url.trim_start_matches("http://").trim_start_matches("https://") {
        "json-schema.org/schema" | "json-schema.org/draft/2020-12/schema" => Some(2020),
        "json-schema.org/draft/2019-09/schema" => Some(2019),
        "json-schema.org/draft-07/schema" => Some(7),
        "json-schema.org/draft-06/schema" => Some(6),
        "json-schema.org/draft-04/schema" => Some(4),
        _ => None,
    }
}

/// The metaschema of a draft.
pub(super) fn metaschema_url(draft: u16) -> &'static str {
    match draft {
        4 => "http://json-schema.org/draft-04/schema",
        6 => "http://json-schema.org/draft-06/schema",
        7 => "http://json-schema.org/draft-07/schema",
        2019 => "https://json-schema.org/draft/2019-09/schema",
        _ => "https://json-schema.org/draft/2020-12/schema",
    }
}

fn known(url: &str) -> Option<Value> {
    let other = || Some(format!("https://{}", url.strip_prefix("http://")?));
    METASCHEMAS.get(url).or_else(|| METASCHEMAS.get(&other()?)).cloned()
}

impl Library {
    /// Adds the document at a URL.
    pub(super) fn add(&mut self, url: &str, root: Value) -> Result<usize, String> {
        let mut document =
            Document { url: url.to_owned(), root: Value::Null, resources: Vec::new(), names: 0 };
        document.collect(&root, url, "", LATEST, 0)?;
        document.root = root;
        self.documents.push(document);
        Ok(self.documents.len() - 1)
    }

    /// Finds a document, or takes it from what is known without looking outside.
    pub(super) fn load(&mut self, url: &str) -> Result<usize, String> {
        if let Some(found) = self.documents.iter().position(|document| document.url == url) {
            return Ok(found);
        }
        if let Some(root) = known(url) {
            return self.add(url, root);
        }
        if url.starts_with("urn:") {
            return self.add(url, Value::Bool(true));
        }
        Err(refused(url))
    }

    /// The URNs that were met; nothing is known of them.
    pub(super) fn unresolved(&self) -> Vec<String> {
        let urls = self.documents.iter().map(|document| document.url.clone());
        urls.filter(|url| url.starts_with("urn:")).collect()
    }

    pub(super) fn url(&self, document: usize) -> &str {
        &self.documents[document].url
    }

    /// The place as messages name it.
    pub(super) fn location(&self, place: &Place) -> String {
        format!("{}#{}", self.url(place.document), encoded(&place.pointer))
    }

    /// The schema at a place.
    pub(super) fn look_up(&self, place: &Place) -> Result<&Value, String> {
        let missing = || format!("json-pointer in {} not found", go_quote(&self.location(place)));
        self.documents[place.document].root.pointer(&place.pointer).ok_or_else(missing)
    }

    /// The resource that holds a place.
    pub(super) fn resource(&self, place: &Place) -> &Resource {
        let resources = &self.documents[place.document].resources;
        let mut pointer = place.pointer.as_str();
        loop {
            if let Some(found) = resources.iter().find(|resource| resource.pointer == pointer) {
                return found;
            }
            let Some(slash) = pointer.rfind('/') else { return &resources[0] };
            pointer = &pointer[..slash];
        }
    }

    /// The place that a reference written at another place names.
    pub(super) fn resolve(&mut self, from: &Place, reference: &str) -> Result<Place, String> {
        let base = self.resource(from).id.clone();
        let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let url = joined(&base, path)?;
        let fragment = decoded(fragment);
        let inside = &self.documents[from.document];
        let own = if url == inside.url {
            Some(inside.resources[0].clone())
        } else {
            inside.resources.iter().find(|resource| resource.id == url).cloned()
        };
        let (document, resource) = match own {
            Some(resource) => (from.document, resource),
            None => {
                let document = self.load(&url)?;
                (document, self.documents[document].resources[0].clone())
            }
        };
        if fragment.is_empty() || fragment.starts_with('/') {
            return Ok(Place { document, pointer: resource.pointer + &fragment });
        }
        let missing = || {
            let anchor = go_quote(&format!("{}#{}", resource.id, encoded(&fragment)));
            format!("anchor in {anchor} not found in schema {}", go_quote(self.url(document)))
        };
        let pointer = resource.anchors.get(&fragment).cloned().ok_or_else(missing)?;
        Ok(Place { document, pointer })
    }
}

impl Document {
    /// Notes the resources and anchors in a schema and in all schemas it holds.
    fn collect(
        &mut self,
        schema: &Value,
        base: &str,
        pointer: &str,
        fallback: u16,
        depth: usize,
    ) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err("schemas are nested too deeply".to_owned());
        }
        let Some(map) = schema.as_object() else {
            if pointer.is_empty() {
                self.add_resource(pointer, base, fallback);
            }
            return Ok(());
        };
        let named = draft(map, fallback)?;
        let (id, draft) = match identifier(map, named) {
            None if !pointer.is_empty() => (identifier(map, fallback), fallback),
            id => (id, named),
        };
        let base = id.map_or_else(|| Ok(base.to_owned()), |id| joined(base, id))?;
        if id.is_some() || pointer.is_empty() {
            self.add_identified(pointer, &base, draft)?;
        }
        self.collect_anchors(map, pointer, &base)?;
        for (pointer, inner) in held(map, pointer) {
            self.collect(inner, &base, &pointer, draft, depth + 1)?;
        }
        Ok(())
    }

    fn add_identified(&mut self, pointer: &str, id: &str, draft: u16) -> Result<(), String> {
        let Some(other) = self.resources.iter().find(|resource| resource.id == id) else {
            self.names += 1;
            self.add_resource(pointer, id, draft);
            return if self.names > MAX_NAMES {
                Err("the schema has too many names".to_owned())
            } else {
                Ok(())
            };
        };
        if other.pointer == pointer {
            return Ok(());
        }
        let (id, url) = (go_quote(id), go_quote(&self.url));
        let (first, second) = (go_quote(pointer), go_quote(&other.pointer));
        Err(format!("duplicate id {id} in {url} at {first} and {second}"))
    }

    fn add_resource(&mut self, pointer: &str, id: &str, draft: u16) {
        let (pointer, id) = (pointer.to_owned(), id.to_owned());
        let anchors = BTreeMap::new();
        self.resources.push(Resource { pointer, id, draft, anchors, dynamic_anchors: Vec::new() });
    }

    fn collect_anchors(&mut self, map: &Map<String, Value>, pointer: &str, base: &str) -> Result<(), String> {
        let Some(index) = self.resources.iter().position(|resource| resource.id == base) else {
            return Ok(());
        };
        let draft = self.resources[index].draft;
        let text = |name: &str| map.get(name).and_then(Value::as_str);
        if draft < 2019 {
            if map.contains_key("$ref") {
                return Ok(());
            }
            let fragment = text(id_keyword(draft)).and_then(|id| Some(decoded(id.split_once('#')?.1)));
            if let Some(anchor) = fragment.filter(|anchor| !anchor.is_empty() && !anchor.starts_with('/')) {
                self.add_anchor(index, &anchor, pointer)?;
            }
            return Ok(());
        }
        if let Some(anchor) = text("$anchor") {
            self.add_anchor(index, anchor, pointer)?;
        }
        if draft >= 2020
            && let Some(anchor) = text("$dynamicAnchor")
        {
            self.add_anchor(index, anchor, pointer)?;
            self.resources[index].dynamic_anchors.push(anchor.to_owned());
        }
        Ok(())
    }

    fn add_anchor(&mut self, resource: usize, anchor: &str, pointer: &str) -> Result<(), String> {
        self.names += 1;
        if self.names > MAX_NAMES {
            return Err("the schema has too many names".to_owned());
        }
        let before = self.resources[resource].anchors.insert(anchor.to_owned(), pointer.to_owned());
        match before.filter(|before| before != pointer) {
            None => Ok(()),
            Some(before) => {
                let (anchor, url) = (go_quote(anchor), go_quote(&self.url));
                let (first, second) = (go_quote(&before), go_quote(pointer));
                Err(format!("duplicate anchor {anchor} in {url} at {first} and {second}"))
            }
        }
    }
}

/// The schemas right inside a schema.
fn held<'a>(map: &'a Map<String, Value>, pointer: &str) -> Vec<(String, &'a Value)> {
    let mut found = Vec::new();
    for (keyword, value) in map {
        let at = |part: &str| format!("{pointer}/{}/{}", escaped(keyword), escaped(part));
        match value {
            Value::Object(inner) if NAMED.contains(&keyword.as_str()) => {
                found.extend(inner.iter().map(|(name, schema)| (at(name), schema)));
            }
            Value::Array(items) if LISTED.contains(&keyword.as_str()) => {
                found
                    .extend(items.iter().enumerate().map(|(index, schema)| (at(&index.to_string()), schema)));
            }
            _ if SINGLE.contains(&keyword.as_str()) => {
                found.push((format!("{pointer}/{}", escaped(keyword)), value));
            }
            _ => {}
        }
    }
    found
}

fn draft(map: &Map<String, Value>, fallback: u16) -> Result<u16, String> {
    let Some(url) = map.get("$schema").and_then(Value::as_str) else { return Ok(fallback) };
    if let Some(draft) = draft_of(url) {
        return Ok(draft);
    }
    let url = url.split('#').next().unwrap_or_default();
    match known(url) {
        Some(Value::Object(metaschema)) => {
            Ok(metaschema.get("$schema").and_then(Value::as_str).and_then(draft_of).unwrap_or(fallback))
        }
        _ => Err(refused(url)),
    }
}

fn refused(url: &str) -> String {
    format!("failing loading {}: references to other files and to the network are not allowed", go_quote(url))
}

fn id_keyword(draft: u16) -> &'static str {
    if draft == 4 { "id" } else { "$id" }
}

/// The identifier of a schema, without its fragment.
fn identifier(map: &Map<String, Value>, draft: u16) -> Option<&str> {
    if draft < 2019 && map.contains_key("$ref") {
        return None;
    }
    let id = map.get(id_keyword(draft))?.as_str()?.split('#').next()?;
    (!id.is_empty()).then_some(id)
}

fn joined(base: &str, reference: &str) -> Result<String, String> {
    if reference.is_empty() {
        return Ok(base.to_owned());
    }
    let failed = |error| format!("error in parsing {}: {error}", go_quote(reference));
    let base = Url::parse(base).map_err(failed)?;
    base.join(reference).map(String::from).map_err(failed)
}

/// A fragment without percent signs.
fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex =
            tail.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A pointer as it stands in a URL.
fn encoded(pointer: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~$&+=:@/".contains(&byte);
    pointer
        .bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
