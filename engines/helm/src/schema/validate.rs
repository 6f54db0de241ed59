//! Values against compiled schemas. Keywords are looked at in the order of Helm's validator, and a wrong type, constant or
//! choice ends a schema, so that the same failures are told in the same words.
//!
//! Refuses to go on when a schema is nested too deeply in itself, or takes too many steps.

mod list;
mod table;

use std::collections::BTreeSet;

use serde_json::{Number, Value};
use sluice_template::{Budget, Limits};

use super::compile::Compiled;
use super::decimal::{compare, is_integer, is_multiple};
use super::display;
use super::failure::{Failure, Kind};
use super::format;
use super::node::{Id, Node, Pattern};

/// The most schemas that are applied to values in one go.
const MAX_STEPS: usize = 500_000;

/// How deep schemas may be applied inside each other.
const MAX_DEPTH: usize = 400;

/// The most failures that are kept.
const MAX_FAILURES: usize = 20_000;

/// Validates a value; what fails is a tree, nothing when all is well.
///
/// # Errors
/// A sentence, when a limit is met.
pub(super) fn validate(compiled: &Compiled, value: &Value) -> Result<Option<Failure>, &'static str> {
    let mut run = Run {
        compiled,
        path: Vec::new(),
        steps: 0,
        failures: 0,
        limit: None,
        budget: Budget::new(Limits::default()),
    };
    let scope = Scope { schema: 0, keyword: None, value: 0, parent: None, depth: 0 };
    let done = run.schema(0, value, &scope, false, &mut Unseen::of(value, &compiled.nodes[0], false));
    if let Some(limit) = run.limit {
        return Err(limit);
    }
    let whole = |failure: Failure| Failure::new(&[], Kind::Whole).because(failure.parts());
    Ok(done.err().map(whole))
}

/// Whether a number keeps to a bound.
type Holds = fn(&Number, &Number) -> bool;

/// How a schema came to be applied.
struct Scope<'a> {
    schema: Id,
    /// The keyword of a reference that led here.
    keyword: Option<&'static str>,
    /// Tells values apart on the way down.
    value: usize,
    parent: Option<&'a Scope<'a>>,
    depth: usize,
}

/// Parts of a value that no keyword has spoken of yet; only kept where someone asks.
#[derive(Clone, Debug, Default)]
struct Unseen {
    names: BTreeSet<String>,
    items: BTreeSet<usize>,
}

impl Unseen {
    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.items.is_empty()
    }

    fn of(value: &Value, node: &Node, is_asked: bool) -> Self {
        let mut unseen = Self::default();
        match value {
            Value::Object(map)
                if node.additional_properties.is_none()
                    && (is_asked || node.unevaluated_properties.is_some()) =>
            {
                unseen.names.extend(map.keys().cloned());
            }
            Value::Array(items)
                if node.other_items.is_none() && (is_asked || node.unevaluated_items.is_some()) =>
            {
                unseen.items.extend(node.first_items.len()..items.len());
            }
            _ => {}
        }
        unseen
    }

    fn merge(&mut self, other: &Self) {
        self.names.retain(|name| other.names.contains(name));
        self.items.retain(|item| other.items.contains(item));
    }
}

struct Run<'a> {
    compiled: &'a Compiled,
    path: Vec<String>,
    steps: usize,
    failures: usize,
    limit: Option<&'static str>,
    /// What patterns may cost.
    budget: Budget,
}

/// One schema on one value, as far as it is done.
struct Work<'a, 's> {
    node: &'a Node,
    scope: &'s Scope<'s>,
    /// Only whether it fails matters, not why.
    is_brief: bool,
    unseen: Unseen,
    failures: Vec<Failure>,
}

impl Work<'_, '_> {
    fn is_decided(&self) -> bool {
        self.is_brief && !self.failures.is_empty()
    }
}

impl<'a> Run<'a> {
    /// Applies a schema to the value at the present path; what is left of `unseen` no keyword spoke of.
    fn schema(
        &mut self,
        id: Id,
        value: &Value,
        scope: &Scope<'_>,
        is_brief: bool,
        unseen: &mut Unseen,
    ) -> Result<(), Failure> {
        let node = &self.compiled.nodes[id];
        self.spend(scope)?;
        match node.verdict {
            Some(true) => return Ok(()),
            Some(false) => return Err(self.failure("false schema".to_owned())),
            None => {}
        }
        if let Some(message) = self.cycle(scope) {
            return Err(self.failure(message));
        }
        if let Some(message) = first_assertion(node, value) {
            return Err(self.failure(message));
        }
        let mut work = Work { node, scope, is_brief, unseen: std::mem::take(unseen), failures: Vec::new() };
        self.keywords(&mut work, value)?;
        *unseen = work.unseen;
        let mut failures = work.failures;
        match failures.len() {
            0 => Ok(()),
            1 => Err(failures.remove(0)),
            _ => Err(Failure::new(&self.path, Kind::Group).because(failures)),
        }
    }

