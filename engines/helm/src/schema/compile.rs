//! Schemas into nodes: all that can be reached from the first, each once. What is wrong with any of them is found here, before
//! a value is looked at.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Map, Number, Value};
use sluice_template::sprig::regex::Expression;

use super::display::{escaped, quoted};
use super::library::{self, Library, OWN, Place};
use super::node::{Additional, DependsOn, Id, Node, Pattern, TYPES};
use super::validate;
use crate::values::go_quote;

/// The most schemas that are compiled together.
const MAX_NODES: usize = 100_000;

/// How many patterns may be compiled.
const MAX_PATTERNS: usize = 1_000;

/// Schemas compiled together; the first is where to begin.
pub(super) struct Compiled {
    pub nodes: Vec<Node>,
    /// Names that lead nowhere and are taken as allowing everything.
    pub unresolved: Vec<String>,
}

/// Compiles a chart's schema, which has to be valid by its metaschema.
pub(super) fn compile(schema: Value) -> Result<Compiled, String> {
    let mut library = Library::default();
    let document = library.add(OWN, schema)?;
    let mut compiler = Compiler { library, ..Compiler::default() };
    compiler.check(&Place { document, pointer: String::new() })?;
    compiler.finish(Place { document, pointer: String::new() })
}

/// Compiles the metaschema of a draft.
fn metaschema(draft: u16) -> Result<Compiled, String> {
    let mut library = Library::default();
    let document = library.load(library::metaschema_url(draft))?;
    let mut compiler = Compiler { library, asserts_format: true, ..Compiler::default() };
    compiler.finish(Place { document, pointer: String::new() })
}

#[derive(Default)]
struct Compiler {
    library: Library,
    /// Whether `format` refuses also in drafts that take it for a note.
    asserts_format: bool,
    ids: HashMap<Place, Id>,
    places: Vec<Place>,
    patterns: HashMap<String, Rc<Expression>>,
}

impl Compiler {
    /// Validates what stands at a place against the metaschema of its draft.
    fn check(&self, place: &Place) -> Result<(), String> {
        let draft = self.library.resource(place).draft;
        let metaschema = metaschema(draft)?;
        let failure = validate::validate(&metaschema, self.library.look_up(place)?)?;
        let Some(failure) = failure else { return Ok(()) };
        let location = go_quote(&self.library.location(place));
        let by = quoted(&format!("{}#", library::metaschema_url(draft)));
        Err(format!(
            "{location} is not valid against metaschema: jsonschema validation failed with {by}\n{failure}"
        ))
    }

    fn finish(&mut self, first: Place) -> Result<Compiled, String> {
        self.id(first)?;
        let mut nodes = Vec::new();
        while let Some(place) = self.places.get(nodes.len()).cloned() {
            nodes.push(self.node(&place)?);
        }
        Ok(Compiled { nodes, unresolved: self.library.unresolved() })
    }

    fn id(&mut self, place: Place) -> Result<Id, String> {
        if let Some(id) = self.ids.get(&place) {
            return Ok(*id);
        }
        if self.places.len() >= MAX_NODES {
            return Err("the schema is too large".to_owned());
        }
        let id = self.places.len();
        self.places.push(place.clone());
        self.ids.insert(place, id);
        Ok(id)
    }

    fn node(&mut self, place: &Place) -> Result<Node, String> {
        let schema = self.library.look_up(place)?.clone();
        let resource = self.library.resource(place).clone();
        let top = Place { document: place.document, pointer: resource.pointer.clone() };
        let mut node = Node {
            location: self.library.location(place),
            draft: resource.draft,
            resource: self.id(top.clone())?,
            ..Node::default()
        };
        if *place == top && resource.draft >= 2020 {
            for anchor in &resource.dynamic_anchors {
                let pointer = resource.anchors.get(anchor).cloned().unwrap_or_default();
                let id = self.id(Place { document: place.document, pointer })?;
                node.dynamic_anchors.push((anchor.clone(), id));
            }
        }
        match schema {
            Value::Bool(verdict) => node.verdict = Some(verdict),
            Value::Object(map) if map.is_empty() => node.verdict = Some(true),
            Value::Object(map) => Keywords { compiler: self, place, map: &map }.fill(&mut node)?,
            _ => {}
        }
        Ok(node)
    }

