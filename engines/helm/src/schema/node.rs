//! A schema, compiled: what each keyword says, references resolved.

use std::rc::Rc;

use serde_json::{Number, Value};
use sluice_template::sprig::regex::Expression;

/// A schema among those compiled together.
pub(super) type Id = usize;

/// The kinds of JSON values that a schema may ask for, in the order of messages.
pub(super) const TYPES: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];

/// A pattern as written, and compiled.
#[derive(Clone)]
pub(super) struct Pattern {
    pub text: String,
    pub expression: Rc<Expression>,
}

/// What is said of the rest of a list or a table.
#[derive(Clone, Copy, Debug)]
pub(super) enum Additional {
    Refused,
    Allowed,
    Schema(Id),
}

/// What one property asks of others.
#[derive(Clone, Debug)]
pub(super) enum DependsOn {
    Names(Vec<String>),
    Schema(Id),
}

#[derive(Clone, Default)]
pub(super) struct Node {
    /// Where it stands, for messages.
    pub location: String,
    pub draft: u16,
    /// The schema of the resource it belongs to.
    pub resource: Id,
    /// Anchors of a resource that references find by the way they came.
    pub dynamic_anchors: Vec<(String, Id)>,
    pub verdict: Option<bool>,

    pub reference: Option<Id>,
    pub recursive_reference: Option<Id>,
    pub recursive_anchor: bool,
    /// With the name of the anchor, when it names one.
    pub dynamic_reference: Option<(Id, String)>,
    pub dynamic_anchor: String,

    /// Names from [`TYPES`].
    pub types: Vec<&'static str>,
    pub constant: Option<Value>,
    pub choices: Option<Vec<Value>>,
    pub format: Option<String>,

    pub all_of: Vec<Id>,
    pub any_of: Vec<Id>,
    pub one_of: Vec<Id>,
    pub not: Option<Id>,
    pub if_: Option<Id>,
    pub then: Option<Id>,
    pub else_: Option<Id>,

    pub properties: Vec<(String, Id)>,
    pub pattern_properties: Vec<(Pattern, Id)>,
    pub additional_properties: Option<Additional>,
    pub property_names: Option<Id>,
    pub required: Vec<String>,
    pub min_properties: Option<usize>,
    pub max_properties: Option<usize>,
    pub dependencies: Vec<(String, DependsOn)>,
    pub dependent_required: Vec<(String, Vec<String>)>,
    pub dependent_schemas: Vec<(String, Id)>,
    pub unevaluated_properties: Option<Id>,

    /// `prefixItems`, or `items` as a list.
    pub first_items: Vec<Id>,
    /// `items`, or `additionalItems` behind a list.
    pub other_items: Option<Additional>,
    pub contains: Option<Id>,
    pub min_contains: Option<usize>,
    pub max_contains: Option<usize>,
    pub min_items: Option<usize>,
    pub max_items: Option<usize>,
    pub unique_items: bool,
    pub unevaluated_items: Option<Id>,

    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    pub pattern: Option<Pattern>,

    pub minimum: Option<Number>,
    pub maximum: Option<Number>,
    pub exclusive_minimum: Option<Number>,
    pub exclusive_maximum: Option<Number>,
    pub multiple_of: Option<Number>,
}