    fn keywords(&mut self, work: &mut Work<'a, '_>, value: &Value) -> Result<(), Failure> {
        if let Some(id) = work.node.reference {
            let done = self.reference(work, id, value, "$ref");
            if work.node.draft < 2019 {
                return done;
            }
            work.failures.extend(done.err());
        }
        match value {
            Value::Object(map) => self.table(work, map, value),
            Value::Array(items) => self.list(work, items),
            Value::String(text) => self.text(work, text),
            Value::Number(number) => self.number(work, number),
            _ => {}
        }
        if work.is_decided() {
            return Ok(());
        }
        self.newer_references(work, value);
        self.combinations(work, value);
        self.conditions(work, value);
        self.unevaluated(work, value);
        Ok(())
    }

    fn spend(&mut self, scope: &Scope<'_>) -> Result<(), Failure> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            self.limit = Some("the schema takes too many steps");
        } else if scope.depth > MAX_DEPTH {
            self.limit = Some("the schema is nested too deeply");
        } else if self.failures > MAX_FAILURES {
            self.limit = Some("too many values do not meet the schema");
        }
        if self.limit.is_some() { Err(Failure::new(&[], Kind::Group)) } else { Ok(()) }
    }

    fn failure(&mut self, words: String) -> Failure {
        self.failures += 1;
        Failure::new(&self.path, Kind::Other(words))
    }

    fn fail(&mut self, work: &mut Work<'_, '_>, words: String) {
        let failure = self.failure(words);
        work.failures.push(failure);
    }

    fn fail_because(&mut self, work: &mut Work<'_, '_>, words: &str, causes: Vec<Failure>) {
        let failure = self.failure(words.to_owned()).because(causes);
        work.failures.push(failure);
    }

    /// A schema that is being applied to this very value already.
    fn cycle(&self, scope: &Scope<'_>) -> Option<String> {
        let mut above = scope.parent;
        while let Some(found) = above.filter(|found| found.value == scope.value) {
            if found.schema == scope.schema {
                let url = crate::values::go_quote(&self.compiled.nodes[scope.schema].location);
                let (first, second) = (self.keyword_path(scope), self.keyword_path(found));
                return Some(format!("both {first} and {second} resolve to {url} causing reference cycle"));
            }
            above = found.parent;
        }
        None
    }

    fn keyword_path(&self, scope: &Scope<'_>) -> String {
        let mut path = String::new();
        let mut scope = scope;
        while let Some(parent) = scope.parent {
            let step = match scope.keyword {
                Some(keyword) => format!("/{keyword}"),
                None => {
                    let (own, above) =
                        (&self.compiled.nodes[scope.schema], &self.compiled.nodes[parent.schema]);
                    own.location.strip_prefix(&above.location).unwrap_or_default().to_owned()
                }
            };
            path.insert_str(0, &step);
            scope = parent;
        }
        path
    }

    /// Applies another schema to the same value.
    fn same(
        &mut self,
        work: &mut Work<'_, '_>,
        id: Id,
        value: &Value,
        keyword: Option<&'static str>,
        is_brief: bool,
    ) -> Result<(), Failure> {
        let scope = Scope {
            schema: id,
            keyword,
            value: work.scope.value,
            parent: Some(work.scope),
            depth: work.scope.depth + 1,
        };
        let mut unseen = Unseen::of(value, &self.compiled.nodes[id], !work.unseen.is_empty());
        self.schema(id, value, &scope, work.is_brief || is_brief, &mut unseen)?;
        work.unseen.merge(&unseen);
        Ok(())
    }

    /// Applies a schema to a value inside this one.
    fn inside(&mut self, work: &Work<'_, '_>, id: Id, value: &Value, part: &str) -> Result<(), Failure> {
        let scope = Scope {
            schema: id,
            keyword: None,
            value: work.scope.value + 1,
            parent: Some(work.scope),
            depth: work.scope.depth + 1,
        };
        let mut unseen = Unseen::of(value, &self.compiled.nodes[id], false);
        self.path.push(part.to_owned());
        let done = self.schema(id, value, &scope, work.is_brief, &mut unseen);
        self.path.pop();
        done
    }

    fn reference(
        &mut self,
        work: &mut Work<'_, '_>,
        id: Id,
        value: &Value,
        keyword: &'static str,
    ) -> Result<(), Failure> {
        let done = self.same(work, id, value, Some(keyword), false);
        done.map_err(|failure| Failure::new(&self.path, Kind::Reference).because(failure.parts()))
    }

    fn newer_references(&mut self, work: &mut Work<'_, '_>, value: &Value) {
        if let Some(first) = work.node.recursive_reference {
            let id = self.outermost(work.scope, first, |node| node.recursive_anchor.then_some(None));
            let id = if self.compiled.nodes[first].recursive_anchor { id } else { first };
            let done = self.reference(work, id, value, "$recursiveRef");
            work.failures.extend(done.err());
        }
        if let Some((first, anchor)) = &work.node.dynamic_reference {
            let is_dynamic = !anchor.is_empty() && self.compiled.nodes[*first].dynamic_anchor == *anchor;
            let named = |node: &Node| {
                node.dynamic_anchors.iter().find(|(name, _)| name == anchor).map(|(_, id)| Some(*id))
            };
            let id = if is_dynamic { self.outermost(work.scope, *first, named) } else { *first };
            let done = self.reference(work, id, value, "$dynamicRef");
            work.failures.extend(done.err());
        }
    }

    /// The outermost schema on the way here whose resource has what is asked for: one it names, or itself.
    fn outermost(&self, scope: &Scope<'_>, first: Id, asked: impl Fn(&Node) -> Option<Option<Id>>) -> Id {
        let mut found = first;
        let mut at = Some(scope);
        while let Some(scope) = at {
            let resource = self.compiled.nodes[scope.schema].resource;
            if let Some(named) = asked(&self.compiled.nodes[resource]) {
                found = named.unwrap_or(scope.schema);
            }
            at = scope.parent;
        }
        found
    }

    fn combinations(&mut self, work: &mut Work<'_, '_>, value: &Value) {
        if let Some(id) = work.node.not
            && self.same(work, id, value, None, true).is_ok()
        {
            self.fail(work, "'not' failed".to_owned());
        }
        let mut causes = Vec::new();
        for id in &work.node.all_of {
            causes.extend(self.same(work, *id, value, None, false).err());
        }
        if !causes.is_empty() {
            self.fail_because(work, "'allOf' failed", causes);
        }
        self.any_of(work, value);
        self.one_of(work, value);
    }

    fn any_of(&mut self, work: &mut Work<'_, '_>, value: &Value) {
        let mut causes = Vec::new();
        let mut matched = work.node.any_of.is_empty();
        for id in &work.node.any_of {
            match self.same(work, *id, value, None, false) {
                Err(failure) => causes.push(failure),
                Ok(()) => {
                    matched = true;
                    if work.unseen.is_empty() {
                        break;
                    }
                }
            }
        }
        if !matched {
            self.fail_because(work, "'anyOf' failed", causes);
        }
    }

    fn one_of(&mut self, work: &mut Work<'_, '_>, value: &Value) {
        let mut causes = Vec::new();
        let mut matched = None;
        for (index, id) in work.node.one_of.iter().enumerate() {
            match (self.same(work, *id, value, None, matched.is_some()), matched) {
                (Err(failure), None) => causes.push(failure),
                (Err(_), Some(_)) => {}
                (Ok(()), None) => matched = Some(index),
                (Ok(()), Some(first)) => {
                    self.fail(work, format!("'oneOf' failed, subschemas {first}, {index} matched"));
                    return;
                }
            }
        }
        if matched.is_none() && !work.node.one_of.is_empty() {
            self.fail_because(work, "'oneOf' failed, none matched", causes);
        }
    }

    fn conditions(&mut self, work: &mut Work<'_, '_>, value: &Value) {
        let Some(condition) = work.node.if_ else { return };
        let holds = self.same(work, condition, value, None, true).is_ok();
        if let Some(id) = if holds { work.node.then } else { work.node.else_ } {
            let done = self.same(work, id, value, None, false);
            work.failures.extend(done.err());
        }
    }

    fn unevaluated(&mut self, work: &mut Work<'_, '_>, value: &Value) {
        if let (Some(id), Value::Object(map)) = (work.node.unevaluated_properties, value) {
            for name in std::mem::take(&mut work.unseen.names) {
                if let Some(inner) = map.get(&name) {
                    let done = self.inside(work, id, inner, &name);
                    work.failures.extend(done.err());
                }
            }
        }
        if let (Some(id), Value::Array(items)) = (work.node.unevaluated_items, value) {
            for index in std::mem::take(&mut work.unseen.items) {
                if let Some(inner) = items.get(index) {
                    let done = self.inside(work, id, inner, &index.to_string());
                    work.failures.extend(done.err());
                }
            }
        }
    }

    fn text(&mut self, work: &mut Work<'_, '_>, text: &str) {
        let node = work.node;
        let bounded = node.min_length.is_some() || node.max_length.is_some();
        let length = if bounded { text.chars().count() } else { 0 };
        if let Some(least) = node.min_length.filter(|least| length < *least) {
            self.fail(work, got_want("minLength", length, least));
        }
        if let Some(most) = node.max_length.filter(|most| length > *most) {
            self.fail(work, got_want("maxLength", length, most));
        }
        if let Some(pattern) = &node.pattern
            && !self.matches(pattern, text)
        {
            let (text, pattern) = (display::quoted(text), display::quoted(&pattern.text));
            self.fail(work, format!("{text} does not match pattern {pattern}"));
        }
    }

    fn matches(&mut self, pattern: &Pattern, text: &str) -> bool {
        pattern.expression.is_match(text.as_bytes(), &self.budget).unwrap_or_else(|_| {
            self.limit = Some("the patterns of the schema take too much work");
            true
        })
    }

    fn number(&mut self, work: &mut Work<'_, '_>, number: &Number) {
        let node = work.node;
        let checks: [(&str, &Option<Number>, Holds); 5] = [
            ("minimum", &node.minimum, |got, want| compare(got, want).is_ge()),
            ("maximum", &node.maximum, |got, want| compare(got, want).is_le()),
            ("exclusiveMinimum", &node.exclusive_minimum, |got, want| compare(got, want).is_gt()),
            ("exclusiveMaximum", &node.exclusive_maximum, |got, want| compare(got, want).is_lt()),
            ("multipleOf", &node.multiple_of, is_multiple),
        ];
        for (keyword, want, holds) in checks {
            if let Some(want) = want.as_ref().filter(|want| !holds(number, want)) {
                let (got, want) = (display::number(number), display::number(want));
                self.fail(work, format!("{keyword}: got {got}, want {want}"));
            }
        }
    }
}