    fn pattern(&mut self, keyword: &str, text: &str, place: &Place) -> Result<Pattern, String> {
        let expression = match self.patterns.get(text) {
            Some(expression) => expression.clone(),
            None if self.patterns.len() >= MAX_PATTERNS => {
                return Err("the schema has too many patterns".to_owned());
            }
            None => {
                let at = format!("{}/{keyword}", self.library.location(place));
                let failed =
                    |error| format!("invalid regex {} at {}: {error}", go_quote(text), go_quote(&at));
                Rc::new(Expression::compile(text.as_bytes()).map_err(failed)?)
            }
        };
        self.patterns.insert(text.to_owned(), expression.clone());
        Ok(Pattern { text: text.to_owned(), expression })
    }
}

/// The keywords of one schema.
struct Keywords<'a> {
    compiler: &'a mut Compiler,
    place: &'a Place,
    map: &'a Map<String, Value>,
}

impl Keywords<'_> {
    fn fill(&mut self, node: &mut Node) -> Result<(), String> {
        node.reference = self.reference("$ref")?;
        if node.draft < 2019 && node.reference.is_some() {
            return Ok(());
        }
        self.combinations(node)?;
        self.tables(node)?;
        self.lists(node)?;
        self.assertions(node)?;
        if node.draft >= 2019 {
            self.newer_references(node)?;
        }
        Ok(())
    }

    fn newer_references(&mut self, node: &mut Node) -> Result<(), String> {
        node.recursive_reference = self.reference("$recursiveRef")?;
        node.recursive_anchor = self.truth("$recursiveAnchor");
        if node.draft >= 2020 {
            node.dynamic_reference = self.reference("$dynamicRef")?.map(|id| {
                let fragment = self.text("$dynamicRef").and_then(|text| Some(text.split_once('#')?.1));
                (id, fragment.filter(|text| !text.starts_with('/')).unwrap_or_default().to_owned())
            });
            node.dynamic_anchor = self.text("$dynamicAnchor").unwrap_or_default().to_owned();
        }
        Ok(())
    }

    fn combinations(&mut self, node: &mut Node) -> Result<(), String> {
        node.all_of = self.list("allOf")?;
        node.any_of = self.list("anyOf")?;
        node.one_of = self.list("oneOf")?;
        node.not = self.single("not")?;
        if node.draft >= 7 {
            node.if_ = self.single("if")?;
        }
        if node.if_.is_some() {
            let verdict = self.map.get("if").and_then(Value::as_bool);
            node.then = if verdict == Some(false) { None } else { self.single("then")? };
            node.else_ = if verdict == Some(true) { None } else { self.single("else")? };
        }
        Ok(())
    }

    fn tables(&mut self, node: &mut Node) -> Result<(), String> {
        node.properties = self.named("properties")?;
        for (text, id) in self.named("patternProperties")? {
            let pattern = self.compiler.pattern("patternProperties", &text, self.place)?;
            node.pattern_properties.push((pattern, id));
        }
        node.additional_properties = self.additional("additionalProperties")?;
        node.required = self.texts("required");
        node.min_properties = self.count("minProperties");
        node.max_properties = self.count("maxProperties");
        if node.draft >= 6 {
            node.property_names = self.single("propertyNames")?;
        }
        for (name, value) in self.entries("dependencies") {
            let on = match value {
                Value::Array(names) => DependsOn::Names(texts_of(&names)),
                _ => DependsOn::Schema(self.inner(&["dependencies", &name])?),
            };
            node.dependencies.push((name, on));
        }
        if node.draft >= 2019 {
            let named = self.entries("dependentRequired").into_iter();
            node.dependent_required =
                named.filter_map(|(name, value)| Some((name, texts_of(value.as_array()?)))).collect();
            node.dependent_schemas = self.named("dependentSchemas")?;
            node.unevaluated_properties = self.single("unevaluatedProperties")?;
        }
        Ok(())
    }

    fn lists(&mut self, node: &mut Node) -> Result<(), String> {
        if node.draft >= 2020 {
            node.first_items = self.list("prefixItems")?;
            node.other_items = self.single("items")?.map(Additional::Schema);
        } else if self.map.get("items").is_some_and(Value::is_array) {
            node.first_items = self.list("items")?;
            node.other_items = self.additional("additionalItems")?;
        } else {
            node.other_items = self.single("items")?.map(Additional::Schema);
        }
        if node.draft >= 6 {
            node.contains = self.single("contains")?;
        }
        if node.draft >= 2019 {
            node.min_contains = self.count("minContains").filter(|_| node.contains.is_some());
            node.max_contains = self.count("maxContains").filter(|_| node.contains.is_some());
            node.unevaluated_items = self.single("unevaluatedItems")?;
        }
        node.min_items = self.count("minItems");
        node.max_items = self.count("maxItems");
        node.unique_items = self.truth("uniqueItems");
        Ok(())
    }

    fn assertions(&mut self, node: &mut Node) -> Result<(), String> {
        let types = match self.map.get("type") {
            Some(Value::String(name)) => vec![name.clone()],
            Some(Value::Array(names)) => texts_of(names),
            _ => Vec::new(),
        };
        node.types = TYPES.into_iter().filter(|known| types.iter().any(|name| name == known)).collect();
        node.choices = self.map.get("enum").and_then(Value::as_array).cloned();
        if node.draft >= 6 {
            node.constant = self.map.get("const").cloned();
        }
        if node.draft < 2019 || self.compiler.asserts_format {
            node.format = self.text("format").map(str::to_owned);
        }
        node.min_length = self.count("minLength");
        node.max_length = self.count("maxLength");
        if let Some(text) = self.text("pattern").map(str::to_owned) {
            node.pattern = Some(self.compiler.pattern("pattern", &text, self.place)?);
        }
        node.multiple_of = self.number("multipleOf");
        (node.minimum, node.exclusive_minimum) = self.bounds("minimum", "exclusiveMinimum");
        (node.maximum, node.exclusive_maximum) = self.bounds("maximum", "exclusiveMaximum");
        Ok(())
    }

    /// A bound and an exclusive one; in draft 4 a truth value makes the first exclusive.
    fn bounds(&self, name: &str, exclusive: &str) -> (Option<Number>, Option<Number>) {
        let bound = self.number(name);
        if self.truth(exclusive) { (None, bound) } else { (bound, self.number(exclusive)) }
    }

    fn reference(&mut self, keyword: &str) -> Result<Option<Id>, String> {
        let Some(text) = self.text(keyword).map(str::to_owned) else { return Ok(None) };
        let place = self.compiler.library.resolve(self.place, &text)?;
        self.compiler.library.look_up(&place)?;
        self.compiler.id(place).map(Some)
    }

    fn inner(&mut self, parts: &[&str]) -> Result<Id, String> {
        let below: String = parts.iter().map(|part| format!("/{}", escaped(part))).collect();
        let pointer = format!("{}{below}", self.place.pointer);
        self.compiler.id(Place { document: self.place.document, pointer })
    }

    fn single(&mut self, keyword: &str) -> Result<Option<Id>, String> {
        if self.map.contains_key(keyword) { self.inner(&[keyword]).map(Some) } else { Ok(None) }
    }

    fn list(&mut self, keyword: &str) -> Result<Vec<Id>, String> {
        let count = self.map.get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
        (0..count).map(|index| self.inner(&[keyword, &index.to_string()])).collect()
    }

    fn named(&mut self, keyword: &str) -> Result<Vec<(String, Id)>, String> {
        let names = self.entries(keyword).into_iter().map(|(name, _)| name);
        names.map(|name| Ok((name.clone(), self.inner(&[keyword, &name])?))).collect()
    }

    fn additional(&mut self, keyword: &str) -> Result<Option<Additional>, String> {
        match self.map.get(keyword) {
            Some(Value::Bool(true)) => Ok(Some(Additional::Allowed)),
            Some(Value::Bool(false)) => Ok(Some(Additional::Refused)),
            _ => Ok(self.single(keyword)?.map(Additional::Schema)),
        }
    }

    fn entries(&self, keyword: &str) -> Vec<(String, Value)> {
        let map = self.map.get(keyword).and_then(Value::as_object);
        map.map(|map| map.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
            .unwrap_or_default()
    }

    fn text(&self, keyword: &str) -> Option<&str> {
        self.map.get(keyword)?.as_str()
    }

    fn texts(&self, keyword: &str) -> Vec<String> {
        self.map.get(keyword).and_then(Value::as_array).map_or_else(Vec::new, |items| texts_of(items))
    }

    fn truth(&self, keyword: &str) -> bool {
        self.map.get(keyword).and_then(Value::as_bool).unwrap_or(false)
    }

    fn number(&self, keyword: &str) -> Option<Number> {
        self.map.get(keyword)?.as_number().cloned()
    }

    fn count(&self, keyword: &str) -> Option<usize> {
        let value = self.number(keyword)?.as_f64()?;
        (value.fract() == 0.0).then_some(value.max(0.0) as usize)
    }
}

fn texts_of(items: &[Value]) -> Vec<String> {
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