/// What fails before anything inside is looked at: type, constant, choices, format.
fn first_assertion(node: &Node, value: &Value) -> Option<String> {
    let kind = kind_of(value);
    let fits = |wanted: &&str| {
        *wanted == kind || (*wanted == "integer" && value.as_number().is_some_and(is_integer))
    };
    if !node.types.is_empty() && !node.types.iter().any(fits) {
        return Some(format!("got {kind}, want {}", node.types.join(" or ")));
    }
    if let Some(constant) = node.constant.as_ref().filter(|constant| !equals(value, constant)) {
        return Some(if constant.is_array() || constant.is_object() {
            "'const' failed".to_owned()
        } else {
            format!("value must be {}", display::value(constant))
        });
    }
    if let Some(choices) = &node.choices
        && !choices.iter().any(|choice| equals(value, choice))
    {
        return Some(no_choice(choices));
    }
    let name = node.format.as_deref()?;
    let problem = format::problem(name, value.as_str()?)?;
    Some(format!("{} is not valid {name}: {problem}", display::value(value)))
}

fn no_choice(choices: &[Value]) -> String {
    if choices.iter().any(|choice| choice.is_array() || choice.is_object()) {
        return "'enum' failed".to_owned();
    }
    let shown: Vec<_> = choices.iter().map(display::value).collect();
    let of = if shown.len() == 1 { "" } else { "one of " };
    format!("value must be {of}{}", shown.join(", "))
}

fn got_want(keyword: &str, got: usize, want: usize) -> String {
    format!("{keyword}: got {}, want {}", display::whole(got), display::whole(want))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether two values are the same, numbers by what they are worth.
fn equals(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare(left, right).is_eq(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equals(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let same =
                |(name, value): (&String, &Value)| right.get(name).is_some_and(|other| equals(value, other));
            left.len() == right.len() && left.iter().all(same)
        }
        _ => left == right,
    }
}
